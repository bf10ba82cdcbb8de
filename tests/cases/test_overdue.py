"""整改逾期: a case or a measure past its day is found, on its day it is not, and acting on it clears it.

The board shows every overdue case to whoever may see it; a finding, which all of the region sees, is of no secret one.
"""

from __future__ import annotations

from projections.queries import Clocks, reading
from projections.supervision import Supervisor
from tests.cases.told import WHOLE, CaseStory, opened, ordered, reopened
from tests.story import day


def overdue(told: CaseStory, on: str) -> list[str]:
    """The cases that the rule finds on a day."""
    told.story.engine.catch_up()
    with reading(told.story.book.database, Clocks(as_of=day(on))) as cursor:
        return [row["subject"] for row in cursor.execute("select * from finding.rectify_overdue").fetchall()]


def test_a_case_past_its_day_is_found(told: CaseStory) -> None:
    told.worked(opened())
    assert overdue(told, "2025-04-02") == []
    assert overdue(told, "2025-04-03") == ["A-1"]


def test_what_it_says_of_it(told: CaseStory) -> None:
    told.worked(*WHOLE[:4])
    (alert,) = told.story.found("rectify_overdue", "2025-04-03")
    assert alert["refs"] == ["case:A-1"]
    assert (alert["found_on"], alert["amount_fen"], alert["severity"]) == (day("2025-04-03"), 500_00, "warning")
    assert [type(told.story.book.event_at(position)).__name__ for position in alert["evidence"]] == [
        "CaseOpened",
        "FindingEstablished",
    ]


def test_a_measure_past_its_day_is_found_until_something_is_reported(told: CaseStory) -> None:
    told.worked(*WHOLE[:4], ordered(due="2025-03-08"))
    assert overdue(told, "2025-03-08") == []
    assert overdue(told, "2025-03-09") == ["A-1"]
    told.worked(WHOLE[5])
    assert overdue(told, "2025-03-10") == []


def test_closing_clears_it_and_reopening_gives_it_days_again(told: CaseStory) -> None:
    told.worked(*WHOLE)
    assert overdue(told, "2025-12-31") == []
    told.worked(reopened())
    assert overdue(told, "2025-04-19") == []
    assert overdue(told, "2025-04-20") == ["A-1"]


def test_a_confidential_case_is_never_found_so(told: CaseStory) -> None:
    told.ask(opened(is_confidential=True), role="discipline")
    assert overdue(told, "2025-12-31") == []
    (case,) = told.rows("case_state", role="discipline")
    assert case["is_overdue"]


def test_the_supervision_raises_it_when_the_day_has_passed_and_clears_it_when_the_case_is_closed(
    told: CaseStory,
) -> None:
    story = told.worked(*WHOLE[:-1]).story
    supervisor = Supervisor(story.book, story.engine, story.policy)
    supervisor.sweep(day("2025-03-12"))
    supervisor.keep_up(day("2025-04-03"))
    assert status(told) == [("A-1", True)]
    told.ask(WHOLE[-1].model_copy(update={"closed_on": day("2025-04-03")}))
    supervisor.keep_up(day("2025-04-03"))
    assert status(told) == [("A-1", False)]


def status(told: CaseStory) -> list[tuple[str, bool]]:
    rows = told.rows("finding_state where rule = 'rectify_overdue'")
    return [(row["subject"], row["is_open"]) for row in rows]
