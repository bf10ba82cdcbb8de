"""销号: close a case, with a reason and by a second person."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseReasonMissing,
    CaseStepOutOfOrder,
    PartyToTheCase,
    UnknownCase,
)
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.refusals import DutiesNotSeparated
from ledger.events.base import FreeText
from ledger.events.case import CaseClosed


class CloseCaseRequest(CaseRequest):
    """Why the case is over."""

    closed_on: date
    reason: FreeText | None = None


class CloseCase(OnCase[CloseCaseRequest]):
    """What was established is closed when its rectification is accepted; what was not, when every finding is judged.

    Who closes was never assigned the case, nor recorded an outcome, a rectification or its acceptance.
    """

    REFUSALS = (
        UnknownCase,
        CaseStepOutOfOrder,
        CaseDayBackwards,
        PartyToTheCase,
        CaseReasonMissing,
        DutiesNotSeparated,
    )
    EVENT = CaseClosed
    AT = ("judged", "accepted")

    def check(self) -> None:
        if self.case.status == "judged" and self.case.established:
            zh, en = "有属实预警，尚未处置、整改、复核", "an established finding is not put right yet"
            self.refuse(self.out_of_order(zh, en))
        if self.request.reason is None:
            self.refuse(CaseReasonMissing("销号须写明理由", "closing needs a written reason", column="理由"))
        if duty := self.case.hands.get(self.asked.staff.casefold()):
            zh, en = f"销号人在本案中负责{duty}", "who closes had a hand in the case"
            self.refuse(DutiesNotSeparated(zh, en, column="销号"))
