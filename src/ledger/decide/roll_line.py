"""发放花名册: one line of a roll, instructed or refused.

A whole roll is judged by the same ``judge`` (see intake/roll.py), its standing read from facts in one query
instead of folded from events; a property test holds the two ways together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.assistance import EVENT_OF, no_decision
from ledger.decide.entitlement import Entitlements
from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.household import unknown_household
from ledger.decide.refusal import Refusal, yuan
from ledger.decide.refusals import (
    AmountDiffers,
    DutiesNotSeparated,
    FundOverdrawn,
    MonthAlreadyPaid,
    NoDecisionInForce,
    NumberReused,
    UnknownHousehold,
)
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import (
    Account,
    BudgetYear,
    Code,
    Event,
    Level,
    LineNo,
    Month,
    Name,
    PaymentType,
    Person,
    PositiveFen,
    Region,
    Short,
    fund_id,
    fund_tag,
    household_tag,
    line_tag,
)
from ledger.events.entitlement import AssistanceDecision, HouseholdRegistered
from ledger.events.payment import (
    PaymentInstructed,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    RollReleased,
)

SUPPLEMENT = "价格补贴"


class RollLineRequest(Request):
    """One row of ``rolls``; ``region`` is the region of the fund that it draws on."""

    batch_no: Code
    line_no: LineNo
    for_month: Month
    paid_on: date
    programme: Short
    payment_type: PaymentType
    region: Region
    category: Short
    level: Level
    budget_year: BudgetYear
    household: Code
    payee: Person
    payee_name: Name
    identity_valid: bool
    bank: Short | None = None
    account: Account
    amount_fen: PositiveFen
    handled_by: Code | None = None
    reviewed_by: Code | None = None

    @property
    def fund(self) -> str:
        return fund_id(self.region, self.category, self.level, self.budget_year)


@dataclass(slots=True)
class LineStanding:
    """All that must be known to judge a line. ``paid_fen`` and ``regular_lines`` count what was not returned."""

    line_taken: bool = False
    household_known: bool = False
    decided_fen: int | None = None
    paid_fen: int = 0
    regular_lines: int = 0
    available_fen: int = 0


def judge(line: RollLineRequest, standing: LineStanding) -> Refusal | None:
    """The first rule that a line breaks, in the order of ``InstructPayment.REFUSALS``; None when it may be paid."""
    if standing.line_taken:
        return NumberReused(
            f"批次“{line.batch_no}”第 {line.line_no} 行已登记,内容不同",
            f"line {line.line_no} of batch {line.batch_no} is on record with other contents",
            column="序号",
        )
    if line.handled_by and line.reviewed_by and line.handled_by.casefold() == line.reviewed_by.casefold():
        return DutiesNotSeparated("经办人与审核人为同一人", "经办人 and 审核人 are the same person", column="审核人")
    if not standing.household_known:
        return unknown_household(line.household)
    if standing.decided_fen is None:
        return no_decision(line.household, line.programme, line.for_month)
    if line.payment_type != SUPPLEMENT and (refusal := _wrong_sum(line, standing, standing.decided_fen)):
        return refusal
    if line.amount_fen > standing.available_fen:
        return overdrawn(line.fund, standing.available_fen, line.amount_fen)
    return None


def _wrong_sum(line: RollLineRequest, standing: LineStanding, decided_fen: int) -> Refusal | None:
    if line.payment_type == "正常":
        # A supplement that came first counts too: a month is paid once, however it is split.
        if standing.regular_lines or standing.paid_fen > 0:
            return MonthAlreadyPaid(
                f"家庭“{line.household}”{line.programme} {line.for_month} 已有正常发放",
                f"{line.programme} of household {line.household} for {line.for_month} is paid already",
                column="所属月份",
                household=line.household,
                month=line.for_month,
            )
        wrong = line.amount_fen != decided_fen
    else:
        wrong = standing.paid_fen + line.amount_fen > decided_fen
    if not wrong:
        return None
    return AmountDiffers(
        f"决定月金额 {yuan(decided_fen)} 元,已发 {yuan(standing.paid_fen)} 元,本行 {yuan(line.amount_fen)} 元",
        f"decided {yuan(decided_fen)} yuan a month, paid {yuan(standing.paid_fen)}, this line {yuan(line.amount_fen)}",
        column="金额",
        decided_fen=decided_fen,
        paid_fen=standing.paid_fen,
    )


@dataclass(slots=True)
class _Paid:
    """Lines of the household for the month and programme at hand, with what the bank did to each."""

    amounts_fen: dict[tuple[str, int], int] = field(default_factory=dict)
    regular: set[tuple[str, int]] = field(default_factory=set)


class InstructPayment(Decide[RollLineRequest]):
    """A line is paid once, under a decision in force, in the amount decided, from money that is there."""

    REFUSALS = (
        NumberReused,
        DutiesNotSeparated,
        UnknownHousehold,
        NoDecisionInForce,
        MonthAlreadyPaid,
        AmountDiffers,
        FundOverdrawn,
    )

    def __init__(self, request: RollLineRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.standing = LineStanding()
        self.entitlements = Entitlements(request.programme)
        self.paid = _Paid()

    def consistency_boundary(self) -> list[Selector]:
        request = self.request
        of_household: tuple[type[Event], ...] = (
            HouseholdRegistered,
            *EVENT_OF.values(),
            PaymentInstructed,
            PaymentSettled,
            PaymentReturned,
            PaymentReversed,
        )
        return [
            one_of(of_household, household_tag(request.household)),
            one_of((PaymentInstructed,), line_tag(request.batch_no, request.line_no)),
            fund_boundary(request.fund),
        ]

    def learn(self, event: Event) -> None:
        if fund_tag(self.request.fund) in event.tags():
            self.standing.available_fen += change_of_available(event, self.request.fund)
        match event:
            case HouseholdRegistered():
                self.standing.household_known = True
            case AssistanceDecision():
                self.entitlements.learn(event)
            case PaymentInstructed():
                self._learn_line(event)
            case PaymentSettled():
                self._correct(event.batch_no, event.line_no, event.amount_fen - event.instructed_fen)
            case PaymentReturned():
                self._correct(event.batch_no, event.line_no, -event.instructed_fen)
                self.paid.regular.discard((event.batch_no, event.line_no))
            case PaymentReversed():
                self._correct(event.batch_no, event.line_no, -event.amount_fen)

    def _learn_line(self, event: PaymentInstructed) -> None:
        line, request = (event.batch_no, event.line_no), self.request
        if line == (request.batch_no, request.line_no):
            self.standing.line_taken = True
        same = (event.household, event.programme, event.for_month)
        if same == (request.household, request.programme, request.for_month) and event.payment_type != SUPPLEMENT:
            self.paid.amounts_fen[line] = event.amount_fen
            if event.payment_type == "正常":
                self.paid.regular.add(line)

    def _correct(self, batch_no: str, line_no: int, change_fen: int) -> None:
        line = (batch_no, line_no)
        if line in self.paid.amounts_fen:
            self.paid.amounts_fen[line] += change_fen
            if self.paid.amounts_fen[line] <= 0:
                self.paid.regular.discard(line)

    def execute(self) -> None:
        request, standing = self.request, self.standing
        standing.decided_fen = self.entitlements.amount_at(request.for_month)
        standing.paid_fen = sum(self.paid.amounts_fen.values())
        standing.regular_lines = len(self.paid.regular)
        refusal = judge(request, standing)
        if refusal is not None:
            self.refuse(refusal)
        self.record(PaymentInstructed, **request.model_dump())
        self.record(
            RollReleased,
            **request.model_dump(include={"batch_no", "paid_on", "region", "category", "level", "budget_year"}),
            line_count=1,
            amount_fen=request.amount_fen,
        )
