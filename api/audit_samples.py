"""Samples for audit 审计抽样: draw one, list them, one with its items, its population, its check, its working paper."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from api import paging, problems
from api.audit_sample_bodies import (
    AuditCheck,
    AuditEvaluation,
    AuditItem,
    AuditLine,
    AuditSample,
    AuditSampleBody,
    AuditSampleSummary,
    AuditTaken,
)
from api.exports import ANSWERS, Workbook, attachment
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.records import IdempotencyKey
from api.samples import SampleNo
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder, may_sample_for_audit
from ledger.decide.audit_plan import Plan
from ledger.region import covers
from projections.audit_sampling.check import check_audit_sample
from projections.audit_sampling.desk import Auditor, Taken, draw_audit_sample
from projections.audit_sampling.evaluation import as_row, evaluation_of
from projections.audit_sampling.evidence import contents_of, sealed_in
from projections.audit_sampling.paper import working_paper
from projections.audit_sampling.populations import Scope
from projections.audit_sampling.samples import audit_sample, audit_samples, items_of, population_of, strata_of
from projections.export.provenance import provenance_of
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(prefix="/audit-samples", tags=["audit samples 审计抽样"])
_OF_ONE = described(401, 404, 422, 503)


def sampler(holder: Reader) -> Holder:
    """A dependency: the holder, if his role may sample for audit."""
    if not may_sample_for_audit(holder.role):
        raise problems.forbidden("您的角色不能办理审计抽样", "your role may not sample for audit")
    return holder


Sampler = Annotated[Holder, Depends(sampler)]


@router.get("", responses=described(401, 422, 503))
def list_audit_samples(
    holder: Reader, books: Books, clocks: BothClocks, limit: Limit = 100, cursor: Cursor = None
) -> Page[AuditSampleSummary]:
    """The samples in the holder's region, the latest first; one that was never tested stays to be seen."""
    before = paging.read(cursor, (int,))[0] if cursor else None
    rows = [row for row in audit_samples_of(books, holder, clocks) if before is None or row["position"] < before]
    following = paging.written([rows[limit - 1]["position"]]) if len(rows) > limit else None
    return Page(items=[AuditSampleSummary(**row) for row in rows[:limit]], next=following)


@router.post(
    "",
    status_code=201,
    responses={
        200: {"model": AuditTaken, "description": "此前已抽取 / was drawn before"},
        **described(401, 403, 409, 413, 422, 503),
    },
)
def draw_for_audit(
    body: AuditSampleBody, holder: Sampler, books: Books, response: Response, key: IdempotencyKey = None
) -> AuditTaken:
    """Draws a sample by its plan and its seed, and puts it on record."""
    taken = drawn_for(books, holder, body, key)
    response.status_code = 201 if taken.is_new else 200
    response.headers["Location"] = f"/api/v1/audit-samples/{quote(taken.sample_no, safe='')}"
    return AuditTaken(sample_no=taken.sample_no, position=taken.position, is_new=taken.is_new)


@router.get("/{sample_no}", responses=_OF_ONE)
def one_audit_sample(sample_no: SampleNo, holder: Reader, books: Books, clocks: BothClocks) -> AuditSample:
    """A sample with its plan, its seed, its strata and every hash."""
    row = audit_sample_of(books, holder, clocks, sample_no)
    strata = [one._asdict() for one in strata_of(row)]
    return AuditSample.model_validate(row | {"strata_drawn": strata, "drawn_size": len(row["items"])})


@router.get("/{sample_no}/items", responses=_OF_ONE)
def audit_sample_items(
    sample_no: SampleNo, holder: Reader, books: Books, limit: Limit = 100, cursor: Cursor = None
) -> Page[AuditItem]:
    """The items in the order of the draw, with their evidence by log position."""
    row = audit_sample_of(books, holder, Clocks(), sample_no)
    after = paging.read(cursor, (int,))[0] if cursor else 0
    items = items_of(books.database, row, max(after, 0), limit)
    last = items[-1]["seq"] if items else 0
    following = paging.written([last]) if 0 < last < len(row["items"]) else None
    return Page(items=[AuditItem(**item) for item in items], next=following)


@router.get("/{sample_no}/population", responses=_OF_ONE)
def audit_sample_population(
    sample_no: SampleNo, holder: Reader, books: Books, limit: Limit = 500, cursor: Cursor = None
) -> Page[AuditLine]:
    """The population as the log gives it at the sample's clocks, by item: all that a draw is made from."""
    row = audit_sample_of(books, holder, Clocks(), sample_no)
    after = paging.read(cursor, (str,))[0] if cursor else ""
    lines = [line for line in population_of(books.database, row) if line.item > after]
    following = paging.written([lines[limit - 1].item]) if len(lines) > limit else None
    return Page(items=[AuditLine(**line._asdict()) for line in lines[:limit]], next=following)


@router.get("/{sample_no}/check", responses=_OF_ONE)
def audit_sample_check(sample_no: SampleNo, holder: Reader, books: Books) -> list[AuditCheck]:
    """The sample drawn again from the log at its clocks, and what agrees with the record."""
    audit_sample_of(books, holder, Clocks(), sample_no)
    checks = check_audit_sample(books.database, sample_no)
    return [AuditCheck(zh=one.zh, en=one.en, holds=bool(one.holds)) for one in checks]


@router.get("/{sample_no}/evaluation", responses=_OF_ONE)
def audit_sample_evaluation(sample_no: SampleNo, holder: Reader, books: Books) -> AuditEvaluation:
    """What testing says of the population, by what is on record of it now."""
    row = audit_sample_of(books, holder, Clocks(), sample_no)
    return AuditEvaluation.model_validate(as_row(evaluation_of(books.database, row)))


@router.get("/{sample_no}/paper.xlsx", response_class=Workbook, responses=_OF_ONE | {200: ANSWERS[200]})
def audit_sample_paper(sample_no: SampleNo, holder: Reader, books: Books) -> Workbook:
    """The working paper: facts, items to be tested, strata, and what was set aside; nobody is named."""
    return paper_of(books, holder, sample_no)


def drawn_for(books: OpenBook, holder: Holder, body: AuditSampleBody, key: str | None) -> Taken:
    """Draws what a body asks for."""
    scope = Scope(**{name: getattr(body, name) for name in Scope.__slots__})
    plan = Plan(**{name: getattr(body, name) for name in Plan.model_fields})
    auditor = Auditor(holder.staff, holder.role, holder.region)
    clocks = Clocks(body.as_of, body.known_at)
    return draw_audit_sample(books, auditor, body.sample_no, scope, plan, clocks, seed=body.seed, key=key)


def audit_samples_of(books: OpenBook, holder: Holder, clocks: Clocks) -> list[Row]:
    """The samples in the holder's region."""
    with reading(books.database, clocks) as cursor:
        return [row for row in audit_samples(cursor) if covers(holder.region, row["region"])]


def audit_sample_of(books: OpenBook, holder: Holder, clocks: Clocks, sample_no: str) -> Row:
    """One sample by the two clocks; 404 outside the holder's region."""
    with reading(books.database, clocks) as cursor:
        found = audit_sample(cursor, sample_no)
    if found is None or not covers(holder.region, found["region"]):
        raise problems.not_found()
    return found


def paper_of(books: OpenBook, holder: Holder, sample_no: str) -> Workbook:
    """The working paper as a file, with the names of its proof files where the book is sealed."""
    row = audit_sample_of(books, holder, Clocks(), sample_no)
    contents = contents_of(books.database, row, sealed_in(books.seal_folder))
    with reading(books.database, Clocks()) as cursor:
        provenance = provenance_of(cursor, holder.staff)
    headers = {"Content-Disposition": attachment(f"{sample_no}.xlsx")}
    return Workbook(working_paper(contents, provenance), headers=headers)
