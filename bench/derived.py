"""What is derived: how fast the projector reads the log, and balances at past days of a hot and a cold account."""

from __future__ import annotations

import random
import statistics
import time
from datetime import date, timedelta

import psycopg

from bench.lines import CATEGORY, COLD_YEAR, HOT_YEAR, key, payment, stored, stored_payments
from bench.machine import fresh_database
from bench.rounds import events_per_second
from ledger.book.database import Database
from ledger.book.mapper import EventMapper
from ledger.book.recorder import BookRecorder
from ledger.events.base import fund_id
from projections.engine import Engine

EVENTS = 20_000
ROUNDS = 4
_QUERIES = 2_000


def measure(url: str) -> dict[str, float]:
    """Events a second of the projector; queries a second of one client for each of the two accounts."""
    database = Database(fresh_database(url, "derived"))
    recorder, engine = BookRecorder(database), Engine(database)
    _cold(recorder)
    rates = []
    for nth in range(ROUNDS + 1):
        chance = random.Random(nth)
        events = stored_payments(nth * EVENTS, EVENTS)
        recorder.append(events, None, [key(chance) for _ in events])
        begun = time.perf_counter()
        engine.catch_up()
        rates.append(EVENTS / (time.perf_counter() - begun))
    database.close()
    return {"projector": statistics.median(rates[1:]), **_balances(database.url)}


def _cold(recorder: BookRecorder) -> None:
    chance, mapper = random.Random(0), EventMapper()
    recorder.append([stored(payment(n, chance, budget_year=COLD_YEAR), mapper) for n in range(10)])


def _balances(url: str) -> dict[str, float]:
    chance = random.Random(3)
    with psycopg.connect(url, autocommit=True) as conn, conn.cursor() as cursor:

        def asked_of(year: int) -> int:
            fund = fund_id("620199", CATEGORY, "中央", year)
            for _ in range(_QUERIES):
                day = date(2025, 1, 1) + timedelta(days=chance.randrange(360))
                cursor.execute("select known.balance_on(%s, 'available', %s)", [fund, day], prepare=True).fetchone()
            return _QUERIES

        contestants = {"hot": lambda _: asked_of(HOT_YEAR), "cold": lambda _: asked_of(COLD_YEAR)}
        return events_per_second(contestants, ROUNDS)
