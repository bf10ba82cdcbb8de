"""Fund pages: the list, and a fund's statement down to the event."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from fastapi import APIRouter, Request, Response

from api.console.rendering import render
from api.console.session import Visitor
from api.funds import FundId, check_fund, funds_of, statement_of
from api.paging import Cursor
from api.signatures import Books
from projections import queries, statements
from projections.queries import Row, reading

router = APIRouter(prefix="/funds", include_in_schema=False)

LINES_A_PAGE = 100


@router.get("")
def funds(request: Request, visit: Visitor, books: Books) -> Response:
    """Every fund with all its figures."""
    return render(request, visit, "funds.html", funds=funds_of(books, visit.holder, visit.clocks))


@router.get("/{fund:path}")
def fund_statement(fund: FundId, request: Request, visit: Visitor, books: Books, cursor: Cursor = None) -> Response:
    """A fund's months, its course by day, and its events."""
    check_fund(visit.holder, fund)
    lines, following = statement_of(books, visit.holder, visit.clocks, fund, LINES_A_PAGE, cursor)
    with reading(books.database, visit.clocks) as rows:
        months = statements.months(rows, fund)
        days = statements.available_by_day(rows, fund)
        figures = queries.one_fund(rows, fund)
    page: dict[str, Any] = {"fund": fund, "figures": figures, "months": months, "course": course(days), "lines": lines}
    return render(request, visit, "fund.html", following=following, is_first=cursor is None, **page)


def course(days: list[Row]) -> list[list[Any]]:
    """What was available, as two rows for the chart: midnights in seconds since 1970, and fen."""
    midnights = [int(datetime.combine(row["day"], time(), UTC).timestamp()) for row in days]
    return [midnights, [row["available_fen"] for row in days]]
