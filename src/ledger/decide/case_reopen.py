"""重开: a closed case begins anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from eventsourcing.dcb.domain import Selector

from ledger.decide.case_open import is_open
from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseStepOutOfOrder,
    FindingInOpenCase,
    PartyToTheCase,
    UnknownCase,
)
from ledger.decide.case_state import CaseState
from ledger.decide.on_case import CaseRequest, OnCase, days_to_work
from ledger.decide.refusals import RuleNotOnFile
from ledger.decide.slice import Asked, one_of
from ledger.events.base import Event, FreeText
from ledger.events.case import CaseClosed, CaseOpened, CaseReopened, case_tag
from ledger.events.finding import finding_tag


class ReopenCaseRequest(CaseRequest):
    """Why it is looked into again."""

    reopened_on: date
    reason: FreeText


class ReopenCase(OnCase[ReopenCaseRequest]):
    """It gets the days that its severity gets; its findings must not be in another open case by now."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase, FindingInOpenCase, RuleNotOnFile)
    EVENT = CaseReopened
    AT = ("closed",)

    def __init__(self, request: ReopenCaseRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.others: dict[str, CaseState] = {}

    def consistency_boundary(self) -> list[Selector]:
        findings = self.case.opened.findings if self.case.opened else ()
        of_findings = [one_of((CaseOpened,), finding_tag(one)) for one in findings]
        others = [one_of((CaseClosed, CaseReopened), case_tag(no)) for no in self.others]
        return [*super().consistency_boundary(), *of_findings, *others]

    def learn(self, event: Event) -> None:
        super().learn(event)
        if isinstance(event, CaseOpened) and event.case_no != self.request.case_no:
            self.others[event.case_no] = CaseState(event.case_no)
        for case in self.others.values():
            case.learn(event)

    def check(self) -> None:
        wanted = bool(self.case.opened and self.case.opened.is_confidential)
        in_case = next(
            (no for no, one in self.others.items() if is_open(one, self.asked, is_confidential=wanted)), None
        )
        if in_case:
            self.refuse(FindingInOpenCase(f"预警已在案件“{in_case}”中", f"a finding is in case {in_case}"))

    def fields(self) -> dict[str, Any]:
        days = days_to_work(self.asked.policy, self.case.severity, self.day)
        return self.request.model_dump() | {"due_on": self.day + timedelta(days)}
