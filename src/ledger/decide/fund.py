"""What a fund has available, folded from the events that carry its tag: totals, not lines."""

from __future__ import annotations

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusal import yuan
from ledger.decide.refusals import FundOverdrawn
from ledger.decide.slice import one_of
from ledger.events.base import Event, fund_tag
from ledger.events.funding import FundsPassedDown, FundsReceived, FundsReturned
from ledger.events.payment import PaymentReturned, PaymentReversed, PaymentSettled, RollReleased
from ledger.events.recovery import RecoveryReceived
from ledger.events.services import ServicePaid, ServiceRefunded
from ledger.events.spending import ExpensePaid, ExpenseRefunded

FUND_EVENTS: tuple[type[Event], ...] = (
    FundsReceived,
    FundsReturned,
    FundsPassedDown,
    RollReleased,
    PaymentSettled,
    PaymentReturned,
    PaymentReversed,
    ServicePaid,
    ServiceRefunded,
    ExpensePaid,
    ExpenseRefunded,
    RecoveryReceived,
)


def fund_boundary(fund: str) -> Selector:
    """The events that a fund's available money is folded from."""
    return one_of(FUND_EVENTS, fund_tag(fund))


def change_of_available(event: Event, fund: str) -> int:
    """By how much an event changes what ``fund`` has available, in fen.

    available = received - settled - in transit - services - other - passed down + recovered (formats.md).
    """
    match event:
        case FundsReceived() | RecoveryReceived() | ServiceRefunded() | ExpenseRefunded():
            return event.amount_fen
        case FundsReturned() | RollReleased() | ServicePaid() | ExpensePaid():
            return -event.amount_fen
        case FundsPassedDown():
            return -event.amount_fen if event.fund == fund else 0
        case PaymentSettled():
            return event.instructed_fen - event.amount_fen
        case PaymentReturned():
            return event.instructed_fen
        case PaymentReversed():
            return event.amount_fen
        case _:
            return 0


def overdrawn(fund: str, available_fen: int, amount_fen: int) -> FundOverdrawn:
    """The refusal of a payment that ``fund`` has not the money for."""
    return FundOverdrawn(
        f"资金“{fund}”可用 {yuan(available_fen)} 元,本笔 {yuan(amount_fen)} 元",
        f"fund {fund} has {yuan(available_fen)} yuan available, this takes {yuan(amount_fen)}",
        column="金额",
        fund=fund,
        available_fen=available_fen,
        amount_fen=amount_fen,
    )
