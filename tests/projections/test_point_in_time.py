"""Balances at past moments come from blocks of the log, and are what the legs known then add up to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.database import Database
from projections.engine import Engine
from projections.queries import Clocks, reading
from tests.histories import elsewhere, steps
from tests.story import Story, day

one_database = settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FIRST = day("2025-01-01")
# Positions far apart, and on both sides of where blocks of each size begin and end.
EDGES = [size * nth + step for size in (2**12, 2**16, 2**20) for nth in (1, 2, 15, 16, 17) for step in (-1, 0, 1, 2)]
positions = st.one_of(st.sampled_from(EDGES), st.integers(1, 40 * 2**20))
movements = st.lists(
    st.tuples(
        positions,
        st.integers(0, 40),
        st.sampled_from(["F|a|中央|2025", "F|b|省级|2025"]),
        st.sampled_from([("available", "received"), ("in_transit", "available"), ("settled", "in_transit")]),
        st.integers(-5, 5).filter(bool),
    ),
    max_size=60,
)
_SUMS = """
select fund, account, sum(amount_fen)::bigint as balance_fen from projection.posting
where known_from <= %s and effective_on <= %s group by fund, account order by fund, account
"""


@one_database
@given(moved=movements, known=st.lists(positions, min_size=1, max_size=6), days=st.integers(0, 45), cut=positions)
def test_a_balance_is_the_sum_of_what_was_known(
    database: Database, engine: Engine, moved: list[Any], known: list[int], days: int, cut: int
) -> None:
    with psycopg.connect(database.url, autocommit=True) as conn:
        for table in ("movement", "balance", "balance_block"):
            conn.execute(f"delete from projection.{table}".encode())
        for at, after, fund, (into, out), amount in moved:
            values = [at, at, FIRST + timedelta(days=after), fund, into, out, amount]
            conn.execute("insert into projection.movement values (%s, %s, %s, %s, %s, %s, %s)", values)
        # In two batches, the later adding to blocks that the earlier began.
        for span in ((0, cut), (cut, 2**40)):
            for part in ("balance", "balance_block"):
                conn.execute(f"select projection.advance_{part}(%s, %s)".encode(), span)
        as_of = FIRST + timedelta(days=days)
        for at in known:
            summed = conn.execute(_SUMS, [at, as_of]).fetchall()
            with reading(database, Clocks(as_of, at)) as cursor:
                told = cursor.execute("select * from balance order by fund, account").fetchall()
            assert [tuple(row.values()) for row in told] == summed


@one_database
@given(history=steps("decided", "observed"), data=st.data())
def test_an_instant_is_the_last_position_on_record_then(story: Story, history: list[Any], data: st.DataObject) -> None:
    for step in history[:3]:
        for request in step.requests[:3]:
            story.refusal_of(elsewhere(request, 900_000 + (story.book.recorder.head() or 0)))
    database = story.book.database
    with database.connection() as conn:
        instants = [row[0] for row in conn.execute("select distinct recorded_at from book.event").fetchall()]
        at = data.draw(st.sampled_from(instants)) + timedelta(microseconds=data.draw(st.integers(-1, 1)))
        row = conn.execute("select coalesce(max(position), 0) from book.event where recorded_at <= %s", [at]).fetchone()
    with reading(database, Clocks(None, at)) as cursor:
        told = cursor.execute("select known_at() as position").fetchone()
    assert row is not None
    assert told == {"position": row[0]}
