"""Pages of samples for audit: the list with a form to draw, and one sample with its items, check and working paper."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api import problems
from api.audit_sample_bodies import AuditSampleBody
from api.audit_samples import audit_sample_of, audit_samples_of, drawn_for, paper_of
from api.console.rendering import render
from api.console.session import Visit, Visitor, form_sender
from api.handlers import field_problems
from api.problems import ProblemDetails
from api.samples import SampleNo
from api.signatures import Books
from ledger.access import may_sample_for_audit
from ledger.decide.refusal import Refusal
from ledger.events.audit_sampling import AuditPopulation, Method, StrataBy
from ledger.intake.cells import money
from ledger.intake.problems import CellProblem
from projections.audit_sampling import words
from projections.audit_sampling.check import check_audit_sample
from projections.audit_sampling.evaluation import as_row, evaluation_of
from projections.audit_sampling.samples import items_of, strata_of
from projections.open_book import OpenBook
from projections.queries import Clocks

router = APIRouter(prefix="/audit-samples", include_in_schema=False)

ITEMS_A_PAGE = 100
_MOST_FIELDS = 40
_CHOICES = {"population": get_args(AuditPopulation), "method": get_args(Method), "strata_by": get_args(StrataBy)}
_WHOLE = ("size", "confidence_percent", "bands")
_MONEY = ("tolerable_fen", "expected_fen", "certain_fen")
_PLAIN = ("sample_no", "population", "region", "method", "strata_by", "sizes_by", "programme", "fund", "seed")
_DAYS = ("from_day", "until_day", "as_of")


@router.get("")
def samples(request: Request, visit: Visitor, books: Books) -> Response:
    """Every sample for audit in the holder's region, and the form to draw one for those who may."""
    return _list(request, visit, books, {})


@router.post("")
async def draw(request: Request, visit: Visitor, books: Books) -> Response:
    """Draws a sample, or shows the form again with what speaks against it."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    form_sender(request, visit, str(form.get("form_key") or ""))
    if not may_sample_for_audit(visit.holder.role):
        raise problems.forbidden("您的角色不能办理审计抽样", "your role may not sample for audit")
    try:
        body = AuditSampleBody.model_validate(_values(form))
        key = str(form.get("key") or "") or None
        taken = await run_in_threadpool(drawn_for, books, visit.holder, body, key)
    except (Refusal, ValidationError) as error:
        return await run_in_threadpool(_list, request, visit, books, form, error)
    return RedirectResponse(visit.link("audit-samples", taken.sample_no), 303)


@router.get("/{sample_no}")
def sample(
    sample_no: SampleNo,
    request: Request,
    visit: Visitor,
    books: Books,
    after: int = Query(0, ge=0, le=5_000),
    check: bool = False,
) -> Response:
    """A sample with a page of its items and what testing says; drawn again where that is asked for."""
    row = audit_sample_of(books, visit.holder, visit.clocks, sample_no)
    items = items_of(books.database, row, after, ITEMS_A_PAGE)
    page: dict[str, Any] = {
        "sample": row,
        "items": items,
        "strata": strata_of(row),
        "stratum_words": words.stratum_words,
        "following": items[-1]["seq"] if items and items[-1]["seq"] < len(row["items"]) else None,
        "checks": check_audit_sample(books.database, sample_no) if check else None,
        "evaluation": as_row(evaluation_of(books.database, row)) if row["tested_size"] else None,
    }
    return render(request, visit, "audit_sample.html", **page)


@router.get("/{sample_no}/paper.xlsx")
def paper(sample_no: SampleNo, visit: Visitor, books: Books) -> Response:
    """The working paper."""
    return paper_of(books, visit.holder, sample_no)


def _list(
    request: Request, visit: Visit, books: OpenBook, typed: Mapping[str, Any], refused: Exception | None = None
) -> Response:
    problem = _problem(refused)
    page = {
        "samples": audit_samples_of(books, visit.holder, visit.clocks if refused is None else Clocks()),
        "may_draw": may_sample_for_audit(visit.holder.role),
        "choices": _CHOICES,
        "typed": {"region": visit.holder.region, **{name: str(value) for name, value in typed.items()}},
        "key": secrets.token_urlsafe(16),
        "problem": problem,
    }
    return render(request, visit, "audit_samples.html", problem.status if problem else 200, **page)


def _values(form: FormData) -> dict[str, object]:
    """What the form says, typed; a field left blank is not there.

    Raises:
        ProblemError: 422, an amount or a number cannot be read.
    """
    given = {name: str(form.get(name) or "").strip() for name in (*_PLAIN, *_DAYS, *_WHOLE, *_MONEY)}
    given = {name: text for name, text in given.items() if text}
    values: dict[str, object] = {name: text for name, text in given.items() if name in (*_PLAIN, *_DAYS)}
    for name in _WHOLE:
        if name in given:
            if not (given[name].isascii() and given[name].isdecimal() and len(given[name]) < 10):
                raise problems.invalid_field(name, "须为整数", "must be a whole number")
            values[name] = int(given[name])
    for name in _MONEY:
        if name in given:
            try:
                values[name] = money(given[name])
            except CellProblem as problem:
                raise problems.invalid_field(name, problem.reason_zh, problem.reason_en) from None
    return values


def _problem(error: Exception | None) -> ProblemDetails | None:
    """What speaks against a draw, as the page shows it."""
    if isinstance(error, Refusal):
        return problems.refused(error).details
    if isinstance(error, ValidationError):
        plain = error.errors(include_url=False, include_input=False, include_context=False)
        return problems.invalid(field_problems(plain)).details
    return None
