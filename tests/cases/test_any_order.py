"""Whatever is asked in whatever order: no case reaches what the chain forbids, and the views say what the steps say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.decide.case_state import CaseState
from ledger.decide.on_case import CaseRequest
from ledger.decide.refusal import Refusal
from ledger.events.base import Event
from ledger.events.case import (
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseInvestigated,
    CaseOpened,
    CaseReopened,
    ErrorTolerated,
    FindingDismissed,
    FindingEstablished,
    MeasureOrdered,
    RectificationAccepted,
    RectificationReported,
)
from ledger.events.finding import FindingExtended
from projections.engine import Engine
from projections.queries import Row
from tests.cases.told import (
    CaseStory,
    accepted,
    assigned,
    closed,
    dismissed,
    established,
    finding,
    investigated,
    lowered,
    opened,
    ordered,
    rejected,
    reopened,
    reported,
    seen,
    tolerated,
)
from tests.conftest import emptied
from tests.story import Story

OUTCOMES = (FindingEstablished, FindingDismissed, ErrorTolerated)
ONE, TWO = finding(), finding("over_standard")
DAY = "2025-03-03"
rules = st.sampled_from(["duplicate_payment", "over_standard"])
Asked = tuple[CaseRequest | Event, str]

numbers = st.sampled_from(["A-1", "A-1", "A-1", "A-2"])
findings = st.sampled_from([ONE, TWO])
STEPS = st.one_of(
    st.builds(lambda no, of: opened(*of, no=no), numbers, st.sampled_from([(ONE,), (TWO,), (ONE, TWO)])),
    st.builds(lambda no, to: assigned(to, no, DAY), numbers, st.sampled_from(["M1", "M2"])),
    st.builds(lambda no: investigated(no, DAY), numbers),
    st.builds(
        lambda no, of, money: established(of, no, DAY, recovery_no=f"Z-{of[:5]}", is_other_money=money),
        numbers, findings, st.booleans(),
    ),
    st.builds(lambda no, of: dismissed(of, no, DAY), numbers, findings),
    st.builds(lambda no, of: tolerated(of, no, DAY), numbers, findings),
    st.builds(lambda no: lowered("notice", no, DAY), numbers),
    st.builds(lambda no, of: ordered(of, "追回", no, DAY), numbers, findings),
    st.builds(lambda no: reported(no, DAY), numbers),
    st.builds(lambda no: accepted(no, DAY), numbers),
    st.builds(lambda no: rejected(no, DAY), numbers),
    st.builds(lambda no: closed(no, DAY), numbers),
    st.builds(lambda no: reopened(no, DAY), numbers),
    st.builds(lambda of, yuan: seen(FindingExtended, of, yuan=yuan), rules, st.integers(500, 900)),
)  # fmt: skip
# Chance alone seldom comes to the end.
CHAIN: tuple[tuple[Any, str], ...] = (
    (opened(ONE), "S1"), (assigned("M1", on=DAY), "S1"), (investigated(on=DAY), "M1"), (established(on=DAY), "S1"),
    (ordered(on=DAY), "S1"), (reported(on=DAY), "M2"), (accepted(on=DAY), "S2"), (closed(on=DAY), "S3"),
    (reopened(on=DAY), "S1"),
)  # fmt: skip
STAFF = st.sampled_from(["S1", "s1", "S2", "S3", "M1", "M2"])


@st.composite
def histories(draw: st.DrawFn) -> list[Asked]:
    """The chain over and over, now and then by somebody else first, and other steps in between."""
    history: list[Asked] = []
    at = 0
    for _ in range(draw(st.integers(3, 24))):
        request, by = CHAIN[at % len(CHAIN)]
        match draw(st.sampled_from(["next", "next", "next", "by another", "any"])):
            case "next":
                history.append((request, by))
                at += 1
            case "by another":
                history.append((request, draw(STAFF)))
            case _:
                history.append((draw(STEPS), draw(STAFF)))
    return history


def tell(story: CaseStory, history: Sequence[Asked]) -> None:
    for what, by in history:
        if isinstance(what, Event):
            story.found(what)
            continue
        try:
            story.ask(what, by=by)
        except Refusal:
            continue


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_the_chain_holds_and_the_views_say_what_the_steps_say(database_url: str, history: list[Asked]) -> None:
    with begun(database_url) as told:
        tell(told, history)
        events = [event for event in told.story.events() if isinstance(event, CaseEvent)]
        numbers = {event.case_no for event in events}
        for no in numbers:
            check_chain([event for event in events if event.case_no == no])
        assert {row["case_no"]: said(row) for row in told.rows("case_state")} == {
            no: fold(no, events) for no in numbers
        }
        check_recoveries(told)


@contextmanager
def begun(url: str) -> Iterator[CaseStory]:
    """An empty book in which the rules saw two findings about one household."""
    emptied(url)
    database = Database(url)
    try:
        story = Story.begin(Book(database), Engine(database), "lanzhou-new-area")
        yield CaseStory(story).found(seen(), seen(rule="over_standard"))
    finally:
        database.close()


def said(row: Row) -> tuple[Any, ...]:
    """What the view says of a case."""
    names = ("status", "severity", "due_on", "assigned_to", "established", "dismissed", "tolerated", "last_on")
    return tuple(row[name] for name in names)


def fold(no: str, events: Sequence[Event]) -> tuple[Any, ...]:
    """What the decisions know of it."""
    case = CaseState(no)
    for event in events:
        case.learn(event)
    counts = Counter(case.outcomes.values())
    judged = (counts["established"], counts["dismissed"], counts["tolerated"])
    return (case.status, case.severity, case.due_on, case.assigned_to, *judged, case.last_on)


def check_chain(events: Sequence[CaseEvent]) -> None:
    """The rules of the chain, said anew from the steps of one case alone."""
    assert [isinstance(event, CaseOpened) for event in events] == [True] + [False] * (len(events) - 1)
    hands: set[str] = set()
    turn: list[CaseEvent] = []
    for event in events:
        kinds = {type(one) for one in turn}
        judged = {one.finding: type(one) for one in turn if isinstance(one, OUTCOMES)}
        match event:
            case CaseReopened():
                assert isinstance(turn[-1], CaseClosed)
                turn = []
                continue
            case CaseInvestigated():
                to = [one.assigned_to for one in turn if isinstance(one, CaseAssigned)]
                assert to[-1].casefold() == event.recorded_by.casefold()
            case FindingEstablished() | FindingDismissed() | ErrorTolerated():
                assert CaseInvestigated in kinds
            case MeasureOrdered():
                assert judged[event.finding] is FindingEstablished
            case RectificationReported():
                measured = {one.finding for one in turn if isinstance(one, MeasureOrdered)}
                assert {of for of, kind in judged.items() if kind is FindingEstablished} <= measured
            case RectificationAccepted():
                (*_, report) = (one for one in turn if isinstance(one, RectificationReported))
                assert report.recorded_by.casefold() != event.recorded_by.casefold()
            case CaseClosed():
                first = events[0]
                assert isinstance(first, CaseOpened)
                assert set(first.findings) == set(judged)
                assert FindingEstablished not in judged.values() or RectificationAccepted in kinds
                assert event.recorded_by.casefold() not in hands
        assert CaseClosed not in kinds
        turn.append(event)
        if isinstance(event, CaseAssigned):
            hands.add(event.assigned_to.casefold())
        elif isinstance(event, (*OUTCOMES, RectificationReported, RectificationAccepted)):
            hands.add(event.recorded_by.casefold())


def check_recoveries(told: CaseStory) -> None:
    """One recovery a number, of no more than the finding; a second of one household only with a word on it."""
    opened_ = told.rows("recovery_opened order by position")
    assert len(opened_) == len({row["recovery_no"] for row in opened_})
    words = told.rows("finding_established order by position")
    for row in opened_[1:]:
        (first, *_) = (one for one in words if one["recovery_no"] == row["recovery_no"])
        assert first["is_other_money"]
