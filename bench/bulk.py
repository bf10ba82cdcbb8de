"""Bulk append: the bare table that a log cannot beat, ours, the library's two recorders, and UmaDB."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import psycopg
from eventsourcing.dcb.api import DCBEvent

from bench.library import Library
from bench.lines import key, stored_payments
from bench.machine import fresh_database
from bench.rounds import Contestant, events_per_second
from bench.umadb_side import UmaDB
from ledger.book.copy_rows import copy_rows
from ledger.book.database import Database
from ledger.book.recorder import BookRecorder

BATCH = 5_000
ROUNDS = 7
OTHERS_BATCH = 1_000

_TABLE = """
create table {} (
    position bigint primary key, topic text not null, recorded_at timestamptz not null, tags text[] not null,
    payload bytea not null, leaf bytea not null, key uuid
)
"""
_TYPES = ["int8", "text", "timestamptz", "text[]", "bytea", "bytea", "uuid"]


def measure(url: str, uma: UmaDB | None) -> dict[str, float]:
    """Events a second of each, by name."""
    events = stored_payments(0, BATCH * (ROUNDS + 1))
    book = Database(fresh_database(url, "bulk_ours"))
    library = Library(fresh_database(url, "bulk_library"), connections=1)
    with psycopg.connect(fresh_database(url, "bulk_raw"), autocommit=True) as raw:
        contestants = {**_bare(raw, events), "ours": _ours(BookRecorder(book), events)}
        contestants["library"] = lambda nth: library.append(_of(events, nth))
        contestants["library default"] = lambda nth: library.insert(_of(events, nth))
        if uma:
            uma.load(events)
            contestants["umadb"] = lambda nth: uma.append(nth * BATCH, BATCH, OTHERS_BATCH)
            contestants["umadb, whole batch"] = lambda nth: uma.append(nth * BATCH, BATCH, BATCH)
        found = events_per_second(contestants, ROUNDS)
    library.close()
    book.close()
    return found


def _of(events: list[DCBEvent], nth: int) -> list[DCBEvent]:
    return events[nth * BATCH : (nth + 1) * BATCH]


def _bare(conn: psycopg.Connection, events: list[DCBEvent]) -> dict[str, Contestant]:
    """The same rows into a table with nothing but its primary key: as psycopg writes them, and made beforehand."""
    chance, now = random.Random(1), datetime.now(UTC)
    keys = [key(chance) for _ in events]
    conn.execute(_TABLE.format("raw").encode())
    conn.execute(_TABLE.format("ready").encode())
    rows = [
        (n + 1, e.type, now, e.tags, e.data, bytes(32), k) for n, (e, k) in enumerate(zip(events, keys, strict=True))
    ]
    ready = [
        list(copy_rows(_of(events, nth), keys[nth * BATCH : (nth + 1) * BATCH], nth * BATCH, now))
        for nth in range(ROUNDS + 1)
    ]

    def written(nth: int) -> int:
        with conn.transaction(), conn.cursor().copy("copy raw from stdin (format binary)") as copy:
            copy.set_types(_TYPES)
            for row in rows[nth * BATCH : (nth + 1) * BATCH]:
                copy.write_row(row)
        return BATCH

    def made_before(nth: int) -> int:
        with conn.transaction(), conn.cursor().copy("copy ready from stdin (format binary)") as copy:
            for part in ready[nth]:
                copy.write(part)
        return BATCH

    return {"raw": written, "raw, rows made before": made_before}


def _ours(recorder: BookRecorder, events: list[DCBEvent]) -> Contestant:
    chance = random.Random(2)
    keys = [key(chance) for _ in events]

    def append(nth: int) -> int:
        recorder.append(_of(events, nth), None, keys[nth * BATCH : (nth + 1) * BATCH])
        return BATCH

    return append
