"""A roll judged as a set: standings read from facts in one query, each line judged by ``decide.roll_line.judge``.

The facts are current to a position; the append is on condition that nothing that could change an answer came after
it. A line here and the one-row decision refuse the same things, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition
from eventsourcing.dcb.domain import Selector

from ledger.book.batch import Recorded
from ledger.book.book import MOST_TRIES, Book, Busy
from ledger.book.mapper import query_of
from ledger.book.recorder import ConditionFailed, KeyTaken
from ledger.decide.assistance import EVENT_OF
from ledger.decide.fund import FUND_EVENTS
from ledger.decide.refusal import Refusal
from ledger.decide.roll_line import SUPPLEMENT, LineStanding, RollLineRequest, judge
from ledger.decide.slice import Asked
from ledger.events.base import Event
from ledger.events.entitlement import HouseholdRegistered
from ledger.events.payment import PaymentInstructed, PaymentObserved, RollReleased
from ledger.events.services import ContractCommitted
from ledger.intake.sets import Row, outcomes

# What could change the answer to some line, whoever it concerns. Facts know more than a fund's own events say: what
# the bank paid unasked, and a contract by which an earlier payment finds its fund.
_CHANGES = query_of(
    Selector(
        types=[
            HouseholdRegistered,
            PaymentInstructed,
            PaymentObserved,
            ContractCommitted,
            *EVENT_OF.values(),
            *FUND_EVENTS,
        ]
    )
)

_STANDINGS = """
select w.n,
       exists (select from fact.payment_instructed i where i.batch_no = w.batch_no and i.line_no = w.line_no),
       exists (select from fact.household_registered h where h.household = w.household),
       (select g.monthly_amount_fen from known.governing(w.household, w.programme, w.for_month) g),
       coalesce(paid.paid_fen, 0), coalesce(paid.regular_lines, 0)
from unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::text[])
     as w (n, batch_no, line_no, household, programme, for_month)
left join lateral (
    select sum(l.net_fen)::bigint as paid_fen,
           count(*) filter (where l.payment_type = '正常' and not l.was_returned and l.net_fen > 0) as regular_lines
    from (
        select i.payment_type, r.position is not null as was_returned,
               i.amount_fen - coalesce(r.instructed_fen, 0) + coalesce(s.amount_fen - s.instructed_fen, 0)
               - coalesce(v.amount_fen, 0) as net_fen
        from fact.payment_instructed i
        left join fact.payment_returned r using (batch_no, line_no)
        left join fact.payment_settled s using (batch_no, line_no)
        left join lateral (
            select sum(x.amount_fen)::bigint as amount_fen from fact.payment_reversed x
            where x.batch_no = i.batch_no and x.line_no = i.line_no) v on true
        where i.household = w.household and i.programme = w.programme and i.for_month = w.for_month
          and i.payment_type <> '价格补贴'
    ) l
) paid on true
order by w.n
"""

_AVAILABLE = """
select distinct on (fund) fund, balance_fen from projection.balance
where account = 'available' and fund = any(%s) order by fund, day desc
"""


@dataclass(slots=True)
class _Tally:
    """What lines of the same set did to the standings of those after them."""

    available_fen: dict[str, int]
    lines: set[tuple[str, int]]
    paid_fen: dict[tuple[str, str, str], int]
    regular: dict[tuple[str, str, str], int]

    def add_to(self, standing: LineStanding, line: RollLineRequest) -> None:
        month = (line.household, line.programme, line.for_month)
        standing.line_taken = standing.line_taken or (line.batch_no, line.line_no) in self.lines
        standing.paid_fen += self.paid_fen.get(month, 0)
        standing.regular_lines += self.regular.get(month, 0)
        standing.available_fen = self.available_fen.get(line.fund, 0)

    def take(self, line: RollLineRequest) -> None:
        month = (line.household, line.programme, line.for_month)
        self.lines.add((line.batch_no, line.line_no))
        self.available_fen[line.fund] = self.available_fen.get(line.fund, 0) - line.amount_fen
        if line.payment_type != SUPPLEMENT:
            self.paid_fen[month] = self.paid_fen.get(month, 0) + line.amount_fen
            self.regular[month] = self.regular.get(month, 0) + (line.payment_type == "正常")


def instruct_roll(
    book: Book, catch_up: Callable[[], int], rows: Sequence[Row[RollLineRequest]]
) -> list[Recorded | Refusal]:
    """Instructs every line that breaks no rule, in order, in one append, and refuses the others.

    Raises:
        Busy: other writers kept changing what the lines must know.
    """
    for _ in range(MOST_TRIES):
        before = book.recorder.positions_of([row.key for row in rows])
        fresh = [row for row in rows if row.key not in before]
        refusals, accepted, position = _judge_all(book, catch_up, fresh)
        events, keys = _events(accepted)
        try:
            decided = bool(rows) and rows[0].asked.origin == "decided"
            condition = DCBAppendCondition(_CHANGES, after=position) if decided else None
            first = book.record(events, keys, condition) - len(events) + 1 if events else 0
        except (ConditionFailed, KeyTaken):
            continue
        return outcomes(rows, before, refusals, {row.key: first + nth for nth, row in enumerate(accepted)})
    raise Busy("账本繁忙,请重试 / the book is busy, try again")


def _judge_all(
    book: Book, catch_up: Callable[[], int], rows: Sequence[Row[RollLineRequest]]
) -> tuple[dict[UUID, Refusal], list[Row[RollLineRequest]], int]:
    if not rows or rows[0].asked.origin == "observed":
        return {}, list({row.key: row for row in rows}.values()), 0
    position = catch_up()
    with book.database.connection() as conn, conn.transaction():
        conn.execute("select set_config('mingzhang.as_of', 'infinity', true)")
        standings = _standings(conn, [row.request for row in rows])
        funds = sorted({row.request.fund for row in rows})
        available = dict(conn.execute(_AVAILABLE, [funds]).fetchall())
    tally = _Tally(available, set(), {}, {})
    refusals: dict[UUID, Refusal] = {}
    accepted: dict[UUID, Row[RollLineRequest]] = {}
    for row, standing in zip(rows, standings, strict=True):
        if row.key in accepted:
            continue
        tally.add_to(standing, row.request)
        refusal = judge(row.request, standing)
        if refusal is not None:
            refusals[row.key] = refusal
        else:
            tally.take(row.request)
            accepted[row.key] = row
    return refusals, list(accepted.values()), position


def _standings(conn: psycopg.Connection[Any], lines: Sequence[RollLineRequest]) -> list[LineStanding]:
    columns = [
        list(range(len(lines))),
        *(
            [getattr(line, name) for line in lines]
            for name in ("batch_no", "line_no", "household", "programme", "for_month")
        ),
    ]
    rows = conn.execute(_STANDINGS, columns).fetchall()
    return [LineStanding(taken, known, decided, paid, regular) for _, taken, known, decided, paid, regular in rows]


def _events(rows: Sequence[Row[RollLineRequest]]) -> tuple[list[Event], list[UUID | None]]:
    """One PaymentInstructed a line, then what each batch draws from each fund in total."""
    events: list[Event] = []
    totals: dict[tuple[Any, ...], tuple[int, int, Asked]] = {}
    for row in rows:
        line, asked = row.request, row.asked
        events.append(PaymentInstructed(**asked.origin_fields(), **line.__dict__))
        release = (line.batch_no, line.paid_on, line.region, line.category, line.level, line.budget_year)
        count, amount_fen, _ = totals.get(release, (0, 0, asked))
        totals[release] = (count + 1, amount_fen + line.amount_fen, asked)
    names = ("batch_no", "paid_on", "region", "category", "level", "budget_year")
    for release, (count, amount_fen, asked) in totals.items():
        origin = asked.origin_fields() | {"source_line": None, "note": None}
        fields: dict[str, Any] = dict(zip(names, release, strict=True))
        events.append(RollReleased(**origin, **fields, line_count=count, amount_fen=amount_fen))
    return events, [row.key for row in rows] + [None] * len(totals)
