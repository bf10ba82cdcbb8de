"""服务记录/验收: log a service that was delivered under a contract."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from eventsourcing.dcb.domain import Selector
from pydantic import Field

from ledger.decide.refusals import NumberReused, UnknownContract
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event, Short, contract_tag
from ledger.events.services import ContractCommitted, VisitLogged, visit_tag


class VisitRequest(Request):
    """One row of ``visits``; the quantity in thousandths of its unit."""

    visit_no: Code
    contract_no: Code
    served_on: date
    household: Code | None = None
    service_item: Short
    quantity_milli: Annotated[int, Field(strict=True, gt=0, le=10**12)]
    unit_price_fen: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    served_by: Code | None = None


class LogVisit(Decide[VisitRequest]):
    """A visit is logged once, under a contract that is on record."""

    REFUSALS = (NumberReused, UnknownContract)

    def __init__(self, request: VisitRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False
        self.contract_known = False

    def consistency_boundary(self) -> list[Selector]:
        return [
            one_of((VisitLogged,), visit_tag(self.request.visit_no)),
            one_of((ContractCommitted,), contract_tag(self.request.contract_no)),
        ]

    def learn(self, event: Event) -> None:
        match event:
            case VisitLogged():
                self.is_used = True
            case ContractCommitted():
                self.contract_known = True

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(
                NumberReused(
                    f"记录“{request.visit_no}”已登记,内容不同",
                    f"visit {request.visit_no} is on record with other contents",
                    column="记录编号",
                )
            )
        if not self.contract_known:
            self.refuse(unknown_contract(request.contract_no))
        self.record(VisitLogged, **request.model_dump())


def unknown_contract(contract_no: str) -> UnknownContract:
    return UnknownContract(
        f"合同“{contract_no}”没有登记记录",
        f"contract {contract_no} is not on record",
        column="合同编号",
        contract_no=contract_no,
    )
