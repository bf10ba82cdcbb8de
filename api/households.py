"""GET a household's life: its members, decisions, payments and recoveries, by day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path

from api import paging, problems
from api.events import EventAnswer
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from ledger.region import covers
from projections import occurrences
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading
from projections.regions import regions_of

router = APIRouter(prefix="/households", tags=["households 救助对象"])

HouseholdNo = Annotated[
    str,
    Path(
        max_length=80,
        pattern=r"^[^\x00-\x1f]+$",
        description="家庭编号，按 URL 编码 / the household's number, percent-encoded",
        examples=["H000123"],
    ),
]


@router.get("/{household:path}/timeline", responses=described(401, 404, 422, 503))
def household_timeline(
    household: HouseholdNo, holder: Reader, books: Books, clocks: BothClocks, limit: Limit = 100, cursor: Cursor = None
) -> Page[EventAnswer]:
    """Every event of the household, by business day; nobody is named."""
    after = paging.read(cursor, (date, int)) if cursor else None
    rows = [row for row in life_of(books, holder, clocks, household) if not after or _place(row) > after]
    following = paging.written(_place(rows[limit - 1])) if len(rows) > limit else None
    return Page(items=[EventAnswer(**row) for row in rows[:limit]], next=following)


def life_of(books: OpenBook, holder: Holder, clocks: Clocks, household: str) -> list[Row]:
    """The household's events; 404 when it is not registered in the holder's region."""
    with reading(books.database, clocks) as cursor:
        regions = regions_of(cursor, [f"household:{household}"]).get(f"household:{household}", set())
        if not any(covers(holder.region, region) for region in regions):
            raise problems.not_found()
        return occurrences.of_household(cursor, holder.region, household, holder.role)


def _place(row: Row) -> list[date | int]:
    return [row["effective_on"] or row["recorded_at"].date(), row["position"]]
