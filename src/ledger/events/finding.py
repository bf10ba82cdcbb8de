"""Findings 预警: what a supervision rule sees in the books, and that it sees it no longer."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from ledger.events.base import Code, Event, Short

FindingId = Annotated[str, Field(pattern=r"^f[0-9a-f]{16}$", description="rule and subject, hashed")]
Severity = Literal["critical", "warning", "notice"]
# Worst first.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
Subject = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reference = Annotated[str, Field(min_length=1, max_length=240, pattern=r"^[a-z]+:[^\x00-\x1f\x7f]+$")]
Position = Annotated[int, Field(strict=True, ge=1, le=2**63 - 2)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# A finding adds up many amounts, each within its own bound: what a bigint holds.
AnyFen = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1, json_schema_extra={"unit": "fen 分"})]
ParameterValue = Annotated[str, Field(max_length=2000, pattern=r"^[a-z][a-z0-9_]*=[^\x00-\x1f\x7f]+$")]


def finding_id(rule: str, subject: str) -> str:
    """One rule about one subject is one finding, however often it is seen."""
    return "f" + hashlib.blake2b(f"{rule}\n{subject}".encode(), digest_size=8).hexdigest()


def finding_tag(finding: str) -> str:
    return f"finding:{finding}"


class _Finding(Event):
    """``rule_version`` is the SHA-256 of the rule's SQL; ``seen_on`` the business day that it was asked for."""

    EFFECTIVE: ClassVar[str] = "seen_on"

    finding: FindingId
    rule: Code
    rule_version: Digest
    subject: Subject
    seen_on: date

    def tags(self) -> list[str]:
        return [finding_tag(self.finding)]


class _Seen(_Finding):
    """A condition as it stands: whom it names, in what amount, on which events, and by which parameters.

    ``evidence`` holds the first thousand positions; ``evidence_count`` says how many there are.
    """

    refs: Annotated[tuple[Reference, ...], Field(max_length=1000)]
    amount_fen: AnyFen | None = None
    severity: Severity
    found_on: date
    evidence: Annotated[tuple[Position, ...], Field(max_length=1000)]
    evidence_count: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    parameters: Annotated[tuple[ParameterValue, ...], Field(max_length=50)] = ()
    policy: Short
    policy_version: Code


class FindingRaised(_Seen):
    """预警: a rule finds a subject that it did not find before."""

    TOPIC: ClassVar[str] = "finding.raised.v1"


class FindingExtended(_Seen):
    """预警补充: the same condition, with another amount, other evidence or another severity."""

    TOPIC: ClassVar[str] = "finding.extended.v1"


class FindingCleared(_Finding):
    """预警解除: the condition is gone; ``evidence`` is what came to the subject since it was last seen."""

    TOPIC: ClassVar[str] = "finding.cleared.v1"

    cause: Literal["condition_gone", "rule_changed", "rule_withdrawn"]
    evidence: Annotated[tuple[Position, ...], Field(max_length=1000)] = ()


class FindingsSwept(Event):
    """巡查: every rule was asked of the whole book, and what came of it; ``skipped`` names the rules that failed.

    ``upto`` is the last position that the rules saw; ``rules_sha256`` covers every rule's SQL and the policy.
    """

    TOPIC: ClassVar[str] = "finding.swept.v1"
    EFFECTIVE: ClassVar[str] = "swept_on"

    swept_on: date
    upto: Annotated[int, Field(strict=True, ge=0, le=2**63 - 2)]
    rules_sha256: Digest
    rule_count: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    open_count: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    skipped: Annotated[tuple[Code, ...], Field(max_length=1000)] = ()
