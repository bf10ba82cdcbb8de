"""Funding 资金: money issued, received, passed down and sent back."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from ledger.events.base import (
    BudgetYear,
    Code,
    FreeText,
    FundEvent,
    Level,
    PositiveFen,
    Region,
    Short,
    cap_tag,
    document_tag,
    fund_id,
    fund_tag,
)


class _Grant(FundEvent):
    EFFECTIVE: ClassVar[str] = "issued_on"

    document_no: Code
    issued_on: date
    amount_fen: PositiveFen
    summary: FreeText | None = None

    def tags(self) -> list[str]:
        return [document_tag(self.document_no), cap_tag(self.region, self.budget_year)]


class GrantIssued(_Grant):
    """资金下达: a level of government issues money to a region for a budget year."""

    TOPIC: ClassVar[str] = "funding.grant_issued.v1"


class GrantWithdrawn(_Grant):
    """资金收回: a grant, or part of one, is taken back. ``amount_fen`` is what was taken."""

    TOPIC: ClassVar[str] = "funding.grant_withdrawn.v1"


class _Receipt(FundEvent):
    EFFECTIVE: ClassVar[str] = "received_on"

    # A receipt of a document that nobody has recorded yet belongs to no fund until the document comes.
    region: Region | None = None  # type: ignore[assignment]
    category: Short | None = None  # type: ignore[assignment]
    level: Level | None = None  # type: ignore[assignment]
    budget_year: BudgetYear | None = None  # type: ignore[assignment]
    document_no: Code
    received_on: date
    amount_fen: PositiveFen
    bank_serial: Code | None = None

    def tags(self) -> list[str]:
        known = self.region and self.category and self.level and self.budget_year
        return [document_tag(self.document_no), *([fund_tag(self.fund)] if known else [])]


class FundsReceived(_Receipt):
    """资金到账: money of a document arrives."""

    TOPIC: ClassVar[str] = "funding.received.v1"


class FundsReturned(_Receipt):
    """资金退回: money that had arrived is sent back. ``amount_fen`` is what was sent."""

    TOPIC: ClassVar[str] = "funding.returned.v1"


class FundsPassedDown(FundEvent):
    """资金拨付: a region hands money on; ``region`` is the one that pays."""

    TOPIC: ClassVar[str] = "funding.passed_down.v1"
    EFFECTIVE: ClassVar[str] = "passed_on"

    document_no: Code
    parent_document_no: Code | None = None
    passed_on: date
    to_region: Region
    amount_fen: PositiveFen

    def tags(self) -> list[str]:
        to = fund_id(self.to_region, self.category, self.level, self.budget_year)
        return [document_tag(self.document_no), fund_tag(self.fund), fund_tag(to)]
