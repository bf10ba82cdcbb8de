"""A bank's file judged as a set: lines and their results read from facts in one query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition
from eventsourcing.dcb.domain import Selector

from ledger.book.batch import Recorded
from ledger.book.book import MOST_TRIES, Book, Busy
from ledger.book.mapper import query_of
from ledger.book.recorder import ConditionFailed, KeyTaken
from ledger.decide.bank_result import BankResultRequest, ResultStanding, judge, outcome_event
from ledger.decide.refusal import Refusal
from ledger.events.base import Event
from ledger.events.payment import PaymentInstructed, PaymentReturned, PaymentReversed, PaymentSettled
from ledger.intake.sets import Row, outcomes

_CHANGES = query_of(Selector(types=[PaymentInstructed, PaymentSettled, PaymentReturned, PaymentReversed]))
_LINE = ("household", "region", "category", "level", "budget_year", "instructed_fen", "paid_on")

_STANDINGS = """
select w.n, i.household, i.region, i.category, i.level, i.budget_year, i.amount_fen, i.paid_on,
       exists (select from fact.payment_returned r where r.batch_no = w.batch_no and r.line_no = w.line_no)
       or exists (select from fact.payment_settled s where s.batch_no = w.batch_no and s.line_no = w.line_no),
       coalesce((select sum(s.amount_fen) from fact.payment_settled s
                 where s.batch_no = w.batch_no and s.line_no = w.line_no), 0)::bigint
       - coalesce((select sum(v.amount_fen) from fact.payment_reversed v
                   where v.batch_no = w.batch_no and v.line_no = w.line_no), 0)::bigint
from unnest(%b::bigint[], %b::text[], %b::bigint[]) as w (n, batch_no, line_no)
left join lateral (
    select * from fact.payment_instructed i
    where i.batch_no = w.batch_no and i.line_no = w.line_no order by i.position desc limit 1) i on true
order by w.n
"""


def record_bank_results(
    book: Book, catch_up: Callable[[], int], rows: Sequence[Row[BankResultRequest]]
) -> list[Recorded | Refusal]:
    """Records what the bank says of each line, in order, in one append; refuses what breaks a rule.

    Raises:
        Busy: other writers kept changing what the results must know.
    """
    for _ in range(MOST_TRIES):
        before = book.recorder.positions_of([row.key for row in rows])
        position = catch_up()
        fresh = list({row.key: row for row in rows if row.key not in before}.values())
        refusals, events, keys = _judge_all(book, fresh)
        try:
            first = (
                book.record(events, keys, DCBAppendCondition(_CHANGES, after=position)) - len(events) + 1
                if events
                else 0
            )
        except (ConditionFailed, KeyTaken):
            continue
        return outcomes(rows, before, refusals, {key: first + nth for nth, key in enumerate(keys)})
    raise Busy("账本繁忙,请重试 / the book is busy, try again")


def _judge_all(
    book: Book, rows: Sequence[Row[BankResultRequest]]
) -> tuple[dict[UUID, Refusal], list[Event], list[UUID]]:
    with book.database.connection() as conn:
        standings = _standings(conn, [row.request for row in rows])
    refusals: dict[UUID, Refusal] = {}
    events: list[Event] = []
    keys: list[UUID] = []
    for row in rows:
        standing = standings[row.request.batch_no, row.request.line_no]
        refusal = judge(row.request, standing)
        if refusal is not None and row.asked.origin == "decided":
            refusals[row.key] = refusal
            continue
        cls, fields = outcome_event(row.request, standing)
        events.append(cls(**row.asked.origin_fields(), **fields))
        keys.append(row.key)
        _learn(standing, events[-1])
    return refusals, events, keys


def _learn(standing: ResultStanding, event: Event) -> None:
    """What one row did to its line is known to the rows after it."""
    match event:
        case PaymentSettled():
            standing.settled_fen += event.amount_fen
            standing.is_finished = True
        case PaymentReversed():
            standing.settled_fen -= event.amount_fen
        case PaymentReturned():
            standing.is_finished = True


def _standings(
    conn: psycopg.Connection[Any], results: Sequence[BankResultRequest]
) -> dict[tuple[str, int], ResultStanding]:
    lines = sorted({(result.batch_no, result.line_no) for result in results})
    columns = [list(range(len(lines))), [batch for batch, _ in lines], [line for _, line in lines]]
    rows = conn.execute(_STANDINGS, columns).fetchall()
    return {
        line: ResultStanding(
            dict(zip(_LINE, row[1:8], strict=True)) if row[1] is not None else None,
            is_finished=row[8],
            settled_fen=row[9],
        )
        for line, row in zip(lines, rows, strict=True)
    }
