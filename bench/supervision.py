"""The rules over a book of a million payments: everything asked at once, and what a batch of 1,000 events touches.

``python -m bench.supervision`` measures this alone.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from psycopg import sql

from bench.machine import MILLION, OUT
from ledger.commands.importing import import_into
from ledger.county import CountyPlan, make_county
from ledger.events.base import Event
from ledger.events.payment import PaymentInstructed, PaymentReversed, PaymentSettled
from projections.evaluation import evaluate
from projections.open_book import OpenBook, Place, open_book
from projections.queries import Clocks, beginning, reading, reading_whole
from projections.rules import Rule
from projections.shared import share
from projections.supervision import households_of
from projections.touched import touched

PLAN = CountyPlan(seed=11, households=89_500, year=2025, jurisdiction="lanzhou-new-area", wrongs="all")
BATCHES = 20
LINES = 500
_DAY = PLAN.as_of


def measure() -> dict[str, Any]:
    """Seconds of a full evaluation and of each rule in it; seconds until findings follow a batch (median of 20)."""
    with opened() as books:
        payments = _count(books, "select count(*) from fact.payment_instructed")
        full = books.supervisor.sweep(_DAY)
        assert full is not None
        found = {"payments": payments, "full": full.seconds, "skipped": full.skipped} | _rules(books)
        followed = [_follow(books, batch) for batch in _batches(books)]
        seconds = [one[0] for one in followed]
        return (
            found
            | {
                "events": 2 * LINES,
                "followed": statistics.median(seconds),
                "followed, slowest": max(seconds),
                "changed": sum(one[1] for one in followed),
            }
            | _slowest_plan(books)
        )


@contextmanager
def opened() -> Iterator[OpenBook]:
    """The book of a million payments, made where there is none yet."""
    with open_book(Place(MILLION / "data", business_day=_DAY), PLAN.jurisdiction) as books:
        _fill(books)
        yield books


def _fill(books: OpenBook) -> None:
    if _count(books, "select count(*) from fact.payment_instructed") > 0:
        return
    if not (MILLION / "county" / "expected.json").exists():
        make_county(PLAN, MILLION / "county")
    import_into(books, [MILLION / "county" / "files"], "observed", "G001", "bench", MILLION)


def _rules(books: OpenBook) -> dict[str, Any]:
    """Each rule's own seconds, after what they share was made."""
    seconds: dict[str, float] = {}
    begun = time.perf_counter()
    with reading_whole(books.database, Clocks()) as cursor:
        shared = time.perf_counter() - begun
        for rule in books.engine.rules:
            begun = time.perf_counter()
            evaluate(cursor, [rule])
            seconds[rule.rule] = time.perf_counter() - begun
    return {"shared": shared, "rules": seconds}


def _batches(books: OpenBook) -> Iterator[list[Event]]:
    """Payments that should not be, and their reversals: the book ends as it began, but for its length."""
    dice = random.Random(20)
    lines = _paid_lines(books, BATCHES // 2 * LINES)
    for nth in range(BATCHES // 2):
        some, batch = lines[nth * LINES : (nth + 1) * LINES], f"bench-{uuid4().hex[:12]}"
        paid = [event for number, line in enumerate(some, 1) for event in _paid(line, batch, number, dice)]
        yield paid
        settled = [event for event in paid if isinstance(event, PaymentSettled)]
        # What came back, in two halves: a reversal of each line twice over half of its sum.
        yield [back for event in settled for back in _reversed(event)]


def _paid_lines(books: OpenBook, count: int) -> Sequence[dict[str, Any]]:
    with reading(books.database, Clocks()) as cursor:
        return cursor.execute(
            "select distinct on (household) * from fact.payment_instructed where for_month = '2025-11' "
            "and payment_type = '正常' and programme like '%%低保%%' order by household limit %s",
            [count],
        ).fetchall()


def _paid(line: dict[str, Any], batch: str, number: int, dice: random.Random) -> Iterator[Event]:
    fields = {name: line[name] for name in PaymentInstructed.model_fields} | {
        "batch_no": batch,
        "line_no": number,
        "payment_type": "补发",
        "amount_fen": 2 * dice.randint(500, 5_000),
    }
    yield PaymentInstructed(**fields)
    kept = {name: fields[name] for name in PaymentSettled.model_fields if name in fields}
    yield PaymentSettled(**kept, instructed_fen=fields["amount_fen"], settled_on=date(2025, 12, 30))


def _reversed(paid: PaymentSettled) -> Iterator[Event]:
    fields = {name: value for name, value in paid.__dict__.items() if name in PaymentReversed.model_fields}
    for _ in range(2):
        yield PaymentReversed(**fields | {"amount_fen": paid.amount_fen // 2}, reversed_on=_DAY)


def _follow(books: OpenBook, batch: list[Event]) -> tuple[float, int]:
    """Seconds from the batch being on record to its findings being so, and how many findings changed."""
    books.book.record(batch, [None] * len(batch), None)
    begun = time.perf_counter()
    seen = books.supervisor.keep_up(_DAY)
    assert seen is not None
    assert not seen.is_full
    return time.perf_counter() - begun, seen.raised + seen.extended + seen.cleared


def _slowest_plan(books: OpenBook) -> dict[str, Any]:
    """The plan of the rule that takes longest about the last batch's subjects, written beside the results."""
    with beginning(books.database, Clocks()) as cursor:
        (span,) = cursor.execute(_LAST_BATCH.encode(), {"events": 2 * LINES}).fetchall()
        news = touched(cursor, span["after"], span["upto"])
        share(cursor, households_of(cursor, news))
        subjects = {kind: list(found) for kind, found in news.items()}
        seconds = {rule.rule: _timed(cursor, rule, subjects) for rule in books.engine.rules}
        slowest = next(rule for rule in books.engine.rules if rule.rule == max(seconds, key=lambda name: seconds[name]))
        asked = [one for kind in slowest.subjects for one in subjects.get(kind, ())]
        plan = cursor.execute(
            sql.SQL("explain (analyze, buffers) select * from ({}) found where subject = any({})").format(
                sql.SQL(slowest.sql), sql.Literal(asked)
            )
        ).fetchall()
    text = "\n".join(line["QUERY PLAN"] for line in plan)
    Path(OUT / "slowest-rule.txt").write_text(text + "\n", encoding="utf-8")
    touched_count = {kind: len(found) for kind, found in sorted(news.items())}
    return {
        "slowest": slowest.rule,
        "slowest seconds": seconds[slowest.rule],
        "subset": seconds,
        "touched": touched_count,
    }


_LAST_BATCH = """
select min(position) - 1 as after, max(position) as upto
from (select position from fact.payment_reversed order by position desc limit %(events)s) last
"""


def _timed(cursor: Any, rule: Rule, subjects: dict[str, Sequence[str]]) -> float:
    begun = time.perf_counter()
    evaluate(cursor, [rule], subjects)
    return time.perf_counter() - begun


def _count(books: OpenBook, statement: str) -> int:
    with books.database.connection() as conn:
        row = conn.execute(statement.encode()).fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    print(json.dumps(measure(), ensure_ascii=False, indent=1))
