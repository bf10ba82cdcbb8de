"""处置: order what is to be done about a finding."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseStepOutOfOrder,
    FindingNotEstablished,
    FindingNotInCase,
    PartyToTheCase,
    UnknownCase,
)
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import Measure, MeasureOrdered
from ledger.events.finding import FindingId

# Whoever is free of blame may be reminded, and no more.
TOLERATED_MEASURES: tuple[Measure, ...] = ("提示函",)


class OrderMeasureRequest(CaseRequest):
    """Which measure, about which finding, sent to whom, to be done by when."""

    ordered_on: date
    finding: FindingId
    measure: Measure
    sent_to: FreeText
    due_on: date


class OrderMeasure(OnCase[OrderMeasureRequest]):
    """Measures follow when every finding is judged, for what is established; 容错 may be followed by a 提示函."""

    REFUSALS = (
        UnknownCase,
        CaseStepOutOfOrder,
        CaseDayBackwards,
        PartyToTheCase,
        FindingNotInCase,
        FindingNotEstablished,
    )
    EVENT = MeasureOrdered
    AT = ("judged", "measured")

    def check(self) -> None:
        finding, measure = self.request.finding, self.request.measure
        outcome = self.case.outcomes.get(finding)
        if outcome is None:
            zh, en = f"预警“{finding}”不在本案", f"finding {finding} is not in this case"
            self.refuse(FindingNotInCase(zh, en, column="预警"))
        if outcome != "established" and not (outcome == "tolerated" and measure in TOLERATED_MEASURES):
            zh, en = f"预警“{finding}”未认定属实，不能{measure}", f"finding {finding} is {outcome}"
            self.refuse(FindingNotEstablished(zh, en, column="处置"))
        if self.request.due_on < self.day:
            zh, en = (
                f"期限 {self.request.due_on} 早于处置日",
                f"it would be due on {self.request.due_on}, before that day",
            )
            self.refuse(CaseDayBackwards(zh, en, column="期限"))
