"""立案: one or more findings are looked into together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from eventsourcing.dcb.domain import Selector

from ledger.decide.case_refusals import (
    CaseReasonMissing,
    ConfidentialByDiscipline,
    FindingInOpenCase,
    OpenerWithinUnit,
    SeverityNotLower,
    UnknownFinding,
)
from ledger.decide.case_state import CONFIDENTIAL_ROLE, CaseState
from ledger.decide.known_findings import FINDING_EVENTS
from ledger.decide.on_case import CaseRequest, OnCase, days_to_work, is_hidden
from ledger.decide.refusals import NumberReused, RuleNotOnFile
from ledger.decide.slice import Asked, one_of
from ledger.events.base import Event, FreeText, Region
from ledger.events.case import CaseClosed, CaseOpened, CaseReopened, FindingIds, case_tag
from ledger.events.finding import SEVERITIES, Severity, finding_tag
from ledger.region import covers


class OpenCaseRequest(CaseRequest):
    """Which findings, where the case lies and whom it is about; without a severity it is that of the worst finding."""

    opened_on: date
    findings: FindingIds
    region: Region
    severity: Severity | None = None
    is_confidential: bool = False
    unit_region: Region | None = None
    unit: FreeText | None = None
    reason: FreeText | None = None


class OpenCase(OnCase[OpenCaseRequest]):
    """A finding is in one open case; one that was cleared needs a reason, since misconduct outlasts the money.

    An open case that is confidential keeps nobody from opening an ordinary one, who would learn of it otherwise.
    """

    REFUSALS = (
        ConfidentialByDiscipline,
        OpenerWithinUnit,
        NumberReused,
        UnknownFinding,
        CaseReasonMissing,
        FindingInOpenCase,
        SeverityNotLower,
        RuleNotOnFile,
    )
    EVENT = CaseOpened

    def __init__(self, request: OpenCaseRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.others: dict[str, CaseState] = {}

    def consistency_boundary(self) -> list[Selector]:
        of_findings = [one_of((*FINDING_EVENTS, CaseOpened), finding_tag(one)) for one in self.request.findings]
        # The boundary grows by the other cases that these findings are, or were, in.
        others = [one_of((CaseClosed, CaseReopened), case_tag(no)) for no in self.others]
        return [*super().consistency_boundary(), *of_findings, *others]

    def learn(self, event: Event) -> None:
        self.known.learn(event)
        if isinstance(event, CaseOpened) and event.case_no != self.request.case_no:
            self.others[event.case_no] = CaseState(event.case_no)
        for case in (self.case, *self.others.values()):
            case.learn(event)

    def execute(self) -> None:
        request = self.request
        if request.is_confidential and self.asked.role != CONFIDENTIAL_ROLE:
            self.refuse(ConfidentialByDiscipline("涉密案件只由纪检立案", "only discipline opens a confidential case"))
        unit = request.unit_region
        if request.is_confidential and unit is not None and covers(unit, self.asked.region):
            # Neither he nor who is above the unit by no more than he would ever see it.
            zh, en = f"立案人在被查单位区划 {unit} 之内", f"who opens it is within the unit's region {unit}"
            self.refuse(OpenerWithinUnit(zh, en, column="被查单位区划"))
        if self.case.opened is not None:
            no = request.case_no
            self.refuse(NumberReused(f"案件编号“{no}”已用", f"case number {no} is taken", column="案件编号"))
        self._check_findings()
        if in_case := self._in_open_case():
            self.refuse(FindingInOpenCase(f"预警已在案件“{in_case}”中", f"a finding is in case {in_case}"))
        self.record(CaseOpened, **self.fields())

    def fields(self) -> dict[str, Any]:
        request = self.request
        worst = min((self.known.seen[one].severity for one in request.findings), key=SEVERITIES.index)
        severity = request.severity or worst
        if SEVERITIES.index(severity) > SEVERITIES.index(worst):
            self.refuse(SeverityNotLower(f"预警级别为 {worst}", f"the findings are {worst}", column="级别"))
        due_on = request.opened_on + timedelta(days_to_work(self.asked.policy, severity, request.opened_on))
        return request.model_dump() | {"severity": severity, "due_on": due_on}

    def _check_findings(self) -> None:
        for finding in self.request.findings:
            if finding not in self.known.seen:
                self.refuse(UnknownFinding(f"没有预警“{finding}”", f"there is no finding {finding}", column="预警"))
            if finding in self.known.cleared and self.request.reason is None:
                zh, en = f"预警“{finding}”已解除，仍要立案须写明理由", f"finding {finding} was cleared: say why"
                self.refuse(CaseReasonMissing(zh, en, column="理由"))

    def _in_open_case(self) -> str | None:
        wanted = self.request.is_confidential
        return next((no for no, one in self.others.items() if is_open(one, self.asked, is_confidential=wanted)), None)


def is_open(case: CaseState, asked: Asked, *, is_confidential: bool) -> bool:
    """Whether a case is open in the same world: confidential cases and others know nothing of each other.

    Nor does whoever asks learn of a confidential case that he may not see.
    """
    opened = case.opened
    if opened is None or case.is_closed or opened.is_confidential != is_confidential:
        return False
    return not is_hidden(opened, asked)
