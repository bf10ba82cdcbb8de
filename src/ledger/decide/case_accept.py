"""复核通过: what was reported is accepted."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, PartyToTheCase, UnknownCase
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.refusals import DutiesNotSeparated
from ledger.events.base import FreeText
from ledger.events.case import RectificationAccepted


class AcceptRectificationRequest(CaseRequest):
    """On which day; a reason may be given."""

    accepted_on: date
    reason: FreeText | None = None


class AcceptRectification(OnCase[AcceptRectificationRequest]):
    """Nobody accepts his own report."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase, DutiesNotSeparated)
    EVENT = RectificationAccepted
    AT = ("reported",)

    def check(self) -> None:
        self.separate_duties(整改=self.case.reported_by, 复核=self.asked.staff)
