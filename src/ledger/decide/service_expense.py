"""购买服务支出: pay a provider, within the contract and from money that is there."""

from __future__ import annotations

from datetime import date
from typing import Any

from eventsourcing.dcb.domain import Selector

from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.refusal import yuan
from ledger.decide.refusals import ContractOverrun, DutiesNotSeparated, FundOverdrawn, NumberReused, UnknownContract
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.decide.visit import unknown_contract
from ledger.events.base import Account, Code, Event, Fen, contract_tag, fund_id, fund_tag
from ledger.events.services import ContractCommitted, ServicePaid, ServiceRefunded, expense_tag
from ledger.events.spending import ExpensePaid, ExpenseRefunded


class ServiceExpenseRequest(Request):
    """One row of ``service-expenses``; a negative amount is a refund."""

    expense_no: Code
    paid_on: date
    contract_no: Code
    invoice_no: Code | None = None
    amount_fen: Fen
    account: Account | None = None
    handled_by: Code | None = None
    approved_by: Code | None = None


class PayService(Decide[ServiceExpenseRequest]):
    """Spending may not exceed the contract."""

    REFUSALS = (NumberReused, DutiesNotSeparated, UnknownContract, ContractOverrun, FundOverdrawn)

    def __init__(self, request: ServiceExpenseRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False
        self.fund: dict[str, Any] = {}
        self.contract_fen = 0
        self.paid_fen = 0
        self.available_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        boundary = [
            one_of((ContractCommitted, ServicePaid, ServiceRefunded), contract_tag(self.request.contract_no)),
            expense_boundary(self.request.expense_no),
        ]
        # Which fund pays is known once the contract is read; the boundary then grows by that fund.
        return [*boundary, fund_boundary(fund_id(**self.fund))] if self.fund else boundary

    def learn(self, event: Event) -> None:
        if isinstance(event, ServicePaid | ServiceRefunded | ExpensePaid | ExpenseRefunded):
            self.is_used = self.is_used or event.expense_no == self.request.expense_no
        if isinstance(event, ContractCommitted) and event.contract_no == self.request.contract_no:
            self.contract_fen += event.amount_fen
            self.fund = {
                "region": event.region,
                "category": event.category,
                "level": event.level,
                "budget_year": event.budget_year,
            }
        if isinstance(event, ServicePaid | ServiceRefunded) and event.contract_no == self.request.contract_no:
            self.paid_fen += event.amount_fen if isinstance(event, ServicePaid) else -event.amount_fen
        if self.fund and fund_tag(fund_id(**self.fund)) in event.tags():
            self.available_fen += change_of_available(event, fund_id(**self.fund))

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(expense_reused(request.expense_no))
        self.separate_duties(经办人=request.handled_by, 审批人=request.approved_by)
        if not self.fund:
            self.refuse(unknown_contract(request.contract_no))
        total = self.paid_fen + request.amount_fen
        if total > self.contract_fen or total < 0:
            self.refuse(self._overrun(total))
        if self.fund and request.amount_fen > self.available_fen:
            self.refuse(overdrawn(fund_id(**self.fund), self.available_fen, request.amount_fen))
        fields = request.model_dump() | self.fund | {"amount_fen": abs(request.amount_fen)}
        self.record(ServicePaid if request.amount_fen > 0 else ServiceRefunded, **fields)

    def _overrun(self, total_fen: int) -> ContractOverrun:
        return ContractOverrun(
            f"合同“{self.request.contract_no}”金额 {yuan(self.contract_fen)} 元,支付累计将达 {yuan(total_fen)} 元",
            f"contract {self.request.contract_no} is {yuan(self.contract_fen)} yuan, "
            f"payments would come to {yuan(total_fen)}",
            column="金额",
            contract_fen=self.contract_fen,
            paid_fen=total_fen,
        )


def expense_boundary(expense_no: str) -> Selector:
    """Whether an expense number is used, by a service or by any other expense."""
    return one_of((ServicePaid, ServiceRefunded, ExpensePaid, ExpenseRefunded), expense_tag(expense_no))


def expense_reused(expense_no: str) -> NumberReused:
    return NumberReused(
        f"支出编号“{expense_no}”已登记,内容不同",
        f"expense {expense_no} is on record with other contents",
        column="支出编号",
        expense_no=expense_no,
    )
