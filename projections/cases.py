"""Cases as people meet them: the board, one case with its timeline, and how each rule fares.

Every function first says who looks (role and region), so that what is confidential never reaches whom it is hidden
from: not in a list, a count, a timeline or a page of events. Texts come as the vault's pseudonyms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg

from ledger.decide.case_state import STATUS_WORDS
from ledger.events.case import CASE_EVENTS
from ledger.region import prefix_of
from projections.facts import table_name
from projections.queries import Row

STATUSES = tuple(STATUS_WORDS)
# The columns of a case and of its steps that hold what somebody wrote.
TEXTS = ("unit", "reason", "facts", "sent_to", "title")

_STATE = """
select case_no, status, severity, region, findings, assigned_to, due_on, is_overdue, overdue_since, is_confidential,
       unit_region, unit, reason, opened_on, closed_on, turn, since, last_step, last_on, last_position, position,
       established, dismissed, tolerated, measures, established_fen
from case_state
where starts_with(region, %(prefix)s)
"""


def look_as(cursor: psycopg.Cursor[Row], role: str, region: str) -> None:
    """Says who looks, for the rest of the cursor's transaction; the view ``hidden_case`` goes by it."""
    cursor.execute(
        "select set_config('mingzhang.viewer_role', %s, true), set_config('mingzhang.viewer_region', %s, true)",
        [role, region],
    )


def list_cases(
    cursor: psycopg.Cursor[Row],
    role: str,
    region: str,
    *,
    status: str | None = None,
    severity: str | None = None,
    assigned_to: str | None = None,
    overdue: bool | None = None,
    finding: str | None = None,
) -> list[Row]:
    """The cases of a region: open before closed, the worst and the most urgent first."""
    look_as(cursor, role, region)
    wanted: dict[str, Any] = {
        "status = %(status)s": status,
        "severity = %(severity)s": severity,
        "lower(assigned_to) = lower(%(assigned_to)s)": assigned_to,
        "is_overdue = %(overdue)s": overdue,
        "%(finding)s = any(findings)": finding,
    }
    conditions = "".join(f" and {condition}" for condition, value in wanted.items() if value is not None)
    order = " order by status = 'closed', array_position(array['critical', 'warning', 'notice'], severity), due_on"
    return cursor.execute(
        f"{_STATE}{conditions}{order}, case_no".encode(),
        {
            "prefix": prefix_of(region),
            "status": status,
            "severity": severity,
            "assigned_to": assigned_to,
            "overdue": overdue,
            "finding": finding,
        },
    ).fetchall()


def one_case(cursor: psycopg.Cursor[Row], role: str, region: str, case_no: str) -> Row | None:
    """A case with its present ``outcomes`` and ``orders`` (the measures of this turn); None where it may not be seen.

    Put on record that a person reads it: ``ledger.access.record_view``.
    """
    look_as(cursor, role, region)
    case = cursor.execute(
        f"{_STATE} and case_no = %(case_no)s".encode(), {"prefix": prefix_of(region), "case_no": case_no}
    ).fetchone()
    if case is None:
        return None
    turn = [step for step in _steps(cursor, case_no) if step["position"] >= case["since"]]
    judged = {step["finding"]: step for step in turn if step["step"] in _OUTCOMES}
    outcomes = [_outcome(step) for step in judged.values()]
    return case | {"outcomes": outcomes, "orders": [step for step in turn if step["step"] == "measure"]}


def timeline(cursor: psycopg.Cursor[Row], role: str, region: str, case_no: str) -> list[Row]:
    """Every step of a case in order; none where the case may not be seen."""
    return _steps(cursor, case_no) if may_see(cursor, role, region, case_no) else []


def documents(cursor: psycopg.Cursor[Row], role: str, region: str, case_no: str) -> list[Row]:
    """The documents of a case: ``sha256``, ``title``, ``media_type``, ``size_bytes``, ``attached_on``, ``staff``."""
    names = ("position", "sha256", "title", "media_type", "size_bytes", "staff")
    return [
        {name: step[name] for name in names} | {"attached_on": step["day"]}
        for step in timeline(cursor, role, region, case_no)
        if step["step"] == "attach"
    ]


def cases_of_finding(cursor: psycopg.Cursor[Row], role: str, region: str, finding: str) -> list[Row]:
    """The cases that a finding is, or was, looked into in."""
    return list_cases(cursor, role, region, finding=finding)


def outcome_of_finding(cursor: psycopg.Cursor[Row], role: str, region: str, finding: str) -> Row | None:
    """What was made of a finding last, as far as it still counts."""
    look_as(cursor, role, region)
    return cursor.execute("select * from finding_outcome where finding = %s", [finding]).fetchone()


def rule_outcomes(cursor: psycopg.Cursor[Row], role: str, region: str) -> list[Row]:
    """How each rule that found anything fares, the noisiest first.

    A row is (``rule``, ``raised``, ``open``, ``established``, ``dismissed``, ``tolerated``,
    ``dismissed_basis_points`` of what was judged, or None).
    """
    look_as(cursor, role, region)
    return cursor.execute("select * from rule_outcome order by dismissed_basis_points desc nulls last, rule").fetchall()


def may_see(cursor: psycopg.Cursor[Row], role: str, region: str, case_no: str) -> bool:
    """Whether there is such a case for who looks, whatever the clocks say."""
    look_as(cursor, role, region)
    found = cursor.execute(
        "select 1 from fact.case_opened c where c.case_no = %s and starts_with(c.region, %s) "
        "and not exists (select from hidden_case h where h.case_no = c.case_no)",
        [case_no, prefix_of(region)],
    ).fetchone()
    return found is not None


def hidden_positions(cursor: psycopg.Cursor[Row], role: str, region: str, positions: Sequence[int]) -> set[int]:
    """Which of these positions are steps of cases that are hidden from who looks."""
    look_as(cursor, role, region)
    rows = cursor.execute(_hidden_sql().encode(), {"positions": list(positions)}).fetchall()
    return {row["position"] for row in rows}


def texts_in(rows: Iterable[Row]) -> set[str]:
    """The pseudonyms of what people wrote, to be revealed by the vault."""
    return {row[name] for row in rows for name in TEXTS if row.get(name)}


_OUTCOMES = {"establish": "established", "dismiss": "dismissed", "tolerate": "tolerated"}


def _outcome(step: Row) -> Row:
    kept = {name: step[name] for name in ("finding", "position", "day", "staff", "amount_fen", "recovery_no", "reason")}
    return kept | {"outcome": _OUTCOMES[step["step"]]}


def _steps(cursor: psycopg.Cursor[Row], case_no: str) -> list[Row]:
    return cursor.execute("select * from case_step where case_no = %s order by position", [case_no]).fetchall()


@cache
def _hidden_sql() -> str:
    parts = [
        f"select position from fact.{table_name(cls)} where position = any(%(positions)s) "
        "and case_no in (select case_no from hidden_case)"
        for cls in CASE_EVENTS
    ]
    return " union all ".join(parts)
