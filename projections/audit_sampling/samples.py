"""Audit samples on record: all of them, one, its items with their evidence, and what testing made of it."""

from __future__ import annotations

from typing import Any

import psycopg

from ledger.book.database import Database
from ledger.decide.audit_plan import Plan
from ledger.decide.audit_strata import Line, Stratum
from projections.audit_sampling.populations import Scope, evidence_of, lines_of
from projections.queries import Clocks, Row, reading
from projections.samples import ANY_DAY

_PLAN = (
    "method",
    "size",
    "tolerable_fen",
    "expected_fen",
    "confidence_percent",
    "strata_by",
    "sizes_by",
    "certain_fen",
)


def audit_samples(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """Every sample, the latest first, without its long lists."""
    return cursor.execute(
        "select s.sample_no, s.position, s.region, s.drawn_on, s.population, s.from_day, s.until_day, s.programme, "
        "s.fund, s.as_of, s.known_position, s.method, s.population_size, s.population_fen, s.seed_source, "
        "s.recorded_by, cardinality(s.items) as drawn_size, (select count(*) from audit_sample_result r "
        "where r.sample_no = s.sample_no) as tested_size from audit_sample s order by s.position desc"
    ).fetchall()


def audit_sample(cursor: psycopg.Cursor[Row], sample_no: str) -> Row | None:
    """One sample, every field of its event, with the leaf of that event (hex) and ``tested_size``."""
    row = cursor.execute("select * from audit_sample where sample_no = %s", [sample_no]).fetchone()
    if row is None:
        return None
    more = cursor.execute(
        "select (select encode(leaf, 'hex') from book.event where position = %(position)s) as leaf, "
        "(select count(*) from audit_sample_result where sample_no = %(sample_no)s) as tested_size",
        row,
    ).fetchone()
    return row | (more or {})


def find_audit_sample(database: Database, sample_no: str) -> Row | None:
    """As ``audit_sample``, by all that is on record."""
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        return audit_sample(cursor, sample_no)


def clocks_of(row: Row) -> Clocks:
    """The moment that a sample was drawn as of."""
    return Clocks(row["as_of"], row["known_position"])


def population_of(database: Database, row: Row) -> list[Line]:
    """The population of a sample, as the log gives it at its clocks."""
    return lines_of(database, Scope.of(row), row["strata_by"], clocks_of(row))


def plan_of(row: Row) -> Plan:
    """The plan that a sample was drawn by."""
    sizes = zip(row["strata"], row["strata_sizes"], strict=True)
    given = tuple((name, size) for name, size in sizes if name != "100%") if row["sizes_by"] == "given" else ()
    bounds = {"bands": row["bands"]} if row["bands"] else {"bounds_fen": tuple(row["bounds_fen"])}
    return Plan(**{name: row[name] for name in _PLAN}, sizes=given, **bounds)


def strata_of(row: Row) -> list[Stratum]:
    """The strata of a sample."""
    columns = (row[name] for name in ("strata", "strata_counts", "strata_fen", "strata_sizes"))
    return [Stratum(*one) for one in zip(*columns, strict=True)]


def items_of(database: Database, row: Row, after: int = 0, limit: int | None = None) -> list[Row]:
    """Items of a sample in the order of the draw, from the ``after``-th on: ``seq item amount_fen stratum hits
    point_fen evidence``, and ``audited_fen tested_on tested_by`` (None where it was not tested)."""
    columns = (row[name] for name in ("items", "amounts_fen", "item_strata", "hits", "points_fen"))
    names = ("seq", "item", "amount_fen", "stratum", "hits", "point_fen")
    rows = [dict(zip(names, (seq, *one), strict=True)) for seq, one in enumerate(zip(*columns, strict=True), start=1)]
    rows = rows[after : None if limit is None else after + limit]
    with reading(database, clocks_of(row)) as cursor:
        evidence = evidence_of(cursor, Scope.of(row), [one["item"] for one in rows])
    results = results_of(database, row["sample_no"])
    untested = {"audited_fen": None, "tested_on": None, "tested_by": None}
    return [one | {"evidence": evidence[one["item"]]} | results.get(one["item"], untested) for one in rows]


def results_of(database: Database, sample_no: str) -> dict[str, dict[str, Any]]:
    """What testing last said of each item: ``audited_fen tested_on tested_by``."""
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        rows = cursor.execute(
            "select item, audited_fen, tested_on, tested_by from audit_sample_result where sample_no = %s", [sample_no]
        ).fetchall()
    return {row["item"]: {name: row[name] for name in ("audited_fen", "tested_on", "tested_by")} for row in rows}
