"""Subject pages: whom open findings concern, ranked, with the reasons spelled out; and the same as a workbook."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.alerts import AllFindings
from api.console.rendering import render
from api.console.session import Visitor
from api.exports import taken_out
from api.signatures import Books
from api.subjects import SubjectKind, subjects_of, tallied, weights_of
from projections.export import tables

router = APIRouter(prefix="/subjects", include_in_schema=False)

# Whoever needs more of them takes the workbook.
MOST_SHOWN = 100


@router.get("")
def subjects(request: Request, visit: Visitor, books: Books, found: AllFindings, kind: SubjectKind = None) -> Response:
    """The subjects of one kind (households unless another is chosen), highest score first."""
    kind = kind or "household"
    rows = subjects_of(books, found, visit.holder, visit.clocks, None)
    own = [row for row in rows if row["kind"] == kind]
    weights = weights_of(books, visit.clocks)
    names = {row["id"]: row["name"] for row in found.read(visit.holder.region, visit.clocks)}
    page: dict[str, Any] = {"kind": kind, "tally": tallied(rows), "count": len(own), "weights": weights, "names": names}
    return render(request, visit, "subjects.html", rows=own[:MOST_SHOWN], **page)


@router.get(".xlsx")
def subjects_workbook(visit: Visitor, books: Books, found: AllFindings, kind: SubjectKind = None) -> Response:
    """The same as a workbook, all of them."""
    rows = subjects_of(books, found, visit.holder, visit.clocks, kind)
    filters = [(visit.words("finding.kind"), visit.words(f"ref.{kind}"))] if kind else []
    return taken_out(books, visit.holder, visit.clocks, tables.SUBJECTS, rows, filters)
