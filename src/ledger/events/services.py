"""Purchased services 购买服务: contracts, the visits they bought, and what was paid for them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from ledger.events.base import (
    Account,
    BudgetYear,
    Code,
    Event,
    FreeText,
    FundEvent,
    Level,
    PositiveFen,
    Region,
    Short,
    cap_tag,
    contract_tag,
    fund_id,
    fund_tag,
)


def expense_tag(expense_no: str) -> str:
    return f"expense:{expense_no}"


def visit_tag(visit_no: str) -> str:
    return f"visit:{visit_no}"


class ContractCommitted(FundEvent):
    """购买服务合同: the sum is committed against its fund and the cap."""

    TOPIC: ClassVar[str] = "services.contract_committed.v1"
    EFFECTIVE: ClassVar[str] = "signed_on"

    contract_no: Code
    signed_on: date
    provider: FreeText
    provider_code: Code | None = None
    service_class: Short
    procurement_method: Short
    amount_fen: PositiveFen
    handled_by: Code | None = None
    approved_by: Code | None = None
    reason: FreeText | None = None

    def tags(self) -> list[str]:
        return [contract_tag(self.contract_no), cap_tag(self.region, self.budget_year)]


class VisitLogged(Event):
    """服务记录/验收: a service delivered and accepted; quantity in thousandths of its unit."""

    TOPIC: ClassVar[str] = "services.visit_logged.v1"
    EFFECTIVE: ClassVar[str] = "served_on"

    visit_no: Code
    contract_no: Code
    served_on: date
    household: Code | None = None
    service_item: Short
    quantity_milli: Annotated[int, Field(strict=True, gt=0, le=10**12)]
    unit_price_fen: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    served_by: Code | None = None

    def tags(self) -> list[str]:
        return [visit_tag(self.visit_no)]


class _ServiceMoney(Event):
    EFFECTIVE: ClassVar[str] = "paid_on"

    expense_no: Code
    paid_on: date
    contract_no: Code
    invoice_no: Code | None = None
    amount_fen: PositiveFen
    account: Account | None = None
    handled_by: Code | None = None
    approved_by: Code | None = None
    # The contract's fund; absent when the contract itself is not on record yet.
    region: Region | None = None
    category: Short | None = None
    level: Level | None = None
    budget_year: BudgetYear | None = None

    def tags(self) -> list[str]:
        tags = [contract_tag(self.contract_no), expense_tag(self.expense_no)]
        if self.region and self.category and self.level and self.budget_year:
            tags.append(fund_tag(fund_id(self.region, self.category, self.level, self.budget_year)))
        return tags


class ServicePaid(_ServiceMoney):
    """购买服务支出."""

    TOPIC: ClassVar[str] = "services.paid.v1"


class ServiceRefunded(_ServiceMoney):
    """购买服务退款: the provider pays back; ``amount_fen`` is what came back."""

    TOPIC: ClassVar[str] = "services.refunded.v1"
