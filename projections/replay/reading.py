"""What people ask of a replayed book, as rows: by the texts of ``projections.queries``, in the same shapes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event, Timer

import duckdb
import structlog

from projections.evaluation import MOST_FINDINGS, BadAnswer, Row, findings_of, worst_first
from projections.queries import CAP, FUNDS
from projections.replay.dialect import Names, parsed, translated, written
from projections.replay.schema import schema
from projections.rules import Rule

log = structlog.get_logger()

# A rule of an archive that takes longer than this is interrupted and skipped.
RULE_SECONDS = 300.0
# What many rules read, made once for all of them, each after what it is made of.
_SHARED = ("household_registered", "member_changed", "member", "settled_line", "paid_month")
_COLUMNS = ("subject", "refs", "amount_fen", "found_on", "evidence")
_STEPS = """
select value from parameter
where name = 'finding_severity_amounts' and as_of() between in_force_from and in_force_until
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The open findings, worst first; ``skipped`` maps a rule that could not be asked to the reason."""

    findings: list[Row]
    skipped: Mapping[str, str] = field(default_factory=dict)


def asked(
    conn: duckdb.DuckDBPyConnection, statement: str, names: Names | None = None, most: int | None = None
) -> list[Row]:
    """The rows of a query that is written for PostgreSQL (the first ``most``), with JSON as Python values.

    Raises:
        Untranslatable: it is no query, or none that DuckDB can be asked.
    """
    cursor = conn.execute(written(statement, names or schema().names))
    columns = [(one[0], str(one[1]) == "JSON") for one in cursor.description or ()]
    return [
        {
            name: json.loads(value) if is_json and value is not None else value
            for (name, is_json), value in zip(columns, row, strict=True)
        }
        for row in (cursor.fetchall() if most is None else cursor.fetchmany(most))
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
            findings += findings_of(rule, _answer(conn, rule, names), policy, steps)
        except duckdb.InterruptException:
            # Not by the clock of a rule: somebody stops the replay.
            raise
        # A rule may answer anything: Untranslatable and BadAnswer are ValueErrors, the others come of odd values.
        except (duckdb.Error, ValueError, TypeError, ArithmeticError) as error:
            skipped[rule.rule] = _reason(error)
            log.error("rule skipped", rule=rule.rule, reason=skipped[rule.rule])
    return Found(worst_first(findings), skipped)


def _answer(conn: duckdb.DuckDBPyConnection, rule: Rule, names: Names) -> list[Row]:
    """The rows of one rule, which can change nothing and takes no longer than it may.

    Raises:
        BadAnswer: it took too long, or its rows have not the columns of findings.
    """
    with _reading_only(conn), _interrupted_after(conn, RULE_SECONDS):
        rows = asked(conn, rule.sql, names, MOST_FINDINGS + 1)
    lacking = [name for name in _COLUMNS if rows and name not in rows[0]]
    if lacking:
        raise BadAnswer(f"答复缺少列 / the answer lacks {', '.join(lacking)}")
    # A day as text or number would pass for one, and then be none in the file.
    if any(type(row["found_on"]) not in (date, type(None)) for row in rows):
        raise BadAnswer("bad_found_on")
    return rows


@contextmanager
def _reading_only(conn: duckdb.DuckDBPyConnection) -> Iterator[None]:
    conn.execute("begin transaction read only")
    try:
        yield
    finally:
        conn.execute("rollback")


@contextmanager
def _interrupted_after(conn: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Ends what the connection is asked when the time is up."""
    is_over = Event()

    def end() -> None:
        is_over.set()
        conn.interrupt()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.Error:
        if is_over.is_set():
            raise BadAnswer("超时 / took too long") from None
        raise
    finally:
        timer.cancel()
        # One that has begun to interrupt must not meet the next statement.
        timer.join()


def _reason(error: Exception) -> str:
    if isinstance(error, TypeError | ArithmeticError):
        return f"答复不是预警 / the answer is no list of findings ({type(error).__name__})"
    return next(iter(str(error).splitlines()), type(error).__name__)


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
