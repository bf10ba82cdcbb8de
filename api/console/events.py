"""Event page: one event with its payload as it was hashed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import problems
from api.console.rendering import render
from api.console.session import Visitor
from api.events import Position
from api.signatures import Books
from projections import occurrences
from projections.queries import reading

router = APIRouter(prefix="/events", include_in_schema=False)


@router.get("/{position}")
def event(position: Position, request: Request, visit: Visitor, books: Books) -> Response:
    """One event."""
    with reading(books.database, visit.clocks) as cursor:
        row = occurrences.one(cursor, visit.holder.region, position, visit.holder.role)
    if row is None:
        raise problems.not_found()
    return render(request, visit, "event.html", event=row)
