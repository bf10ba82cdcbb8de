"""Other spending 其他支出."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from ledger.events.base import Account, Code, FreeText, FundEvent, Name, PositiveFen, fund_tag
from ledger.events.services import expense_tag


class _Expense(FundEvent):
    EFFECTIVE: ClassVar[str] = "paid_on"

    expense_no: Code
    paid_on: date
    purpose: FreeText
    payee_unit: Name | None = None
    account: Account | None = None
    amount_fen: PositiveFen
    handled_by: Code | None = None
    approved_by: Code | None = None

    def tags(self) -> list[str]:
        return [expense_tag(self.expense_no), fund_tag(self.fund)]


class ExpensePaid(_Expense):
    """其他支出: money of a fund spent on neither a household's assistance nor a purchased service."""

    TOPIC: ClassVar[str] = "spending.expense_paid.v1"


class ExpenseRefunded(_Expense):
    """其他支出退回: what was paid under ``expense_no``, or part of it, is back in its fund.

    ``amount_fen`` is what came back, on ``paid_on``.
    """

    TOPIC: ClassVar[str] = "spending.expense_refunded.v1"
