"""What people ask of the books, as rows: one function a question, each reading through the two clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import dict_row

from ledger.book.database import Database
from projections.evaluation import Row, evaluate, worst_first
from projections.rules import Rule, load_rules
from projections.shared import share

__all__ = [
    "CAP",
    "FUNDS",
    "Clocks",
    "Row",
    "alerts",
    "beginning",
    "cap",
    "freshness",
    "funds",
    "one_fund",
    "reading",
    "reading_whole",
    "set_clocks",
]


_FUND_FIGURES = (
    "select region, category, level, year, issued_fen, received_fen, settled_fen, in_transit_fen, services_fen, "
    "other_fen, passed_down_fen, recovered_fen, available_fen from fund_balance"
)
# As texts, for a replay asks the same of DuckDB.
FUNDS = f"{_FUND_FIGURES} order by region, category, array_position(array['中央', '省级', '市级', '县级'], level), year"
CAP = (
    "select region, year, jurisdiction, force, base_fen, limit_fen, committed_fen, spent_fen, headroom_fen, "
    "policy_version, source from service_cap order by region, year"
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """``as_of``: what was true at the end of that business day; ``known_at``: by what was known at that position."""

    as_of: date | None = None
    known_at: int | datetime | None = None


@contextmanager
def reading(database: Database, clocks: Clocks) -> Iterator[psycopg.Cursor[Row]]:
    """A read-only cursor whose every view is limited by the two clocks, all from one moment of the log."""
    with _one_moment(database, clocks, "repeatable read, read only") as cursor:
        yield cursor


@contextmanager
def reading_whole(database: Database, clocks: Clocks) -> Iterator[psycopg.Cursor[Row]]:
    """As ``reading``, for asking every rule of everything: what several of them read is made once, for all."""
    with beginning(database, clocks) as cursor:
        share(cursor)
        yield cursor


@contextmanager
def beginning(database: Database, clocks: Clocks) -> Iterator[psycopg.Cursor[Row]]:
    """As ``reading``, but may still make tables of its own: the caller ends that with ``share``."""
    with _one_moment(database, clocks, "repeatable read") as cursor:
        yield cursor


@contextmanager
def _one_moment(database: Database, clocks: Clocks, mode: str) -> Iterator[psycopg.Cursor[Row]]:
    with database.connection() as conn, conn.transaction():
        conn.execute(f"set transaction isolation level {mode}".encode())
        cursor = conn.cursor(row_factory=dict_row)
        set_clocks(cursor, clocks)
        yield cursor


def set_clocks(cursor: psycopg.Cursor[Row], clocks: Clocks) -> None:
    """For the rest of a transaction: every view that it reads is limited by the two clocks."""
    cursor.execute("set local search_path = known, finding, pg_temp")
    if clocks.as_of is not None:
        cursor.execute("select set_config('mingzhang.as_of', %s, true)", [clocks.as_of.isoformat()])
    if clocks.known_at is not None:
        position = _position(cursor, clocks.known_at)
        cursor.execute("select set_config('mingzhang.known_at', %s, true)", [str(position)])


def _position(cursor: psycopg.Cursor[Row], known_at: int | datetime) -> int:
    """The last position that was on record at an instant (or the position itself)."""
    if isinstance(known_at, int):
        return known_at
    row = cursor.execute(_BISECTED, {"instant": known_at}).fetchone()
    return int(row["position"]) if row else 0


# Positions are dense and instants never fall along them, so that a past moment costs a score of look-ups and no index.
_BISECTED = """
with recursive bisected (known, beyond) as (
    select 0::bigint, coalesce(max(position), 0) + 1 from book.event
    union all
    select case when e.recorded_at <= %(instant)s then e.position else b.known end,
           case when e.recorded_at <= %(instant)s then b.beyond else e.position end
    from bisected b
    join book.event e on e.position = (b.known + b.beyond) / 2
    where b.beyond - b.known > 1
)
select max(known) as position from bisected
"""


def funds(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """资金余额: one row a fund (formats.md ``funds``)."""
    return cursor.execute(FUNDS.encode()).fetchall()


def one_fund(cursor: psycopg.Cursor[Row], fund: str) -> Row | None:
    """资金余额 of one fund; None where the book has no such fund at this moment."""
    return cursor.execute(f"{_FUND_FIGURES} where fund = %s".encode(), [fund]).fetchone()


def cap(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """购买服务上限: one row a region and budget year (formats.md ``cap``), with policy version and source."""
    return cursor.execute(CAP).fetchall()


def alerts(
    cursor: psycopg.Cursor[Row], names: tuple[str, ...] | None = None, rules: Iterable[Rule] | None = None
) -> list[Row]:
    """预警: every open finding of every rule (formats.md ``alerts``), worst first; a broken rule is logged, skipped.

    ``rules`` are those of the product and of the site (default: the product's); ``names`` picks some of them.
    """
    asked = [rule for rule in rules or load_rules() if names is None or rule.rule in names]
    return worst_first(evaluate(cursor, asked).findings)


def freshness(cursor: psycopg.Cursor[Row]) -> Row:
    """How far the log goes and how far the projections have read it."""
    row = cursor.execute(
        "select coalesce(max(e.position), 0) as head, max(e.recorded_at) as recorded_at, "
        "(select position from projection.progress) as projected from book.event e"
    ).fetchone()
    return row or {}
