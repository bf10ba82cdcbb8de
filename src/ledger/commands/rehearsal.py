"""A dry run is a real run on a copy: the log and the vault are copied, the copy is used, and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.book.database import Database, DatabaseError
from ledger.server import EmbeddedServer
from projections.open_book import Place

# In the order in which they may be filled; the log in the order of its positions.
_TABLES = ("vault.key_check", "vault.subject", "vault.link", "vault.restriction")


@contextmanager
def rehearsal(place: Place) -> Iterator[Place]:
    """A place whose book is a copy of this one's, as it is now; gone in the end.

    Raises:
        DatabaseError: this login may not make a database to copy into.
    """
    with ExitStack() as closing:
        url = place.database_url or closing.enter_context(EmbeddedServer(place.data)).start()
        Database(url).close()
        name = f"mingzhang_rehearsal_{uuid4().hex[:12]}"
        copy_url = make_conninfo(url, dbname=name)
        with psycopg.connect(url, autocommit=True) as conn:
            try:
                conn.execute(
                    sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
                )
            except psycopg.errors.InsufficientPrivilege:
                raise DatabaseError(
                    "试算需要新建临时库的权限 / a dry run needs the right to create a database for the time being"
                ) from None
            closing.callback(_drop, url, name)
            _copy(conn, copy_url)
        # What is only tried is not sealed.
        yield Place(place.data, copy_url, seal_key="none")


def _copy(conn: psycopg.Connection[Any], copy_url: str) -> None:
    Database(copy_url).close()
    with conn.transaction(), psycopg.connect(copy_url) as copy:
        conn.execute("set transaction isolation level repeatable read, read only")
        for table in _TABLES:
            _stream(conn, copy, f"copy {table} to stdout (format binary)", f"copy {table} from stdin (format binary)")
        log = "copy (select * from book.event order by position) to stdout (format binary)"
        _stream(conn, copy, log, "copy book.event from stdin (format binary)")


def _stream(source: psycopg.Connection[Any], target: psycopg.Connection[Any], out: str, into: str) -> None:
    with source.cursor().copy(out.encode()) as reading, target.cursor().copy(into.encode()) as writing:
        for block in reading:
            writing.write(block)


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
