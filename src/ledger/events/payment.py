"""Payment 发放: what was instructed, and what the bank says it did."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from ledger.events.base import (
    Account,
    BudgetYear,
    Code,
    Event,
    FreeText,
    FundEvent,
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


class RollReleased(FundEvent):
    """花名册发放: what one release of a batch draws from one fund, in total."""

    TOPIC: ClassVar[str] = "payment.roll_released.v1"
    EFFECTIVE: ClassVar[str] = "paid_on"

    batch_no: Code
    paid_on: date
    line_count: LineNo
    amount_fen: PositiveFen

    def tags(self) -> list[str]:
        # The fund's boundary reads totals, so that a roll of 100,000 lines is one event to it.
        return [fund_tag(self.fund)]


class PaymentInstructed(FundEvent):
    """发放: one line of a roll."""

    TOPIC: ClassVar[str] = "payment.instructed.v1"
    EFFECTIVE: ClassVar[str] = "paid_on"

    batch_no: Code
    line_no: LineNo
    for_month: Month
    paid_on: date
    programme: Short
    payment_type: PaymentType
    household: Code
    payee: Person
    payee_name: Name
    identity_valid: bool
    bank: Short | None = None
    account: Account
    amount_fen: PositiveFen
    handled_by: Code | None = None
    reviewed_by: Code | None = None

    def tags(self) -> list[str]:
        return [household_tag(self.household), line_tag(self.batch_no, self.line_no)]


class _BankLine(Event):
    batch_no: Code
    line_no: LineNo
    amount_fen: PositiveFen
    account: Account | None = None
    holder_name: Name | None = None
    bank_serial: Code | None = None

    def tags(self) -> list[str]:
        return [line_tag(self.batch_no, self.line_no)]


class _LineResult(_BankLine):
    """The bank's word on an instructed line, with the fund and sum that were instructed."""

    household: Code
    region: Region
    category: Short
    level: Level
    budget_year: BudgetYear
    instructed_fen: PositiveFen

    @property
    def fund(self) -> str:
        return fund_id(self.region, self.category, self.level, self.budget_year)


class PaymentSettled(_LineResult):
    """入账: the bank paid an instructed line; ``amount_fen`` is what it says it paid."""

    TOPIC: ClassVar[str] = "payment.settled.v1"
    EFFECTIVE: ClassVar[str] = "settled_on"

    settled_on: date

    def tags(self) -> list[str]:
        # Only a payment that differs from its instruction changes what the fund has and what the household got.
        differs = self.amount_fen != self.instructed_fen
        return super().tags() + ([household_tag(self.household), fund_tag(self.fund)] if differs else [])


class PaymentReturned(_LineResult):
    """退回: the bank could not pay an instructed line."""

    TOPIC: ClassVar[str] = "payment.returned.v1"
    EFFECTIVE: ClassVar[str] = "returned_on"

    returned_on: date
    failure_reason: FreeText | None = None

    def tags(self) -> list[str]:
        return [*super().tags(), household_tag(self.household), fund_tag(self.fund)]


class PaymentObserved(_BankLine):
    """The bank reports a line that nobody has instructed."""

    TOPIC: ClassVar[str] = "payment.observed.v1"
    EFFECTIVE: ClassVar[str] = "settled_on"

    succeeded: bool
    settled_on: date | None = None
    failure_reason: FreeText | None = None


class PaymentReversed(_LineResult):
    """冲正: money of a settled line comes back from the bank; ``amount_fen`` is what came back."""

    TOPIC: ClassVar[str] = "payment.reversed.v1"
    EFFECTIVE: ClassVar[str] = "reversed_on"

    reversed_on: date

    def tags(self) -> list[str]:
        return [*super().tags(), household_tag(self.household), fund_tag(self.fund)]
