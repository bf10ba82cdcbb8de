"""From a template and its rows to a page: every value escaped, every word from the catalogue, money in yuan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.console.session import Visit, keep_language, words_for
from api.console.words import LANGUAGES
from api.problems import ProblemDetails
from ledger.access import may_reveal
from ledger.decide.refusal import yuan
from projections.open_book import BUSINESS_ZONE


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = money
    environment.filters["instant"] = instant
    environment.filters["permille"] = permille
    return environment


def render(request: Request, visit: Visit, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for somebody who has logged in."""
    text = (
        _templates()
        .get_template(template)
        .render(
            visit=visit,
            t=visit.words,
            link=visit.link,
            reveals=may_reveal(visit.holder.role),
            languages=_language_links(request),
            path=request.url.path,
            **context,
        )
    )
    response = HTMLResponse(text, status)
    keep_language(request, response)
    return response


def render_open(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for anybody: the login form, and what went wrong."""
    words = words_for(request)
    text = (
        _templates()
        .get_template(template)
        .render(visit=None, t=words, languages=_language_links(request), path=request.url.path, **context)
    )
    response = HTMLResponse(text, status)
    keep_language(request, response)
    return response


def problem_page(request: Request, details: ProblemDetails, headers: Mapping[str, str]) -> Response:
    """What went wrong, in words."""
    response = render_open(
        request, "problem.html", details.status, problem=details, request_id=request.state.request_id
    )
    response.headers.update(headers)
    return response


def money(amount_fen: int | None) -> Markup:
    """Fen as yuan with two decimals; what is below zero is marked by a sign and by colour; nothing is a dash."""
    if amount_fen is None:
        return Markup('<span class="none">—</span>')
    if amount_fen < 0:
        return Markup('<span class="negative">−{}</span>').format(yuan(-amount_fen))
    return Markup("{}").format(yuan(amount_fen))


def instant(moment: datetime | None) -> str:
    """An instant as clocks in the office show it."""
    return moment.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S") if moment else "—"


def permille(part_fen: int, whole_fen: int | None) -> int:
    """``part`` in thousandths of ``whole``, from 0 to 1000, for drawing alone."""
    if not whole_fen or whole_fen < 0:
        return 1000 if part_fen > 0 else 0
    return max(0, min(1000, part_fen * 1000 // whole_fen))


def _language_links(request: Request) -> list[tuple[str, str, bool]]:
    """(language, address of this page in it, whether it is the one shown)."""
    shown = words_for(request).language
    return [(name, str(request.url.include_query_params(lang=name).query), name == shown) for name in LANGUAGES]
