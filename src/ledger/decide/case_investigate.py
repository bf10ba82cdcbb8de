"""核查: write down what was found out."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseStepOutOfOrder,
    NotTheAssigned,
    PartyToTheCase,
    UnknownCase,
)
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import CaseInvestigated


class InvestigateRequest(CaseRequest):
    """What was found out; again, and it adds to what was."""

    investigated_on: date
    facts: FreeText


class InvestigateCase(OnCase[InvestigateRequest]):
    """Whoever is assigned says what he found, and nobody for him."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase, NotTheAssigned)
    EVENT = CaseInvestigated
    AT = ("assigned", "investigated", "judged", "measured")

    def check(self) -> None:
        assigned = self.case.assigned_to or ""
        if assigned.casefold() != self.asked.staff.casefold():
            zh, en = f"承办人为 {assigned}", f"the case is assigned to {assigned}"
            self.refuse(NotTheAssigned(zh, en, column="承办人"))
