"""A real PostgreSQL for the whole session, a fresh database for every test, and a book opened in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.server import EmbeddedServer
from projections.engine import Engine
from projections.open_book import OpenBook, Place, open_book
from tests.story import Story

# Those who run tests side by side say how wide their terminal is; a table in a pipe has its own width.
os.environ.pop("COLUMNS", None)
# Stories make thousands of small books; what each logs on its way is of interest to the tests of logs alone.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))


# Files of few and long tests, which one worker has to itself: begun last, they would leave the other idle.
LONG = {"test_readme.py", "test_casebook.py", "test_second_verifier.py", "test_tamper.py", "test_agreement.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server: the one that MINGZHANG_TEST_DATABASE names, or an embedded one of our own."""
    named = os.environ.get("MINGZHANG_TEST_DATABASE")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="mz-tests-"))
    embedded = EmbeddedServer(folder / "data")
    url = embedded.start()
    with psycopg.connect(url, autocommit=True) as conn:
        # What outlives a crash is tested in tests/server, on servers of their own.
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 200"):
            conn.execute(f"alter system set {setting}".encode())
        conn.execute("select pg_reload_conf()")
        row = conn.execute("select current_setting('data_directory')").fetchone()
    try:
        yield url
    finally:
        embedded.close()
        # Run by root, the cluster lies outside the data folder.
        shutil.rmtree(row[0] if row else folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _create(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))
    return make_conninfo(server, dbname=name)


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def bare_url(server: str) -> Iterator[str]:
    """A database with nothing in it at all."""
    name = f"mz_bare_{uuid4().hex[:12]}"
    yield _create(server, name)
    _drop(server, name)


# To make a database takes most of a second; to empty one of what the last test left in it, a hundredth.
_REMEMBER = """
create schema untouched;
do $$ declare
    t record;
    has_rows boolean;
begin
    for t in select * from pg_tables where schemaname !~ '^(pg_|information_schema|untouched)' loop
        execute format('select exists (select from %I.%I)', t.schemaname, t.tablename) into has_rows;
        if has_rows then
            execute format('create table untouched.%1$I as table %2$I.%1$I', t.tablename, t.schemaname);
        end if;
    end loop;
end $$
"""
_EMPTY = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle';
set session_replication_role = replica;
do $$ declare t record; begin
    for t in select *, to_regclass(format('untouched.%I', tablename)) as kept from pg_tables
             where schemaname !~ '^(pg_|information_schema|untouched)' loop
        if pg_relation_size(format('%I.%I', t.schemaname, t.tablename)::regclass) > 1000000 then
            execute format('truncate %I.%I cascade', t.schemaname, t.tablename);
        else
            execute format('delete from %I.%I', t.schemaname, t.tablename);
        end if;
        if t.kept is not null then
            execute format('insert into %I.%I table %s', t.schemaname, t.tablename, t.kept);
        end if;
    end loop;
end $$
"""


class _Kept(ConnectionPool[psycopg.Connection[Any]]):
    """The sessions of a database that is used again: with catalogs read and plans made they answer twice as fast."""

    def close(self, timeout: float = 5.0) -> None:
        pass


_kept: dict[str, dict[str, _Kept]] = {}


def _pool(url: str, **options: Any) -> ConnectionPool[psycopg.Connection[Any]]:
    if url not in _kept:
        return ConnectionPool(url, **options)
    pools, asked = _kept[url], repr(options)
    if asked not in pools:
        pools[asked] = _Kept(url, **options)
    return pools[asked]


def _used_again(server: str) -> Iterator[str]:
    name = f"mz_{uuid4().hex[:12]}"
    database = Database(_create(server, name))
    Engine(database)
    database.close()
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(_REMEMBER)
    _kept[database.url] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.book.database.ConnectionPool", _pool)
        yield database.url
    for pool in _kept.pop(database.url).values():
        ConnectionPool.close(pool)
    _drop(server, name)


def emptied(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_EMPTY)
    return url


@pytest.fixture(scope="session")
def _first(server: str) -> Iterator[str]:
    yield from _used_again(server)


@pytest.fixture(scope="session")
def _second(server: str) -> Iterator[str]:
    yield from _used_again(server)


@pytest.fixture
def database_url(_first: str) -> str:
    """A database with an empty book, a vault that was never used and projections of nothing."""
    return emptied(_first)


@pytest.fixture
def other_url(_second: str) -> str:
    """Another such database, where a story needs two."""
    return emptied(_second)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database)


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database)


@pytest.fixture
def opened(database_url: str, tmp_path: Path) -> Iterator[OpenBook]:
    """A book opened as the commands open it, with its vault, under the rules of Lanzhou New Area."""
    with open_book(Place(tmp_path / "data", database_url), "lanzhou-new-area") as books:
        yield books


@pytest.fixture
def story(book: Book, engine: Engine) -> Story:
    """A book under the rules of Lanzhou New Area, to tell stories in."""
    return Story.begin(book, engine, "lanzhou-new-area")
