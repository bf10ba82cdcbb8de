"""其他支出: spend a fund's money on what it is for, or take back what was spent."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.refusal import yuan
from ledger.decide.refusals import (
    DutiesNotSeparated,
    FundOverdrawn,
    NumberReused,
    PurposeNotAllowed,
    RefundTooLarge,
    RuleNotOnFile,
    UnknownExpense,
)
from ledger.decide.service_expense import expense_boundary, expense_reused
from ledger.decide.slice import Asked, Decide, Request, rules_of
from ledger.events.base import (
    Account,
    BudgetYear,
    Code,
    Event,
    Fen,
    FreeText,
    Level,
    Name,
    Region,
    Short,
    fund_id,
    fund_tag,
)
from ledger.events.services import ServicePaid, ServiceRefunded
from ledger.events.spending import ExpensePaid, ExpenseRefunded


class ExpenseRequest(Request):
    """One row of ``other-expenses``; a negative amount is what came back of the expense of that number."""

    expense_no: Code
    paid_on: date
    region: Region
    category: Short
    level: Level
    budget_year: BudgetYear
    purpose: FreeText
    payee_unit: Name | None = None
    account: Account | None = None
    amount_fen: Fen
    handled_by: Code | None = None
    approved_by: Code | None = None


OF_A_PAYMENT = (RuleNotOnFile, PurposeNotAllowed, FundOverdrawn)


class PayExpense(Decide[ExpenseRequest]):
    """Relief and special funds pay what is on their list of purposes; no more comes back than is still out."""

    REFUSALS = (NumberReused, DutiesNotSeparated, UnknownExpense, RefundTooLarge, *OF_A_PAYMENT)

    def __init__(self, request: ExpenseRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.fund = fund_id(request.region, request.category, request.level, request.budget_year)
        self.is_used = False
        self.paid_fen = 0
        self.refunded_fen = 0
        self.available_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        return [expense_boundary(self.request.expense_no), fund_boundary(self.fund)]

    def learn(self, event: Event) -> None:
        number = self.request.expense_no
        match event:
            case ExpensePaid() if event.expense_no == number:
                self.is_used = True
                self.paid_fen += event.amount_fen if event.fund == self.fund else 0
            case ExpenseRefunded() if event.expense_no == number:
                self.is_used = True
                self.refunded_fen += event.amount_fen
            case ServicePaid() | ServiceRefunded() if event.expense_no == number:
                self.is_used = True
        if fund_tag(self.fund) in event.tags():
            self.available_fen += change_of_available(event, self.fund)

    def execute(self) -> None:
        request = self.request
        is_refund = request.amount_fen < 0
        if self.is_used and not is_refund:
            self.refuse(expense_reused(request.expense_no))
        self.separate_duties(经办人=request.handled_by, 审批人=request.approved_by)
        if is_refund and not self.paid_fen:
            self.refuse(unknown_expense(request.expense_no, self.fund))
        if is_refund and -request.amount_fen > self.paid_fen - self.refunded_fen:
            self.refuse(refund_too_large(request, self.paid_fen, self.refunded_fen))
        if self.asked.origin == "decided" and not is_refund:
            self._check_purpose()
        if request.amount_fen > max(self.available_fen, 0):
            self.refuse(overdrawn(self.fund, self.available_fen, request.amount_fen))
        fields = request.model_dump() | {"amount_fen": abs(request.amount_fen)}
        self.record(ExpenseRefunded if is_refund else ExpensePaid, **fields)

    def _check_purpose(self) -> None:
        request, policy = self.request, self.asked.policy
        with rules_of("支付日期"):
            relief = policy.parameter("relief_categories", request.paid_on).value
            allowed = policy.parameter("expense_purposes", request.paid_on).value
        if request.category in _words(relief) and request.purpose not in _words(allowed):
            raise PurposeNotAllowed(
                f"{request.category}不得用于该用途", f"{request.category} may not pay for this", column="用途"
            )


def unknown_expense(expense_no: str, fund: str) -> UnknownExpense:
    return UnknownExpense(
        f"资金“{fund}”没有支出“{expense_no}”",
        f"no expense {expense_no} of fund {fund} is on record",
        column="支出编号",
        expense_no=expense_no,
        fund=fund,
    )


def refund_too_large(request: ExpenseRequest, paid_fen: int, refunded_fen: int) -> RefundTooLarge:
    paid, back, now = yuan(paid_fen), yuan(refunded_fen), yuan(-request.amount_fen)
    return RefundTooLarge(
        f"支出“{request.expense_no}”支付 {paid} 元,已退回 {back} 元,本次退回 {now} 元",
        f"expense {request.expense_no} paid {paid} yuan, {back} came back already, this is {now}",
        column="金额",
        paid_fen=paid_fen,
        refunded_fen=refunded_fen,
    )


def _words(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
