"""资金下达: issue a grant, or take one back."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusal import yuan
from ledger.decide.refusals import NumberReused, OverIssued
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import (
    BudgetYear,
    Code,
    Event,
    Fen,
    FreeText,
    Level,
    Region,
    Short,
    cap_tag,
    document_tag,
    fund_id,
)
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
    """One document issues once, and no more is taken back from a fund than it was issued."""

    REFUSALS = (NumberReused, OverIssued)

    def __init__(self, request: GrantRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False
        self.issued_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        request = self.request
        document = one_of((GrantIssued, GrantWithdrawn, FundsPassedDown), document_tag(request.document_no))
        return [document, one_of((GrantIssued, GrantWithdrawn), cap_tag(request.region, request.budget_year))]

    def learn(self, event: Event) -> None:
        request = self.request
        if isinstance(event, GrantIssued | GrantWithdrawn | FundsPassedDown):
            self.is_used = self.is_used or event.document_no == request.document_no
        fund = fund_id(request.region, request.category, request.level, request.budget_year)
        if isinstance(event, GrantIssued | GrantWithdrawn) and event.fund == fund:
            self.issued_fen += event.amount_fen if isinstance(event, GrantIssued) else -event.amount_fen

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(document_reused(request.document_no))
        if request.amount_fen < 0 and -request.amount_fen > self.issued_fen:
            self.refuse(self._over_issued())
        fields = request.model_dump() | {"amount_fen": abs(request.amount_fen)}
        self.record(GrantIssued if request.amount_fen > 0 else GrantWithdrawn, **fields)

    def _over_issued(self) -> OverIssued:
        return OverIssued(
            f"该资金已下达 {yuan(self.issued_fen)} 元,收回 {yuan(-self.request.amount_fen)} 元",
            f"the fund was issued {yuan(self.issued_fen)} yuan, {yuan(-self.request.amount_fen)} is taken back",
            column="金额",
            issued_fen=self.issued_fen,
        )
