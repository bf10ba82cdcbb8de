"""GET the purchase-of-services cap, with what it is reckoned from and the law's words."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api import problems
from api.paging import Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from ledger.region import covers
from projections import queries, statements
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(prefix="/cap", tags=["cap 购买服务上限"])

RegionCode = Annotated[str, Path(pattern="^([0-9]{6}|[0-9]{9}|[0-9]{12})$", examples=["620199"])]
Year = Annotated[int, Path(ge=1990, le=2100, examples=[2025])]


class Cap(BaseModel):
    """购买服务上限 of a region and budget year, in fen; ``limit_fen`` is absent where no percentage is set."""

    region: str = Field(examples=["620199"])
    year: int = Field(examples=[2025])
    jurisdiction: str = Field(examples=["lanzhou-new-area"])
    force: str = Field(description="mandatory 不得 | in_principle 原则上 | none 未规定")
    base_fen: int = Field(description="基数 base")
    limit_fen: int | None = Field(description="上限 limit, rounded down to the fen")
    committed_fen: int = Field(description="已承诺 committed")
    spent_fen: int = Field(description="已支付 spent")
    headroom_fen: int | None = Field(description="余量 limit less committed; negative is over the cap")
    policy_version: str
    source: dict[str, Any] | None = Field(description="the law's title, article and words")


class CapGrant(BaseModel):
    """A grant of the year; ``counts`` says whether it is part of the base."""

    position: int
    document_no: str
    issued_on: date
    level: str
    category: str
    amount_fen: int = Field(description="分 fen; negative was taken back")
    counts: bool


class CapContract(BaseModel):
    """A contract of the year; ``counts`` says whether it counts against the cap."""

    position: int
    contract_no: str
    signed_on: date
    provider: str
    service_class: str
    procurement_method: str
    category: str
    level: str
    amount_fen: int
    paid_fen: int
    reason: str | None
    counts: bool


class CapDetail(Cap):
    """A cap with all that it is reckoned from."""

    grants: list[CapGrant]
    contracts: list[CapContract]


@router.get("", responses=described(401, 422, 503))
def list_caps(holder: Reader, books: Books, clocks: BothClocks) -> Page[Cap]:
    """The cap of every budget year in the holder's region."""
    return Page(items=[Cap(**row) for row in caps_of(books, holder, clocks)])


@router.get("/{region}/{year}", responses=described(401, 404, 422, 503))
def one_cap(region: RegionCode, year: Year, holder: Reader, books: Books, clocks: BothClocks) -> CapDetail:
    """One cap with the grants and contracts of its year, and whether each counts."""
    return CapDetail.model_validate(cap_detail(books, holder, clocks, region, year))


def caps_of(books: OpenBook, holder: Holder, clocks: Clocks) -> list[Row]:
    """The caps in the holder's region."""
    with reading(books.database, clocks) as cursor:
        return [row for row in queries.cap(cursor) if covers(holder.region, row["region"])]


def cap_detail(books: OpenBook, holder: Holder, clocks: Clocks, region: str, year: int) -> Row:
    """A cap's figures, its reading (``value``), grants and contracts; 404 outside the holder's region."""
    with reading(books.database, clocks) as cursor:
        found = [row for row in queries.cap(cursor) if (row["region"], row["year"]) == (region, year)]
        if not found or not covers(holder.region, region):
            raise problems.not_found()
        reading_in_force = statements.cap_reading(cursor, year) or {}
        return found[0] | {
            "value": reading_in_force.get("value"),
            "grants": statements.cap_base(cursor, region, year),
            "contracts": statements.cap_commitments(cursor, region, year),
        }
