"""Cases: the board, one case with its steps and documents, and every step of the chain."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from api import paging, problems
from api.alerts import AllFindings
from api.bodies import Body
from api.case_dossier import PDF, printed
from api.case_steps import BODIES, given_in, next_steps, officer_of
from api.exports import ANSWERS, Workbook, attachment, taken_out
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.records import IdempotencyKey
from api.signatures import Books, BothClocks, Reader
from api.uploads import FORM, PLAIN, document_in, kept_as, read_form
from ledger.access import Holder, may_work_case, views_of
from ledger.events.finding import SEVERITIES, Severity
from projections import case_desk
from projections.case_desk import STEPS
from projections.cases import list_cases
from projections.export import tables
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(prefix="/cases", tags=["cases 办案"])

Status = Literal["opened", "assigned", "investigated", "judged", "measured", "reported", "accepted", "closed"]
CaseNo = Annotated[str, Path(pattern="^[0-9A-Za-z][0-9A-Za-z._-]{0,39}$", examples=["A2025-7k3mq9xw"])]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", examples=["0" * 64])]
_BYTES = {"schema": {"type": "string", "format": "binary"}}


class Case(BaseModel):
    """A case as it stands. What people wrote is the vault's pseudonym of a text."""

    case_no: str
    status: Status = Field(description="待派单 待核查 待认定 待处置 待整改 待复核 待销号 已销号")
    severity: Severity
    region: str
    findings: list[str]
    assigned_to: str | None = Field(description="承办人工号 staff number")
    opened_on: date
    due_on: date | None
    is_overdue: bool
    closed_on: date | None
    is_confidential: bool
    unit_region: str | None
    turn: int = Field(description="第几次办理 1, and one more for each reopening")
    last_step: str
    last_on: date
    last_position: int
    established: int
    dismissed: int
    tolerated: int
    measures: int
    established_fen: int | None


class CaseStep(BaseModel):
    """A step of a case; which fields it has depends on ``step``."""

    position: int
    step: str = Field(examples=["assign"])
    day: date
    staff: str
    role: str
    finding: str | None = None
    severity: Severity | None = None
    amount_fen: int | None = None
    recovery_no: str | None = None
    measure: str | None = None
    sent_to: str | None = None
    assigned_to: str | None = None
    due_on: date | None = None
    reason: str | None = None
    facts: str | None = None
    title: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    media_type: str | None = None


class CaseRecovery(BaseModel):
    """A recovery that the case opened, in fen."""

    recovery_no: str
    household: str
    opened_on: date
    claimed_fen: int
    repaid_fen: int
    written_off_fen: int
    owed_fen: int
    funds: list[str] = Field(description="缴回记入的资金 the funds that repayments credited")


class CaseReader(BaseModel):
    """Somebody who read the case."""

    staff: str
    role: str
    at: datetime


class WholeCase(Case):
    """A case with its steps, its money, who read it, and what the reader may do next."""

    timeline: list[CaseStep]
    recoveries: list[CaseRecovery]
    readers: list[CaseReader]
    next_steps: list[str]


class StepAnswer(BaseModel):
    """Where in the log a step was recorded. 200 instead of 201 says that it was on record before."""

    case_no: str
    position: int
    is_new: bool


@router.get("", responses=described(401, 422, 503))
def list_of_cases(
    holder: Reader,
    books: Books,
    clocks: BothClocks,
    status: Annotated[Status | None, Query(description="状态 status")] = None,
    severity: Annotated[Severity | None, Query(description="严重程度 severity")] = None,
    assigned_to: Annotated[str | None, Query(max_length=40, description="承办人工号 staff number")] = None,
    overdue: Annotated[bool | None, Query(description="是否逾期 overdue")] = None,
    finding: Annotated[str | None, Query(pattern="^f[0-9a-f]{16}$", description="预警编号 finding")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Case]:
    """The cases that the holder may see: open before closed, the worst and the most urgent first."""
    chosen = {"status": status, "severity": severity, "assigned_to": assigned_to, "overdue": overdue}
    rows = cases_of(books, holder, clocks, finding=finding, **chosen)
    after = paging.read(cursor, (int, int, str, str)) if cursor else None
    rows = [row for row in rows if after is None or _place(row) > after]
    following = paging.written(_place(rows[limit - 1])) if len(rows) > limit else None
    return Page(items=[Case(**row) for row in rows[:limit]], next=following)


@router.get(".xlsx", response_class=Workbook, responses=ANSWERS)
def cases_workbook(holder: Reader, books: Books, clocks: BothClocks) -> Workbook:
    """Every case that the holder may see, as a workbook; nothing that anybody wrote is in it."""
    return taken_out(books, holder, clocks, tables.CASES, cases_of(books, holder, clocks))


@router.get("/{case_no}", responses=described(401, 404, 422, 503))
def one_case(case_no: CaseNo, holder: Reader, books: Books, clocks: BothClocks) -> WholeCase:
    """A case; that the holder read it is on record."""
    case = whole_case(books, holder, clocks, case_no)
    readers = [CaseReader(staff=view.staff, role=view.role, at=view.at) for view in views_of(books.database, case_no)]
    return WholeCase.model_validate(case | {"readers": readers, "next_steps": next_steps(case, holder)})


@router.get(
    "/{case_no}/dossier.pdf",
    response_class=Response,
    responses=described(401, 404, 422, 503) | {200: {"description": "档案 a dossier", "content": {PDF: _BYTES}}},
)
def case_dossier(case_no: CaseNo, holder: Reader, books: Books, found: AllFindings, clocks: BothClocks) -> Response:
    """The case for print, with its evidence list; what people wrote stays sealed."""
    case = whole_case(books, holder, clocks, case_no)
    headers = {"Content-Disposition": attachment(f"{case_no}.pdf")}
    return Response(printed(books, found, holder, clocks, case, {}), media_type=PDF, headers=headers)


@router.get(
    "/{case_no}/documents/{sha256}",
    response_class=Response,
    responses=described(401, 404, 422, 503) | {200: {"description": "附件 a document", "content": {PLAIN: _BYTES}}},
)
def case_document(case_no: CaseNo, sha256: Sha256, holder: Reader, books: Books) -> Response:
    """A document of the case, to be kept and never shown by a browser; that the holder took it is on record."""
    return taken_document(books, holder, case_no, sha256)


def worker(step: str) -> Callable[..., Holder]:
    """A dependency: the holder, if his role may take this step."""

    def permitted(holder: Reader) -> Holder:
        if not may_work_case(holder.role, step):
            raise problems.forbidden(f"您的角色不能{STEPS[step].act_zh}", f"your role may not {STEPS[step].en}")
        return holder

    return permitted


@router.post(
    "/{case_no}/documents",
    status_code=201,
    openapi_extra=FORM,
    responses=described(401, 403, 404, 409, 413, 422, 503),
)
async def attach_document(
    case_no: CaseNo, holder: Annotated[Holder, Depends(worker("attach"))], books: Books, request: Request
) -> dict[str, str]:
    """Attaches a document (20 MB at most) and answers with the SHA-256 of its bytes."""
    upload = await document_in(await read_form(request))
    officer = officer_of(holder)
    sha256 = await run_in_threadpool(
        case_desk.attach, books, officer, case_no, upload.title, upload.media_type, upload.content
    )
    return {"case_no": case_no, "sha256": sha256}


def _open_route(body_type: type[Body]) -> Callable[..., Any]:
    def take(
        body: body_type,  # type: ignore[valid-type]
        holder: Annotated[Holder, Depends(worker("open"))],
        books: Books,
        response: Response,
        key: IdempotencyKey = None,
    ) -> StepAnswer:
        return _taken(books, holder, "open", given_in(body), key, response)

    return take


def _step_route(step: str, body_type: type[Body]) -> Callable[..., Any]:
    def take(
        case_no: CaseNo,
        body: body_type,  # type: ignore[valid-type]
        holder: Annotated[Holder, Depends(worker(step))],
        books: Books,
        response: Response,
        key: IdempotencyKey = None,
    ) -> StepAnswer:
        return _taken(books, holder, step, {"case_no": case_no, **given_in(body)}, key, response)

    return take


def _taken(
    books: OpenBook, holder: Holder, step: str, values: dict[str, object], key: str | None, response: Response
) -> StepAnswer:
    worked = case_desk.work(books, officer_of(holder), step, values, key=key)
    response.status_code = 201 if worked.is_new else 200
    response.headers["Location"] = f"/api/v1/cases/{worked.case_no}"
    return StepAnswer(case_no=worked.case_no, position=worked.position, is_new=worked.is_new)


for _name, _body in BODIES.items():
    router.add_api_route(
        "" if _name == "open" else f"/{{case_no}}/{_name}",
        _open_route(_body) if _name == "open" else _step_route(_name, _body),
        methods=["POST"],
        status_code=201,
        name=f"case_{_name}",
        operation_id=f"case_{_name}",
        summary=f"{STEPS[_name].zh} / {STEPS[_name].en}",
        responses={
            200: {"model": StepAnswer, "description": "此前已记录 / was on record before"},
            **described(401, 403, 404, 409, 413, 422, 503),
        },
    )


def cases_of(books: OpenBook, holder: Holder, clocks: Clocks, **chosen: Any) -> list[Row]:
    """The cases that the holder may see, by what he chose."""
    with reading(books.database, clocks) as cursor:
        return list_cases(cursor, holder.role, holder.region, **chosen)


def whole_case(books: OpenBook, holder: Holder, clocks: Clocks, case_no: str) -> Row:
    """A case with ``timeline``, ``documents``, ``outcomes``, ``orders`` and ``recoveries``; 404 where he may see none.

    That he read it is on record when this returns.
    """
    case = case_desk.look_into(books, officer_of(holder), case_no, clocks)
    if case is None:
        raise problems.not_found()
    return case


def taken_document(books: OpenBook, holder: Holder, case_no: str, sha256: str) -> Response:
    """A document as a file; 404 where the holder may see no such case or it has no such document."""
    case = whole_case(books, holder, Clocks(), case_no)
    held = next((one for one in case["documents"] if one["sha256"] == sha256), None)
    content = case_desk.document(books, officer_of(holder), case_no, sha256) if held else None
    if held is None or content is None:
        raise problems.not_found()
    headers = {"Content-Disposition": kept_as(case_no, sha256, held["media_type"])}
    return Response(content, media_type=PLAIN, headers=headers)


def _place(row: Row) -> list[Any]:
    """Open before closed, the worst first, then the most urgent."""
    due_on = row["due_on"].isoformat() if row["due_on"] else ""
    return [int(row["status"] == "closed"), SEVERITIES.index(row["severity"]), due_on, row["case_no"]]
