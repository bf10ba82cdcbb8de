"""Cases 办案: what follows a finding, 派单 → 核查 → 属实 / 不属实 / 容错 → 处置 → 整改 → 复核 → 销号.

Everything that a person wrote (grounds, accounts of what was found, whom a measure is sent to, what a document is
called) is the vault's pseudonym of a text. A case that is confidential stays so for good.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.events.base import Code, Event, FreeText, PositiveFen, Region
from ledger.events.finding import Digest, FindingId, Severity, finding_tag

MOST_FINDINGS = 100
# What the log may hold; what is taken is less (ledger.vault.documents.MOST_BYTES).
MOST_DOCUMENT_BYTES = 50_000_000

Measure = Literal["停发", "追回", "移送", "提示函"]
FindingIds = Annotated[tuple[FindingId, ...], Field(min_length=1, max_length=MOST_FINDINGS)]
SizeBytes = Annotated[int, Field(strict=True, ge=1, le=MOST_DOCUMENT_BYTES, json_schema_extra={"unit": "bytes"})]
MediaType = Annotated[str, Field(max_length=100, pattern=r"^[a-z]+/[a-z0-9][a-z0-9.+-]*$")]


def case_tag(case_no: str) -> str:
    return f"case:{case_no}"


class CaseEvent(Event):
    """A step of one case."""

    case_no: Code

    def tags(self) -> list[str]:
        return [case_tag(self.case_no)]


class CaseOpened(CaseEvent):
    """立案: one or more findings are looked into together.

    ``region`` is where the case lies, ``unit_region`` and ``unit`` whom it is about 被查单位: a confidential case is
    hidden from everybody within ``unit_region``. ``due_on`` follows from the severity by the policy in force.
    """

    TOPIC: ClassVar[str] = "case.opened.v1"
    EFFECTIVE: ClassVar[str] = "opened_on"

    opened_on: date
    findings: FindingIds
    region: Region
    severity: Severity
    due_on: date
    is_confidential: bool
    unit_region: Region | None = None
    unit: FreeText | None = None
    reason: FreeText | None = None

    def tags(self) -> list[str]:
        return [*super().tags(), *(finding_tag(finding) for finding in self.findings)]


class CaseAssigned(CaseEvent):
    """派单: who looks into it; once more, and it is passed on to somebody else."""

    TOPIC: ClassVar[str] = "case.assigned.v1"
    EFFECTIVE: ClassVar[str] = "assigned_on"

    assigned_on: date
    assigned_to: Code
    due_on: date


class CaseInvestigated(CaseEvent):
    """核查: what was found out."""

    TOPIC: ClassVar[str] = "case.investigated.v1"
    EFFECTIVE: ClassVar[str] = "investigated_on"

    investigated_on: date
    facts: FreeText


class FindingEstablished(CaseEvent):
    """属实: a finding of the case is true, in this amount; ``recovery_no`` is the recovery that it opened or goes on.

    ``is_other_money`` is the officer's word that it is other money than the household is already asked for.
    """

    TOPIC: ClassVar[str] = "case.finding_established.v1"
    EFFECTIVE: ClassVar[str] = "established_on"

    established_on: date
    finding: FindingId
    amount_fen: PositiveFen | None = None
    reason: FreeText
    recovery_no: Code | None = None
    is_other_money: bool = False

    def tags(self) -> list[str]:
        return [*super().tags(), finding_tag(self.finding)]


class FindingDismissed(CaseEvent):
    """不属实: there was nothing in it."""

    TOPIC: ClassVar[str] = "case.finding_dismissed.v1"
    EFFECTIVE: ClassVar[str] = "dismissed_on"

    dismissed_on: date
    finding: FindingId
    reason: FreeText


class ErrorTolerated(CaseEvent):
    """容错: it is true, and the four facts that the law asks for free whoever erred from blame."""

    TOPIC: ClassVar[str] = "case.error_tolerated.v1"
    EFFECTIVE: ClassVar[str] = "tolerated_on"

    tolerated_on: date
    finding: FindingId
    reason: FreeText
    is_in_good_faith: bool
    is_duty_done: bool
    objective_cause: FreeText
    corrected_on: date


class SeverityLowered(CaseEvent):
    """降级: the case is taken less seriously; its deadline stays."""

    TOPIC: ClassVar[str] = "case.severity_lowered.v1"
    EFFECTIVE: ClassVar[str] = "lowered_on"

    lowered_on: date
    severity_before: Severity
    severity: Severity
    reason: FreeText


class MeasureOrdered(CaseEvent):
    """处置: what is to be done about a finding, by whom and by when."""

    TOPIC: ClassVar[str] = "case.measure_ordered.v1"
    EFFECTIVE: ClassVar[str] = "ordered_on"

    ordered_on: date
    finding: FindingId
    measure: Measure
    sent_to: FreeText
    due_on: date


class RectificationReported(CaseEvent):
    """整改: what was done about it."""

    TOPIC: ClassVar[str] = "case.rectification_reported.v1"
    EFFECTIVE: ClassVar[str] = "reported_on"

    reported_on: date
    facts: FreeText


class RectificationAccepted(CaseEvent):
    """复核通过."""

    TOPIC: ClassVar[str] = "case.rectification_accepted.v1"
    EFFECTIVE: ClassVar[str] = "accepted_on"

    accepted_on: date
    reason: FreeText | None = None


class RectificationRejected(CaseEvent):
    """复核退回: it is to be reported anew."""

    TOPIC: ClassVar[str] = "case.rectification_rejected.v1"
    EFFECTIVE: ClassVar[str] = "rejected_on"

    rejected_on: date
    reason: FreeText


class CaseClosed(CaseEvent):
    """销号."""

    TOPIC: ClassVar[str] = "case.closed.v1"
    EFFECTIVE: ClassVar[str] = "closed_on"

    closed_on: date
    reason: FreeText


class CaseReopened(CaseEvent):
    """重开: it begins anew with 派单; what was done before stays on record and counts no longer."""

    TOPIC: ClassVar[str] = "case.reopened.v1"
    EFFECTIVE: ClassVar[str] = "reopened_on"

    reopened_on: date
    reason: FreeText
    due_on: date


class DocumentAttached(CaseEvent):
    """附件: a document of the case, by the hash of its bytes; the bytes lie sealed beside the book."""

    TOPIC: ClassVar[str] = "case.document_attached.v1"
    EFFECTIVE: ClassVar[str] = "attached_on"

    attached_on: date
    sha256: Digest
    size_bytes: SizeBytes
    media_type: MediaType
    title: FreeText


CASE_EVENTS: tuple[type[CaseEvent], ...] = (
    CaseOpened,
    CaseAssigned,
    CaseInvestigated,
    FindingEstablished,
    FindingDismissed,
    ErrorTolerated,
    SeverityLowered,
    MeasureOrdered,
    RectificationReported,
    RectificationAccepted,
    RectificationRejected,
    CaseClosed,
    CaseReopened,
    DocumentAttached,
)
