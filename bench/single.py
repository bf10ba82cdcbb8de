"""Single decisions, each durable before the next, by one client and by eight threads of one process."""

from __future__ import annotations

import itertools
import random
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime

import psycopg
from eventsourcing.dcb.api import DCBEvent, DCBRecorder

from bench.library import Library
from bench.lines import boundary, key, pseudonym, stored_payments
from bench.machine import fresh_database
from bench.rounds import clients
from bench.umadb_side import UmaDB
from ledger.book.book import Book
from ledger.book.database import Database
from ledger.decide.household import HEAD, HouseholdRequest, RegisterHousehold
from ledger.decide.slice import Asked
from ledger.policy import load_pack

SECONDS = 1.0
ROUNDS = 5
AT_ONCE = (1, 8)
_EVENTS = 32_000
_INSERT = "insert into single values (%s, %s, %s, %s, %s, %s, %s)"

Begin = Callable[[int], Callable[[], None]]


def measure(url: str, uma: UmaDB | None) -> dict[str, dict[int, float]]:
    """Decisions a second of each, by name and number of clients."""
    events = stored_payments(0, _EVENTS)
    database = Database(fresh_database(url, "single_ours"))
    library = Library(fresh_database(url, "single_library"), connections=max(AT_ONCE))
    book = Book(database)
    sessions = _bare_sessions(fresh_database(url, "single_raw"))
    begins: dict[str, Begin] = {
        "bare": _bare(sessions, events),
        "ours": _appends(book.recorder, events, with_keys=True),
        "ours, whole decision": _decisions(book),
        "library": _appends(library.tt, events, with_keys=False),
    }
    if uma:
        uma.load(events)
    found: dict[str, dict[int, list[float]]] = {}
    for nth, count in itertools.product(range(ROUNDS + 1), AT_ONCE):
        for name, begin in begins.items():
            done = clients(count, SECONDS, begin)
            if nth:
                found.setdefault(name, {}).setdefault(count, []).append(done / SECONDS)
        if uma and (done := uma.decide(count, SECONDS)) and nth:
            found.setdefault("umadb", {}).setdefault(count, []).append(done / SECONDS)
    for session in sessions:
        session.close()
    library.close()
    database.close()
    return {name: {count: statistics.median(rates) for count, rates in by.items()} for name, by in found.items()}


def _bare_sessions(url: str) -> list[psycopg.Connection]:
    sessions = [psycopg.connect(url, autocommit=True) for _ in range(max(AT_ONCE))]
    sessions[0].execute(
        "create table single (position bigint primary key, topic text not null, recorded_at timestamptz not null, "
        "tags text[] not null, payload bytea not null, leaf bytea not null, key uuid)"
    )
    return sessions


def _bare(sessions: list[psycopg.Connection], events: list[DCBEvent]) -> Begin:
    """INSERT and commit of the same row, each client in a session of its own."""
    positions = itertools.count(1)

    def begin(client: int) -> Callable[[], None]:
        session, chance = sessions[client], random.Random(client)
        mine = itertools.cycle(events[client * 4_000 : (client + 1) * 4_000])

        def act() -> None:
            e = next(mine)
            row = (next(positions), e.type, datetime.now(UTC), e.tags, e.data, bytes(32), key(chance))
            session.execute(_INSERT, row)

        return act

    return begin


def _appends(recorder: DCBRecorder, events: list[DCBEvent], *, with_keys: bool) -> Begin:
    """Conditional append of one event, its boundary read up to the client's last append."""

    def begin(client: int) -> Callable[[], None]:
        mine = itertools.cycle(events[client * 4_000 : (client + 1) * 4_000])
        chance = random.Random()
        position = recorder.read(limit=1, after=0).head or 0

        def act() -> None:
            nonlocal position
            event = next(mine)
            keys = {"keys": [key(chance)]} if with_keys else {}
            position = recorder.append([event], boundary(event, position), **keys)

        return act

    return begin


def _decisions(book: Book) -> Begin:
    """The whole of it: read the boundary, decide, append. Each registers another household."""
    asked = Asked("G001", "clerk", "decided", load_pack("lanzhou-new-area"))
    numbers = itertools.count(1)

    def begin(client: int) -> Callable[[], None]:
        chance = random.Random(client)

        def act() -> None:
            request = HouseholdRequest(
                household=f"R{next(numbers)}",
                region="620199001001",
                person=pseudonym("p", chance),
                name=pseudonym("n", chance),
                identity_valid=True,
                relation=HEAD,
                registered_on=date(2025, 1, 2),
            )
            book.do(lambda: RegisterHousehold(request, asked), key(random.Random()))

        return act

    return begin
