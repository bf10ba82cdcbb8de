"""Logging in with a token and out again; the token itself is never kept by the browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.rendering import render_open
from api.console.session import COOKIE, FormSender, check_origin, local_path, set_cookie
from api.signatures import Books
from ledger.access import end_session, start_session

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/login")
def login_form(request: Request, place: Next = "/") -> Response:
    """Asks for the token."""
    return render_open(request, "login.html", next=local_path(place), failed=False)


@router.post("/login", dependencies=[Depends(check_origin)])
def login(
    request: Request,
    books: Books,
    token: Annotated[str, Form(max_length=200)],
    place: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Starts a session, or asks again."""
    secret = start_session(books.database, token.strip())
    if secret is None:
        return render_open(request, "login.html", 401, next=local_path(place), failed=True)
    response = RedirectResponse(local_path(place), 303)
    set_cookie(request, response, COOKIE, secret)
    return response


@router.post("/logout")
def logout(request: Request, books: Books, visit: FormSender) -> Response:
    """Ends the session here and in the database."""
    end_session(books.database, request.cookies[COOKIE])
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response
