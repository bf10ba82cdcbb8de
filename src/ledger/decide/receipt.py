"""资金到账: money of a grant or transfer arrives, or is sent back."""

from __future__ import annotations

from datetime import date
from typing import Any

from eventsourcing.dcb.domain import Selector

from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.refusal import yuan
from ledger.decide.refusals import FundOverdrawn, OverIssued, UnknownDocument
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event, Fen, document_tag, fund_id, fund_tag
from ledger.events.funding import FundsPassedDown, FundsReceived, FundsReturned, GrantIssued, GrantWithdrawn


class ReceiptRequest(Request):
    """One row of ``receipts``; a negative amount is money sent back."""

    document_no: Code
    received_on: date
    amount_fen: Fen
    bank_serial: Code | None = None


class ReceiveFunds(Decide[ReceiptRequest]):
    """Money arrives on a document that is on record, not more than it issued; only what is there is sent back."""

    REFUSALS = (UnknownDocument, OverIssued, FundOverdrawn)

    def __init__(self, request: ReceiptRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.fund: dict[str, Any] = {}
        self.issued_fen = 0
        self.received_fen = 0
        self.available_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        types = (GrantIssued, GrantWithdrawn, FundsPassedDown, FundsReceived, FundsReturned)
        boundary = [one_of(types, document_tag(self.request.document_no))]
        # What is sent back must be there still; whose money it is, the document says.
        is_sent_back = self.fund and self.request.amount_fen < 0
        return [*boundary, fund_boundary(fund_id(**self.fund))] if is_sent_back else boundary

    def learn(self, event: Event) -> None:
        self._learn_of_document(event)
        if self.fund and fund_tag(fund_id(**self.fund)) in event.tags():
            self.available_fen += change_of_available(event, fund_id(**self.fund))

    def _learn_of_document(self, event: Event) -> None:
        if document_tag(self.request.document_no) not in event.tags():
            return
        match event:
            case GrantIssued() | GrantWithdrawn() | FundsPassedDown():
                region = event.to_region if isinstance(event, FundsPassedDown) else event.region
                self.fund = {
                    "region": region,
                    "category": event.category,
                    "level": event.level,
                    "budget_year": event.budget_year,
                }
                self.issued_fen += -event.amount_fen if isinstance(event, GrantWithdrawn) else event.amount_fen
            case FundsReceived():
                self.received_fen += event.amount_fen
            case FundsReturned():
                self.received_fen -= event.amount_fen

    def execute(self) -> None:
        request = self.request
        if not self.fund:
            self.refuse(
                UnknownDocument(
                    f"文号“{request.document_no}”没有下达或拨付记录",
                    f"no grant or transfer of document {request.document_no} is on record",
                    column="文号",
                    document_no=request.document_no,
                )
            )
        total = self.received_fen + request.amount_fen
        if request.amount_fen > 0 and total > self.issued_fen:
            self.refuse(self._over_issued(total))
        if -request.amount_fen > max(self.available_fen, 0) and self.fund:
            self.refuse(overdrawn(fund_id(**self.fund), self.available_fen, -request.amount_fen))
        fields = request.model_dump() | {"amount_fen": abs(request.amount_fen)} | self.fund
        self.record(FundsReceived if request.amount_fen > 0 else FundsReturned, **fields)

    def _over_issued(self, total_fen: int) -> OverIssued:
        return OverIssued(
            f"文号“{self.request.document_no}”下达 {yuan(self.issued_fen)} 元,到账累计将达 {yuan(total_fen)} 元",
            f"document {self.request.document_no} issued {yuan(self.issued_fen)} yuan, "
            f"receipts would come to {yuan(total_fen)}",
            column="金额",
            issued_fen=self.issued_fen,
            received_fen=total_fen,
        )
