"""What an audit sample is refused for, and what is nearly that and passes."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.decide.refusal import Refusal
from ledger.decide.slice import Request
from tests.audit_sampling.steps import AUDIT_CASES, AUDIT_DECISIONS, WHOLE, paper_of
from tests.story import Story


def ask(story: Story, request: Request, origin: Any = "decided") -> Refusal | None:
    asked = story.asked(origin)
    try:
        story.book.do(lambda: AUDIT_DECISIONS[type(request)](request, asked))
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize(("refusal", "before", "refused", "near"), AUDIT_CASES, ids=lambda part: str(part)[:40])
def test_it_is_refused_and_what_is_nearly_that_passes(
    story: Story, refusal: type[Refusal], before: tuple[Request, ...], refused: Request, near: Request
) -> None:
    assert [ask(story, request) for request in before] == [None] * len(before)
    head = story.book.recorder.head()
    answer = ask(story, refused)
    assert type(answer) is refusal, answer
    assert story.book.recorder.head() == head, "a refusal leaves no trace"
    assert ask(story, near) is None


def test_every_refusal_of_every_step_has_a_story() -> None:
    declared = {(decision, refusal) for decision in AUDIT_DECISIONS.values() for refusal in decision.REFUSALS}
    assert {(AUDIT_DECISIONS[type(refused)], refusal) for refusal, _, refused, _ in AUDIT_CASES} == declared


def test_a_report_of_testing_elsewhere_is_on_record_however_wrong(story: Story) -> None:
    assert ask(story, paper_of("审无"), "observed") is None
    assert ask(story, WHOLE) is None
