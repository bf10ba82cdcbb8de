"""Pages by cursor: together they are the whole list, each item once; what is no cursor is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import paging
from api.problems import ProblemError
from tests.api.county import FUND, RELIEF, County, roll_line


@pytest.fixture
def busy(paid: County) -> County:
    """Four households paid, and two wrongs that are on record because they happened elsewhere."""
    for nth in (2, 3, 4):
        paid.register(f"H00000{nth}", nth=nth)
        paid.approve(f"H00000{nth}", f"D-{nth}")
        paid.pay(f"H00000{nth}", line_no=nth, nth=nth)
    for nth in range(1, 4):
        expense = {
            "expense_no": f"E-{nth}",
            "paid_on": "2025-02-01",
            "region": "620199",
            "category": RELIEF,
            "level": "中央",
            "budget_year": 2025,
            "purpose": "购车",
            "amount_fen": 100_00 * nth,
        }
        answer = paid.record("audit", "other-expenses", expense, params={"observed": "true"})
        assert answer.status_code == 201, answer.text
    return paid


def _walk(client: TestClient, path: str, limit: int, cursor_name: str) -> list[list[Any]]:
    pages, following = [], None
    while True:
        params = {"limit": limit} | ({cursor_name: following} if following else {})
        page = client.get(path, params=params).json()
        pages.append(page["items"])
        following = page.get("next")
        if not following:
            return pages
        assert len(pages) < 100


@pytest.mark.parametrize(
    ("path", "cursor_name"),
    [
        ("/api/v1/events", "after"),
        ("/api/v1/alerts", "cursor"),
        (f"/api/v1/funds/{quote(FUND, safe='')}/statement", "cursor"),
        ("/api/v1/households/H000002/timeline", "cursor"),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 500])
def test_pages_together_are_the_whole(busy: County, path: str, cursor_name: str, limit: int) -> None:
    client = busy.client("audit")
    (whole,) = _walk(client, path, 500, cursor_name)
    pages = _walk(client, path, limit, cursor_name)
    assert len(whole) >= 3
    assert [item for page in pages for item in page] == whole
    assert all(len(page) <= limit for page in pages)


def test_a_cursor_holds_its_place_when_more_is_recorded(busy: County) -> None:
    client = busy.client("audit")
    first = client.get("/api/v1/events?limit=3").json()
    busy.register("H000009", nth=9)
    rest = client.get("/api/v1/events", params={"after": first["next"], "limit": 500}).json()["items"]
    assert rest[0]["position"] == first["items"][-1]["position"] + 1
    assert rest[-1]["household"] == "H000009"


@pytest.mark.parametrize("cursor", ["x", "WzFd", paging.written(["2025-01-01", "1", 1]), paging.written([1, 2, 3])])
def test_what_is_no_cursor_is_refused(busy: County, cursor: str) -> None:
    answer = busy.client("audit").get(f"/api/v1/funds/{quote(FUND, safe='')}/statement", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")


@given(st.lists(st.one_of(st.text(), st.integers(-(2**62), 2**62)), max_size=4))
def test_a_place_is_read_as_it_was_written(place: list[Any]) -> None:
    assert paging.read(paging.written(place), tuple(type(part) for part in place)) == place


@given(st.from_regex("[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_any_text_is_a_place_or_a_problem(text: str) -> None:
    try:
        place = paging.read(text, (int,))
    except ProblemError as problem:
        place = [problem.details.status]
    assert isinstance(place[0], int)


def test_findings_are_chosen_by_rule_kind_and_severity(busy: County) -> None:
    client = busy.client("audit")
    diverted = client.get("/api/v1/alerts?rule=diverted&kind=挪用&severity=critical").json()["items"]
    assert sorted(alert["amount_fen"] for alert in diverted) == [100_00, 200_00, 300_00]
    assert client.get("/api/v1/alerts?rule=diverted&severity=notice").json()["items"] == []
    assert client.get("/api/v1/alerts?severity=loud").status_code == 422
    detail = client.get(f"/api/v1/alerts/{diverted[0]['id']}").json()
    assert detail["question"]
    assert detail["clears"]
    assert detail["evidence"]


def test_a_mistyped_parameter_is_an_error_and_not_ignored(busy: County) -> None:
    for address in ("/api/v1/funds?asof=2025-01-01", "/api/v1/alerts?sevrity=critical", "/api/v1/grants?observe=true"):
        method = "POST" if "grants" in address else "GET"
        answer = busy.client("finance").request(method, address)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid_request"), address
    assert busy.client("finance").get("/api/v1/funds?asof=2025-01-01").json()["field"] == "asof"


def test_roll_lines_of_one_batch_are_lines_of_the_statement(busy: County) -> None:
    lines = busy.client("finance").get(f"/api/v1/funds/{quote(FUND, safe='')}/statement?limit=500").json()["items"]
    papers = [(line["event"]["paper"], line["event"]["line_no"]) for line in lines if line["event"]["line_no"]]
    assert papers == [(roll_line("", nth, nth)["batch_no"], nth) for nth in (1, 2, 3, 4)]
