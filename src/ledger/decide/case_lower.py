"""降级: a case is taken less seriously, and it is on record by whom and why."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseStepOutOfOrder,
    PartyToTheCase,
    SeverityNotLower,
    UnknownCase,
)
from ledger.decide.case_state import OPEN_STATUSES
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import SeverityLowered
from ledger.events.finding import SEVERITIES, Severity


class LowerSeverityRequest(CaseRequest):
    """To what, and why."""

    lowered_on: date
    severity: Severity
    reason: FreeText


class LowerSeverity(OnCase[LowerSeverityRequest]):
    """The deadline stays: nobody buys time by calling a case small."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase, SeverityNotLower)
    EVENT = SeverityLowered
    AT = OPEN_STATUSES

    def check(self) -> None:
        now = self.case.severity
        if SEVERITIES.index(self.request.severity) <= SEVERITIES.index(now):
            self.refuse(SeverityNotLower(f"现级别为 {now}", f"it is {now} now", column="级别"))

    def fields(self) -> dict[str, Any]:
        return self.request.model_dump() | {"severity_before": self.case.severity}
