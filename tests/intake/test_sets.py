"""However rows are put to the book, one by one, as a batch or as a set, they are answered alike."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.batch import Recorded
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Request
from ledger.intake.bank_set import record_bank_results
from ledger.intake.roll_set import instruct_roll
from tests.histories import Step, answer, any_request, elsewhere, region_of, steps
from tests.story import DECISION_OF, ENTITLED, Story, bank, line

numbers = count(1)
in_one_database = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def codes(answers: list[Recorded | Refusal]) -> list[str]:
    return [one.code if isinstance(one, Refusal) else "recorded" for one in answers]


def one_by_one(story: Story, step: Step, number: int) -> list[str]:
    return [answer(story, elsewhere(request, number), step.origin) for request in step.requests]


def as_a_set(story: Story, step: Step, number: int) -> list[str]:
    rows = story.rows([elsewhere(request, number) for request in step.requests], step.origin)
    if step.kind == "roll":
        return codes(instruct_roll(story.book, story.engine.catch_up, rows))
    if step.kind == "bank":
        return codes(record_bank_results(story.book, story.engine.catch_up, rows))
    return one_by_one(story, step, number)


def figures(story: Story, number: int) -> dict[str, dict[str, int]]:
    """The funds of a county, by category, level and year."""
    found = {fund.partition("|"): row for fund, row in story.funds().items()}
    return {
        rest: {name: value for name, value in row.items() if name.endswith("_fen")}
        for (region, _, rest), row in found.items()
        if region == region_of(number)
    }


@in_one_database
@given(history=steps("decided"))
def test_a_roll_and_a_banks_file_are_answered_as_their_rows_would_be(story: Story, history: list[Step]) -> None:
    alone, together = next(numbers), next(numbers)
    for step in history:
        assert as_a_set(story, step, together) == one_by_one(story, step, alone)
    assert figures(story, together) == figures(story, alone)


@in_one_database
@given(history=steps("decided", "observed"))
def test_also_where_some_of_it_happened_elsewhere(story: Story, history: list[Step]) -> None:
    """The bank's word comes last: to which fund a payment belongs that nobody instructed, its batch's lines tell."""
    alone, together = next(numbers), next(numbers)
    for step in sorted(history, key=lambda step: step.kind == "bank"):
        assert as_a_set(story, step, together) == one_by_one(story, step, alone)
    assert figures(story, together) == figures(story, alone)


@in_one_database
@given(requests=st.lists(any_request, min_size=1, max_size=25), origin=st.sampled_from(["decided", "observed"]))
def test_a_batch_is_answered_as_its_rows_would_be(story: Story, requests: list[Request], origin: str) -> None:
    alone, together = next(numbers), next(numbers)
    requests = [*ENTITLED, *requests]
    rows = story.rows([elsewhere(request, together) for request in requests], origin)  # type: ignore[arg-type]
    asked = [(row.key, lambda row=row: DECISION_OF[type(row.request)](row.request, row.asked)) for row in rows]
    expected = [answer(story, elsewhere(request, alone), origin) for request in requests]  # type: ignore[arg-type]
    assert codes(story.book.do_batch(asked)) == expected
    assert figures(story, together) == figures(story, alone)


@pytest.mark.parametrize("origin", ["decided", "observed"])
def test_a_row_twice_in_a_file_is_recorded_once(story: Story, origin: str) -> None:
    story.decided(*ENTITLED)
    paid = story.rows([line()], origin) * 2  # type: ignore[arg-type]
    told = story.rows([bank()], origin) * 2  # type: ignore[arg-type]
    first = instruct_roll(story.book, story.engine.catch_up, paid)
    second = record_bank_results(story.book, story.engine.catch_up, told)
    for answers in (first, second):
        assert [one.is_new for one in answers if isinstance(one, Recorded)] == [True, False]
    again = instruct_roll(story.book, story.engine.catch_up, paid)
    assert [(one.position, one.is_new) for one in again if isinstance(one, Recorded)] == [(5, False)] * 2
    assert story.book.recorder.head() == 7
