"""Whatever the history and the two moments: what explains a figure's difference adds up to it, to the fen."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.difference import DERIVED, Changed, LiveSide, MovingSide, Side, compare
from projections.difference.moments import class_of, taken_by_topic
from projections.queries import Clocks, reading
from tests.histories import Step, answer, elsewhere, steps
from tests.story import Story, day

numbers = count(1)
several = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# Of the log as far as it goes; and days around which the histories have things happen.
parts = st.integers(0, 100)
days = st.integers(0, 240).map(lambda n: day("2024-12-20") + timedelta(days=n))
moments = st.tuples(days, parts)


def lived(story: Story, history: list[Step]) -> tuple[int, int]:
    """The positions between which the history lies."""
    number, first = next(numbers), story.book.recorder.head() or 0
    for step in history:
        for request in step.requests:
            answer(story, elsewhere(request, number), step.origin)
    story.engine.catch_up()
    return first, story.book.recorder.head() or 0


def clocks_of(moment: tuple[Any, int], first: int, last: int) -> Clocks:
    on, part = moment
    return Clocks(on, first + (last - first) * part // 100)


def check(changed: Changed) -> None:
    assert changed.count == len(changed.reasons)
    moved: Counter[str] = Counter()
    for reason in changed.reasons:
        moved.update(reason.moved_fen)
    told = {one.name: one.difference_fen for one in changed.figures if one.name not in DERIVED}
    assert {name: amount for name, amount in moved.items() if amount} == told
    sums: Counter[str] = Counter()
    for _, of_class in changed.by_class.values():
        sums.update(of_class)
    assert sums == moved
    assert sum(number for number, _ in changed.by_class.values()) == changed.count


def check_classes(before: Side, after: Side, changed: Changed) -> None:
    """By its kind an event is of the class that its legs gave it (a bank's other amount only legs can tell)."""
    for reason in changed.reasons:
        lacking = after.moment if reason.held_by == "before" else before.moment
        if reason.event and reason.held_by != "both" and reason.event["topic"] not in _TOLD_BY_LEGS:
            takes = taken_by_topic(reason.event["topic"])
            assert reason.class_ == class_of(lacking, reason.known_from, reason.effective_on, takes)
        if reason.held_by != "both" and reason.class_ != "unequal":
            assert not lacking.holds(reason.known_from, reason.effective_on)


_TOLD_BY_LEGS = ("payment.settled.v1", "payment.observed.v1")


@several
@given(history=steps("decided", "observed", "observed"), one=moments, other=moments)
def test_events_explain_every_difference_of_funds_caps_and_months(
    story: Story, history: list[Step], one: Any, other: Any
) -> None:
    first, last = lived(story, history)
    database = story.book.database
    with (
        reading(database, clocks_of(one, first, last)) as mine,
        reading(database, clocks_of(other, first, last)) as theirs,
    ):
        before, after = LiveSide(mine, "one"), LiveSide(theirs, "one")
        for household in ("H1", "H2"):
            for changed in compare(before, after, f"{household}~{next(numbers) - 1}", findings=False):
                check(changed)
                check_classes(before, after, changed)


@several
@given(history=steps("decided", "observed"), one=moments, other=moments)
def test_two_sides_on_one_cursor_say_what_two_cursors_say(
    story: Story, history: list[Step], one: Any, other: Any
) -> None:
    first, last = lived(story, history)
    clocks = [clocks_of(moment, first, last) for moment in (one, other)]
    database = story.book.database
    with reading(database, clocks[0]) as mine, reading(database, clocks[1]) as theirs:
        # As of two logs, nothing is taken for granted: every leg of both is compared.
        apart = list(compare(LiveSide(mine, "one"), LiveSide(theirs, "another"), "H1", findings=False))
    with reading(database, Clocks()) as cursor:
        today = day("2025-12-31")
        before, after = (MovingSide(cursor, of_side, today) for of_side in clocks)
        together = list(compare(before, after, "H1", findings=False))
    assert together == apart
