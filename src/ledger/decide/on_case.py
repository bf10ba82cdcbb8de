"""What every step of a case shares: the case that it is a step of, whether it is its turn, and that it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, TypeVar

from eventsourcing.dcb.domain import Selector

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, PartyToTheCase, UnknownCase
from ledger.decide.case_state import CONFIDENTIAL_ROLE, STATUS_WORDS, CaseState, Status
from ledger.decide.known_findings import FINDING_EVENTS, KnownFindings
from ledger.decide.slice import Asked, Decide, Request, one_of, rules_of
from ledger.events.base import Code, Event
from ledger.events.case import CASE_EVENTS, CaseEvent, CaseOpened, case_tag
from ledger.events.finding import Severity, finding_tag
from ledger.policy import PolicyPack
from ledger.region import covers


class CaseRequest(Request):
    """A step that somebody wants to take in a case."""

    case_no: Code


C = TypeVar("C", bound=CaseRequest)


class OnCase(Decide[C]):
    """A step of a case, recorded as ``EVENT`` when the case stands at one of ``AT``.

    What is asked of a case is always decided here, never observed. A confidential case is unknown to whoever may not
    see it, in the same words as a case that there is not. Whom a finding of the case names takes no step that is not
    ``FOR_PARTIES``.
    """

    EVENT: ClassVar[type[CaseEvent]]
    AT: ClassVar[tuple[Status, ...]]
    FOR_PARTIES: ClassVar[bool] = False

    def __init__(self, request: C, asked: Asked) -> None:
        super().__init__(request, replace(asked, origin="decided"))
        self.case = CaseState(request.case_no)
        self.known = KnownFindings()

    @property
    def day(self) -> date:
        """The business day of the step."""
        day: date = getattr(self.request, self.EVENT.EFFECTIVE)
        return day

    def consistency_boundary(self) -> list[Selector]:
        # The boundary grows by the findings that the case turns out to be about.
        findings = self.case.opened.findings if self.case.opened else ()
        of_findings = [one_of(FINDING_EVENTS, finding_tag(one)) for one in findings]
        return [one_of(CASE_EVENTS, case_tag(self.request.case_no)), *of_findings]

    def learn(self, event: Event) -> None:
        self.case.learn(event)
        self.known.learn(event)

    def execute(self) -> None:
        self.check_turn()
        self.check()
        self.record(self.EVENT, **self.fields())

    def check(self) -> None:
        """Refuse for what this step alone asks for."""

    def fields(self) -> dict[str, Any]:
        """What the event says beside who asked."""
        return self.request.model_dump()

    def check_turn(self) -> None:
        """Refuse a case that is not, or may not be, known; a step that is not its turn; a day gone by; a party."""
        opened = self.case.opened
        if opened is None or is_hidden(opened, self.asked):
            no = self.request.case_no
            self.refuse(UnknownCase(f"没有案件“{no}”", f"there is no case {no}", column="案件编号"))
        if self.case.status not in self.AT:
            self.refuse(self.out_of_order(f"本案{STATUS_WORDS[self.case.status]}"))
        if self.day < self.case.last_on:
            zh, en = f"{self.day} 早于上一步 {self.case.last_on}", f"{self.day} is before {self.case.last_on}"
            self.refuse(CaseDayBackwards(zh, en, column="日期"))
        if not self.FOR_PARTIES and self.known.names_official(self.asked.staff):
            staff = self.asked.staff
            self.refuse(PartyToTheCase(f"预警涉及 {staff} 本人", f"a finding names {staff}", column="工号"))

    def out_of_order(self, zh: str, en: str = "") -> CaseStepOutOfOrder:
        return CaseStepOutOfOrder(zh, en or f"the case is {self.case.status}", column="步骤", status=self.case.status)


def is_hidden(opened: CaseOpened, asked: Asked) -> bool:
    """Whether a case is not there for whoever asks, by the test of the view ``known.hidden_case``."""
    if not opened.is_confidential:
        return False
    is_within_unit = opened.unit_region is not None and covers(opened.unit_region, asked.region)
    return asked.role != CONFIDENTIAL_ROLE or not covers(asked.region, opened.region) or is_within_unit


def days_to_work(policy: PolicyPack, severity: Severity, on: date) -> int:
    """How many days a case of a severity is given by the rules in force.

    Raises:
        RuleNotOnFile: there is no rule for that day.
    """
    with rules_of("立案日期"):
        days: Any = policy.parameter("case_due_days", on).value
    return int(days[severity])
