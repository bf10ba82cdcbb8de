"""派单: name who looks into a case; once more, and it is passed on."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, PartyToTheCase, UnknownCase
from ledger.decide.case_state import OPEN_STATUSES
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import Code
from ledger.events.case import CaseAssigned


class AssignCaseRequest(CaseRequest):
    """Without a day of its own the case's deadline counts."""

    assigned_on: date
    assigned_to: Code
    due_on: date | None = None


class AssignCase(OnCase[AssignCaseRequest]):
    """Whoever is assigned must be done on a day that comes, and is not named by what he looks into."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase)
    EVENT = CaseAssigned
    AT = OPEN_STATUSES

    def check(self) -> None:
        due_on = self.request.due_on
        if due_on is not None and due_on < self.day:
            zh, en = f"期限 {due_on} 早于派单日", f"it would be due on {due_on}, before it is assigned"
            self.refuse(CaseDayBackwards(zh, en, column="期限"))
        if self.known.names_official(self.request.assigned_to):
            to = self.request.assigned_to
            self.refuse(PartyToTheCase(f"预警涉及 {to} 本人", f"a finding names {to}", column="承办人"))

    def fields(self) -> dict[str, Any]:
        return self.request.model_dump() | {"due_on": self.request.due_on or self.case.due_on}
