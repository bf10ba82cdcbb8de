"""Synthetic payment lines as events, one shape for every store that is measured."""

from __future__ import annotations

import random
from datetime import date, timedelta
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.domain import Tagged

from ledger.book.mapper import EventMapper
from ledger.events.base import Event
from ledger.events.payment import PaymentInstructed

CATEGORY = "困难群众救助补助资金"
HOT_YEAR, COLD_YEAR = 2025, 2024
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_FIRST_DAY = date(2025, 1, 1)


def pseudonym(kind: str, chance: random.Random) -> str:
    return kind + "".join(chance.choices(_LETTERS, k=20))


def key(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128))


def payment(number: int, chance: random.Random, *, budget_year: int = HOT_YEAR) -> PaymentInstructed:
    """The ``number``-th line: one of 20,000 households, one of 360 days, lines counted within batches of 20,000."""
    batch, line = divmod(number, 20_000)
    return PaymentInstructed(
        origin="observed",
        recorded_by="G001",
        recorded_role="finance",
        source_file="rolls.csv",
        source_line=line + 2,
        region="620199",
        category=CATEGORY,
        level="中央",
        budget_year=budget_year,
        batch_no=f"B{budget_year}-{batch:03d}",
        line_no=line + 1,
        for_month="2025-01",
        paid_on=_FIRST_DAY + timedelta(days=number % 360),
        programme="城市低保",
        payment_type="正常",
        household=f"H{line:06d}",
        payee=pseudonym("p", chance),
        payee_name=pseudonym("n", chance),
        identity_valid=True,
        bank="示例农商银行",
        account=pseudonym("a", chance),
        amount_fen=60_000 + number % 900,
        handled_by="G002",
        reviewed_by="G003",
    )


def stored(event: Event, mapper: EventMapper) -> DCBEvent:
    return mapper.to_dcb_event(Tagged(tags=event.tags(), decision=event))


def stored_payments(first: int, count: int) -> list[DCBEvent]:
    """As the recorder takes them: about 600 bytes of payload and two tags each."""
    chance, mapper = random.Random(first), EventMapper()
    return [stored(payment(number, chance), mapper) for number in range(first, first + count)]


def boundary(event: DCBEvent, after: int) -> DCBAppendCondition:
    """A line's own boundary: its household's decisions, its own number and its fund."""
    household, line = event.tags
    items = [
        DCBQueryItem(types=["entitlement.approved.v1", "entitlement.ended.v1"], tags=[household]),
        DCBQueryItem(types=["payment.settled.v1"], tags=[line]),
        DCBQueryItem(types=["payment.roll_released.v1"], tags=["fund:620199"]),
    ]
    return DCBAppendCondition(fail_if_events_match=DCBQuery(items=items), after=after)
