"""Household pages: a household's life by day; names only for a written purpose, which is kept on record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.rendering import render
from api.console.session import Revealer, Visit, Visitor
from api.households import HouseholdNo, life_of
from api.signatures import Books
from ledger.vault import AccessError
from projections import statements
from projections.open_book import OpenBook
from projections.queries import Row, reading

router = APIRouter(prefix="/households", include_in_schema=False)

Purpose = Annotated[str, Form(min_length=4, max_length=200)]


@router.get("")
def find_household(request: Request, visit: Visitor, no: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Asks for a household's number and leads to it."""
    if no.strip():
        return RedirectResponse(visit.link("households", no.strip()), 303)
    return render(request, visit, "households.html")


@router.get("/{household:path}")
def household(household: HouseholdNo, request: Request, visit: Visitor, books: Books) -> Response:
    """A household by its number: nobody is named."""
    return render(request, visit, "household.html", **_page(books, visit, household), names={}, refused="")


@router.post("/{household:path}/names")
def household_with_names(
    household: HouseholdNo, request: Request, visit: Revealer, books: Books, purpose: Purpose
) -> Response:
    """The same page with names, this once; who looked at whom and why is on record before it is sent."""
    page = _page(books, visit, household)
    tokens = {member[name] for member in page["members"] for name in ("person", "name") if member[name]}
    try:
        names = books.vault.reveal(tokens, officer=visit.holder.staff, purpose=purpose)
    except AccessError as error:
        refused = error.chinese if visit.words.language == "zh" else error.english
        return render(request, visit, "household.html", 422, **page, names={}, refused=refused)
    return render(request, visit, "household.html", **page, names=names, refused="")


def _page(books: OpenBook, visit: Visit, household: str) -> dict[str, Any]:
    events: list[Row] = life_of(books, visit.holder, visit.clocks, household)
    with reading(books.database, visit.clocks) as cursor:
        members = statements.members(cursor, household)
        months = statements.months_paid(cursor, household)
    return {"household": household, "events": events, "members": members, "months": months}
