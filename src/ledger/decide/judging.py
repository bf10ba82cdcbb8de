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
from ledger.decide.case_state import OUTCOME_OF, Status
from ledger.decide.known_findings import FINDING_EVENTS, KnownFindings, Seen
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Asked, one_of
from ledger.events.base import Event, FreeText
from ledger.events.finding import FindingExtended, FindingId, FindingRaised, finding_tag

JUDGING_REFUSALS: tuple[type[Refusal], ...] = (
    UnknownCase,
    CaseStepOutOfOrder,
    CaseDayBackwards,
    FindingNotInCase,
    PartyToTheCase,
)


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
        self.known = KnownFindings()
        self.is_seen_anew = False

    @property
    def found(self) -> Seen:
        """The finding as it was last seen; a case is opened on known findings only."""
        return self.known.seen[self.request.finding]

    def consistency_boundary(self) -> list[Selector]:
        return [*super().consistency_boundary(), one_of(FINDING_EVENTS, finding_tag(self.request.finding))]

    def learn(self, event: Event) -> None:
        super().learn(event)
        self.known.learn(event)
        if isinstance(event, FindingRaised | FindingExtended):
            self.is_seen_anew = True
        elif type(event) in OUTCOME_OF and getattr(event, "finding", None) == self.request.finding:
            self.is_seen_anew = False

    def check(self) -> None:
        finding, opened = self.request.finding, self.case.opened
        if opened is not None and finding not in opened.findings:
            zh, en = f"预警“{finding}”不在本案", f"finding {finding} is not in this case"
            self.refuse(FindingNotInCase(zh, en, column="预警"))
        if self.known.names_official(self.asked.staff):
            staff = self.asked.staff
            self.refuse(PartyToTheCase(f"预警涉及 {staff} 本人", f"the finding names {staff}", column="工号"))
        outcome = self.case.outcomes.get(finding)
        if outcome and not self.is_seen_anew:
            self.refuse(self.out_of_order(f"预警“{finding}”已认定", f"finding {finding} is {outcome} already"))
