"""The application: the API under /api/v1, the console beside it, health open to all."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Depends, FastAPI
from starlette.staticfiles import StaticFiles

from api import (
    alerts,
    audit_samples,
    cap,
    cases,
    changes,
    document,
    events,
    exports,
    funds,
    health,
    households,
    policy,
    proofs,
    records,
    rules,
    samples,
    seal,
    seal_files,
    subjects,
)
from api.body_limit import BodyLimit
from api.console import audit_samples as audit_sample_pages
from api.console import cap as cap_page
from api.console import cases as case_pages
from api.console import changes as change_pages
from api.console import events as event_page
from api.console import findings as finding_pages
from api.console import funds as fund_pages
from api.console import households as household_pages
from api.console import login, overview
from api.console import proofs as proof_page
from api.console import rules as rule_pages
from api.console import samples as sample_pages
from api.console import subjects as subject_pages
from api.findings import Findings
from api.handlers import fault, install_handlers
from api.headers import SecurityHeaders
from api.logs import RequestLog
from api.recording import Recording
from projections.open_book import OpenBook

_DESCRIPTION = (
    "社会救助资金账本：登记、查询与监督。金额均为整数分，日期为 Asia/Shanghai 业务日期。\n\n"
    "The books of social assistance: record, ask, supervise. Amounts are integer fen, days are business days."
)


def create_app(open_book: OpenBook) -> FastAPI:
    """The application that serves an open book; whoever opened the book closes it."""
    app = FastAPI(
        title="明账 Mingzhang",
        version="1",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    hold(app, open_book)
    install_handlers(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog, fault=fault)
    app.add_middleware(SecurityHeaders)
    app.include_router(health.router)
    app.include_router(seal_files.router)
    app.include_router(_api())
    for pages in (
        login,
        overview,
        fund_pages,
        cap_page,
        change_pages,
        finding_pages,
        case_pages,
        rule_pages,
        subject_pages,
        household_pages,
        sample_pages,
        audit_sample_pages,
        event_page,
        proof_page,
    ):
        app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=str(files("api.console").joinpath("static"))), name="static")
    app.openapi = lambda: document.describe(app)  # type: ignore[method-assign]
    return app


def hold(app: FastAPI, open_book: OpenBook) -> None:
    """Puts a book behind the application, in place of the one that was there."""
    app.state.open_book = open_book
    app.state.recording = Recording(open_book)
    app.state.findings = Findings(open_book)


def _api() -> APIRouter:
    router = APIRouter(prefix=document.PREFIX, dependencies=[Depends(document.only_documented)])
    for noun in (
        exports,
        records,
        funds,
        cap,
        alerts,
        changes,
        cases,
        rules,
        subjects,
        samples,
        audit_samples,
        events,
        proofs,
        seal,
        households,
        policy,
        document,
    ):
        router.include_router(noun.router)
    return router
