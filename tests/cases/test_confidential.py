"""A confidential case is seen by discipline of its region alone: in no list, count, timeline or page of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from ledger.decide.case_refusals import (
    CaseStepOutOfOrder,
    FindingInOpenCase,
    MoneyAlreadyClaimed,
    OpenerWithinUnit,
    UnknownCase,
)
from ledger.events.finding import FindingExtended
from projections import cases, occurrences
from projections.queries import Clocks, Row, reading
from tests.cases.told import (
    FINDING,
    LATER,
    WHOLE,
    CaseStory,
    assigned,
    closed,
    dismissed,
    established,
    investigated,
    opened,
    reopened,
    seen,
)
from tests.story import REGION

UNIT = "620199001"
OTHERS = ("audit", "finance", "civil_affairs", "viewer", "operator", "", "system")
# Within the unit under inquiry, and what lies below it; and discipline of somewhere else.
WITHIN = (UNIT, "620199001001")
ELSEWHERE = ("620198", "620299", "620199002")
ABOVE = (REGION, "620100", "620000", "000000")

Look = Callable[[psycopg.Cursor[Row], str, str], Any]


def secret(**changes: Any) -> Any:
    return opened(is_confidential=True, region=UNIT, unit_region=UNIT, **changes)


@pytest.fixture
def worked(told: CaseStory) -> CaseStory:
    """A confidential case about a township, worked to its end."""
    told.role = "discipline"
    return told.worked(secret(), *WHOLE[1:])


@pytest.fixture
def look(worked: CaseStory) -> Iterator[psycopg.Cursor[Row]]:
    worked.story.engine.catch_up()
    with reading(worked.story.book.database, Clocks(as_of=LATER)) as cursor:
        yield cursor


def steps(worked: CaseStory) -> list[int]:
    topics = ("case.",)
    stored = worked.story.book.recorder.read()
    return [one.position for one in stored if one.event.type.startswith(topics)]


LOOKS: tuple[Look, ...] = (
    cases.list_cases,
    lambda cursor, role, region: cases.one_case(cursor, role, region, "A-1"),
    lambda cursor, role, region: cases.timeline(cursor, role, region, "A-1"),
    lambda cursor, role, region: cases.documents(cursor, role, region, "A-1"),
    lambda cursor, role, region: cases.cases_of_finding(cursor, role, region, FINDING),
    lambda cursor, role, region: cases.outcome_of_finding(cursor, role, region, FINDING),
    lambda cursor, role, region: cases.may_see(cursor, role, region, "A-1"),
)


def not_for() -> list[tuple[str, str]]:
    return [(role, "000000") for role in OTHERS] + [("discipline", region) for region in (*WITHIN, *ELSEWHERE)]


@pytest.mark.parametrize(("role", "region"), not_for())
def test_it_is_not_there_for_others(worked: CaseStory, look: psycopg.Cursor[Row], role: str, region: str) -> None:
    assert [found for ask in LOOKS if (found := ask(look, role, region))] == []
    (rule,) = cases.rule_outcomes(look, role, region)
    assert (rule["raised"], rule["established"], rule["dismissed"], rule["dismissed_basis_points"]) == (1, 0, 0, None)
    positions = steps(worked)
    assert cases.hidden_positions(look, role, region, positions) == set(positions)
    assert occurrences.at_positions(look, region, positions, role) == []
    assert [occurrences.one(look, region, position, role) for position in positions] == [None] * len(positions)
    page, _ = occurrences.page(look, region, 0, 1000, role)
    assert not {row["position"] for row in page} & set(positions)


@pytest.mark.parametrize("region", ABOVE)
def test_it_is_there_for_discipline_above_the_unit(worked: CaseStory, look: psycopg.Cursor[Row], region: str) -> None:
    found = [ask(look, "discipline", region) for ask in LOOKS]
    assert all(bool(one) for nth, one in enumerate(found) if nth != 3)
    (case,) = found[0]
    assert (case["case_no"], case["status"], case["is_confidential"]) == ("A-1", "closed", True)
    assert len(found[2]) == len(WHOLE)
    (rule,) = cases.rule_outcomes(look, "discipline", region)
    assert rule["established"] == 1
    positions = steps(worked)
    assert cases.hidden_positions(look, "discipline", region, positions) == set()
    shown = occurrences.at_positions(look, region, positions, "discipline")
    assert [row["position"] for row in shown] == positions
    assert {row["region"] for row in shown} == {UNIT}


def test_who_does_not_say_who_he_is_sees_nothing(worked: CaseStory, look: psycopg.Cursor[Row]) -> None:
    """As the rules are asked: nobody looks."""
    for view in ("case_opened", "case_step", "case_state", "finding_outcome", "measure_ordered", "document_attached"):
        assert look.execute(f"select * from {view}".encode()).fetchall() == []
    assert occurrences.at_positions(look, "000000", steps(worked)) == []


def test_what_was_set_before_does_not_stay(look: psycopg.Cursor[Row]) -> None:
    assert cases.list_cases(look, "discipline", REGION)
    assert cases.list_cases(look, "audit", REGION) == []


def test_its_recovery_shows_as_any_other(worked: CaseStory) -> None:
    (recovery,) = worked.rows("recovery_opened")
    assert (recovery["recorded_by"], recovery["recorded_role"], recovery["reason"]) == ("system", "system", None)


def test_an_ordinary_case_is_seen_by_all_of_its_region_and_by_no_others(told: CaseStory) -> None:
    told.worked(opened(region=UNIT, unit_region=UNIT))
    told.story.engine.catch_up()
    with reading(told.story.book.database, Clocks(as_of=LATER)) as cursor:
        for region in (UNIT, REGION, "000000"):
            assert len(cases.list_cases(cursor, "finance", region)) == 1
        for region in ("620199001001", *ELSEWHERE):
            assert cases.list_cases(cursor, "discipline", region) == []
            assert cases.timeline(cursor, "discipline", region, "A-1") == []


@pytest.mark.parametrize("role", ["audit", "civil_affairs", "finance"])
def test_its_steps_are_refused_as_of_no_case(told: CaseStory, role: str) -> None:
    told.ask(secret(), role="discipline")
    hidden, missing = told.refusal_of(assigned(), role=role), told.refusal_of(assigned(no="A-9"), role=role)
    assert isinstance(hidden, UnknownCase)
    assert isinstance(missing, UnknownCase)
    assert (hidden.zh, hidden.params) == (missing.zh.replace("A-9", "A-1"), missing.params)


def test_nobody_learns_of_it_by_establishing_the_same(told: CaseStory) -> None:
    """An ordinary case on the same finding hears of a recovery from the household, as anybody does who looks."""
    told.role = "discipline"
    told.worked(secret(), assigned(), investigated(), established())
    told.role = "audit"
    told.worked(opened(no="A-2"), assigned(no="A-2"), investigated(no="A-2"))
    assert isinstance(told.refusal_of(established(no="A-2", recovery_no="Z-2")), MoneyAlreadyClaimed)
    told.worked(established(no="A-2", recovery_no="Z-1"))
    assert len(told.rows("recovery_opened")) == 1


def test_nobody_learns_of_it_by_opening_another(told: CaseStory) -> None:
    """A case of the open kind on the same finding passes, as if there were no other; two of one kind do not."""
    told.ask(secret(), role="discipline")
    told.ask(opened(no="A-2"), role="audit")
    assert isinstance(told.refusal_of(opened(no="A-3"), role="audit"), FindingInOpenCase)
    assert isinstance(told.refusal_of(secret(no="A-4"), role="discipline"), FindingInOpenCase)


def test_the_unit_itself_does_not_learn_of_it_by_opening_its_own(told: CaseStory) -> None:
    told.role = "discipline"
    told.ask(secret(), region=REGION)
    told.ask(opened(no="A-2", is_confidential=True, region=UNIT), region=UNIT)
    assert isinstance(told.refusal_of(secret(no="A-3"), region=REGION), FindingInOpenCase)
    assert isinstance(told.refusal_of(assigned(), region=UNIT), UnknownCase)


def test_nor_by_opening_it_again(told: CaseStory) -> None:
    told.role = "discipline"
    own = opened(no="A-2", is_confidential=True, region=UNIT)
    told.worked(own, assigned(no="A-2"), investigated(no="A-2"), dismissed(no="A-2"), closed(no="A-2"))
    told.ask(secret(on="2025-03-13"), region=REGION)
    assert isinstance(told.refusal_of(reopened("A-2"), region=REGION), FindingInOpenCase)
    told.ask(reopened("A-2"), region=UNIT)


@pytest.mark.parametrize("region", WITHIN)
def test_nobody_opens_a_case_that_he_could_not_see(told: CaseStory, region: str) -> None:
    told.role = "discipline"
    assert isinstance(told.refusal_of(secret(), region=region), OpenerWithinUnit)
    told.ask(secret(), region=REGION)


def test_its_outcome_changes_nothing_in_an_ordinary_case(told: CaseStory) -> None:
    """New evidence was seen: the ordinary case may judge anew, whatever the confidential one made of it."""
    told.ask(secret(), role="discipline")
    told.ask(assigned(), role="discipline")
    told.ask(investigated(), role="discipline")
    told.worked(opened(no="A-2"), assigned(no="A-2"), investigated(no="A-2"), dismissed(no="A-2"))
    told.found(seen(FindingExtended, yuan=600))
    told.ask(established(), role="discipline")
    told.worked(dismissed(no="A-2"))
    assert isinstance(told.refusal_of(dismissed(no="A-2")), CaseStepOutOfOrder)
