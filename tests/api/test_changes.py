"""Then and now: what a figure was known to be, what it is known to be, and which later events changed it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from projections.open_book import BUSINESS_ZONE
from tests.api.county import COUNTY, FUND, NEIGHBOUR, RELIEF, TOWNSHIP, County, contract

EXPENSE = {
    "expense_no": "E-1",
    "paid_on": "2025-02-01",
    "region": COUNTY,
    "category": RELIEF,
    "level": "中央",
    "budget_year": 2025,
    "purpose": "购车",
    "amount_fen": 90_000_00,
}
RESULT = {
    "batch_no": "B202501-1",
    "line_no": 1,
    "amount_fen": 631_00,
    "outcome": "成功",
    "settled_on": "2025-01-22",
}
REVERSED = RESULT | {"amount_fen": -631_00, "settled_on": "2025-02-10"}


@pytest.fixture
def then(paid: County) -> int:
    """Where the log stood when February was reported; what comes afterwards is of February as well, and later."""
    assert paid.record("finance", "bank", RESULT).status_code == 201
    answer = paid.client("audit").get("/api/v1/changes")
    assert answer.status_code == 200, answer.text
    head: int = answer.json()["now"]["known_at"]
    for role, kind, body in (
        ("audit", "other-expenses", EXPENSE),
        ("audit", "bank", REVERSED),
        ("audit", "contracts", contract("C-1", 10_000_00)),
        ("audit", "other-expenses", EXPENSE | {"expense_no": "E-2", "paid_on": "2025-03-10", "amount_fen": 5_00}),
    ):
        assert paid.record(role, kind, body, params={"observed": "true"}).status_code == 201
    return head


def asked(client: TestClient, figure: str | None, known_at: Any, as_of: str = "2025-02-28", **more: Any) -> Any:
    named = {"figure": figure} if figure else {}
    return client.get("/api/v1/changes", params={"as_of": as_of, "known_at": known_at, **named, **more})


def test_a_fund_changed_by_what_was_recorded_late(paid: County, then: int) -> None:
    answer = asked(paid.client("audit"), f"fund:{FUND}", then).json()
    figures = {one["name"]: (one["then_fen"], one["now_fen"], one["difference_fen"]) for one in answer["figures"]}
    assert figures["available_fen"] == (999_369_00, 910_000_00, -89_369_00)
    assert figures["other_fen"] == (0, 90_000_00, 90_000_00)
    assert figures["received_fen"] == (1_000_000_00, 1_000_000_00, 0)
    assert [(one["class"], one["moved_fen"]["available_fen"], one["event"]["paper"]) for one in answer["items"]] == [
        ("late", -90_000_00, "E-1"),
        ("corrected", 631_00, "B202501-1"),
    ]
    assert (answer["then"], answer["now"]["as_of"]) == ({"as_of": "2025-02-28", "known_at": then}, "2025-02-28")


def test_what_happened_later_is_told_apart(paid: County, then: int) -> None:
    answer = asked(paid.client("audit"), f"fund:{FUND}", then, to_as_of="2025-12-31").json()
    assert [one["class"] for one in answer["items"]] == ["late", "corrected", "later"]


def test_the_events_come_in_pages(paid: County, then: int) -> None:
    whole = asked(paid.client("audit"), f"fund:{FUND}", then, to_as_of="2025-12-31").json()
    pages, cursor = [], None
    for _ in range(9):
        more = {"cursor": cursor} if cursor else {}
        page = asked(paid.client("audit"), f"fund:{FUND}", then, to_as_of="2025-12-31", limit=1, **more).json()
        assert page["figures"] == whole["figures"]
        pages += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == whole["items"]
    assert len(pages) == 3


def test_a_cap_a_household_and_a_finding(paid: County, then: int) -> None:
    auditor = paid.client("audit")
    cap = asked(auditor, f"cap:{COUNTY}|2025", then, "2025-03-31").json()
    assert {one["name"]: one["difference_fen"] for one in cap["figures"]}["headroom_fen"] == -10_000_00
    assert [(one["class"], one["moved_fen"]) for one in cap["items"]] == [("late", {"committed_fen": 10_000_00})]

    household = asked(auditor, "household:H000001", then).json()
    (month,) = [one for one in household["figures"] if one["name"] == "paid_fen"]
    assert (month["subject"], month["then_fen"], month["now_fen"]) == ("城市低保|2025-01", 631_00, None)
    assert [(one["class"], one["moved_fen"]) for one in household["items"]] == [("corrected", {"paid_fen": -631_00})]

    diverted = auditor.get("/api/v1/alerts", params={"rule": "diverted", "as_of": "2025-02-28"}).json()["items"][0]
    finding = asked(auditor, f"finding:{diverted['id']}", then).json()
    assert (finding["note"], finding["figures"][0]["difference_fen"]) == ("appeared", 90_000_00)
    assert [(one["position"], one["class"]) for one in finding["items"]] == [(then + 1, "late")]


def test_without_a_figure_it_says_which_changed(paid: County, then: int) -> None:
    answer = asked(paid.client("audit"), None, then).json()
    assert {one["figure"] for one in answer["figures"]} == {f"fund:{FUND}"}
    assert answer["items"] == []


def test_nothing_changed_where_nothing_came(paid: County, then: int) -> None:
    answer = asked(paid.client("audit"), f"fund:{FUND}", then + 4).json()
    assert {one["difference_fen"] for one in answer["figures"]} == {0}
    assert answer["items"] == []


def test_a_day_without_a_moment_is_known_as_at_its_end(paid: County, then: int) -> None:
    answer = paid.client("audit").get("/api/v1/changes", params={"figure": f"fund:{FUND}", "as_of": "2025-02-28"})
    assert answer.json()["then"] == {"as_of": "2025-02-28", "known_at": 0}


def test_a_figure_that_is_not_the_readers_is_not_there(paid: County, then: int) -> None:
    diverted = paid.client("audit").get("/api/v1/alerts", params={"rule": "diverted"}).json()["items"][0]
    figures = [f"fund:{FUND}", f"cap:{COUNTY}|2025", "household:H000001", f"finding:{diverted['id']}", "fund:x"]
    for region in (NEIGHBOUR, TOWNSHIP):
        client, browser = paid.client("audit", region=region), paid.logged_in("audit", region)
        for figure in figures:
            assert asked(client, figure, then).status_code == 404, figure
            assert browser.get("/changes", params={"figure": figure, "known_at": then}).status_code == 404, figure
        assert asked(client, None, then).json()["figures"] == []


def test_a_township_sees_its_households_and_of_their_events_its_own(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    for nth, (household, region) in enumerate((("H-here", TOWNSHIP), ("H-there", "620199002")), start=1):
        county.register(household, region, nth)
        county.approve(household, f"D-{nth}")
        county.pay(household, nth, nth)
        assert county.record("finance", "bank", RESULT | {"line_no": nth}).status_code == 201
    client = county.client("civil_affairs", region=TOWNSHIP)
    mine = asked(client, "household:H-here", 1)
    assert mine.status_code == 200
    # The county's fund paid it, and what lies in the county is not the township's to see: the sum is, the event is not.
    told = [(one["event"], one["moved_fen"]) for one in mine.json()["items"] if one["moved_fen"]]
    assert told == [(None, {"paid_fen": 631_00})]
    assert asked(client, "household:H-there", 1).status_code == 404


@pytest.mark.parametrize("figure", ["fund", "cap:620199", "finding:x", "official:G001", "cap:6|2025", ""])
def test_what_is_no_figure_is_said_so(paid: County, figure: str) -> None:
    answer = paid.client("audit").get("/api/v1/changes", params={"figure": figure})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == "figure"


def test_the_page_says_by_how_much_and_leads_to_the_events(paid: County, then: int) -> None:
    browser = paid.logged_in("audit")
    place = f"/changes?figure={quote(f'fund:{FUND}', safe='')}&as_of=2025-02-28&known_at={then}"
    page = browser.get(place).text
    assert "其后登记的事件使“可用余额”改变了 −89,369.00 元" in page
    for words in ("迟录", "更正", "E-1", "冲正", f'href="/events/{then + 1}"'):
        assert words in page, words
    assert "late" in browser.get(f"{place}&lang=en").text


def test_a_link_stands_beside_each_figure_of_the_past_and_on_its_own_page_always(paid: County, then: int) -> None:
    browser = paid.logged_in("audit")
    assert "当时/现在" not in browser.get("/funds").text + browser.get("/cap").text + browser.get("/findings").text
    past = {"as_of": "2025-02-28", "known_at": str(then)}
    for page in ("/funds", "/cap", "/findings", "/"):
        assert "当时/现在" in browser.get(page, params=past).text, page
    for page in (f"/funds/{quote(FUND, safe='')}", f"/cap/{COUNTY}/2025", "/households/H000001"):
        assert "当时/现在" in browser.get(page).text, page
        assert f"known_at={then}" in browser.get(page, params=past).text, page


def test_the_consoles_second_clock_takes_a_position_an_instant_and_a_day(paid: County, then: int) -> None:
    browser = paid.logged_in("audit")
    now = datetime.now(BUSINESS_ZONE)
    for known_at in (str(then), (now - timedelta(days=1)).date().isoformat(), now.strftime("%Y-%m-%dT%H:%M:%S.%f")):
        page = browser.get("/funds", params={"known_at": known_at})
        assert page.status_code == 200, known_at
        assert f"{known_at} 当时所知" in page.text
    february = {"as_of": "2025-02-28"}
    assert "90,000.00" not in browser.get("/funds", params=february | {"known_at": str(then)}).text
    later = (now + timedelta(hours=1)).isoformat(sep=" ")
    assert "90,000.00" in browser.get("/funds", params=february | {"known_at": later}).text
    for wrong in ("yesterday", "2025-02-30", "2025-02-28T25:00", "-1", "9" * 19):
        answer = browser.get("/funds", params={"known_at": wrong})
        assert answer.status_code == 422, wrong
        assert "known_at" in answer.text


def test_known_then_is_the_end_of_the_day_looked_at(paid: County, then: int) -> None:
    browser = paid.logged_in("audit")
    page = browser.get("/funds", params={"as_of": "2025-02-28", "known_at": str(then), "known": "then"}).text
    assert "2025-02-28 日终，按 2025-02-28 当时所知" in page
    assert "known_at=2025-02-28" in page
    now = browser.get("/funds", params={"as_of": "2025-02-28", "known_at": str(then), "known": "now"}).text
    assert "2025-02-28 日终，按现在所知" in now
    assert not [place for place in re.findall(r'href="(/[^"]*)"', now) if "known_at=" in place]
