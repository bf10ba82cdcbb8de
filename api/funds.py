"""GET the funds: what each has, and its statement down to the event."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api import paging, problems
from api.events import EventAnswer
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from ledger.region import covers
from projections import occurrences, queries, statements
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(prefix="/funds", tags=["funds 资金"])

FundId = Annotated[
    str,
    Path(
        max_length=200,
        pattern=r"^[^\x00-\x1f]+$",
        description="区划|资金类别|级次|预算年度，按 URL 编码 / the fund's id, percent-encoded",
        examples=["620199|困难群众救助补助资金|中央|2025"],
    ),
]


class Fund(BaseModel):
    """资金余额, in fen: available = received - settled - in transit - services - other - passed down + recovered."""

    region: str = Field(examples=["620199"])
    category: str = Field(examples=["困难群众救助补助资金"])
    level: str = Field(examples=["中央"])
    year: int = Field(examples=[2025])
    issued_fen: int = Field(description="下达 issued", examples=[100_000_000])
    received_fen: int = Field(description="到账 received")
    settled_fen: int = Field(description="银行已支付 paid, by the bank's word")
    in_transit_fen: int = Field(description="在途 instructed, no bank result yet")
    services_fen: int = Field(description="购买服务 purchased services")
    other_fen: int = Field(description="其他支出 other expenses")
    passed_down_fen: int = Field(description="拨付下级 passed down")
    recovered_fen: int = Field(description="追缴收回 recovered")
    available_fen: int = Field(description="可用余额 available; negative is overdrawn")


class StatementLine(BaseModel):
    """One event of a fund's statement; ``moved_fen`` says how each account of the fund changed."""

    effective_on: date
    available_change_fen: int
    available_fen: int = Field(description="当时可用余额 available after it")
    moved_fen: dict[str, int] = Field(examples=[{"available": -63_100, "in_transit": 63_100}])
    event: EventAnswer | None = Field(description="absent where the event is not the reader's to see")


@router.get("", responses=described(401, 422, 503))
def list_funds(holder: Reader, books: Books, clocks: BothClocks) -> Page[Fund]:
    """Every fund in the holder's region; there are never so many that they need pages."""
    return Page(items=[Fund(**row) for row in funds_of(books, holder, clocks)])


@router.get("/{fund:path}/statement", responses=described(401, 404, 422, 503))
def fund_statement(
    fund: FundId, holder: Reader, books: Books, clocks: BothClocks, limit: Limit = 100, cursor: Cursor = None
) -> Page[StatementLine]:
    """The fund's events by day, each with what was available after it."""
    rows, following = statement_of(books, holder, clocks, fund, limit, cursor)
    return Page(items=[StatementLine.model_validate(row) for row in rows], next=following)


@router.get("/{fund:path}", responses=described(401, 404, 422, 503))
def one_fund(fund: FundId, holder: Reader, books: Books, clocks: BothClocks) -> Fund:
    """One fund's balances at a moment."""
    check_fund(holder, fund)
    with reading(books.database, clocks) as cursor:
        row = queries.one_fund(cursor, fund)
    if row is None:
        raise problems.not_found()
    return Fund(**row)


def funds_of(books: OpenBook, holder: Holder, clocks: Clocks) -> list[Row]:
    """The funds in the holder's region."""
    with reading(books.database, clocks) as cursor:
        return [row for row in queries.funds(cursor) if covers(holder.region, row["region"])]


def statement_of(
    books: OpenBook, holder: Holder, clocks: Clocks, fund: str, limit: int, cursor: str | None
) -> tuple[list[Row], str | None]:
    """A page of a fund's statement and the cursor of the next; 404 for a fund that the holder may not see."""
    after: Any = tuple(paging.read(cursor, (date, int, int))) if cursor else None
    check_fund(holder, fund)
    with reading(books.database, clocks) as rows:
        lines = statements.lines(rows, fund, after, limit + 1)
        if not lines and not after:
            raise problems.not_found()
        positions = [line["position"] for line in lines[:limit]]
        events = {
            event["position"]: event for event in occurrences.at_positions(rows, holder.region, positions, holder.role)
        }
    following = None
    if len(lines) > limit:
        last = lines[limit - 1]
        following = paging.written([last["effective_on"], last["known_from"], last["position"]])
    return [line | {"event": events.get(line["position"])} for line in lines[:limit]], following


def check_fund(holder: Holder, fund: str) -> None:
    """404 for a fund outside the holder's region."""
    if not covers(holder.region, fund.partition("|")[0]):
        raise problems.not_found()
