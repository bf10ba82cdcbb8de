"""What a route's signature may ask for: the book, who is asking (and so what he may), and the two clocks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BeforeValidator

from api import moments, problems
from api.moments import ISO_DATE
from ledger.access import Holder, holder_of
from projections.open_book import OpenBook
from projections.queries import Clocks

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="`mingzhang token` 发放的令牌 / a token made by `mingzhang token`",
)


def _iso_date(value: object) -> object:
    """ISO text only: a number would be read as seconds since 1970."""
    is_iso = isinstance(value, str) and ISO_DATE.fullmatch(value)
    if not is_iso and not isinstance(value, date):
        raise ValueError("须为日期 YYYY-MM-DD / must be a date, YYYY-MM-DD")
    return value


IsoDate = Annotated[date, BeforeValidator(_iso_date)]


def open_book(request: Request) -> OpenBook:
    """The book that the application serves."""
    book: OpenBook = request.app.state.open_book
    return book


Books = Annotated[OpenBook, Depends(open_book)]


def reader(
    request: Request, books: Books, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Holder:
    """Who holds the bearer token; anyone who does may read what lies in his region."""
    holder = holder_of(books.database, credentials.credentials) if credentials else None
    if holder is None:
        raise problems.unauthorized()
    request.state.staff = holder.staff
    return holder


Reader = Annotated[Holder, Depends(reader)]


def clocks(
    as_of: Annotated[
        IsoDate | None,
        Query(
            description="当日终了时的真实情况 / what was true at the end of this business day", examples=["2025-12-31"]
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        Query(
            max_length=40,
            description="只用当时已知的：事件位置、时刻（不写时区即北京时间）或日期（当日终了） / "
            "by what was known at a position, at an instant (of Beijing where it has no offset) or at the end of a day",
            examples=["1200", "2025-12-31T16:00:00Z", "2025-12-31"],
        ),
    ] = None,
) -> Clocks:
    """``as_of`` and ``known_at`` of a request that reads the books."""
    return Clocks(as_of, moments.known_at(known_at))


BothClocks = Annotated[Clocks, Depends(clocks)]
