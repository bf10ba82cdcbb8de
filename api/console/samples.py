"""Sample pages: the list with what was made public, and one sample with all that is needed to draw it again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.console.rendering import render
from api.console.session import Visitor
from api.samples import SampleNo, detail, publications_of, sample_of, samples_of
from api.signatures import Books

router = APIRouter(prefix="/samples", include_in_schema=False)


@router.get("")
def samples(request: Request, visit: Visitor, books: Books) -> Response:
    """Every sample and every publication in the holder's region."""
    rows = samples_of(books, visit.holder, visit.clocks)
    published = publications_of(books, visit.holder, visit.clocks)
    return render(request, visit, "samples.html", samples=rows, published=published)


@router.get("/{sample_no}")
def sample(sample_no: SampleNo, request: Request, visit: Visitor, books: Books) -> Response:
    """A sample's commitments, its frozen population, its draw, and how to do it again."""
    found = detail(sample_of(books, visit.holder, visit.clocks, sample_no), books)
    published = publications_of(books, visit.holder, visit.clocks)
    own = [row for row in published if row["sample_no"] == sample_no]
    return render(request, visit, "sample.html", sample=found, published=own)
