"""资金拨付: hand money on to a region below."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.fund import change_of_available, fund_boundary, overdrawn
from ledger.decide.grant import document_reused
from ledger.decide.refusals import FundOverdrawn, NumberReused
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import BudgetYear, Code, Event, Level, PositiveFen, Region, Short, document_tag, fund_id
from ledger.events.funding import FundsPassedDown, GrantIssued, GrantWithdrawn


class TransferRequest(Request):
    """One row of ``transfers``."""

    document_no: Code
    parent_document_no: Code | None = None
    passed_on: date
    from_region: Region
    to_region: Region
    category: Short
    level: Level
    budget_year: BudgetYear
    amount_fen: PositiveFen


class PassDownFunds(Decide[TransferRequest]):
    """A transfer has a document of its own and pays from what its fund has available."""

    REFUSALS = (NumberReused, FundOverdrawn)

    def __init__(self, request: TransferRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.fund = fund_id(request.from_region, request.category, request.level, request.budget_year)
        self.is_used = False
        self.available_fen = 0

    def consistency_boundary(self) -> list[Selector]:
        document = one_of((GrantIssued, GrantWithdrawn, FundsPassedDown), document_tag(self.request.document_no))
        return [document, fund_boundary(self.fund)]

    def learn(self, event: Event) -> None:
        if document_tag(self.request.document_no) in event.tags() and isinstance(
            event, GrantIssued | GrantWithdrawn | FundsPassedDown
        ):
            self.is_used = True
        self.available_fen += change_of_available(event, self.fund)

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(document_reused(request.document_no))
        if request.amount_fen > self.available_fen:
            self.refuse(overdrawn(self.fund, self.available_fen, request.amount_fen))
        fields = request.model_dump()
        fields["region"] = fields.pop("from_region")
        self.record(FundsPassedDown, **fields)
