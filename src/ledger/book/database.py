"""One database: its connections, and its schema brought up to date by numbered SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import psycopg
import structlog
from psycopg import sql
from psycopg_pool import ConnectionPool

log = structlog.get_logger()

APP_ROLE = "mingzhang_app"
# As whom supervision rules run: it reads what the projections let it read, and nothing of the log, vault or tokens.
RULE_ROLE = "mingzhang_rule"
# For a sealer that is a process of its own (docs/seal.md): it reads the log, and nothing else.
SEALER_ROLE = "mingzhang_sealer"
OLDEST_SERVER = 140000
# A number of our own for the advisory lock under which one process migrates and the others wait.
_MIGRATION_LOCK = 4915277810041


class DatabaseError(RuntimeError):
    """The database cannot be used as it is; the message says in both languages what to do."""


class Database:
    """A PostgreSQL database that holds one book.

    ``url`` is the owner's; every session of the program takes the role ``mingzhang_app``, which may read and add
    events and do nothing else to the log. ``business_day`` is the day that they take for today, where it is not.
    """

    def __init__(self, url: str, *, max_connections: int = 12, business_day: date | None = None) -> None:
        self.url = url
        self._options = f"-c role={APP_ROLE} -c timezone=UTC"
        if business_day is not None:
            self._options += f" -c mingzhang.as_of={business_day.isoformat()}"
        self._migrate()
        self.pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            url,
            min_size=1,
            max_size=max_connections,
            kwargs={"options": f"-c client_encoding=UTF8 {self._options}", "autocommit": True},
            open=True,
        )

    def close(self) -> None:
        self.pool.close()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A pooled autocommit session in the program's role."""
        with self.pool.connection() as conn:
            yield conn

    def dedicated(self) -> psycopg.Connection[Any]:
        """A session of its own, outside the pool; the caller closes it."""
        return psycopg.connect(self.url, autocommit=True, options=self._options)

    def _migrate(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            _check_server(conn)
            with conn.transaction():
                conn.execute("select pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
                for role in (APP_ROLE, RULE_ROLE, SEALER_ROLE):
                    _ensure_role(conn, role)
                conn.execute(_BOOKKEEPING)
                done: dict[str, str] = dict(conn.execute("select name, sha256 from book.migration").fetchall())
                for name, text in migrations():
                    _apply(conn, name, text, done.get(name))


_BOOKKEEPING = """
create schema if not exists book;
create table if not exists book.migration (
    name       text        primary key,
    sha256     text        not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


def _check_server(conn: psycopg.Connection[Any]) -> None:
    if conn.info.server_version < OLDEST_SERVER:
        raise DatabaseError(
            f"PostgreSQL 版本过低({conn.info.server_version}),请使用 14 及以上版本 / "
            f"PostgreSQL is too old ({conn.info.server_version}); use version 14 or later"
        )
    row = conn.execute("select pg_encoding_to_char(encoding) from pg_database where datname = current_database()")
    encoding = (row.fetchone() or ("?",))[0]
    if encoding != "UTF8":
        raise DatabaseError(
            f"数据库编码是 {encoding},请用 UTF8 新建数据库 / the database's encoding is {encoding}; create it with UTF8"
        )


def _ensure_role(conn: psycopg.Connection[Any], role: str) -> None:
    exists = conn.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    try:
        with conn.transaction():
            if not exists:
                conn.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
            member = conn.execute("select pg_has_role(current_user, %s, 'member')", [role]).fetchone()
            if not (member and member[0]):
                conn.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseError(
            f"缺少角色 {role}:请管理员执行 create role {role} nologin; grant {role} to 本账号 / "
            f"role {role} is missing: ask an administrator to create it and grant it to this login"
        ) from None


def _apply(conn: psycopg.Connection[Any], name: str, text: str, done: str | None) -> None:
    digest = hashlib.sha256(text.encode()).hexdigest()
    if done == digest:
        return
    if done is not None:
        raise DatabaseError(
            f"迁移 {name} 在应用后被改动,请使用匹配的程序版本 / migration {name} was changed after it was applied; "
            "use the program version that this database belongs to"
        )
    conn.execute(text)
    conn.execute("insert into book.migration (name, sha256) values (%s, %s)", [name, digest])
    log.info("migration applied", migration=name)


def migrations() -> Iterator[tuple[str, str]]:
    """Every numbered SQL file of the packages that keep tables, in the order of their numbers."""
    found: list[tuple[str, Traversable]] = []
    for package in ("ledger.book", "ledger.vault", "ledger.access"):
        folder = files(package).joinpath("schema")
        found += [(entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".sql")]
    for name, entry in sorted(found, key=lambda pair: pair[0]):
        yield name, entry.read_text(encoding="utf-8")
