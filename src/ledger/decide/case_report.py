"""整改: report what was done."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, PartyToTheCase, UnknownCase
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import RectificationReported


class ReportRectificationRequest(CaseRequest):
    """What was done."""

    reported_on: date
    facts: FreeText


class ReportRectification(OnCase[ReportRectificationRequest]):
    """There is something to put right once every established finding has its measure."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase)
    EVENT = RectificationReported
    AT = ("measured",)

    def check(self) -> None:
        if missing := sorted(self.case.established - self.case.measured):
            zh, en = f"预警“{missing[0]}”属实而未处置", f"finding {missing[0]} is established and has no measure"
            self.refuse(self.out_of_order(zh, en))
