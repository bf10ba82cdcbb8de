"""GET the log: events in order, and one event with its payload as it was hashed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from api import problems
from api.paging import Limit
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from projections import occurrences
from projections.queries import reading

router = APIRouter(prefix="/events", tags=["events 事件"])

LAST_POSITION = 2**63 - 2
Position = Annotated[int, Path(ge=1, le=LAST_POSITION, description="位置 position in the log", examples=[1])]
After = Annotated[int, Query(ge=0, le=LAST_POSITION, description="从此位置之后 after this position")]


class EventAnswer(BaseModel):
    """What every event has in common. People and accounts are pseudonyms and appear in the payload alone."""

    position: int
    topic: str = Field(examples=["payment.settled.v1"])
    effective_on: date | None = Field(description="业务日期 business day")
    recorded_at: datetime
    origin: str = Field(description="decided | observed")
    recorded_by: str = Field(description="工号 staff number", examples=["G003"])
    recorded_role: str
    source_file: str | None = Field(description="来源文件 the file that it came in")
    source_line: int | None
    paper: str | None = Field(description="凭证号 number of the paper", examples=["甘财社〔2025〕1号"])
    line_no: int | None = Field(description="花名册序号 line of a roll")
    household: str | None = Field(examples=["H000123"])
    region: str | None = Field(examples=["620199"])
    amount_fen: int | None = Field(description="分 fen")


class EventPage(BaseModel):
    """Events in the order of the log; ``next`` is the ``after`` to go on with, absent at the end of the log."""

    items: list[EventAnswer]
    next: int | None = None


class WholeEvent(EventAnswer):
    """An event with its stored payload and its leaf hash (hex; docs/log-format.md)."""

    payload: dict[str, Any]
    leaf: str


@router.get("", responses=described(401, 422, 503))
def list_events(holder: Reader, books: Books, clocks: BothClocks, after: After = 0, limit: Limit = 100) -> EventPage:
    """A page looks at 2,000 events at most, so it may be short or empty: go on while there is ``next``."""
    with reading(books.database, clocks) as cursor:
        rows, following = occurrences.page(cursor, holder.region, after, limit, holder.role)
    return EventPage(items=[EventAnswer(**row) for row in rows], next=following)


@router.get("/{position}", responses=described(401, 404, 422, 503))
def one_event(position: Position, holder: Reader, books: Books, clocks: BothClocks) -> WholeEvent:
    """One event, whole."""
    with reading(books.database, clocks) as cursor:
        row = occurrences.one(cursor, holder.region, position, holder.role)
    if row is None:
        raise problems.not_found()
    return WholeEvent(**row)
