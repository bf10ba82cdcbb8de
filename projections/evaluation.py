"""A rule asked of the books: every finding, or those about some subjects, as rows that everyone shows alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg import sql

from ledger.events.finding import finding_id
from projections.rule_views import as_rule
from projections.rules import Rule

log = structlog.get_logger()

Row = dict[str, Any]
SEVERITIES = ("critical", "warning", "notice")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the rules say at the clocks of a cursor; ``skipped`` maps a rule that failed to its SQLSTATE."""

    findings: list[Row]
    skipped: dict[str, str] = field(default_factory=dict)


def evaluate(
    cursor: psycopg.Cursor[Row], rules: Iterable[Rule], subjects: dict[str, Sequence[str]] | None = None
) -> Evaluated:
    """Asks each rule, of all its subjects or of those of its kinds in ``subjects``; a broken rule stops no other."""
    policy = cursor.execute("select jurisdiction, version from policy").fetchone() or {}
    steps = _steps(cursor)
    findings: list[Row] = []
    skipped: dict[str, str] = {}
    for rule in rules:
        asked = None if subjects is None else sorted({one for kind in rule.subjects for one in subjects.get(kind, ())})
        if asked == []:
            continue
        try:
            findings += [_finding(rule, row, policy, steps) for row in _ask(cursor, rule, asked)]
        except psycopg.Error as error:
            log.error("rule skipped", rule=rule.rule, sqlstate=error.sqlstate)
            skipped[rule.rule] = error.sqlstate or "unknown"
    return Evaluated(findings, skipped)


def recorded(cursor: psycopg.Cursor[Row], rules: Iterable[Rule]) -> list[Row]:
    """The findings on record, open and cleared, worst first, in the shape of ``evaluate``, with ``raised_on``."""
    words = {rule.rule: rule for rule in rules}
    rows = cursor.execute("select * from finding_state").fetchall()
    return worst_first(_recorded(words[row["rule"]], row) for row in rows if row["rule"] in words)


def _recorded(rule: Rule, row: Row) -> Row:
    same = ("rule", "severity", "subject", "refs", "amount_fen", "found_on", "evidence", "raised_on", "cleared_on")
    return {name: row[name] for name in same} | {
        "id": row["finding"],
        "name": rule.name,
        "kind": rule.kind,
        "policy": {"jurisdiction": row["policy"], "version": row["policy_version"]},
        "law": rule.law,
        "status": "open" if row["is_open"] else "cleared",
    }


def worst_first(findings: Iterable[Row]) -> list[Row]:
    """By severity, rule, day and whom they name."""
    return sorted(findings, key=lambda f: (SEVERITIES.index(f["severity"]), f["rule"], str(f["found_on"]), f["refs"]))


def _ask(cursor: psycopg.Cursor[Row], rule: Rule, subjects: Sequence[str] | None) -> list[Row]:
    with cursor.connection.transaction(), as_rule(cursor.connection):
        # By its text a rule reads what was made once for all rules (see ``shared``).
        by_text = f"(\n{rule.sql}\n) found"
        if subjects is None:
            return cursor.execute(f"select * from {by_text}".encode()).fetchall()
        # Those of the product read only what is their household's or person's; a site's may do else, and reads views.
        is_of_household = rule.origin == "product" and not {"household", "person"}.isdisjoint(rule.subjects)
        place = by_text if is_of_household else f"finding.{rule.rule}"
        asked = sql.SQL("select * from {} where subject = any({})")
        return cursor.execute(asked.format(sql.SQL(place), sql.Literal(list(subjects)))).fetchall()


def _finding(rule: Rule, row: Row, policy: Row, steps: dict[str, int]) -> Row:
    """A row of a rule in the shape of formats.md ``alerts``, with what the finding is known by."""
    return {
        "id": finding_id(rule.rule, row["subject"]),
        "rule": rule.rule,
        "name": rule.name,
        "kind": rule.kind,
        "severity": _severity(row.get("severity") or rule.severity, row["amount_fen"] or 0, steps),
        "subject": row["subject"],
        "refs": sorted({ref for ref in row["refs"] or () if ref is not None}),
        "amount_fen": row["amount_fen"],
        "found_on": row["found_on"],
        "evidence": sorted({at for at in row["evidence"] or () if at is not None}),
        "policy": policy,
        "law": rule.law,
        "status": "open",
    }


def _steps(cursor: psycopg.Cursor[Row]) -> dict[str, int]:
    """From which amount on a notice is a warning and a warning critical: the parameter ``finding_severity_amounts``."""
    row = cursor.execute(
        "select value from parameter where name = 'finding_severity_amounts' "
        "and as_of() between in_force_from and in_force_until"
    ).fetchone()
    return dict(row["value"]) if row else {}


def _severity(of_rule: str, amount_fen: int, steps: dict[str, int]) -> str:
    """One step worse than the rule says where the amount is large; a notice never becomes critical."""
    worse = {"notice": "warning", "warning": "critical"}.get(of_rule)
    return worse if worse in steps and amount_fen >= steps[worse] else of_rule
