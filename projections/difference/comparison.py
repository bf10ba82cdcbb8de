"""The comparison itself: figure by figure, and for each what explains it. It knows of no engine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from projections.difference.changes import Changed, Reason, differing, figure, joined
from projections.difference.entries import CAP, FUND, MONTH, Source, moves
from projections.difference.moments import Class
from projections.difference.reasons import described, reason_of, reasons_among
from projections.difference.sides import Side
from projections.evaluation import Row

FUND_FIGURES = (
    "issued", "received", "settled", "in_transit", "services", "other", "passed_down", "recovered", "available",
)  # fmt: skip
CAP_FIGURES = ("base", "limit", "committed", "spent", "headroom")
# Figures that are no sum of events: they follow from the others, or from the rule that found them.
DERIVED = frozenset({"limit", "headroom", "amount", "decided"})
# Events that a figure is shown with, unless somebody asks for more; all of them are counted.
MOST_EVENTS = 1_000


MaySee = Callable[[Row], bool]


def _everything(row: Row) -> bool:
    return True


def compare(
    before: Side, after: Side, household: str | None = None, most: int = MOST_EVENTS, *, findings: bool = True
) -> Iterator[Changed]:
    """Every figure that differs, funds first, each with at most ``most`` of the events that explain it."""
    yield from funds_changed(before, after, most)
    yield from caps_changed(before, after, most)
    if household is not None:
        yield from months_changed(before, after, household, most)
    if findings:
        yield from findings_changed(before, after, before.findings(), after.findings(), most)


def funds_changed(before: Side, after: Side, most: int, may_see: MaySee = _everything) -> Iterator[Changed]:
    """The funds whose figures differ; without their events where ``most`` is zero."""
    for fund, was, now in _paired(filter(may_see, before.funds()), filter(may_see, after.funds()), fund_of):
        figures = differing(FUND_FIGURES, was, now)
        if figures and not most:
            yield Changed("fund", fund, figures)
        elif figures:
            yield _explained(before, after, Changed("fund", fund, figures), FUND, {"fund": fund}, most)


def caps_changed(before: Side, after: Side, most: int, may_see: MaySee = _everything) -> Iterator[Changed]:
    """The caps whose figures or reading differ; without their events where ``most`` is zero."""
    for subject, was, now in _paired(filter(may_see, before.caps()), filter(may_see, after.caps()), cap_of):
        figures, note = differing(CAP_FIGURES, was, now), reading_note(was, now)
        if (figures or note) and not most:
            yield Changed("cap", subject, figures, note=note)
        elif figures or note:
            either = now or was or {}
            params = {"region": either["region"], "year": either["year"]}
            yield _explained(before, after, Changed("cap", subject, figures, note=note), CAP, params, most)


def months_changed(before: Side, after: Side, household: str, most: int) -> Iterator[Changed]:
    """The months of a household in which something was paid on either side, where payment or decision differ."""
    was_paid, now_paid = (list(side.rows(_MONTHS, {"household": household})) for side in (before, after))
    for subject, was, now in _paired(was_paid, now_paid, lambda row: f"{row['programme']}|{row['for_month']}"):
        # What was decided is told beside what was paid: where nothing was, it is not known here.
        figures = differing(("paid", "decided") if was and now else ("paid",), was, now)
        if figures:
            either = now or was or {}
            params = {"household": household, "programme": either["programme"], "month": either["for_month"]}
            found = _explained(before, after, Changed("month", f"{household}|{subject}", figures), MONTH, params, most)
            decided = {row["decision_position"] for row in (was, now) if row and row["decision_position"]}
            yield joined(found, reasons_among(before, after, sorted(decided)), most)


_MONTHS = """
select programme, for_month, all_settled_fen as paid_fen, decided_fen, decision_position
from paid_month where household = %(household)s order by programme, for_month
"""


def has_household(side: Side, household: str) -> bool:
    """Whether a side has a household: registered, or decided upon or paid without it."""
    return bool(list(side.rows(_HOUSEHOLD, {"household": household})))


_HOUSEHOLD = """
select household from (
    select household from household_registered where household = %(household)s
    union all
    select household from entitlement where household = %(household)s
    union all
    select household from payment_instructed where household = %(household)s
) held limit 1
"""


def findings_changed(
    before: Side, after: Side, was_found: Iterable[Row], now_found: Iterable[Row], most: int
) -> Iterator[Changed]:
    """Findings that appeared, are gone, or are of another amount, with the evidence that one side alone knows."""
    for finding, was, now in _paired(was_found, now_found, lambda row: str(row["id"])):
        figures = differing(("amount",), was, now)
        note = "appeared" if was is None else "gone" if now is None else ""
        if figures or note:
            either = now or was or {}
            figures = figures or (figure("amount", was, now),)
            changed = Changed("finding", finding, figures, name=either["name"], note=note)
            yield joined(changed, finding_reasons(before, after, was, now), most)


def finding_reasons(before: Side, after: Side, was: Row | None, now: Row | None) -> list[Reason]:
    """Evidence that one side alone knows; where there is none, events about whom the finding names."""
    held = sorted({at for row in (was, now) if row for at in row["evidence"]})
    found = reasons_among(before, after, held)
    if found:
        return found
    refs = sorted({ref for row in (was, now) if row for ref in row["refs"]})
    near = {*before.touching(refs), *after.touching(refs)} - set(held)
    return reasons_among(before, after, sorted(near))


def _explained(
    before: Side, after: Side, changed: Changed, source: Source, params: Mapping[str, Any], most: int
) -> Changed:
    shown: list[Reason] = []
    tally: dict[Class, tuple[int, Counter[str]]] = {}
    count = 0
    for move in moves(before, after, source, params):
        reason = reason_of(before, after, move)
        if count < most:
            shown.append(reason)
        count += 1
        number, sums = tally.get(reason.class_, (0, Counter()))
        sums.update(reason.moved_fen)
        tally[reason.class_] = number + 1, sums
    by_class = {name: (number, dict(sums)) for name, (number, sums) in tally.items()}
    return replace(changed, reasons=tuple(described(before, after, shown)), count=count, by_class=by_class)


def reading_note(was: Row | None, now: Row | None) -> str:
    """``reading`` where both sides have a cap and read it by different words."""
    return "reading" if was and now and _reading(was) != _reading(now) else ""


def _reading(row: Row) -> tuple[str, Any]:
    """The force and the source of a cap; a file keeps the source as JSON text."""
    source = row["source"]
    return row["force"], json.loads(source) if isinstance(source, str) else source


def fund_of(row: Row) -> str:
    return f"{row['region']}|{row['category']}|{row['level']}|{row['year']}"


def cap_of(row: Row) -> str:
    return f"{row['region']}|{row['year']}"


def _paired(
    was: Iterable[Row], now: Iterable[Row], key: Callable[[Row], str]
) -> Iterator[tuple[str, Row | None, Row | None]]:
    """The rows of both sides by what they are about: first those before, then what is new."""
    before, after = ({key(row): row for row in rows} for rows in (was, now))
    for name in [*before, *(name for name in after if name not in before)]:
        yield name, before.get(name), after.get(name)
