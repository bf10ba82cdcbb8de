"""Open findings combined by whom they concern: one list a kind of subject, every point of a score accounted for.

A score is the sum of the weights of a subject's findings (the dated parameter ``ranking_weights``: so much for a
critical one, a warning, a notice), each finding once. Nothing else goes into it. It says where to look first, and
nothing of who did wrong: who merely signed what a finding rests on is listed beside it and gets no points.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import psycopg

from ledger.events import EVENT_CLASSES
from ledger.events.finding import SEVERITIES
from ledger.region import covers
from projections.evaluation import Row
from projections.facts import columns, table_name
from projections.regions import Regions, regions_of

KINDS: Final = ("office", "official", "provider", "fund", "household")
_SIGNING = ("handled_by", "reviewed_by", "approved_by")
# Digits of a county's and a township's region code.
_OFFICES = (6, 9)


@dataclass(frozen=True, slots=True)
class Ties:
    """What is behind the things that findings name: where they lie, whose contract or fund it is, and who signed."""

    regions: Regions = field(default_factory=dict)
    belongs: Mapping[str, Collection[str]] = field(default_factory=dict)
    signers: Mapping[int, Collection[str]] = field(default_factory=dict)


def ranked(findings: Iterable[Row], weights: Mapping[str, int], ties: Ties, within: str) -> list[Row]:
    """The subjects in a region by kind, highest score first.

    Each row: ``kind subject rank score counts amount_fen reasons findings signed``. ``counts`` is by severity,
    ``reasons`` lists (rule, name, severity, count, amount_fen, points), ``findings`` the ids that score, ``signed``
    the ids of those whose evidence the official signed without being named. Subjects of equal score share a rank.
    """
    named: dict[tuple[str, str], list[Row]] = defaultdict(list)
    signed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        subjects = set(_subjects(finding, ties, within))
        for subject in subjects:
            named[subject].append(finding)
        signers = {("official", staff) for at in finding["evidence"] for staff in ties.signers.get(at, ())}
        for subject in signers - subjects:
            signed[subject].append(finding["id"])
    rows = [_row(subject, named[subject], signed[subject], weights) for subject in {*named, *signed}]
    rows.sort(key=place)
    return _with_ranks(rows)


def _subjects(finding: Row, ties: Ties, within: str) -> Iterable[tuple[str, str]]:
    """Whom a finding counts against: what it names, what that belongs to, and the offices where it lies."""
    for ref in finding["refs"]:
        for about in (ref, *ties.belongs.get(ref, ())):
            kind, _, name = about.partition(":")
            if kind in ("household", "official", "provider") or (kind == "fund" and covers(within, name)):
                yield kind, name
        for region in ties.regions.get(ref, ()):
            for digits in _OFFICES:
                is_one = len(region) >= digits and not region[:digits].endswith("000")
                if is_one and covers(within, region[:digits]):
                    yield "office", region[:digits]


def _row(subject: tuple[str, str], findings: Sequence[Row], signed: list[str], weights: Mapping[str, int]) -> Row:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for finding in findings:
        groups[finding["rule"], finding["severity"]].append(finding)
    reasons = [
        {
            "rule": rule,
            "name": group[0]["name"],
            "severity": severity,
            "count": len(group),
            "amount_fen": _amount(group),
            "points": weights[severity] * len(group),
        }
        for (rule, severity), group in groups.items()
    ]
    counts = Counter(finding["severity"] for finding in findings)
    return {
        "kind": subject[0],
        "subject": subject[1],
        "score": sum(reason["points"] for reason in reasons),
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "amount_fen": _amount(findings),
        "reasons": sorted(reasons, key=lambda r: (-r["points"], SEVERITIES.index(r["severity"]), r["rule"])),
        "findings": sorted(finding["id"] for finding in findings),
        "signed": sorted(signed),
    }


def _amount(findings: Iterable[Row]) -> int:
    return sum(finding["amount_fen"] or 0 for finding in findings)


def place(row: Row) -> list[Any]:
    """By kind, then score; among equals by what a reader would look at next, and at last by name."""
    worst = [-row["counts"][severity] for severity in SEVERITIES]
    return [KINDS.index(row["kind"]), -row["score"], *worst, -row["amount_fen"], -len(row["signed"]), row["subject"]]


# Of what the parts of a place are, for reading a cursor.
PLACE_TYPES: Final[tuple[type, ...]] = (int, int, int, int, int, int, int, str)


def _with_ranks(rows: list[Row]) -> list[Row]:
    """A rank is one more than how many of the kind have a higher score."""
    above: dict[str, tuple[int, int]] = {}
    seen: Counter[str] = Counter()
    for row in rows:
        kind = row["kind"]
        seen[kind] += 1
        if kind not in above or above[kind][0] != row["score"]:
            above[kind] = (row["score"], seen[kind])
        row["rank"] = above[kind][1]
    return rows


def weights_in_force(cursor: psycopg.Cursor[Row]) -> dict[str, int]:
    """Points for a finding of each severity, by the parameter in force on the day asked about; none are no points."""
    row = cursor.execute(
        "select value from parameter where name = 'ranking_weights' "
        "and as_of() between in_force_from and in_force_until"
    ).fetchone()
    held = row["value"] if row else {}
    return {severity: int(held.get(severity, 0)) for severity in SEVERITIES}


def ties_of(cursor: psycopg.Cursor[Row], findings: Iterable[Row]) -> Ties:
    """Looks up what is behind the refs and the evidence of these findings."""
    rows = list(findings)
    refs = {ref for row in rows for ref in row["refs"]}
    positions = sorted({at for row in rows for at in row["evidence"]})
    belongs: dict[str, set[str]] = defaultdict(set)
    for row in cursor.execute(_BELONGS, _by_kind(refs)).fetchall():
        belongs[row["ref"]].add(row["owner"])
    signers: dict[int, set[str]] = defaultdict(set)
    for row in cursor.execute(_signers_sql().encode(), {"positions": positions}).fetchall():
        signers[row["position"]].add(row["staff"])
    return Ties(regions_of(cursor, refs), belongs, signers)


def _by_kind(refs: Iterable[str]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {"contract": [], "document": [], "batch": [], "expense": []}
    for ref in refs:
        kind, _, name = ref.partition(":")
        if kind in named:
            named[kind].append(name)
    return named


# A contract is its provider's; contracts, grants, rolls and expenses are their fund's.
_BELONGS = """
with bought as (
    select 'contract:' || contract_no as ref, coalesce(provider_code, provider) as provider,
           fund(region, category, level, budget_year) as fund
    from contract_committed where contract_no = any(%(contract)s)
    union all
    select 'expense:' || p.expense_no, coalesce(c.provider_code, c.provider),
           fund(c.region, c.category, c.level, c.budget_year)
    from service_paid p join contract_committed c using (contract_no) where p.expense_no = any(%(expense)s)
)
select ref, 'provider:' || provider as owner from bought
union
select ref, 'fund:' || fund from bought
union
select 'document:' || document_no, 'fund:' || fund(region, category, level, budget_year)
from grant_issued where document_no = any(%(document)s)
union
select 'batch:' || batch_no, 'fund:' || fund(region, category, level, budget_year)
from roll_released where batch_no = any(%(batch)s)
union
select 'expense:' || expense_no, 'fund:' || fund(region, category, level, budget_year)
from expense_paid where expense_no = any(%(expense)s)
"""


@cache
def _signers_sql() -> str:
    parts = []
    for cls in EVENT_CLASSES:
        if signing := [name for name in _SIGNING if name in columns(cls)]:
            parts.append(
                f"select position, unnest(array[{', '.join(signing)}]) as staff from {table_name(cls)} "
                "where position = any(%(positions)s)"
            )
    return f"select position, staff from ({' union all '.join(parts)}) signed where staff is not null"
