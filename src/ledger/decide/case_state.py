"""A case as its steps leave it: what is done, what may come next, and who had a hand in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from ledger.events.base import Event
from ledger.events.case import (
    CaseAssigned,
    CaseClosed,
    CaseEvent,
    CaseInvestigated,
    CaseOpened,
    CaseReopened,
    ErrorTolerated,
    FindingDismissed,
    FindingEstablished,
    MeasureOrdered,
    RectificationAccepted,
    RectificationRejected,
    RectificationReported,
    SeverityLowered,
)
from ledger.events.finding import Severity

Status = Literal["opened", "assigned", "investigated", "judged", "measured", "reported", "accepted", "closed"]
Outcome = Literal["established", "dismissed", "tolerated"]

STATUS_WORDS: dict[Status, str] = {
    "opened": "待派单",
    "assigned": "待核查",
    "investigated": "待认定",
    "judged": "待处置",
    "measured": "待整改",
    "reported": "待复核",
    "accepted": "待销号",
    "closed": "已销号",
}
OPEN_STATUSES: tuple[Status, ...] = tuple(status for status in STATUS_WORDS if status != "closed")
OUTCOME_OF: dict[type[Event], Outcome] = {
    FindingEstablished: "established",
    FindingDismissed: "dismissed",
    ErrorTolerated: "tolerated",
}
# The only role that opens, works and sees a confidential case.
CONFIDENTIAL_ROLE = "discipline"


@dataclass(slots=True)
class CaseState:
    """Folds the steps of one case, in the order of the log; a reopening begins anew with 派单.

    ``hands`` says who did what that the one who closes may not have done: staff number in lower case, and the duty.
    """

    case_no: str
    opened: CaseOpened | None = None
    severity: Severity = "notice"
    due_on: date = date.min
    last_on: date = date.min
    assigned_to: str | None = None
    is_investigated: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    measured: set[str] = field(default_factory=set)
    reported_by: str | None = None
    is_accepted: bool = False
    is_closed: bool = False
    hands: dict[str, str] = field(default_factory=dict)

    @property
    def is_judged(self) -> bool:
        return self.opened is not None and all(finding in self.outcomes for finding in self.opened.findings)

    @property
    def established(self) -> set[str]:
        return {finding for finding, outcome in self.outcomes.items() if outcome == "established"}

    @property
    def status(self) -> Status:
        """The last stage of the chain that the case has come to."""
        reached: tuple[tuple[Status, bool], ...] = (
            ("closed", self.is_closed),
            ("accepted", self.is_accepted),
            ("reported", self.reported_by is not None),
            ("measured", bool(self.measured)),
            ("judged", self.is_judged),
            ("investigated", self.is_investigated),
            ("assigned", self.assigned_to is not None),
        )
        return next((status for status, is_reached in reached if is_reached), "opened")

    def learn(self, event: Event) -> None:
        """Fold a step; events of other cases, and of none, are left alone."""
        if not isinstance(event, CaseEvent) or event.case_no != self.case_no:
            return
        self.last_on = getattr(event, event.EFFECTIVE)
        match event:
            case CaseOpened():
                self.opened, self.severity, self.due_on = event, event.severity, event.due_on
            case CaseReopened():
                self._begin_anew(event)
            case CaseAssigned():
                self.assigned_to = event.assigned_to
                self._took_part(event.assigned_to, "承办")
            case CaseInvestigated():
                self.is_investigated = True
            case FindingEstablished() | FindingDismissed() | ErrorTolerated():
                self.outcomes[event.finding] = OUTCOME_OF[type(event)]
                self._took_part(event.recorded_by, "认定")
            case SeverityLowered():
                self.severity = event.severity
            case MeasureOrdered():
                self.measured.add(event.finding)
            case RectificationReported():
                self.reported_by = event.recorded_by
                self._took_part(event.recorded_by, "整改")
            case RectificationAccepted():
                self.is_accepted = True
                self._took_part(event.recorded_by, "复核")
            case RectificationRejected():
                self.reported_by = None
            case CaseClosed():
                self.is_closed = True

    def _begin_anew(self, event: CaseReopened) -> None:
        self.due_on = event.due_on
        self.assigned_to, self.is_investigated, self.outcomes, self.measured = None, False, {}, set()
        self.reported_by, self.is_accepted, self.is_closed = None, False, False

    def _took_part(self, staff: str, duty: str) -> None:
        # G001 and g001 are one person.
        self.hands.setdefault(staff.casefold(), duty)
