"""Every step of a sample out of its order, and every forged one, is refused; what is nearly that passes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ledger.decide.refusal import Refusal
from ledger.decide.slice import Request
from tests.sampling.steps import SAMPLING_CASES, SAMPLING_DECISIONS, commit, published
from tests.story import Story


def ask(story: Story, request: Request, origin: Any = "decided") -> Refusal | None:
    asked = story.asked(origin)
    try:
        story.book.do(lambda: SAMPLING_DECISIONS[type(request)](request, asked))
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize(("refusal", "before", "refused", "near"), SAMPLING_CASES, ids=lambda part: str(part)[:40])
def test_it_is_refused_and_what_is_nearly_that_passes(
    story: Story, refusal: type[Refusal], before: tuple[Request, ...], refused: Request, near: Request
) -> None:
    assert [ask(story, request) for request in before] == [None] * len(before)
    head = story.book.recorder.head()
    answer = ask(story, refused)
    assert type(answer) is refusal, answer
    assert story.book.recorder.head() == head, "a refusal leaves no trace"
    assert ask(story, near) is None
    assert ask(story, refused, "observed") is None, "what happened elsewhere is on record, however wrong"


def test_every_refusal_of_every_step_has_a_story() -> None:
    declared = {(decision, refusal) for decision in SAMPLING_DECISIONS.values() for refusal in decision.REFUSALS}
    assert {(SAMPLING_DECISIONS[type(refused)], refusal) for refusal, _, refused, _ in SAMPLING_CASES} == declared


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0},
        {"size": 5_001},
        {"sample_no": "../etc"},
        {"sample_no": "甲\x00"},
        {"population": "person"},
        {"seed_sha256": "AB" * 32},
        {"population": "contract", "programme": "城市低保"},
    ],
    ids=str,
)
def test_what_is_no_commitment(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        commit(**changes)


def test_a_notice_of_beneficiaries_needs_no_sample(story: Story) -> None:
    assert ask(story, published("公示-1", kind="beneficiaries", sample_no=None)) is None
