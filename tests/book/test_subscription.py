"""Whoever follows the log sees every event, in order, also when the notice of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem

from ledger.book.book import Book

WAIT_SECONDS = 60


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_past_and_future_events_come_in_order(book: Book, threads: ThreadPoolExecutor) -> None:
    book.recorder.append([DCBEvent("t", b"{}", []) for _ in range(1_500)])
    with book.recorder.subscribe() as following:
        past = [next(following).position for _ in range(1_500)]
        waiting = threads.submit(lambda: [next(following).position for _ in range(30)])
        for count in (1, 1, 28):
            book.recorder.append([DCBEvent("t", b"{}", [])] * count)
        assert past + waiting.result(WAIT_SECONDS) == list(range(1, 1_531))


def test_an_event_is_seen_though_its_notice_is_lost(book: Book, threads: ThreadPoolExecutor) -> None:
    with book.recorder.subscribe() as following:
        following._session.execute("unlisten *")
        waiting = threads.submit(next, following)
        book.recorder.append([DCBEvent("t", b"{}", [])])
        assert waiting.result(WAIT_SECONDS).position == 1


def test_only_what_is_asked_for_comes(book: Book) -> None:
    book.recorder.append([DCBEvent("a" if n % 2 else "b", b"{}", [f"tag{n % 3}"]) for n in range(12)])
    query = DCBQuery(items=[DCBQueryItem(types=["a"], tags=["tag1"])])
    with book.recorder.subscribe(query, after=2) as following:
        assert next(following).position == 8


def test_it_ends_when_it_is_stopped(book: Book, threads: ThreadPoolExecutor) -> None:
    with book.recorder.subscribe() as following:
        waiting = threads.submit(list, following)
        following.stop()
        assert waiting.result(WAIT_SECONDS) == []
