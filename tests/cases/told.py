"""Stories of cases: findings as the rules raise them, and steps that people take, each by whom the story says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.decide.case_accept import AcceptRectificationRequest
from ledger.decide.case_assign import AssignCaseRequest
from ledger.decide.case_attach import AttachDocumentRequest
from ledger.decide.case_close import CloseCaseRequest
from ledger.decide.case_dismiss import DismissRequest
from ledger.decide.case_establish import EstablishRequest
from ledger.decide.case_investigate import InvestigateRequest
from ledger.decide.case_lower import LowerSeverityRequest
from ledger.decide.case_measure import OrderMeasureRequest
from ledger.decide.case_open import OpenCaseRequest
from ledger.decide.case_reject import RejectRectificationRequest
from ledger.decide.case_reopen import ReopenCaseRequest
from ledger.decide.case_report import ReportRectificationRequest
from ledger.decide.case_tolerate import TolerateRequest
from ledger.decide.on_case import CaseRequest
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Asked
from ledger.events.base import Event
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised, finding_id
from projections.case_desk import STEPS
from projections.cases import look_as
from projections.queries import Clocks, Row, reading
from tests.story import REGION, Story, day, fen, pseudonym

DECISIONS = {step.request: step.decision for step in STEPS.values()}
LATER = day("2026-12-31")
SYSTEM: dict[str, Any] = {"origin": "decided", "recorded_by": "system", "recorded_role": "system"}


def text(words: str) -> str:
    return pseudonym("t", words)


def finding(rule: str = "duplicate_payment", subject: str = "H1") -> str:
    return finding_id(rule, subject)


FINDING = finding()


def seen(
    cls: type[FindingRaised] | type[FindingExtended] = FindingRaised,
    rule: str = "duplicate_payment",
    subject: str = "H1",
    yuan: float | None = 500,
    **changes: Any,
) -> Event:
    """A finding as the rules see it."""
    fields: dict[str, Any] = {
        **SYSTEM,
        "finding": finding(rule, subject),
        "rule": rule,
        "rule_version": "0" * 64,
        "subject": subject,
        "seen_on": day("2025-03-01"),
        "refs": (f"household:{subject}",),
        "amount_fen": None if yuan is None else fen(yuan),
        "severity": "warning",
        "found_on": day("2025-02-20"),
        "evidence": (1, 2),
        "evidence_count": 2,
        "policy": "lanzhou-new-area",
        "policy_version": "2026-11-21",
    }
    return cls(**fields | changes)


def cleared(rule: str = "duplicate_payment", subject: str = "H1") -> Event:
    return FindingCleared(
        **SYSTEM,
        finding=finding(rule, subject),
        rule=rule,
        rule_version="0" * 64,
        subject=subject,
        seen_on=day("2025-03-02"),
        cause="condition_gone",
    )


def opened(*findings: str, no: str = "A-1", on: str = "2025-03-03", **changes: Any) -> OpenCaseRequest:
    fields: dict[str, Any] = {"case_no": no, "opened_on": day(on), "findings": findings or (FINDING,), "region": REGION}
    return OpenCaseRequest(**fields | changes)


def assigned(to: str = "M001", no: str = "A-1", on: str = "2025-03-04", **changes: Any) -> AssignCaseRequest:
    fields: dict[str, Any] = {"case_no": no, "assigned_on": day(on), "assigned_to": to}
    return AssignCaseRequest(**fields | changes)


def investigated(no: str = "A-1", on: str = "2025-03-05") -> InvestigateRequest:
    return InvestigateRequest(case_no=no, investigated_on=day(on), facts=text("两次入账"))


def established(of: str = FINDING, no: str = "A-1", on: str = "2025-03-06", **changes: Any) -> EstablishRequest:
    fields: dict[str, Any] = {
        "case_no": no,
        "finding": of,
        "established_on": day(on),
        "reason": text("属实"),
        "is_overpaid": True,
        "recovery_no": "Z-1",
    }
    return EstablishRequest(**fields | changes)


def dismissed(of: str = FINDING, no: str = "A-1", on: str = "2025-03-06") -> DismissRequest:
    return DismissRequest(case_no=no, finding=of, dismissed_on=day(on), reason=text("补发有据"))


def tolerated(of: str = FINDING, no: str = "A-1", on: str = "2025-03-06", **changes: Any) -> TolerateRequest:
    fields: dict[str, Any] = {
        "case_no": no,
        "finding": of,
        "tolerated_on": day(on),
        "reason": text("失误"),
        "kind": "违规发放",
        "is_in_good_faith": True,
        "is_duty_done": True,
        "objective_cause": text("系统切换"),
        "corrected_on": day("2025-03-01"),
    }
    return TolerateRequest(**fields | changes)


def lowered(to: str = "notice", no: str = "A-1", on: str = "2025-03-06") -> LowerSeverityRequest:
    return LowerSeverityRequest.model_validate(
        {"case_no": no, "lowered_on": day(on), "severity": to, "reason": text("情节轻微")}
    )


def ordered(
    of: str = FINDING, measure: str = "追回", no: str = "A-1", on: str = "2025-03-07", due: str = "2025-04-01"
) -> OrderMeasureRequest:
    fields = {"case_no": no, "finding": of, "ordered_on": day(on), "measure": measure, "due_on": day(due)}
    return OrderMeasureRequest.model_validate(fields | {"sent_to": text("示例街道")})


def reported(no: str = "A-1", on: str = "2025-03-10") -> ReportRectificationRequest:
    return ReportRectificationRequest(case_no=no, reported_on=day(on), facts=text("已缴回"))


def accepted(no: str = "A-1", on: str = "2025-03-11") -> AcceptRectificationRequest:
    return AcceptRectificationRequest(case_no=no, accepted_on=day(on))


def rejected(no: str = "A-1", on: str = "2025-03-11") -> RejectRectificationRequest:
    return RejectRectificationRequest(case_no=no, rejected_on=day(on), reason=text("未缴清"))


def closed(no: str = "A-1", on: str = "2025-03-12", **changes: Any) -> CloseCaseRequest:
    fields: dict[str, Any] = {"case_no": no, "closed_on": day(on), "reason": text("办结")}
    return CloseCaseRequest(**fields | changes)


def reopened(no: str = "A-1", on: str = "2025-03-20") -> ReopenCaseRequest:
    return ReopenCaseRequest(case_no=no, reopened_on=day(on), reason=text("新线索"))


def attached(no: str = "A-1", on: str = "2025-03-08") -> AttachDocumentRequest:
    return AttachDocumentRequest(
        case_no=no,
        attached_on=day(on),
        sha256="a" * 64,
        size_bytes=3,
        media_type="application/pdf",
        title=text("缴款书"),
    )


# Who takes which step where the story does not care: the auditor S001 opens, assigns and judges, the clerk M001
# handles, M002 of his office reports, S002 accepts and S003 closes.
STAFF: dict[type[CaseRequest], str] = {
    InvestigateRequest: "M001",
    ReportRectificationRequest: "M002",
    AcceptRectificationRequest: "S002",
    RejectRectificationRequest: "S002",
    CloseCaseRequest: "S003",
}
TO_JUDGING: tuple[CaseRequest, ...] = (opened(), assigned(), investigated())
TO_REPORT: tuple[CaseRequest, ...] = (*TO_JUDGING, established(), ordered(), reported())
WHOLE: tuple[CaseRequest, ...] = (*TO_REPORT, accepted(), closed())


@dataclass
class CaseStory:
    """A book with findings, and cases that are worked in it."""

    story: Story
    role: str = "audit"
    staff: dict[type[CaseRequest], str] = field(default_factory=lambda: dict(STAFF))

    def found(self, *events: Event) -> CaseStory:
        """The rules saw this."""
        self.story.book.record(events, [None] * len(events), None)
        return self

    def ask(self, request: CaseRequest, by: str | None = None, role: str | None = None, region: str = "000000") -> int:
        """Takes a step; raises its refusal."""
        staff = by or self.staff.get(type(request), "S001")
        asked = Asked(staff, role or self.role, "decided", self.story.policy, region=region)
        return self.story.book.do(lambda: DECISIONS[type(request)](request, asked)).position

    def worked(self, *requests: CaseRequest) -> CaseStory:
        for request in requests:
            self.ask(request)
        return self

    def refusal_of(
        self, request: CaseRequest, by: str | None = None, role: str | None = None, region: str = "000000"
    ) -> Refusal | None:
        try:
            self.ask(request, by, role, region)
        except Refusal as refusal:
            return refusal
        return None

    def rows(self, view: str, role: str = "audit", region: str = "000000", as_of: date | None = LATER) -> list[Row]:
        """What a view of the cases says to whoever looks."""
        self.story.engine.catch_up()
        with reading(self.story.book.database, Clocks(as_of=as_of)) as cursor:
            look_as(cursor, role, region)
            return cursor.execute(f"select * from {view}".encode()).fetchall()

    def status(self, no: str = "A-1", **looks: Any) -> str | None:
        return next((row["status"] for row in self.rows("case_state", **looks) if row["case_no"] == no), None)
