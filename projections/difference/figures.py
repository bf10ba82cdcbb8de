"""One figure at two moments of one book, for a page: what it was, what it is, and a page of the events in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from projections.difference.changes import Changed, Figure, Reason, all_figures
from projections.difference.comparison import (
    CAP_FIGURES,
    FUND_FIGURES,
    cap_of,
    caps_changed,
    finding_reasons,
    fund_of,
    funds_changed,
    months_changed,
    reading_note,
)
from projections.difference.entries import CAP, FUND, Place
from projections.difference.live import MovingSide
from projections.difference.reasons import page_of
from projections.evaluation import Row, evaluate
from projections.rules import Rule

# A household's events in one comparison: far more than any has.
_MOST_OF_A_HOUSEHOLD = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """The figures of something at both moments, equal or not, and the events after a place that explain them.

    Each stands beside which of several it is about (a household's month), or beside nothing.
    """

    figures: tuple[tuple[str, Figure], ...]
    reasons: Sequence[tuple[str, Reason]] = ()
    note: str = ""


def everything(before: MovingSide, after: MovingSide, may_see: Callable[[Row], bool]) -> list[Changed]:
    """The funds and caps whose figures differ, of those that may be seen, without their events."""
    return [*funds_changed(before, after, 0, may_see), *caps_changed(before, after, 0, may_see)]


def of_fund(before: MovingSide, after: MovingSide, fund: str, start: Place | None, most: int) -> Shown | None:
    """A fund's figures; None where neither moment has it."""
    was, now = (_one(side.funds(), fund_of, fund) for side in (before, after))
    if was is None and now is None:
        return None
    figures = tuple(("", one) for one in all_figures(FUND_FIGURES, was, now))
    return Shown(figures, [("", one) for one in page_of(before, after, FUND, {"fund": fund}, start, most)])


def of_cap(
    before: MovingSide, after: MovingSide, region: str, year: int, start: Place | None, most: int
) -> Shown | None:
    """A cap's figures; None where neither moment has it."""
    was, now = (_one(side.caps(), cap_of, f"{region}|{year}") for side in (before, after))
    if was is None and now is None:
        return None
    reasons = page_of(before, after, CAP, {"region": region, "year": year}, start, most)
    figures = tuple(("", one) for one in all_figures(CAP_FIGURES, was, now))
    return Shown(figures, [("", one) for one in reasons], reading_note(was, now))


def of_household(before: MovingSide, after: MovingSide, household: str) -> Shown:
    """The months of a household that differ, and every event behind them."""
    changed = list(months_changed(before, after, household, _MOST_OF_A_HOUSEHOLD))
    subjects = [one.subject.removeprefix(f"{household}|") for one in changed]
    figures = tuple((subject, one) for subject, of in zip(subjects, changed, strict=True) for one in of.figures)
    reasons = [(subject, one) for subject, of in zip(subjects, changed, strict=True) for one in of.reasons]
    return Shown(figures, sorted(reasons, key=lambda told: (told[1].place, told[0])))


def of_finding(
    before: MovingSide, after: MovingSide, rule: Rule, subject: str, may_see: Callable[[Row], bool]
) -> Shown | None:
    """A finding's amount, by its own rule and subject alone; None where neither moment has it for whoever looks."""
    was, now = (_found(side, rule, subject, may_see) for side in (before, after))
    if was is None and now is None:
        return None
    note = "appeared" if was is None else "gone" if now is None else ""
    figures = tuple(("", one) for one in all_figures(("amount",), was, now))
    return Shown(figures, [("", one) for one in finding_reasons(before, after, was, now)], note)


def _found(side: MovingSide, rule: Rule, subject: str, may_see: Callable[[Row], bool]) -> Row | None:
    asked: dict[str, Sequence[str]] = {kind: [subject] for kind in rule.subjects}
    return next((row for row in evaluate(side.ready(), [rule], asked).findings if may_see(row)), None)


def _one(rows: Iterable[Row], key: Callable[[Row], str], name: str) -> Row | None:
    return next((row for row in rows if key(row) == name), None)
