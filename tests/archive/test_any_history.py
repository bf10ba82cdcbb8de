"""Whatever a county did, what is brought back is what was taken away, byte for byte, in however many runs."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.archive import log_part, writing
from ledger.archive.checking import Outside
from ledger.book.book import Book
from ledger.book.database import Database
from projections.engine import Engine
from tests.archive.shelf import Shelf, rows_of, signer
from tests.histories import Step, answer, elsewhere, steps
from tests.story import Story

counties = count(1)


def empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("delete from book.event; delete from book.event_tag")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=steps("decided", "observed", "observed"),
    cut=st.floats(0, 1),
    part_events=st.integers(1, 20),
    step_events=st.integers(1, 40),
)
def test_any_history_comes_back(
    database_url: str,
    other_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    history: list[Step],
    cut: float,
    part_events: int,
    step_events: int,
) -> None:
    place: Path = tmp_path_factory.mktemp("shelf")
    empty(database_url)
    empty(other_url)
    database = Database(database_url, max_connections=2)
    try:
        story = Story.begin(Book(database), Engine(database), "lanzhou-new-area")
        shelf = Shelf(database_url, place, signer())
        first = round(len(history) * cut)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(log_part, "PART_EVENTS", part_events)
            patched.setattr(writing, "STEP_EVENTS", step_events)
            live(story, history[:first])
            if story.book.recorder.head():
                shelf.archive()
            live(story, history[first:])
            shelf.archive()
        again = shelf.restore(other_url, Outside(shelf.note(), shelf.key.verifier, shelf.seal_folder))
        assert rows_of(other_url) == rows_of(database_url)
        again.book.database.close()
    finally:
        database.close()


def live(story: Story, history: list[Step]) -> None:
    number = next(counties)
    for step in history:
        for request in step.requests:
            answer(story, elsewhere(request, number), step.origin)
