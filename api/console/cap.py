"""Cap pages: the gauges, and one cap with what counts and the law's words."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.cap import RegionCode, Year, cap_detail, caps_of
from api.console.rendering import render
from api.console.session import Visitor
from api.signatures import Books

router = APIRouter(prefix="/cap", include_in_schema=False)


@router.get("")
def caps(request: Request, visit: Visitor, books: Books) -> Response:
    """The cap of every region and budget year."""
    return render(request, visit, "caps.html", caps=caps_of(books, visit.holder, visit.clocks))


@router.get("/{region}/{year}")
def cap(region: RegionCode, year: Year, request: Request, visit: Visitor, books: Books) -> Response:
    """One cap."""
    return render(request, visit, "cap.html", cap=cap_detail(books, visit.holder, visit.clocks, region, year))
