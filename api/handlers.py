"""From exceptions to answers: problem+json under /api, a page elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api import problems
from api.console.rendering import problem_page
from api.console.session import LoginNeeded, login_path
from api.problems import MEDIA_TYPE, FieldProblem, ProblemError
from ledger.book.book import Busy, KeyReused
from ledger.decide.refusal import Refusal
from ledger.vault import VaultError

log = structlog.get_logger()

_ZH = {"missing": "必填", "extra_forbidden": "没有这个字段", "json_invalid": "不是有效的 JSON"}


def install_handlers(app: FastAPI) -> None:
    """Every exception that a route may let through, answered."""
    app.exception_handler(ProblemError)(_problem)
    app.exception_handler(RequestValidationError)(_invalid_request)
    app.exception_handler(ValidationError)(_invalid_row)
    app.exception_handler(VaultError)(_vault)
    app.exception_handler(Refusal)(_refusal)
    app.exception_handler(KeyReused)(_key_reused)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(LoginNeeded)(_login)
    for busy in (Busy, PoolTimeout, OperationalError):
        app.exception_handler(busy)(_busy)


def answer(request: Request, problem: ProblemError) -> Response:
    """A problem as JSON for programs and as a page for people."""
    if not request.url.path.startswith(("/api/", "/seal/", "/healthz", "/readyz")):
        return problem_page(request, problem.details, problem.headers)
    content = problem.details.model_dump(exclude_none=True)
    return JSONResponse(content, problem.details.status, problem.headers, MEDIA_TYPE)


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """pydantic's errors by field; what was sent is left out, since it may be personal."""
    found = []
    for error in errors:
        named = [str(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
        zh, _, en = str(error["msg"]).removeprefix("Value error, ").partition(" / ")
        if not en:
            zh, en = _ZH.get(error["type"], "不合格式"), zh
        field = ".".join(named) if error["type"] != "json_invalid" else ""
        found.append(FieldProblem(field=field or "body", detail_zh=zh, detail_en=en))
    return found


async def _problem(request: Request, error: ProblemError) -> Response:
    return answer(request, error)


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    return answer(request, problems.invalid(field_problems(error.errors())))


async def _invalid_row(request: Request, error: ValidationError) -> Response:
    plain = error.errors(include_url=False, include_input=False, include_context=False)
    return answer(request, problems.invalid(field_problems(plain)))


async def _vault(request: Request, error: VaultError) -> Response:
    return answer(request, problems.invalid_field("body", error.chinese, error.english))


async def _refusal(request: Request, error: Refusal) -> Response:
    log.info("refused", rule=error.code)
    return answer(request, problems.refused(error))


async def _key_reused(request: Request, error: Exception) -> Response:
    zh, _, en = str(error).partition(" / ")
    return answer(request, problems.invalid_field("Idempotency-Key", zh, en))


async def _busy(request: Request, error: Exception) -> Response:
    log.warning("busy", error=type(error).__name__)
    return answer(request, problems.busy())


async def _http(request: Request, error: HTTPException) -> Response:
    """What the framework itself answers: no such route, or not by this method."""
    if error.status_code == 404:
        return answer(request, problems.not_found())
    if error.status_code == 400:
        # What the framework says of bytes that are no text at all; of other bodies that are no JSON it says 422.
        return answer(request, problems.invalid_field("body", _ZH["json_invalid"], "is not valid JSON"))
    titles = {405: ("方法不允许", "Method not allowed"), 413: ("内容过大", "Content too large")}
    title = titles.get(error.status_code, ("请求无法处理", "Request cannot be handled"))
    problem = ProblemError(
        error.status_code, f"http_{error.status_code}", title, title, headers=dict(error.headers or {})
    )
    return answer(request, problem)


async def _login(request: Request, error: Exception) -> Response:
    return RedirectResponse(login_path(request), 303)


def fault(request: Request) -> Response:
    """What a fault of ours is answered with; what it was is in the log, under the request's number."""
    title = ("系统故障", "Internal error")
    detail = ("系统出错，请将请求编号告知管理员", "something failed; tell the administrator the request's number")
    return answer(request, ProblemError(500, "fault", title, detail))
