"""GET the same lists as workbooks that open in WPS and Excel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from api.alerts import AllFindings, Chosen, choose
from api.cap import caps_of
from api.funds import funds_of
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from api.subjects import SubjectKind, subjects_of
from ledger.access import Holder
from projections.export import tables
from projections.export.provenance import provenance_of
from projections.export.workbook import Table, workbook
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(tags=["exports 导出"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Workbook(Response):
    """An XLSX file."""

    media_type = XLSX


ANSWERS: dict[int | str, dict[str, Any]] = described(401, 422, 503) | {
    200: {"description": "工作簿 a workbook", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/alerts.xlsx", response_class=Workbook, responses=ANSWERS)
def findings_workbook(holder: Reader, books: Books, found: AllFindings, clocks: BothClocks, chosen: Chosen) -> Workbook:
    """The findings that the address chooses, all of them."""
    rows, _ = choose(books, found, holder, clocks, chosen)
    return taken_out(books, holder, clocks, tables.FINDINGS, rows, list(chosen.chosen().items()))


@router.get("/funds.xlsx", response_class=Workbook, responses=ANSWERS)
def funds_workbook(holder: Reader, books: Books, clocks: BothClocks) -> Workbook:
    """Every fund in the holder's region."""
    return taken_out(books, holder, clocks, tables.FUNDS, funds_of(books, holder, clocks))


@router.get("/cap.xlsx", response_class=Workbook, responses=ANSWERS)
def caps_workbook(holder: Reader, books: Books, clocks: BothClocks) -> Workbook:
    """The cap of every budget year in the holder's region."""
    return taken_out(books, holder, clocks, tables.CAPS, caps_of(books, holder, clocks))


@router.get("/subjects.xlsx", response_class=Workbook, responses=ANSWERS)
def subjects_workbook(
    holder: Reader, books: Books, found: AllFindings, clocks: BothClocks, kind: SubjectKind = None
) -> Workbook:
    """The ranked subjects, all of them."""
    rows = subjects_of(books, found, holder, clocks, kind)
    return taken_out(books, holder, clocks, tables.SUBJECTS, rows, [("kind", kind)] if kind else [])


def taken_out(
    books: OpenBook,
    holder: Holder,
    clocks: Clocks,
    table: Table,
    rows: Iterable[Row],
    filters: Sequence[tuple[str, str]] = (),
) -> Workbook:
    """The rows as a workbook that says where they come from and who took them out."""
    with reading(books.database, clocks) as cursor:
        provenance = provenance_of(cursor, holder.staff, filters)
    name = f"{table.title_zh}-{provenance.as_of}.xlsx"
    return Workbook(workbook(table, rows, provenance), headers={"Content-Disposition": attachment(name)})


def attachment(name: str) -> str:
    """The header that makes a browser keep a file under this name and show nothing of it."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-._") else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
