"""What every step of a case shares: the case that it is a step of, whether it is its turn, and that it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, TypeVar

from eventsourcing.dcb.domain import Selector

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, UnknownCase
from ledger.decide.case_state import CONFIDENTIAL_ROLE, STATUS_WORDS, CaseState, Status
from ledger.decide.slice import Asked, Decide, Request, one_of, rules_of
from ledger.events.base import Code, Event
from ledger.events.case import CASE_EVENTS, CaseEvent, case_tag
from ledger.events.finding import Severity
from ledger.policy import PolicyPack

SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "notice")


class CaseRequest(Request):
    """A step that somebody wants to take in a case."""

    case_no: Code


C = TypeVar("C", bound=CaseRequest)


class OnCase(Decide[C]):
    """A step of a case, recorded as ``EVENT`` when the case stands at one of ``AT``.

    What is asked of a case is always decided here, never observed. A confidential case is unknown to whoever does not
    hold the role of discipline, in the same words as a case that there is not.
    """

    EVENT: ClassVar[type[CaseEvent]]
    AT: ClassVar[tuple[Status, ...]]

    def __init__(self, request: C, asked: Asked) -> None:
        super().__init__(request, replace(asked, origin="decided"))
        self.case = CaseState(request.case_no)

    @property
    def day(self) -> date:
        """The business day of the step."""
        day: date = getattr(self.request, self.EVENT.EFFECTIVE)
        return day

    def consistency_boundary(self) -> list[Selector]:
        return [one_of(CASE_EVENTS, case_tag(self.request.case_no))]

    def learn(self, event: Event) -> None:
        self.case.learn(event)

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
        """Refuse a case that is not, or may not be, known; a step that is not its turn; a day before the last step."""
        opened = self.case.opened
        if opened is None or (opened.is_confidential and self.asked.role != CONFIDENTIAL_ROLE):
            no = self.request.case_no
            self.refuse(UnknownCase(f"没有案件“{no}”", f"there is no case {no}", column="案件编号"))
        if self.case.status not in self.AT:
            self.refuse(self.out_of_order(f"本案{STATUS_WORDS[self.case.status]}"))
        if self.day < self.case.last_on:
            zh, en = f"{self.day} 早于上一步 {self.case.last_on}", f"{self.day} is before {self.case.last_on}"
            self.refuse(CaseDayBackwards(zh, en, column="日期"))

    def out_of_order(self, zh: str, en: str = "") -> CaseStepOutOfOrder:
        return CaseStepOutOfOrder(zh, en or f"the case is {self.case.status}", column="步骤", status=self.case.status)


def days_to_work(policy: PolicyPack, severity: Severity, on: date) -> int:
    """How many days a case of a severity is given by the rules in force.

    Raises:
        RuleNotOnFile: there is no rule for that day.
    """
    with rules_of("立案日期"):
        days: Any = policy.parameter("case_due_days", on).value
    return int(days[severity])
