"""One order for all: positions without a hole, and no reader sees a later event before an earlier one."""

from __future__ import annotations

import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from uuid import UUID, uuid4

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.book.recorder import BookRecorder, ConditionFailed, KeyTaken
from tests.book.writers import append_some

WAIT_SECONDS = 120
MIXED = (1, 1, 2, 5, 23, 24, 60)
EVERYTHING = DCBQuery(items=[DCBQueryItem()])


def write(recorder: BookRecorder, seed: int, appends: int, taken: UUID) -> int:
    """Appends of all sizes, among them some that must fail and leave nothing; how many events were recorded."""
    dice = random.Random(seed)
    recorded = 0
    for _ in range(appends):
        events = [DCBEvent("t", b"{}", [f"w{seed}"])] * dice.choice(MIXED)
        match dice.randrange(4):
            case 0:
                with pytest.raises(KeyTaken):
                    recorder.append(events, keys=[*[None] * (len(events) - 1), taken])
                continue
            case 1:
                with pytest.raises(ConditionFailed):
                    recorder.append(events, DCBAppendCondition(EVERYTHING, after=0))
                continue
        last = recorder.append(events, keys=[uuid4() for _ in events])
        found = list(recorder.read(after=last - len(events), limit=len(events)))
        assert [one.event for one in found] == events, "what was appended lies together at the position that was told"
        recorded += len(events)
    return recorded


def follow(recorder: BookRecorder, done: Flag) -> int:
    """Reads what is new over and over; every reading begins right after the last one ended."""
    seen, is_last = 0, False
    while not is_last:
        is_last = done.is_set()
        positions = [one.position for one in recorder.read(after=seen)]
        assert positions == list(range(seen + 1, seen + 1 + len(positions)))
        seen += len(positions)
    return seen


def test_threads_that_append_at_once_leave_no_hole(book: Book) -> None:
    taken, done = uuid4(), Flag()
    book.recorder.append([DCBEvent("t", b"{}", [])], keys=[taken])
    with ThreadPoolExecutor() as threads:
        readers = [threads.submit(follow, book.recorder, done) for _ in range(2)]
        writers = [threads.submit(write, book.recorder, seed, 25, taken) for seed in range(5)]
        try:
            recorded = 1 + sum(writer.result(WAIT_SECONDS) for writer in writers)
        finally:
            done.set()
        assert [reader.result(WAIT_SECONDS) for reader in readers] == [recorded, recorded]
    assert book.recorder.head() == recorded
    with book.database.connection() as conn:
        assert conn.execute("select max(position), count(*) from book.event").fetchone() == (recorded, recorded)
        tagged = conn.execute("select count(*), count(distinct position) from book.event_tag").fetchone()
    assert tagged == (recorded - 1, recorded - 1)


def test_processes_that_append_at_once_leave_no_hole(book: Book, database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=append_some, args=(database_url, seed, 30, 40)) for seed in range(3)]
    done = Flag()
    with ThreadPoolExecutor(1) as threads:
        reader = threads.submit(follow, book.recorder, done)
        for writer in writers:
            writer.start()
        try:
            for writer in writers:
                writer.join(WAIT_SECONDS)
                assert writer.exitcode == 0
        finally:
            done.set()
            for writer in writers:
                writer.kill()
        assert reader.result(WAIT_SECONDS) == book.recorder.head() > 90


def test_what_one_session_appends_another_waits_for(book: Book, database: Database) -> None:
    """An append in flight holds the lock to its end, also one that goes round the recorder."""
    with database.dedicated() as other, ThreadPoolExecutor(1) as threads:
        with other.transaction():
            other.execute(
                "insert into book.event (position, topic, recorded_at, tags, payload, leaf) "
                "values (1, 't', now(), '{}', '{}', sha256('x'))"
            )
            waiting = threads.submit(book.recorder.append, [DCBEvent("t", b"{}", [])])
            blocked = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            with database.connection() as conn:
                while conn.execute(blocked).fetchone() == (0,):
                    assert not waiting.done()
            assert list(book.recorder.read()) == []
        assert waiting.result(WAIT_SECONDS) == 2
