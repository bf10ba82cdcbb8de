"""救助决定: the eight kinds of decision about a household's assistance."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from eventsourcing.dcb.domain import Selector
from pydantic import Field, model_validator

from ledger.decide.entitlement import Entitlements
from ledger.decide.household import unknown_household
from ledger.decide.refusals import AlreadyInForce, DutiesNotSeparated, NoDecisionInForce, NumberReused, UnknownHousehold
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event, FreeText, Month, PositiveFen, Short, document_tag, household_tag
from ledger.events.entitlement import (
    AmountDecision,
    AssistanceAdjusted,
    AssistanceApproved,
    AssistanceDecision,
    AssistanceEnded,
    AssistanceRefused,
    AssistanceResumed,
    AssistanceReviewed,
    AssistanceSuspended,
    GradualExitStarted,
    HouseholdRegistered,
    StoppingDecision,
)

DecisionType = Literal["批准", "不予批准", "调整", "停发", "恢复", "渐退", "终止", "复核"]

EVENT_OF: dict[DecisionType, type[AssistanceDecision]] = {
    "批准": AssistanceApproved,
    "不予批准": AssistanceRefused,
    "调整": AssistanceAdjusted,
    "停发": AssistanceSuspended,
    "恢复": AssistanceResumed,
    "渐退": GradualExitStarted,
    "终止": AssistanceEnded,
    "复核": AssistanceReviewed,
}
# Which of them change assistance that is in force in the month, and which follow on any that there ever was.
_CHANGES = ("调整", "停发", "渐退")
_FOLLOWS = ("恢复", "终止", "复核")


class DecisionRequest(Request):
    """One row of ``decisions``."""

    decision_no: Code
    decided_on: date
    decision_type: DecisionType
    household: Code
    programme: Short
    assistance_class: Short | None = None
    persons: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None
    monthly_amount_fen: PositiveFen | None = None
    start_month: Month | None = None
    end_month: Month | None = None
    accepted_on: date | None = None
    handled_by: Code | None = None
    reviewed_by: Code | None = None
    approved_by: Code | None = None
    procedure: FreeText | None = None
    reason: FreeText | None = None

    @model_validator(mode="after")
    def _says_what_its_type_needs(self) -> DecisionRequest:
        cls = EVENT_OF[self.decision_type]
        if issubclass(cls, AmountDecision | StoppingDecision) and self.start_month is None:
            raise ValueError(f"{self.decision_type}须填起始月份 / start_month is needed for {self.decision_type}")
        if self.decision_type in ("批准", "调整") and self.monthly_amount_fen is None:
            raise ValueError(f"{self.decision_type}须填月救助金额 / monthly_amount_fen is needed")
        if self.start_month and self.end_month and self.end_month < self.start_month:
            raise ValueError("截止月份早于起始月份 / end_month is before start_month")
        return self


class DecideAssistance(Decide[DecisionRequest]):
    """Approves, refuses, adjusts, suspends, resumes, lets out gradually, ends or reviews assistance."""

    REFUSALS = (NumberReused, DutiesNotSeparated, UnknownHousehold, AlreadyInForce, NoDecisionInForce)

    def __init__(self, request: DecisionRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_registered = False
        self.is_used = False
        self.entitlements = Entitlements(request.programme)

    def consistency_boundary(self) -> list[Selector]:
        household = household_tag(self.request.household)
        return [
            one_of((HouseholdRegistered, *EVENT_OF.values()), household),
            one_of(EVENT_OF.values(), document_tag(self.request.decision_no)),
        ]

    def learn(self, event: Event) -> None:
        if isinstance(event, HouseholdRegistered):
            self.is_registered = True
        elif isinstance(event, AssistanceDecision):
            self.is_used = self.is_used or event.decision_no == self.request.decision_no
            if event.household == self.request.household:
                self.entitlements.learn(event)

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(
                NumberReused(
                    f"文书号“{request.decision_no}”已登记,内容不同",
                    f"decision {request.decision_no} is on record with other contents",
                    column="文书号",
                    decision_no=request.decision_no,
                )
            )
        self.separate_duties(经办人=request.handled_by, 审核人=request.reviewed_by, 审批人=request.approved_by)
        if not self.is_registered:
            self.refuse(unknown_household(request.household))
        self._check_standing()
        cls = EVENT_OF[request.decision_type]
        fields = request.model_dump(include=set(cls.model_fields))
        if issubclass(cls, AmountDecision) and request.monthly_amount_fen is None:
            # 恢复 and 渐退 may leave the amount out: it is what it was.
            fields["monthly_amount_fen"] = self.entitlements.latest_amount()
        self.record(cls, **fields)

    def _check_standing(self) -> None:
        request, held = self.request, self.entitlements
        month = request.start_month or request.decided_on.isoformat()[:7]
        if request.decision_type == "批准" and held.is_in_force_between(month, request.end_month):
            self.refuse(
                AlreadyInForce(
                    f"家庭“{request.household}”的{request.programme}自 {month} 起已有有效决定",
                    f"{request.programme} of household {request.household} is in force from {month} on already",
                    column="决定类型",
                )
            )
        changes_nothing = request.decision_type in _CHANGES and held.amount_at(month) is None
        if changes_nothing or (request.decision_type in _FOLLOWS and not held.held):
            self.refuse(no_decision(request.household, request.programme, month))


def no_decision(household: str, programme: str, month: str) -> NoDecisionInForce:
    return NoDecisionInForce(
        f"家庭“{household}”的{programme}在 {month} 没有有效决定",
        f"no decision on {programme} of household {household} is in force in {month}",
        column="家庭编号",
        household=household,
        month=month,
    )
