"""其他支出: spend a fund's money on what it is for."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.refusals import DutiesNotSeparated, FundOverdrawn, NumberReused, PurposeNotAllowed, RuleNotOnFile
from ledger.decide.service_expense import expense_boundary, expense_reused
from ledger.decide.slice import Asked, Decide, Request, rules_of
from ledger.events.base import (
    Account,
    BudgetYear,
    Code,
    Event,
    FreeText,
    Level,
    Name,
    PositiveFen,
    Region,
    Short,
    fund_id,
    fund_tag,
)
from ledger.events.services import ServicePaid, ServiceRefunded
from ledger.events.spending import ExpensePaid


class ExpenseRequest(Request):
    """One row of ``other-expenses``."""

    expense_no: Code
    paid_on: date
    region: Region
    category: Short
    level: Level
    budget_year: BudgetYear
    purpose: FreeText
    payee_unit: Name | None = None
    account: Account | None = None
    amount_fen: PositiveFen
    handled_by: Code | None = None
    approved_by: Code | None = None


class PayExpense(Decide[ExpenseRequest]):
    """Relief and special funds pay what is on their list of purposes, and nothing else."""

    REFUSALS = (NumberReused, DutiesNotSeparated, RuleNotOnFile, PurposeNotAllowed, FundOverdrawn)

    def __init__(self, request: ExpenseRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.fund = fund_id(request.region, request.category, request.level, request.budget_year)
        self.is_used = False
        self.available_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        return [expense_boundary(self.request.expense_no), fund_boundary(self.fund)]

    def learn(self, event: Event) -> None:
        if isinstance(event, ServicePaid | ServiceRefunded | ExpensePaid):
            self.is_used = self.is_used or event.expense_no == self.request.expense_no
        if fund_tag(self.fund) in event.tags():
            self.available_fen += change_of_available(event, self.fund)

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(expense_reused(request.expense_no))
        self.separate_duties(经办人=request.handled_by, 审批人=request.approved_by)
        if self.asked.origin == "decided":
            self._check_purpose()
        if request.amount_fen > self.available_fen:
            self.refuse(overdrawn(self.fund, self.available_fen, request.amount_fen))
        self.record(ExpensePaid, **request.model_dump())

    def _check_purpose(self) -> None:
        request, policy = self.request, self.asked.policy
        with rules_of("支付日期"):
            relief = policy.parameter("relief_categories", request.paid_on).value
            allowed = policy.parameter("expense_purposes", request.paid_on).value
        if request.category in _words(relief) and request.purpose not in _words(allowed):
            raise PurposeNotAllowed(
                f"{request.category}不得用于该用途", f"{request.category} may not pay for this", column="用途"
            )


def _words(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
