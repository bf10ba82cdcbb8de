"""Who is at the console: a cookie that no script reads, and forms that only our own pages can send."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Depends, Form, Request, Response

from api import moments, problems
from api.console.words import LANGUAGES, Words
from api.signatures import Books
from ledger.access import SESSION_HOURS, Holder, may_reveal, session_of
from projections.queries import Clocks

COOKIE = "mingzhang_session"
LANGUAGE_COOKIE = "mingzhang_language"


class LoginNeeded(Exception):
    """The page is for those who have logged in."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's look at one page: who, in which language, and as of when."""

    holder: Holder
    form_key: str
    words: Words
    as_of: date | None
    # As it was typed: a position, an instant, or a day, which means its end; nothing is now.
    known_at: str
    # Whether ``as_of`` is a day to come.
    is_ahead: bool = False

    @property
    def clocks(self) -> Clocks:
        """The two clocks that every figure of the page goes by."""
        return Clocks(self.as_of, moments.known_at(self.known_at))

    @property
    def kept(self) -> dict[str, str]:
        """The clocks as the address has them, for links and for forms."""
        held = {"as_of": str(self.as_of or ""), "known_at": self.known_at}
        return {name: text for name, text in held.items() if text}

    def link(self, *path: object, **query: object) -> str:
        """A path of the console, its parts encoded, that keeps looking by the same clocks."""
        return self.now_link(*path, **query | self.kept)

    def now_link(self, *path: object, **query: object) -> str:
        """A path of the console by all that is known now: what came later is to be seen there."""
        pairs = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
        place = "/" + "/".join(quote(str(part), safe="") for part in path)
        return f"{place}?{urlencode(pairs)}" if pairs else place


def visitor(request: Request, books: Books) -> Visit:
    """Whoever the session cookie says; sent to the login page when it says nobody."""
    session = session_of(books.database, request.cookies.get(COOKIE, ""))
    if session is None:
        raise LoginNeeded
    request.state.staff = session.holder.staff
    as_of, known_at = clocks_in(request)
    is_ahead = as_of is not None and as_of > books.today
    return Visit(session.holder, session.form_key, words_for(request), as_of, known_at, is_ahead)


Visitor = Annotated[Visit, Depends(visitor)]


def form_sender(request: Request, visit: Visitor, form_key: Annotated[str, Form(max_length=100)]) -> Visit:
    """A visitor who sent one of our forms, of this very session."""
    if not hmac.compare_digest(form_key.encode(), visit.form_key.encode()):
        raise problems.forbidden("表单已失效，请返回重试", "the form is no longer valid; go back and try again")
    check_origin(request)
    return visit


FormSender = Annotated[Visit, Depends(form_sender)]


def revealer(visit: FormSender) -> Visit:
    """A visitor whose role may see names."""
    if not may_reveal(visit.holder.role):
        raise problems.forbidden("您的角色不能查看姓名", "your role may not see names")
    return visit


Revealer = Annotated[Visit, Depends(revealer)]


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent: the browser says where it came from."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise problems.forbidden("表单不是由本站提交", "the form was not sent by this site")


def words_for(request: Request) -> Words:
    """The language that the address asks for, or else the cookie, or else Chinese."""
    asked = request.query_params.get("lang", "")
    return Words(asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE, ""))


def keep_language(request: Request, response: Response) -> None:
    """A language chosen by ``?lang=`` stays chosen."""
    if (asked := request.query_params.get("lang")) in LANGUAGES:
        set_cookie(request, response, LANGUAGE_COOKIE, str(asked), 365 * 24)


def set_cookie(request: Request, response: Response, name: str, value: str, hours: int = SESSION_HOURS) -> None:
    """A cookie that no script reads and no other site's page sends; only over TLS where there is TLS."""
    is_secure = request.url.scheme == "https"
    response.set_cookie(name, value, hours * 3600, httponly=True, samesite="strict", secure=is_secure)


def login_path(request: Request) -> str:
    """The login page, which leads back to where the request wanted to go."""
    place = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login?" + urlencode({"next": place if request.method == "GET" else "/"})


def local_path(path: str) -> str:
    """``path`` where it is a page of ours, else the first page: a link must not lead away by way of the login."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return quote(path, safe="/?&=%:+,;@!$'()*~#") if is_ours else "/"


def clocks_in(request: Request) -> tuple[date | None, str]:
    """Both clocks of an address. ``known=then`` is the end of the day looked at, ``known=now`` all that is known."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("as_of", "known_at", "known")}
    as_of = moments.typed_day("as_of", asked["as_of"]) if asked["as_of"] else None
    known_at = asked["known_at"]
    if asked["known"] == "then":
        known_at = str(as_of or "")
    elif asked["known"] == "now":
        known_at = ""
    moments.known_at(known_at)
    return as_of, known_at
