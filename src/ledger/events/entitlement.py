"""Entitlement 待遇: households, their members, and what was decided about their assistance."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from ledger.events.base import (
    Account,
    Code,
    Event,
    FreeText,
    Month,
    Name,
    Person,
    PositiveFen,
    Region,
    Short,
    document_tag,
    household_tag,
)


class _Member(Event):
    household: Code
    region: Region
    person: Person
    name: Name
    identity_valid: bool
    relation: Short

    def tags(self) -> list[str]:
        return [household_tag(self.household)]


class HouseholdRegistered(_Member):
    """登记: a household with its head 户主 and the account that assistance is paid to."""

    TOPIC: ClassVar[str] = "entitlement.household_registered.v1"
    EFFECTIVE: ClassVar[str] = "registered_on"

    bank: Short | None = None
    account: Account | None = None
    holder_name: Name | None = None
    registered_on: date


class MemberChanged(_Member):
    """家庭成员: a member of a household, other than its head."""

    TOPIC: ClassVar[str] = "entitlement.member_changed.v1"
    EFFECTIVE: ClassVar[str] = "changed_on"

    changed_on: date


class AssistanceDecision(Event):
    """What the eight kinds of decision 救助决定 share: a paper, a household, a programme and three officers."""

    EFFECTIVE: ClassVar[str] = "decided_on"

    decision_no: Code
    decided_on: date
    household: Code
    programme: Short
    assistance_class: Short | None = None
    persons: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None
    accepted_on: date | None = None
    handled_by: Code | None = None
    reviewed_by: Code | None = None
    approved_by: Code | None = None
    procedure: FreeText | None = None
    reason: FreeText | None = None

    def tags(self) -> list[str]:
        return [household_tag(self.household), document_tag(self.decision_no)]


class AmountDecision(AssistanceDecision):
    """A decision that sets a monthly amount from ``start_month`` on, to ``end_month`` where there is one.

    The amount is absent where neither the paper says it (恢复 and 渐退 may leave it out) nor an earlier decision.
    """

    monthly_amount_fen: PositiveFen | None = None
    start_month: Month
    end_month: Month | None = None


class StoppingDecision(AssistanceDecision):
    """A decision after which nothing is paid: ``start_month`` is the first month without assistance."""

    start_month: Month


class AssistanceApproved(AmountDecision):
    """批准."""

    TOPIC: ClassVar[str] = "entitlement.approved.v1"


class AssistanceRefused(AssistanceDecision):
    """不予批准."""

    TOPIC: ClassVar[str] = "entitlement.refused.v1"


class AssistanceAdjusted(AmountDecision):
    """调整: ``start_month`` is the first month at the new amount."""

    TOPIC: ClassVar[str] = "entitlement.adjusted.v1"


class AssistanceSuspended(StoppingDecision):
    """停发."""

    TOPIC: ClassVar[str] = "entitlement.suspended.v1"


class AssistanceResumed(AmountDecision):
    """恢复."""

    TOPIC: ClassVar[str] = "entitlement.resumed.v1"


class GradualExitStarted(AmountDecision):
    """渐退: ``start_month`` is the first month of the gradual exit."""

    TOPIC: ClassVar[str] = "entitlement.gradual_exit_started.v1"


class AssistanceEnded(StoppingDecision):
    """终止."""

    TOPIC: ClassVar[str] = "entitlement.ended.v1"


class AssistanceReviewed(AssistanceDecision):
    """复核: found unchanged; says nothing of the amount."""

    TOPIC: ClassVar[str] = "entitlement.reviewed.v1"
