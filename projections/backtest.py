"""A backtest: what a draft, or other parameters, would find in the real book beside what the live rule finds."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from ledger.book.database import Database
from projections.evaluation import severity_of, severity_steps
from projections.overrides import Overrides
from projections.queries import Clocks, Row, set_clocks
from projections.rule_views import RULE_SECONDS, as_rule, create_view, explained
from projections.rules import Rule, RuleError

# A rule that finds more than this finds everything; comparing it tells nobody anything.
MOST_FINDINGS = 200_000

Shown = Callable[[psycopg.Cursor[Row], list[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rule finds and costs: findings, their money, the time it took, and the planner's estimate of its work."""

    findings: int
    amount_fen: int
    milliseconds: int
    plan_cost: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A subject that the two find differently; ``live_fen`` or ``tried_fen`` is None where it is not found."""

    subject: str
    refs: tuple[str, ...]
    severity: str
    found_on: date | None
    live_fen: int | None
    tried_fen: int | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """A draft beside the live rule of its name (None where there is none): what it adds, drops and changes."""

    rule: str
    parameters: Overrides
    live: Measured | None
    tried: Measured
    added: tuple[Difference, ...]
    dropped: tuple[Difference, ...]
    changed: tuple[Difference, ...]


def backtest(
    database: Database,
    clocks: Clocks,
    tried: Rule,
    live: Rule | None,
    parameters: Overrides,
    shown: Shown = lambda _, rows: rows,
    seconds: int = RULE_SECONDS,
) -> Backtest:
    """Runs a rule over the book with ``parameters`` in place of those in force, beside the live one without them.

    Both see one moment of the book; nothing is kept. ``shown`` picks the findings that may be told, ``seconds`` is
    what each of the two may take.

    Raises:
        RuleError: the draft cannot be run: its SQL, its columns, what it reads or calls, or the time that it takes.
    """
    with database.connection() as conn, conn.transaction(force_rollback=True):
        conn.execute("set transaction isolation level repeatable read")
        cursor = conn.cursor(row_factory=dict_row)
        set_clocks(cursor, clocks)
        with as_rule(conn, seconds):
            view = f"finding.{tried.rule}" if tried is live else _draft(conn, tried)
            # From here on nothing can be written, whatever the rule may find to do.
            conn.execute("set transaction read only")
            before, found_live = _run(cursor, live, f"finding.{live.rule}") if live else (None, [])
            cursor.execute("select set_config('mingzhang.parameters', %s, true)", [json.dumps(parameters)])
            after, found = _run(cursor, tried, view)
        held = {row["subject"]: row for row in shown(cursor, found_live)}
        now = {row["subject"]: row for row in shown(cursor, found)}
    return Backtest(
        rule=tried.rule,
        parameters=parameters,
        live=_measured(before, held) if before else None,
        tried=_measured(after, now),
        added=_differences({}, {key: row for key, row in now.items() if key not in held}),
        dropped=_differences({key: row for key, row in held.items() if key not in now}, {}),
        changed=_differences(*_changed(held, now)),
    )


@dataclass(frozen=True, slots=True)
class _Cost:
    milliseconds: int
    plan_cost: int


def _draft(conn: psycopg.Connection[Any], rule: Rule) -> str:
    # A name of its own: two people who try the same draft at once do not wait for each other.
    view = f"finding.try_{uuid4().hex}"
    create_view(conn, view, rule.sql)
    return view


def _run(cursor: psycopg.Cursor[Row], rule: Rule, view: str) -> tuple[_Cost, list[Row]]:
    statement = f"select * from {view} limit {MOST_FINDINGS + 1}".encode()
    try:
        plan = cursor.execute(b"explain (format json) " + statement).fetchone() or {}
        began = time.perf_counter()
        rows = cursor.execute(statement).fetchall()
        milliseconds = round((time.perf_counter() - began) * 1000)
    except psycopg.errors.QueryCanceled:
        raise RuleError("用时过长,已终止", "it takes too long and was ended") from None
    except psycopg.Error as error:
        raise explained(error, "") from None
    _check_rows(rows)
    steps = severity_steps(cursor)
    for row in rows:
        row["severity"] = severity_of(row.get("severity") or rule.severity, row["amount_fen"] or 0, steps)
    return _Cost(milliseconds, round(plan["QUERY PLAN"][0]["Plan"]["Total Cost"])), rows


def _check_rows(rows: Sequence[Row]) -> None:
    if len(rows) > MOST_FINDINGS:
        raise RuleError(f"发现超过 {MOST_FINDINGS:,} 条", f"it finds more than {MOST_FINDINGS:,}")
    if not rows:
        return
    subject, count = Counter(row["subject"] for row in rows).most_common(1)[0]
    if count > 1:
        raise RuleError(
            f"对象 {subject} 有 {count} 行;每个对象只能有一行", f"{subject} has {count} rows: one row a subject"
        )
    if any(row["subject"] is None for row in rows):
        raise RuleError("有一行 subject 为空", "a row has no subject")


def _measured(cost: _Cost, rows: dict[str, Row]) -> Measured:
    return Measured(len(rows), sum(row["amount_fen"] or 0 for row in rows.values()), cost.milliseconds, cost.plan_cost)


def _changed(held: dict[str, Row], now: dict[str, Row]) -> tuple[dict[str, Row], dict[str, Row]]:
    """The findings of both whose money, severity or day is another."""
    told = ("amount_fen", "severity", "found_on")
    both = [key for key in held.keys() & now.keys() if any(held[key][name] != now[key][name] for name in told)]
    return {key: held[key] for key in both}, {key: now[key] for key in both}


def _differences(held: dict[str, Row], now: dict[str, Row]) -> tuple[Difference, ...]:
    found = [_difference(key, held.get(key), now.get(key)) for key in held.keys() | now.keys()]
    return tuple(sorted(found, key=lambda one: (-max(one.live_fen or 0, one.tried_fen or 0), one.subject)))


def _difference(subject: str, held: Row | None, now: Row | None) -> Difference:
    row = now or held or {}
    return Difference(
        subject=subject,
        refs=tuple(sorted(row["refs"] or [])),
        severity=row["severity"],
        found_on=row["found_on"],
        live_fen=(held["amount_fen"] or 0) if held else None,
        tried_fen=(now["amount_fen"] or 0) if now else None,
    )
