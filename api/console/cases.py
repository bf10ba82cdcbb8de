"""Case pages: the board by status, one case with its steps, money and documents, and a form for each next step."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api import problems
from api.alerts import AllFindings
from api.case_dossier import PDF, printed
from api.case_steps import next_steps, officer_of
from api.cases import CaseNo, Sha256, cases_of, taken_document, whole_case
from api.console.rendering import render
from api.console.session import Revealer, Visit, Visitor, form_sender
from api.console.step_forms import FIELDS, choices_of, values_from
from api.exports import attachment, taken_out
from api.findings import Findings
from api.handlers import field_problems
from api.problems import ProblemDetails
from api.signatures import Books
from api.uploads import document_in, read_form
from ledger.access import may_see_confidential, may_work_case, views_of
from ledger.decide.refusal import Refusal
from ledger.vault import VaultError
from projections import case_desk, occurrences
from projections.cases import STATUSES, texts_in
from projections.export import tables
from projections.open_book import OpenBook
from projections.queries import Row, reading

router = APIRouter(prefix="/cases", include_in_schema=False)

# Closed cases on the board; all of them are in the API.
MOST_CLOSED = 30
MOST_FINDINGS = 100
MOST_EVIDENCE = 200
Purpose = Annotated[str, Form(min_length=4, max_length=200)]
ChosenFindings = Annotated[list[Annotated[str, Query(pattern="^f[0-9a-f]{16}$")]], Query(max_length=MOST_FINDINGS)]


@router.get("")
def board(request: Request, visit: Visitor, books: Books, mine: bool = False, overdue: bool = False) -> Response:
    """The cases by status, the worst and the most urgent first."""
    chosen = {"assigned_to": visit.holder.staff if mine else None, "overdue": overdue or None}
    rows = cases_of(books, visit.holder, visit.clocks, **chosen)
    columns = {status: [row for row in rows if row["status"] == status] for status in STATUSES}
    columns["closed"] = columns["closed"][:MOST_CLOSED]
    return render(request, visit, "cases.html", columns=columns, count=len(rows), mine=mine, overdue=overdue)


@router.get(".xlsx")
def cases_workbook(visit: Visitor, books: Books) -> Response:
    """Every case that one may see, as a workbook."""
    return taken_out(books, visit.holder, visit.clocks, tables.CASES, cases_of(books, visit.holder, visit.clocks))


@router.get("/new")
def new_case(
    request: Request,
    visit: Visitor,
    found: AllFindings,
    finding: ChosenFindings = (),  # type: ignore[assignment]
) -> Response:
    """What a case would be opened on."""
    return _new_case(request, visit, found, list(finding), {})


@router.post("")
async def open_case(request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """Opens a case on the findings chosen."""
    form = await _form(request, visit)
    findings = [str(one) for one in form.getlist("finding")][:MOST_FINDINGS]
    values = values_from("open", form) | {"findings": tuple(findings)}
    try:
        worked = await run_in_threadpool(_work, books, visit, "open", values, form)
    except (Refusal, ValidationError, VaultError) as error:
        return await run_in_threadpool(_new_case, request, visit, found, findings, form, error)
    return RedirectResponse(visit.link("cases", worked.case_no), 303)


@router.get("/{case_no}")
def case(case_no: CaseNo, request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """One case; that somebody read it is on record."""
    return _page(request, visit, books, found, case_no)


@router.post("/{case_no}/texts")
def case_with_texts(
    case_no: CaseNo, request: Request, visit: Revealer, books: Books, found: AllFindings, purpose: Purpose
) -> Response:
    """The same page with what people wrote, this once; who read it and why is on record before it is sent."""
    return _page(request, visit, books, found, case_no, purpose=purpose)


@router.get("/{case_no}/dossier.pdf")
def dossier(case_no: CaseNo, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """The case for print; what people wrote stays sealed."""
    held = whole_case(books, visit.holder, visit.clocks, case_no)
    return _pdf(case_no, printed(books, found, visit.holder, visit.clocks, held, {}))


@router.post("/{case_no}/dossier.pdf")
def dossier_with_texts(
    case_no: CaseNo, visit: Revealer, books: Books, found: AllFindings, purpose: Purpose
) -> Response:
    """The case for print with what people wrote, for a purpose that is kept."""
    held = whole_case(books, visit.holder, visit.clocks, case_no)
    texts = books.vault.reveal(_tokens(held), officer=visit.holder.staff, purpose=purpose)
    return _pdf(case_no, printed(books, found, visit.holder, visit.clocks, held, texts))


@router.get("/{case_no}/documents/{sha256}")
def document(case_no: CaseNo, sha256: Sha256, visit: Visitor, books: Books) -> Response:
    """A document, to be kept and never shown by the browser."""
    return taken_document(books, visit.holder, case_no, sha256)


@router.post("/{case_no}/documents")
async def attach(case_no: CaseNo, request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """Attaches a document."""
    form = await _form(request, visit)
    upload = await document_in(form)
    officer = officer_of(visit.holder)
    try:
        await run_in_threadpool(
            case_desk.attach, books, officer, case_no, upload.title, upload.media_type, upload.content
        )
    except (Refusal, ValidationError, VaultError) as error:
        return await run_in_threadpool(_page, request, visit, books, found, case_no, refused=error)
    return RedirectResponse(visit.link("cases", case_no), 303)


@router.post("/{case_no}/{step}")
async def take_step(
    case_no: CaseNo, step: str, request: Request, visit: Visitor, books: Books, found: AllFindings
) -> Response:
    """Takes a step of the chain, or shows the case with what speaks against it."""
    form = await _form(request, visit)
    if step not in FIELDS or step == "open":
        raise problems.not_found()
    values = values_from(step, form) | {"case_no": case_no}
    try:
        await run_in_threadpool(_work, books, visit, step, values, form)
    except (Refusal, ValidationError, VaultError) as error:
        return await run_in_threadpool(_page, request, visit, books, found, case_no, refused=error)
    return RedirectResponse(visit.link("cases", case_no), 303)


async def _form(request: Request, visit: Visit) -> FormData:
    """A form of ours, read after its sender is known (a document must not be read for anybody)."""
    form = await read_form(request)
    form_sender(request, visit, str(form.get("form_key") or ""))
    return form


def _work(books: OpenBook, visit: Visit, step: str, values: Mapping[str, object], form: FormData) -> case_desk.Worked:
    """The key in the form makes a form that is sent twice one step."""
    return case_desk.work(books, officer_of(visit.holder), step, values, key=str(form.get("key") or "") or None)


def _new_case(
    request: Request,
    visit: Visit,
    found: Findings,
    findings: list[str],
    typed: Mapping[str, Any],
    refused: Exception | None = None,
) -> Response:
    if not may_work_case(visit.holder.role, "open"):
        raise problems.forbidden("您的角色不能立案", "your role may not open cases")
    rows = [row for one in findings if (row := found.one(visit.holder.region, visit.clocks, one))]
    page = {"findings": rows, "typed": typed, "key": secrets.token_urlsafe(16), "fields": FIELDS["open"]}
    confidential = may_see_confidential(visit.holder.role)
    problem = _problem(refused)
    status = problem.status if problem else 200
    return render(request, visit, "case_new.html", status, **page, problem=problem, confidential=confidential)


def _page(
    request: Request,
    visit: Visit,
    books: OpenBook,
    found: Findings,
    case_no: str,
    *,
    purpose: str = "",
    refused: Exception | None = None,
) -> Response:
    held = whole_case(books, visit.holder, visit.clocks, case_no)
    texts: dict[str, str] = {}
    if purpose:
        try:
            texts = books.vault.reveal(_tokens(held), officer=visit.holder.staff, purpose=purpose)
        except VaultError as error:
            refused = error
    findings = [row for one in held["findings"] if (row := found.one(visit.holder.region, visit.clocks, one))]
    problem = _problem(refused)
    steps = [step for step in next_steps(held, visit.holder) if step in FIELDS]
    page = {
        "case": held,
        "texts": texts,
        "is_revealed": bool(purpose) and problem is None,
        "findings": findings,
        "outcomes": {row["finding"]: row for row in held["outcomes"]},
        "evidence": _evidence(books, visit, findings),
        "readers": views_of(books.database, case_no),
        "steps": steps,
        "choices": {step: choices_of(step, held, findings) for step in steps},
        "may_attach": "attach" in next_steps(held, visit.holder),
        "fields": FIELDS,
        "key": secrets.token_urlsafe(16),
        "problem": problem,
    }
    return render(request, visit, "case.html", problem.status if problem else 200, **page)


def _evidence(books: OpenBook, visit: Visit, findings: list[Row]) -> list[Row]:
    positions = sorted({at for row in findings for at in row["evidence"]})[:MOST_EVIDENCE]
    with reading(books.database, visit.clocks) as cursor:
        return occurrences.at_positions(cursor, visit.holder.region, positions, visit.holder.role)


def _tokens(held: Row) -> set[str]:
    return texts_in([held, *held["timeline"]])


def _problem(error: Exception | None) -> ProblemDetails | None:
    """What speaks against a step, as the page shows it."""
    if isinstance(error, Refusal):
        return problems.refused(error).details
    if isinstance(error, ValidationError):
        plain = error.errors(include_url=False, include_input=False, include_context=False)
        return problems.invalid(field_problems(plain)).details
    if isinstance(error, VaultError):
        return problems.invalid_field("body", error.chinese, error.english).details
    return None


def _pdf(case_no: str, content: bytes) -> Response:
    headers = {"Content-Disposition": attachment(f"{case_no}.pdf")}
    return Response(content, media_type=PDF, headers=headers)
