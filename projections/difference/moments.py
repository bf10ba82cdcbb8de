"""A moment of a book, and of which class an event is that it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from ledger.events.entitlement import AssistanceAdjusted
from ledger.events.funding import FundsReturned, GrantWithdrawn
from ledger.events.payment import PaymentReturned, PaymentReversed
from ledger.events.services import ServiceRefunded
from ledger.events.spending import ExpenseRefunded

Class = Literal["late", "corrected", "withdrawn", "later", "unequal"]
CLASSES: tuple[Class, ...] = get_args(Class)

_WITHDRAWING = {cls.TOPIC for cls in (GrantWithdrawn, FundsReturned)}
_CORRECTING = {
    cls.TOPIC for cls in (PaymentReturned, PaymentReversed, ServiceRefunded, ExpenseRefunded, AssistanceAdjusted)
}
# Accounts that only grow, unless something is taken back from them.
_GIVEN = ("issued", "received", "base")
_SPENT = ("settled", "services", "other", "spent", "paid")


@dataclass(frozen=True, slots=True)
class Moment:
    """``as_of``: the business day whose end is looked at; ``known_at``: the last position that is known."""

    as_of: date
    known_at: int

    def holds(self, known_from: int, effective_on: date | None) -> bool:
        """Whether what was recorded there, of that business day, is known at this moment and had happened."""
        return known_from <= self.known_at and (effective_on is None or effective_on <= self.as_of)


def class_of(lacking: Moment, known_from: int, effective_on: date | None, takes: Class) -> Class:
    """The class of an event for the moment that lacks it; ``takes`` is what it would be, had it been recorded late."""
    if effective_on is not None and effective_on > lacking.as_of:
        return "later"
    return "unequal" if known_from <= lacking.known_at else takes


def taken_by_amounts(moved_fen: Mapping[str, int]) -> Class:
    """What an event is by what it moved: legs tell it on any engine, without the event itself."""
    if any(moved_fen.get(name, 0) < 0 for name in _GIVEN):
        return "withdrawn"
    if any(moved_fen.get(name, 0) < 0 for name in _SPENT):
        return "corrected"
    # The bank's word leaves nothing of a line in transit; what then moves in the fund itself is where it differs.
    if moved_fen.get("in_transit", 0) < 0 and moved_fen.get("available", 0) != 0:
        return "corrected"
    return "late"


def taken_by_topic(topic: str) -> Class:
    """What an event is by its kind, where no amount of it is at hand."""
    if topic in _WITHDRAWING:
        return "withdrawn"
    return "corrected" if topic in _CORRECTING else "late"
