"""Who may do what: no way in without a token, roles keep to their work, and a region to itself."""

from __future__ import annotations

import re
from urllib.parse import quote

import psycopg
import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from ledger.access import (
    KINDS_RECORDED,
    ROLES,
    AccessError,
    holder_of,
    make_token,
    may_observe,
    may_record,
    revoke,
)
from ledger.intake.kinds import KINDS
from ledger.region import covers, prefix_of
from projections.open_book import OpenBook
from tests.api.county import COUNTY, FUND, NEIGHBOUR, TOWNSHIP, County, approval, grant, member, roll_line

# Health says nothing but yes; the login form and its style sheet must be there before anybody has logged in; the
# seal's files are hashes, for witnesses who have no token.
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/login"), ("POST", "/login"), ("GET", "/seal/{name:path}")}
_FILLED = {"fund": quote(FUND, safe=""), "household": "H000001", "position": "1", "region": COUNTY, "year": "2025"}


def _routes(county: County) -> list[tuple[str, str]]:
    found = []
    for route in iter_route_contexts(county.app.routes):
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append((method, str(route.path)))
    return found


def _address(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda match: _FILLED.get(match[1], "0" * 16), path)


def test_no_route_answers_without_a_token_but_health_and_login(county: County) -> None:
    routes = _routes(county)
    assert ("GET", "/api/v1/funds") in routes
    assert ("POST", "/api/v1/grants") in routes
    assert ("GET", "/findings/{finding_id}") in routes
    nobody = county.anybody()
    for method, path in routes:
        answer = nobody.request(
            method, _address(path), data={"form_key": "x", "purpose": "xxxx"} if method == "POST" else None
        )
        if (method, path) in OPEN:
            assert answer.status_code in {200, 404, 422}, path
        elif path.startswith("/api/"):
            assert answer.status_code == 401, path
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.json()["type"] == "/problems/unauthorized"
        else:
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/login?next="), path


@pytest.mark.parametrize("header", ["Bearer mz_guess", "Bearer ", "Basic bXo6bXo=", "mz_guess"])
def test_a_guess_opens_nothing(county: County, header: str) -> None:
    answer = county.anybody().get("/api/v1/funds", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_token_is_kept_as_a_hash_and_ends_when_revoked(books: OpenBook) -> None:
    token = make_token(books.database, "G001", "audit", COUNTY, 1)
    holder = holder_of(books.database, token)
    assert holder is not None
    assert (holder.staff, holder.role, holder.region) == ("G001", "audit", COUNTY)
    with books.database.connection() as conn:
        kept = conn.execute("select t::text from access.token t").fetchall()
    assert token not in str(kept)
    assert revoke(books.database, "G001") == 1
    assert holder_of(books.database, token) is None


def test_a_token_ends_with_its_time(books: OpenBook) -> None:
    token = make_token(books.database, "G001", "audit", COUNTY, 1)
    with psycopg.connect(books.database.url, autocommit=True) as conn:
        conn.execute("update access.token set expires_at = clock_timestamp()")
    assert holder_of(books.database, token) is None


@pytest.mark.parametrize(
    ("staff", "role", "region", "days"),
    [
        ("韩示例", "audit", COUNTY, 1),
        ("G001", "king", COUNTY, 1),
        ("G001", "audit", "62", 1),
        ("G001", "audit", COUNTY, 0),
    ],
)
def test_a_token_for_nobody_is_not_made(books: OpenBook, staff: str, role: str, region: str, days: int) -> None:
    with pytest.raises(AccessError):
        make_token(books.database, staff, role, region, days)


def test_the_table_of_roles_speaks_of_every_kind() -> None:
    assert KINDS.keys() == KINDS_RECORDED
    assert {kind for role in ROLES for kind in KINDS if may_record(role, kind)} == KINDS.keys()
    assert not any(may_record(role, kind) for role in ("audit", "discipline", "viewer") for kind in KINDS)
    assert not any(may_observe("viewer", kind) for kind in KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_viewer_records_nothing_in_any_way(county: County, kind: str) -> None:
    viewer = county.client("viewer")
    for way in ("false", "true"):
        assert viewer.post(f"/api/v1/{kind}?observed={way}", json={}).status_code == 403


def test_finance_keeps_to_money_and_civil_affairs_to_assistance(county: County) -> None:
    assert county.record("finance", "households", member("H000001", 1)).status_code == 403
    assert county.record("civil_affairs", "grants", grant("D-1", 100)).status_code == 403


def test_an_auditor_reports_and_decides_nothing(county: County) -> None:
    auditor = county.client("audit")
    assert auditor.post("/api/v1/grants", json=grant("D-1", 100)).status_code == 403
    assert auditor.post("/api/v1/grants?observed=true", json=grant("D-1", 100)).status_code == 201


def test_a_neighbour_sees_nothing_of_the_county(paid: County) -> None:
    neighbour = paid.client("audit", region=NEIGHBOUR)
    for listed in ("funds", "cap", "alerts", "events"):
        assert neighbour.get(f"/api/v1/{listed}").json()["items"] == [], listed
    for one in (
        f"funds/{quote(FUND, safe='')}/statement",
        "households/H000001/timeline",
        f"cap/{COUNTY}/2025",
        "events/3",
    ):
        assert neighbour.get(f"/api/v1/{one}").status_code == 404, one


def test_a_neighbour_records_nothing_in_the_county(paid: County) -> None:
    for role, kind, body in (
        ("finance", "grants", grant("D-9", 100)),
        ("civil_affairs", "decisions", approval("H000001", "D-9")),
        ("civil_affairs", "rolls", roll_line("H000001", 9, 1)),
    ):
        answer = paid.record(role, kind, body, who={"region": NEIGHBOUR})
        assert answer.status_code == 403, kind


def test_a_township_sees_its_own_households_and_not_the_countys_money(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    county.register("H-here", TOWNSHIP, 1)
    county.register("H-there", "620199002", 2)
    township = county.client("civil_affairs", region=TOWNSHIP)
    assert township.get("/api/v1/households/H-here/timeline").status_code == 200
    assert township.get("/api/v1/households/H-there/timeline").status_code == 404
    assert township.get("/api/v1/funds").json()["items"] == []
    assert {event["household"] for event in township.get("/api/v1/events").json()["items"]} == {"H-here"}


def test_a_finding_across_townships_is_for_those_who_see_both(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    for nth, (household, region) in enumerate((("H-here", TOWNSHIP), ("H-there", "620199002")), start=1):
        county.register(household, region, nth)
        county.approve(household, f"D-{nth}")
        line = roll_line(household, nth, nth) | {"account": "9900000000000001"}
        assert county.record("civil_affairs", "rolls", line).status_code == 201
        result = {
            "batch_no": "B202501-1",
            "line_no": nth,
            "amount_fen": 631_00,
            "outcome": "成功",
            "settled_on": "2025-01-22",
        }
        assert county.record("finance", "bank", result).status_code == 201

    def shared(region: str) -> list[str]:
        found = county.client("audit", region=region).get("/api/v1/alerts?rule=shared_account").json()["items"]
        return [ref for finding in found for ref in finding["refs"]]

    assert shared(COUNTY) == ["household:H-here", "household:H-there"]
    assert shared(TOWNSHIP) == []


_REGIONS = st.from_regex(r"[0-9]{6}([0-9]{3}){0,2}", fullmatch=True)


@given(_REGIONS, _REGIONS)
def test_a_region_covers_itself_and_what_lies_below(region: str, other: str) -> None:
    assert covers(region, region)
    if covers(region, other):
        assert prefix_of(other).startswith(prefix_of(region)) or not prefix_of(other)


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("620000", "62"), ("620100", "6201"), ("620190", "620190"), ("620199000000", "620199"), ("000000", "")],
)
def test_trailing_levels_of_zeros_say_nothing(region: str, prefix: str) -> None:
    assert prefix_of(region) == prefix


def test_the_document_is_for_those_with_a_token(county: County) -> None:
    assert county.client("viewer").get("/api/v1/openapi.json").json()["info"]["title"] == "明账 Mingzhang"


def test_an_open_answer_says_nothing_of_the_book(county: County) -> None:
    browser: TestClient = county.anybody()
    assert browser.get("/healthz").json() == browser.get("/readyz").json() == {"status": "ok"}
