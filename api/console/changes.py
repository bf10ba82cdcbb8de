"""Then and now: a figure as it was known at a past moment and as it is known now, and the events that changed it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.alerts import AllFindings
from api.changes import FigureRef, Looking, changes_of, two_moments
from api.console.rendering import render
from api.console.session import Visit, Visitor
from api.moments import typed_day
from api.paging import Cursor
from api.signatures import Books
from projections.queries import Clocks

router = APIRouter(prefix="/changes", include_in_schema=False)

EVENTS_A_PAGE = 100
# The figure that a page says in a sentence.
_MAIN = {"fund": "available_fen", "cap": "headroom_fen", "finding": "amount_fen"}


@router.get("")
def changes(
    request: Request,
    visit: Visitor,
    books: Books,
    found: AllFindings,
    figure: FigureRef = None,
    to_as_of: str = "",
    cursor: Cursor = None,
) -> Response:
    """One figure, or which funds and caps differ."""
    until = typed_day("to_as_of", to_as_of) if to_as_of else None
    then, now = two_moments(books, visit.clocks, Clocks(until))
    answer = changes_of(Looking(books, found, visit.holder, then, now), figure, EVENTS_A_PAGE, cursor)
    kind, _, name = (figure or "").partition(":")
    main = next((one for one in answer["figures"] if one["name"] == _MAIN.get(kind)), None)
    page: dict[str, Any] = answer | {"figure": figure, "kind": kind, "name": name, "main": main, "until": until}
    return render(request, visit, "changes.html", today=books.today, page=page, place=_place(visit, kind, name))


def _place(visit: Visit, kind: str, name: str) -> str:
    """Where the figure itself is shown."""
    parts = {"fund": ("funds", name), "cap": ("cap", *name.split("|")), "finding": ("findings", name)}
    return visit.link(*parts.get(kind, ("households", name))) if kind else visit.link()
