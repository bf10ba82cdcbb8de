"""What the decisions fold from events and what the projections derive in SQL are the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.decide.entitlement import Entitlements
from ledger.decide.fund import FUND_EVENTS, change_of_available
from ledger.decide.slice import Request
from ledger.events.base import fund_tag
from projections import engine as engine_module
from projections.engine import Engine
from projections.queries import Clocks, Row, alerts, cap, funds, reading
from tests.histories import Step, answer, decisions, elsewhere, steps
from tests.story import Story, day, household

numbers = count(1)
in_one_database = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
a_few = settings(in_one_database, max_examples=8)
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]


def live(story: Story, history: list[Step], number: int) -> None:
    for step in history:
        for request in step.requests:
            answer(story, elsewhere(request, number), step.origin)


@in_one_database
@given(requests=st.lists(decisions(), max_size=10), origin=st.sampled_from(["decided", "observed"]))
def test_a_month_is_governed_alike_by_fold_and_by_sql(story: Story, requests: list[Request], origin: Any) -> None:
    number, before = next(numbers), story.book.recorder.head()
    for request in [household("H1"), household("H2"), *requests]:
        answer(story, elsewhere(request, number), origin)
    story.engine.catch_up()
    events = story.events(after=before)
    with reading(story.book.database, Clocks(as_of=day("2030-12-31"))) as cursor:
        for home in (f"H1~{number}", f"H2~{number}"):
            for programme in ("城市低保", "临时救助"):
                folded = Entitlements(programme)
                for event in events:
                    if getattr(event, "household", None) == home:
                        folded.learn(event)
                said = cursor.execute(
                    "select m.month, g.monthly_amount_fen from unnest(%s::text[]) as m (month) "
                    "left join lateral governing(%s, %s, m.month) g on true",
                    [MONTHS, home, programme],
                ).fetchall()
                assert {row["month"]: row["monthly_amount_fen"] for row in said} == {
                    month: folded.amount_at(month) for month in MONTHS
                }


@in_one_database
@given(history=steps("decided"))
def test_a_fund_has_available_what_its_own_events_say(story: Story, history: list[Step]) -> None:
    number, before = next(numbers), story.book.recorder.head()
    live(story, history, number)
    folded: dict[str, int] = defaultdict(int)
    for event in story.events(after=before):
        for tag in event.tags():
            fund = tag.removeprefix("fund:")
            if tag == fund_tag(fund) and isinstance(event, FUND_EVENTS):
                folded[fund] += change_of_available(event, fund)
    told = {fund: row["available_fen"] for fund, row in story.funds().items()}
    assert {fund: told.get(fund, 0) for fund in folded} == dict(folded)
    assert all(available >= 0 for available in folded.values()), "where every rule is kept no fund is overdrawn"


FIGURES = "received_fen - settled_fen - in_transit_fen - services_fen - other_fen - passed_down_fen + recovered_fen"


@in_one_database
@given(history=steps("decided", "observed", "observed"))
def test_every_event_is_posted_in_balance_and_every_day_adds_up(story: Story, history: list[Step]) -> None:
    live(story, history, next(numbers))
    story.engine.catch_up()
    with story.book.database.connection() as conn:
        unbalanced = conn.execute(
            "select position, known_from, sum(amount_fen) from projection.posting "
            "group by 1, 2 having sum(amount_fen) <> 0"
        ).fetchall()
        wrong_figures = conn.execute(
            f"select * from known.fund_balance where available_fen <> {FIGURES}".encode()
        ).fetchall()
        days = [day("2024-12-31") + timedelta(days=n) for n in range(0, 200, 7)]
        wrong_days = conn.execute(
            "select * from (select distinct fund, account from projection.posting) a, unnest(%s::date[]) as d (day) "
            "where known.balance_on(a.fund, a.account, d.day) is distinct from coalesce(("
            "select sum(p.amount_fen) from projection.posting p "
            "where p.fund = a.fund and p.account = a.account and p.effective_on <= d.day), 0)",
            [days],
        ).fetchall()
    assert (unbalanced, wrong_figures, wrong_days) == ([], [], [])


@a_few
@given(history=steps("decided", "observed", "observed"), batches=st.lists(st.integers(1, 9), min_size=1))
def test_however_it_is_cut_a_log_gives_the_same_rows(
    database_url: str, history: list[Step], batches: list[int]
) -> None:
    """A few events at a time, everything at once, and derived again from nothing."""
    database = Database(database_url, max_connections=2)
    try:
        story = Story.begin(Book(database), Engine(database), "lanzhou-new-area")
        number = next(numbers)
        with pytest.MonkeyPatch.context() as patched:
            for nth, step in enumerate(history):
                live(story, [step], number)
                patched.setattr(engine_module, "BATCH", batches[nth % len(batches)])
                story.engine.catch_up()
        before = story.engine.digest()
        assert story.engine.rebuild() == story.book.recorder.head()
        assert story.engine.digest() == before
    finally:
        database.close()


def read_all(database: Database, clocks: Clocks) -> dict[str, list[Row]]:
    with reading(database, clocks) as cursor:
        found = {"funds": funds(cursor), "cap": cap(cursor), "alerts": alerts(cursor)}
    # A fund that was not heard of yet has no row in a younger book, and a row of zeros in an older one.
    found["funds"] = [row for row in found["funds"] if any(v for name, v in row.items() if name.endswith("_fen"))]
    return found


@a_few
@given(
    history=steps("decided", "observed", "observed"),
    share=st.floats(0, 1),
    as_of=st.sampled_from([None, "2025-01-31", "2025-02-20", "2025-12-31"]),
)
def test_what_was_known_then_is_what_a_book_cut_there_says(
    database_url: str, other_url: str, history: list[Step], share: float, as_of: str | None
) -> None:
    whole, cut = Database(database_url, max_connections=2), Database(other_url, max_connections=2)
    try:
        story = Story.begin(Book(whole), Engine(whole), "lanzhou-new-area")
        live(story, history, next(numbers))
        position = round(story.book.recorder.head() * share)
        story.engine.catch_up()
        younger = Engine(cut)
        with psycopg.connect(other_url, autocommit=True) as conn:
            conn.execute("set session_replication_role = replica")
            conn.execute("delete from book.event; delete from book.event_tag")
            conn.execute("set session_replication_role = origin")
        copy_events(whole, cut, position)
        younger.rebuild()
        younger.adopt(story.policy)
        on = day(as_of) if as_of else None
        assert read_all(whole, Clocks(on, position)) == read_all(cut, Clocks(on))
    finally:
        whole.close()
        cut.close()


def copy_events(source: Database, target: Database, upto: int) -> None:
    columns = "position, topic, recorded_at, tags, payload, leaf, key"
    with source.connection() as read, target.connection() as write, write.transaction():
        rows = read.execute(
            f"select {columns} from book.event where position <= {upto} order by position".encode()
        ).fetchall()
        write.cursor().executemany(
            f"insert into book.event ({columns}) values (%s, %s, %s, %s, %s, %s, %s)".encode(), rows
        )
