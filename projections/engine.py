"""Runs the projections exactly once, incrementally, and makes them again from nothing when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb

from ledger.book.database import APP_ROLE, RULE_ROLE, Database
from ledger.book.mapper import EventMapper
from ledger.events import BY_TOPIC, UPCASTERS
from ledger.policy import PolicyPack
from projections import facts
from projections.older import load_lifted
from projections.rule_views import make_views
from projections.rules import BrokenRule, Rule, load_rules, load_site_rules

log = structlog.get_logger()

# Events a transaction: small enough to stay under half a gigabyte, large enough to be worth its round trips.
BATCH = 20_000
# So many new events are growth that statistics must follow at once, not when autovacuum comes by.
ANALYZE_AFTER = 50_000
_SCHEMAS = ("fact", "known", "projection", "finding")
_LOCK = 4915277810043


def statements() -> Iterator[str]:
    """Everything that makes the projections, in order; its hash says when they must be made again."""
    yield "create schema fact; create schema known; create schema projection; create schema finding"
    folder = files("projections").joinpath("sql")
    sql = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")}
    yield sql.pop("01_clocks.sql")
    yield from facts.tables()
    yield "set local search_path = known, pg_temp"
    for name in sorted(sql):
        yield sql[name]
    yield (
        "create table projection.progress (position bigint not null, fingerprint text not null);"
        f"grant usage on schema fact, known, projection, finding to {APP_ROLE};"
        f"grant all on all tables in schema fact, projection to {APP_ROLE};"
        f"grant select on all tables in schema known to {APP_ROLE};"
        f"grant usage on schema known, projection to {RULE_ROLE}; grant usage, create on schema finding to {RULE_ROLE};"
        f"grant select on all tables in schema known, projection to {RULE_ROLE}"
    )


@cache
def fingerprint() -> str:
    """What the projections are made of, in one hash."""
    digest = hashlib.sha256()
    for statement in statements():
        digest.update(statement.encode())
    return digest.hexdigest()


class Engine:
    """The projections of one database.

    ``rules`` are the product's and those of the folder ``site_rules`` that can be asked; ``broken_rules`` are the
    files that cannot, with the reason.
    """

    def __init__(self, database: Database, site_rules: Path | None = None) -> None:
        self.database = database
        self.rules: tuple[Rule, ...] = ()
        self.broken_rules: tuple[BrokenRule, ...] = ()
        self._site_rules = site_rules
        self._mapper = EventMapper()
        with self._owner() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            if _fingerprint_of(conn) != fingerprint():
                self._make(conn)
            self._read_rules(conn)
            self._analyzed_at = _one(conn, "select position from projection.progress")

    def _owner(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database.url, autocommit=True)

    def _make(self, conn: psycopg.Connection[Any]) -> None:
        """Drops every projection and makes it empty; the log fills it again."""
        conn.execute("set local client_min_messages = warning")
        for schema in _SCHEMAS:
            conn.execute(f"drop schema if exists {schema} cascade".encode())
        for statement in statements():
            conn.execute(statement.encode())
        conn.execute("insert into projection.progress values (0, %s)", [fingerprint()])
        log.info("projections made")

    def read_rules(self) -> None:
        """Reads the rule files again and makes the views of those that changed; costs nothing where none did."""
        with self._owner() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            self._read_rules(conn)

    def _read_rules(self, conn: psycopg.Connection[Any]) -> None:
        site, unreadable = load_site_rules(self._site_rules)
        self.rules, broken = make_views(conn, [*load_rules(), *site])
        self.broken_rules = (*unreadable, *broken)
        for one in self.broken_rules:
            log.error("rule skipped", file=one.file, line=one.line)

    def rebuild(self) -> int:
        """Drops every projection and derives it again from the log; the position reached."""
        with self._owner() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            policy = conn.execute("select * from projection.policy").fetchall()
            parameters = conn.execute("select * from projection.parameter").fetchall()
            self._make(conn)
            self._read_rules(conn)
            for row in policy:
                conn.execute("insert into projection.policy values (%s, %s, %s)", row)
            _put_parameters(conn, parameters)
        return self.catch_up()

    def adopt(self, pack: PolicyPack) -> None:
        """Puts the parameters of the book's policy pack where the rules join them."""
        with self.database.connection() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            held = conn.execute("select sha256 from projection.policy").fetchone()
            if held and held[0] == pack.sha256:
                return
            conn.execute("delete from projection.policy")
            conn.execute("delete from projection.parameter")
            conn.execute("insert into projection.policy values (%s, %s, %s)", [pack.name, pack.version, pack.sha256])
            plain = [(p, p.model_dump(mode="json")) for p in pack.parameters()]
            _put_parameters(
                conn,
                [
                    (p.name, p.in_force_from, p.in_force_to, said["value"], p.unit, p.force, said["source"])
                    for p, said in plain
                ],
            )

    def catch_up(self) -> int:
        """Brings every projection up to the end of the log; the position reached."""
        while True:
            before = self._analyzed_at
            position, is_done = self._advance()
            if position - before >= ANALYZE_AFTER:
                self._analyze()
                self._analyzed_at = position
            if is_done:
                return position

    def _analyze(self) -> None:
        """Fresh statistics, so that rules asked right after a large import are planned for the tables as they are."""
        with self._owner() as conn:
            for table in _tables(conn):
                conn.execute(f"analyze {table}".encode())

    def _advance(self) -> tuple[int, bool]:
        """One batch in one transaction: the rows and the position that they stand for are committed together."""
        with self.database.connection() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
            after = _one(conn, "select position from projection.progress")
            head = _one(conn, "select coalesce(max(position), 0) from book.event")
            if head <= after:
                return after, True
            upto = min(after + BATCH, head)
            conn.execute("set local work_mem = '64MB'")
            # A crash loses rows and position together or not at all, and the log gives them again: no need to wait.
            conn.execute("set local synchronous_commit = off")
            self._load_facts(conn, after, upto)
            for projection in ("entitlement", "posting", "balance", "balance_block", "account_use"):
                conn.execute(f"select projection.advance_{projection}(%s, %s)".encode(), [after, upto])
            conn.execute("update projection.progress set position = %s", [upto])
        return upto, upto == head

    def _load_facts(self, conn: psycopg.Connection[Any], after: int, upto: int) -> None:
        present = conn.execute(
            "select distinct topic from book.event where position > %s and position <= %s", [after, upto]
        ).fetchall()
        for (topic,) in present:
            span = {"after": after, "upto": upto, "topic": topic}
            if topic in BY_TOPIC:
                conn.execute(facts.load(BY_TOPIC[topic]).encode(), span)
            elif topic in UPCASTERS.old_topics():
                load_lifted(conn, self._mapper, span)

    def digest(self) -> str:
        """One hash over every row of every projection: equal digests, equal rows."""
        digest = hashlib.sha256()
        with self._owner() as conn:
            for table in _tables(conn):
                digest.update(table.encode())
                hashes = f"(select md5(t::text) as h from {table} t) hashed"
                statement = f"select md5(coalesce(string_agg(h, '' order by h), '')) from {hashes}"
                row = conn.execute(statement.encode()).fetchone()
                digest.update(row[0].encode() if row else b"")
        return digest.hexdigest()


def _put_parameters(conn: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of ``projection.parameter``, as they are read from it."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into projection.parameter values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (name, since, until, Jsonb(value), unit, force, Jsonb(source))
                for name, since, until, value, unit, force, source in rows
            ],
        )


def _tables(conn: psycopg.Connection[Any]) -> list[str]:
    rows = conn.execute(
        "select format('%I.%I', schemaname, tablename) from pg_tables "
        "where schemaname in ('fact', 'projection') order by 1"
    ).fetchall()
    return [table for (table,) in rows]


def _fingerprint_of(conn: psycopg.Connection[Any]) -> str | None:
    exists = conn.execute("select to_regclass('projection.progress')").fetchone()
    if not exists or exists[0] is None:
        return None
    row = conn.execute("select fingerprint from projection.progress").fetchone()
    return str(row[0]) if row else None


def _one(conn: psycopg.Connection[Any], statement: str) -> int:
    row = conn.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0
