"""资金下达: issue a grant, or take one back."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusals import NumberReused
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import BudgetYear, Code, Event, Fen, FreeText, Level, Region, Short, document_tag
from ledger.events.funding import FundsPassedDown, GrantIssued, GrantWithdrawn


class GrantRequest(Request):
    """One row of ``grants``; a negative amount takes a grant back."""

    document_no: Code
    issued_on: date
    level: Level
    category: Short
    budget_year: BudgetYear
    region: Region
    amount_fen: Fen
    summary: FreeText | None = None


def document_reused(document_no: str) -> NumberReused:
    return NumberReused(
        f"文号“{document_no}”已登记,内容不同",
        f"document {document_no} is on record with other contents",
        column="文号",
        document_no=document_no,
    )


class IssueGrant(Decide[GrantRequest]):
    """One document issues once; another use of its number is refused."""

    REFUSALS = (NumberReused,)

    def __init__(self, request: GrantRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False

    def consistency_boundary(self) -> Selector:
        return one_of((GrantIssued, GrantWithdrawn, FundsPassedDown), document_tag(self.request.document_no))

    def learn(self, event: Event) -> None:
        self.is_used = True

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(document_reused(request.document_no))
        fields = request.model_dump() | {"amount_fen": abs(request.amount_fen)}
        self.record(GrantIssued if request.amount_fen > 0 else GrantWithdrawn, **fields)
