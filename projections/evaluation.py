"""A rule asked of the books: every finding, or those about some subjects, as rows that everyone shows alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

import psycopg
import structlog
from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.events.finding import SEVERITIES, AnyFen, Position, Reference, Severity, Subject, finding_id
from projections.rule_views import as_rule
from projections.rules import Rule

log = structlog.get_logger()

Row = dict[str, Any]
# A rule that finds more than this finds nothing: it is a mistake, and the log would hold it for ever.
MOST_FINDINGS = 200_000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the rules say at the clocks of a cursor; ``skipped`` maps a rule that failed to its SQLSTATE or reason."""

    findings: list[Row]
    skipped: dict[str, str] = field(default_factory=dict)


class BadAnswer(ValueError):
    """What a rule answered is no list of findings; the message names what is wrong with it."""


class _Found(BaseModel):
    """What of a row goes into an event, within the bounds that the event has."""

    model_config = ConfigDict(extra="ignore")

    subject: Subject
    refs: Annotated[list[Reference], Field(min_length=1)]
    amount_fen: AnyFen | None
    severity: Severity
    found_on: date | None
    evidence: list[Position]


def evaluate(
    cursor: psycopg.Cursor[Row], rules: Iterable[Rule], subjects: dict[str, Sequence[str]] | None = None
) -> Evaluated:
    """Asks each rule, of all its subjects or of those of its kinds in ``subjects``; a broken rule stops no other."""
    policy = cursor.execute("select jurisdiction, version from policy").fetchone() or {}
    steps = severity_steps(cursor)
    findings: list[Row] = []
    skipped: dict[str, str] = {}
    for rule in rules:
        asked = None if subjects is None else sorted({one for kind in rule.subjects for one in subjects.get(kind, ())})
        if asked == []:
            continue
        try:
            findings += findings_of(rule, _ask(cursor, rule, asked), policy, steps)
        except (psycopg.Error, BadAnswer) as error:
            skipped[rule.rule] = str(error) if isinstance(error, BadAnswer) else error.sqlstate or "unknown"
            log.error("rule skipped", rule=rule.rule, reason=skipped[rule.rule])
    return Evaluated(findings, skipped)


def findings_of(rule: Rule, rows: Iterable[Row], policy: Row, steps: dict[str, int]) -> list[Row]:
    """What a rule answered as findings; ``policy`` names jurisdiction and version, ``steps`` are of the severities.

    Raises:
        BadAnswer: they are no findings, or two are about one subject.
    """
    return _checked([_finding(rule, row, policy, steps) for row in rows])


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


def _checked(findings: list[Row]) -> list[Row]:
    """The findings of one rule, if each is one and they are about different subjects.

    Raises:
        BadAnswer: they are not.
    """
    if len(findings) > MOST_FINDINGS:
        raise BadAnswer("too_many_rows")
    if len({row["subject"] for row in findings}) < len(findings):
        raise BadAnswer("subject_twice")
    for row in findings:
        try:
            _Found.model_validate(row)
        except ValidationError as error:
            raise BadAnswer(f"bad_{error.errors()[0]['loc'][0]}") from None
    return findings


def worst_first(findings: Iterable[Row]) -> list[Row]:
    """By severity, rule, day and whom they name."""
    return sorted(findings, key=lambda f: (SEVERITIES.index(f["severity"]), f["rule"], str(f["found_on"]), f["refs"]))


def _ask(cursor: psycopg.Cursor[Row], rule: Rule, subjects: Sequence[str] | None) -> list[Row]:
    with cursor.connection.transaction(), as_rule(cursor.connection):
        # By its text a rule reads what was made once for all rules (see ``shared``).
        by_text = f"(\n{rule.sql}\n) found"
        if subjects is None:
            return cursor.execute(f"select * from {by_text} limit {MOST_FINDINGS + 1}".encode()).fetchall()
        # Those of the product read only what is their household's or person's; a site's may do else, and reads views.
        is_of_household = rule.origin == "product" and not {"household", "person"}.isdisjoint(rule.subjects)
        place = by_text if is_of_household else f"finding.{rule.rule}"
        asked = sql.SQL(f"select * from {{}} where subject = any({{}}) limit {MOST_FINDINGS + 1}")
        return cursor.execute(asked.format(sql.SQL(place), sql.Literal(list(subjects)))).fetchall()


def _finding(rule: Rule, row: Row, policy: Row, steps: dict[str, int]) -> Row:
    """A row of a rule in the shape of formats.md ``alerts``, with what the finding is known by."""
    return {
        "id": finding_id(rule.rule, str(row["subject"])),
        "rule": rule.rule,
        "name": rule.name,
        "kind": rule.kind,
        "severity": severity_of(row.get("severity") or rule.severity, row["amount_fen"] or 0, steps),
        "subject": row["subject"],
        "refs": sorted({ref for ref in row["refs"] or () if ref is not None}),
        "amount_fen": row["amount_fen"],
        "found_on": row["found_on"],
        "evidence": sorted({at for at in row["evidence"] or () if at is not None}),
        "policy": policy,
        "law": rule.law,
        "status": "open",
    }


def severity_steps(cursor: psycopg.Cursor[Row]) -> dict[str, int]:
    """From which amount on a notice is a warning and a warning critical: the parameter ``finding_severity_amounts``."""
    row = cursor.execute(
        "select value from parameter where name = 'finding_severity_amounts' "
        "and as_of() between in_force_from and in_force_until"
    ).fetchone()
    return dict(row["value"]) if row else {}


def severity_of(of_rule: str, amount_fen: int, steps: dict[str, int]) -> str:
    """One step worse than the rule says where the amount is large; a notice never becomes critical."""
    worse = {"notice": "warning", "warning": "critical"}.get(of_rule)
    return worse if worse in steps and amount_fen >= steps[worse] else of_rule
