"""What people ask of a replayed book, as rows: by the texts of ``projections.queries``, in the same shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import duckdb
import structlog

from projections.evaluation import BadAnswer, Row, findings_of, worst_first
from projections.queries import CAP, FUNDS
from projections.replay.dialect import Names, Untranslatable, parsed, translated, written
from projections.replay.schema import schema
from projections.rules import Rule

log = structlog.get_logger()

# What many rules read, made once for all of them, each after what it is made of.
_SHARED = ("household_registered", "member_changed", "member", "settled_line", "paid_month")
_STEPS = """
select value from parameter
where name = 'finding_severity_amounts' and as_of() between in_force_from and in_force_until
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The open findings, worst first; ``skipped`` maps a rule that could not be asked to the reason."""

    findings: list[Row]
    skipped: Mapping[str, str] = field(default_factory=dict)


def asked(conn: duckdb.DuckDBPyConnection, statement: str, names: Names | None = None) -> list[Row]:
    """The rows of a query that is written for PostgreSQL, with JSON as Python values."""
    cursor = conn.execute(written(statement, names or schema().names))
    columns = [(one[0], str(one[1]) == "JSON") for one in cursor.description or ()]
    return [
        {
            name: json.loads(value) if is_json and value is not None else value
            for (name, is_json), value in zip(columns, row, strict=True)
        }
        for row in cursor.fetchall()
    ]


def funds(conn: duckdb.DuckDBPyConnection) -> list[Row]:
    """资金余额: as ``projections.queries.funds``."""
    return asked(conn, FUNDS)


def cap(conn: duckdb.DuckDBPyConnection) -> list[Row]:
    """购买服务上限: as ``projections.queries.cap``."""
    return asked(conn, CAP)


def alerts(conn: duckdb.DuckDBPyConnection, rules: Iterable[Rule]) -> Found:
    """预警: every open finding of every rule, as ``projections.queries.alerts``; a broken rule stops no other."""
    names = _share(conn)
    try:
        return _alerts(conn, rules, names)
    finally:
        for name in reversed(_SHARED):
            conn.execute(f"drop table temp.{name}")


def _alerts(conn: duckdb.DuckDBPyConnection, rules: Iterable[Rule], names: Names) -> Found:
    policy = next(iter(asked(conn, "select jurisdiction, version from policy")), {})
    steps = next((dict(row["value"]) for row in asked(conn, _STEPS)), {})
    findings: list[Row] = []
    skipped: dict[str, str] = {}
    for rule in rules:
        try:
            findings += findings_of(rule, asked(conn, rule.sql, names), policy, steps)
        except (Untranslatable, BadAnswer, duckdb.Error) as error:
            skipped[rule.rule] = str(error).splitlines()[0]
            log.error("rule skipped", rule=rule.rule, reason=skipped[rule.rule])
    return Found(worst_first(findings), skipped)


def _share(conn: duckdb.DuckDBPyConnection) -> Names:
    """Makes the shared tables at the present clocks; the names by which a rule then reads them."""
    names = schema().names
    made: dict[str, str] = {}
    for name in _SHARED:
        view = parsed(schema().made[f"known.{name}"]).expression
        query = translated(view, replace(names, made=made))
        conn.execute(f"create or replace temp table {name} as {query}")
        made = made | {name: f"temp.{name}"}
    return replace(names, made=made)
