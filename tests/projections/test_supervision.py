"""Findings as events: raised once, extended by new evidence, cleared when the condition is gone, and never in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from ledger.events.base import Event
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised, FindingsSwept, finding_id
from projections.evaluation import evaluate
from projections.queries import Clocks, reading
from projections.supervision import Supervised, Supervisor
from tests.histories import Step, answer, elsewhere, steps
from tests.story import ENTITLED, Story, bank, day, grant, line, receipt

LATER = day("2025-12-31")
PAID = (line(), bank())
PAID_TWICE = (*PAID, line(number=2), bank(number=2))
SENT_BACK = bank(-500, number=2, on="2025-03-01")
CONTENT = ("rule", "subject", "amount_fen", "severity", "refs", "found_on", "evidence")
TWICE = finding_id("duplicate_payment", "H1")


@pytest.fixture
def supervisor(story: Story) -> Supervisor:
    return Supervisor(story.book, story.engine, story.policy)


def said_of(story: Story, finding: str) -> list[Event]:
    return [event for event in story.events() if getattr(event, "finding", None) == finding]


def kinds_of(story: Story, finding: str) -> list[str]:
    return [type(event).__name__ for event in said_of(story, finding)]


def on_record(story: Story, as_of: date = LATER) -> dict[str, Any]:
    with reading(story.book.database, Clocks(as_of)) as cursor:
        rows = cursor.execute("select * from finding_state where is_open").fetchall()
    return {row["finding"]: tuple(row[name] for name in CONTENT) for row in rows}


def by_the_rules(story: Story, as_of: date = LATER) -> dict[str, Any]:
    with reading(story.book.database, Clocks(as_of)) as cursor:
        rows = evaluate(cursor, story.engine.rules).findings
    return {row["id"]: tuple(row[name] for name in CONTENT) for row in rows}


def looked(supervisor: Supervisor, on: date = LATER) -> Supervised:
    seen = supervisor.keep_up(on)
    assert seen is not None
    return seen


class TestOneFinding:
    def test_it_is_raised_once_however_often_it_is_seen(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE)
        looked(supervisor)
        (raised,) = said_of(story, TWICE)
        assert isinstance(raised, FindingRaised)
        assert (raised.rule, raised.subject, raised.refs) == ("duplicate_payment", "H1", ("household:H1",))
        assert raised.amount_fen == 500_00
        assert (raised.policy, raised.policy_version) == (story.policy.name, story.policy.version)
        assert [type(story.book.event_at(at)).__name__ for at in raised.evidence] == ["PaymentSettled"] * 2
        head = story.book.recorder.head()
        assert supervisor.keep_up(LATER) is None
        assert looked_at_all(supervisor).raised == 0
        assert kinds_of(story, TWICE) == ["FindingRaised"]
        assert story.book.recorder.head() == head + 1, "a sweep says that it was made, and nothing else"

    def test_new_evidence_extends_it(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE)
        looked(supervisor)
        story.observed(line(number=3), bank(number=3))
        assert looked(supervisor).extended >= 1
        raised, extended = said_of(story, TWICE)
        assert isinstance(raised, FindingRaised)
        assert isinstance(extended, FindingExtended)
        assert extended.amount_fen == 1000_00
        assert len(extended.evidence) == 3

    def test_a_reversal_clears_it_and_nothing_else(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE, grant(no="另文"), receipt(600_000, no="另文"))
        looked(supervisor)
        others = set(on_record(story)) - {TWICE}
        assert others
        story.observed(SENT_BACK)
        reversal = story.book.recorder.head()
        assert looked(supervisor).cleared == 1
        cleared = said_of(story, TWICE)[-1]
        assert isinstance(cleared, FindingCleared)
        assert (cleared.cause, cleared.evidence) == ("condition_gone", (reversal,))
        assert set(on_record(story)) == others

    def test_what_comes_back_is_raised_anew(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE)
        looked(supervisor)
        story.observed(SENT_BACK)
        looked(supervisor)
        story.observed(line(number=3), bank(number=3, on="2025-03-02"))
        looked(supervisor)
        assert kinds_of(story, TWICE) == ["FindingRaised", "FindingCleared", "FindingRaised"]
        with reading(story.book.database, Clocks(LATER)) as cursor:
            (state,) = cursor.execute("select * from finding_state where finding = %s", [TWICE]).fetchall()
        assert state["is_open"]
        assert state["amount_fen"] == 500_00


def looked_at_all(supervisor: Supervisor, on: date = LATER) -> Supervised:
    seen = supervisor.sweep(on)
    assert seen is not None
    assert seen.is_full
    return seen


class TestTime:
    def test_a_day_that_passes_raises_what_only_time_brings(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(grant(), receipt(600_000))
        withheld = finding_id("intercepted", "财社〔2025〕1号")
        looked(supervisor, day("2025-01-31"))
        assert said_of(story, withheld) == []
        assert looked(supervisor, day("2025-02-01")).is_full
        (raised,) = said_of(story, withheld)
        assert isinstance(raised, FindingRaised)
        assert raised.parameters == ("receipt_due_days=30",)

    def test_findings_are_not_kept_backwards(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE)
        looked(supervisor)
        head = story.book.recorder.head()
        assert supervisor.keep_up(day("2025-06-30")) is None
        assert supervisor.sweep(day("2025-06-30")) is None
        assert (story.book.recorder.head(), supervisor.kept_on()) == (head, LATER)

    def test_a_sweep_is_on_record(self, story: Story, supervisor: Supervisor) -> None:
        story.observed(*ENTITLED, *PAID_TWICE)
        head = story.book.recorder.head()
        looked(supervisor)
        swept = story.events()[-1]
        assert isinstance(swept, FindingsSwept)
        assert (swept.upto, swept.open_count) == (head, len(on_record(story)))
        assert swept.rule_count == len(story.engine.rules)


FAILS = "select 1 / (random() * 0)::int::text::int as subject"


@contextmanager
def broken(story: Story, name: str) -> Iterator[None]:
    """The rule fails when it is asked, of everything as of some subjects, while this lasts."""
    rules = story.engine.rules
    story.engine.rules = tuple(
        replace(rule, sql=FAILS, version="0" * 64) if rule.rule == name else rule for rule in rules
    )
    with psycopg.connect(story.book.database.url, autocommit=True) as conn:
        conn.execute(f"alter view finding.{name} rename to {name}_kept".encode())
        conn.execute(f"create view finding.{name} as {FAILS}; grant select on finding.{name} to public".encode())
        try:
            yield
        finally:
            conn.execute(f"drop view finding.{name}; alter view finding.{name}_kept rename to {name}".encode())
            story.engine.rules = rules


def test_a_broken_rule_is_skipped_and_its_findings_stand(story: Story, supervisor: Supervisor) -> None:
    story.observed(*ENTITLED, *PAID_TWICE)
    looked(supervisor)
    with broken(story, "duplicate_payment"):
        seen = looked(supervisor)
        assert (seen.is_full, seen.skipped) == (True, ("duplicate_payment",))
        story.observed(SENT_BACK, line(yuan=560, number=5, month="2025-02"), bank(560, number=5, on="2025-02-09"))
        seen = looked(supervisor)
        assert (seen.is_full, seen.skipped) == (False, ("duplicate_payment",))
        assert TWICE in on_record(story)
        assert finding_id("over_standard", "H1") in on_record(story), "the others went on"
    assert looked(supervisor).skipped == ()
    assert TWICE not in on_record(story)


SOUND = {
    "subject": "'H1'",
    "refs": "array['household:H1']",
    "amount_fen": "1::bigint",
    "found_on": "date '2025-02-01'",
    "evidence": "array[1::bigint]",
}
BAD = {
    "no subject": {"subject": "null::text"},
    "an empty subject": {"subject": "''"},
    "a subject of two lines": {"subject": "E'H\\n1'"},
    "no refs": {"refs": "'{}'::text[]"},
    "a ref of no kind": {"refs": "array['H1']"},
    "evidence that is no position": {"evidence": "array[0::bigint]"},
    "a severity that is none": {"evidence": "array[1::bigint], 'fatal' as severity"},
    "a subject twice": {"evidence": "array[1::bigint] from generate_series(1, 2) as n (evidence_of)"},
}


def answering(columns: dict[str, str]) -> str:
    """A rule's SQL that answers one row."""
    named = (
        f"{value} as {name}" if " from " not in value and " as " not in value else value
        for name, value in columns.items()
    )
    *others, evidence = named
    if " from " in evidence or " as severity" in evidence:
        head, word, tail = evidence.partition(" from ") if " from " in evidence else evidence.partition(",")
        evidence = f"{head} as evidence{word}{tail}"
    return f"select {', '.join([*others, evidence])}"


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_a_rule_that_answers_no_findings_is_skipped(story: Story, supervisor: Supervisor, wrong: str) -> None:
    story.observed(*ENTITLED, *PAID_TWICE)
    looked(supervisor)
    rules = story.engine.rules
    answer_of_it = answering(SOUND | BAD[wrong])
    story.engine.rules = tuple(
        replace(rule, sql=answer_of_it, version="1" * 64) if rule.rule == "diverted" else rule for rule in rules
    )
    assert looked(supervisor).skipped == ("diverted",)
    assert TWICE in on_record(story)
    story.engine.rules = tuple(
        replace(rule, sql=answering(SOUND), version="2" * 64) if rule.rule == "diverted" else rule for rule in rules
    )
    assert looked(supervisor).skipped == ()
    assert finding_id("diverted", "H1") in on_record(story)


def test_sums_beyond_any_one_amount_are_found(story: Story, supervisor: Supervisor) -> None:
    largest = 10**13
    story.observed(grant(largest), receipt(largest), grant(largest, "二"), receipt(largest, "二"))
    assert looked(supervisor).skipped == ()
    (idle,) = (row for row in on_record(story).values() if row[0] == "idle")
    assert idle[2] == 2 * largest * 100


numbers = count(1)
in_one_database = settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@in_one_database
@given(history=steps("decided", "observed"))
def test_looking_at_what_is_new_ends_where_looking_at_everything_does(
    story: Story, supervisor: Supervisor, history: list[Step]
) -> None:
    number = next(numbers)
    for step in history:
        for request in step.requests:
            answer(story, elsewhere(request, number), step.origin)
        supervisor.keep_up(LATER)
        assert on_record(story) == by_the_rules(story)
