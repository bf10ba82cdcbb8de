"""What the three outcomes of a finding share: it is of the case, and not judged yet, or was seen anew since."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from eventsourcing.dcb.domain import Selector

from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseStepOutOfOrder,
    FindingNotInCase,
    PartyToTheCase,
    UnknownCase,
)
from ledger.decide.case_state import Status
from ledger.decide.known_findings import FINDING_EVENTS, Seen
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Asked, one_of
from ledger.events.base import Event, FreeText
from ledger.events.case import ErrorTolerated, FindingDismissed, FindingEstablished
from ledger.events.finding import FindingExtended, FindingId, FindingRaised, finding_tag

JUDGING_REFUSALS: tuple[type[Refusal], ...] = (
    UnknownCase,
    CaseStepOutOfOrder,
    CaseDayBackwards,
    PartyToTheCase,
    FindingNotInCase,
)


Outcome = FindingEstablished | FindingDismissed | ErrorTolerated


class JudgingRequest(CaseRequest):
    """A finding of the case, and why it is judged so."""

    finding: FindingId
    reason: FreeText


J = TypeVar("J", bound=JudgingRequest)


class Judging(OnCase[J]):
    """One outcome a finding, until new evidence extends the finding or the case is reopened."""

    AT: ClassVar[tuple[Status, ...]] = ("investigated", "judged", "measured")

    def __init__(self, request: J, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_seen_anew = False

    @property
    def found(self) -> Seen:
        """The finding as it was last seen; a case is opened on known findings only."""
        return self.known.seen[self.request.finding]

    def consistency_boundary(self) -> list[Selector]:
        # Read at once with the case: whether it was seen anew goes by the order of the log.
        return [*super().consistency_boundary(), one_of(FINDING_EVENTS, finding_tag(self.request.finding))]

    def learn(self, event: Event) -> None:
        super().learn(event)
        about = getattr(event, "finding", None)
        if isinstance(event, FindingRaised | FindingExtended) and about == self.request.finding:
            self.is_seen_anew = True
        # What another case made of it, which may be confidential, changes nothing in this one.
        elif isinstance(event, Outcome) and (about, event.case_no) == (self.request.finding, self.request.case_no):
            self.is_seen_anew = False

    def check(self) -> None:
        finding, opened = self.request.finding, self.case.opened
        if opened is not None and finding not in opened.findings:
            zh, en = f"预警“{finding}”不在本案", f"finding {finding} is not in this case"
            self.refuse(FindingNotInCase(zh, en, column="预警"))
        outcome = self.case.outcomes.get(finding)
        if outcome and not self.is_seen_anew:
            self.refuse(self.out_of_order(f"预警“{finding}”已认定", f"finding {finding} is {outcome} already"))
