"""A choice of findings: in the address for programs and for pages, and the same findings by either way."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from starlette.testclient import TestClient

from api.finding_filter import FindingFilter
from tests.api.county import COUNTY, NEIGHBOUR, RELIEF, TOWNSHIP, County

SEVERITIES = ("critical", "warning", "notice")


def finding(nth: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"f{nth:016x}",
        "rule": "diverted",
        "kind": "挪用",
        "severity": "critical",
        "status": "open",
        "refs": [f"expense:E-{nth}"],
        "amount_fen": 100_00 * nth,
        "found_on": date(2025, 2, nth),
    } | changes


ROWS = [
    finding(1),
    finding(2, rule="short_paid", kind="少发", severity="warning", refs=["household:H000123"]),
    finding(3, status="cleared"),
    finding(4, found_on=None, amount_fen=None, refs=["contract:C-04", "official:G003"]),
]


def ids(**choice: Any) -> list[int]:
    return [int(row["id"][1:], 16) for row in FindingFilter(**choice).apply(ROWS, {ROWS[0]["id"]: "A1"})]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, [4, 1, 2]),
        ({"rule": "short_paid"}, [2]),
        ({"kind": "挪用"}, [4, 1]),
        ({"severity": "warning"}, [2]),
        ({"status": "cleared"}, [3]),
        ({"status": "all"}, [4, 1, 3, 2]),
        ({"in_case": True}, [1]),
        ({"in_case": False}, [4, 2]),
        ({"found_from": date(2025, 2, 2)}, [2]),
        ({"found_to": date(2025, 2, 1)}, [1]),
        ({"amount_from_fen": 101_00}, [2]),
        ({"q": "h000123"}, [2]),
        ({"q": "C-0"}, [4]),
        ({"q": f"f{1:016x}"}, [1]),
        ({"q": "household"}, []),
        ({"sort": "amount"}, [2, 1, 4]),
        ({"sort": "found_on"}, [2, 1, 4]),
        ({"sort": "rule", "status": "all"}, [4, 1, 3, 2]),
    ],
)
def test_each_choice_chooses(choice: dict[str, Any], expected: list[int]) -> None:
    assert ids(**choice) == expected


@pytest.mark.parametrize(
    ("asked", "holder", "looked_in"),
    [
        (None, COUNTY, COUNTY),
        (TOWNSHIP, COUNTY, TOWNSHIP),
        (COUNTY, TOWNSHIP, TOWNSHIP),
        (NEIGHBOUR, COUNTY, None),
        (COUNTY, "620000", COUNTY),
    ],
)
def test_a_region_narrows_and_never_widens(asked: str | None, holder: str, looked_in: str | None) -> None:
    assert FindingFilter(region=asked).within(holder) == looked_in


@given(
    st.lists(
        st.builds(
            lambda severity, day, amount, rule: (severity, day, amount, rule),
            st.sampled_from(SEVERITIES),
            st.none() | st.dates(date(2024, 1, 1), date(2025, 12, 31)),
            st.none() | st.integers(-(10**9), 10**9),
            st.sampled_from(["a", "b"]),
        ),
        max_size=10,
    ),
    st.sampled_from(["severity", "amount", "found_on", "rule"]),
)
def test_places_are_in_order_and_of_their_types(drawn: list[Any], sort: Any) -> None:
    rows = [
        finding(nth, severity=severity, found_on=day, amount_fen=amount, rule=rule)
        for nth, (severity, day, amount, rule) in enumerate(drawn, start=1)
    ]
    chosen = FindingFilter(sort=sort)
    places = [chosen.place(row) for row in chosen.apply(rows, {})]
    assert places == sorted(places)
    assert len({str(place) for place in places}) == len(rows)
    assert all(tuple(type(part) for part in place) == chosen.place_types() for place in places)


@pytest.fixture
def diverted(county: County) -> County:
    """Three expenses that were none of relief, from 100 to 300 yuan."""
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    for nth in (1, 2, 3):
        expense = {
            "expense_no": f"E-{nth}",
            "paid_on": f"2025-02-0{nth}",
            "region": COUNTY,
            "category": RELIEF,
            "level": "中央",
            "budget_year": 2025,
            "purpose": "购车",
            "amount_fen": 100_00 * nth,
        }
        answer = county.record("audit", "other-expenses", expense, params={"observed": "true"})
        assert answer.status_code == 201, answer.text
    return county


def asked(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/alerts?rule=diverted&{query}")
    assert answer.status_code == 200, answer.text
    return [ref for item in answer.json()["items"] for ref in item["refs"]]


def test_the_address_chooses_for_programs(diverted: County) -> None:
    client = diverted.client("audit")
    assert asked(client, "amount_from_fen=20000&sort=amount") == ["expense:E-3", "expense:E-2"]
    assert asked(client, "q=e-2") == ["expense:E-2"]
    assert asked(client, "found_from=2025-02-02&found_to=2025-02-02") == ["expense:E-2"]
    assert asked(client, "status=cleared") == []
    assert asked(client, "in_case=true") == []
    assert len(asked(client, f"region={COUNTY}")) == 3
    assert asked(client, f"region={TOWNSHIP}") == []
    assert asked(client, f"region={NEIGHBOUR}") == []
    for wrong in ("severity=loud", "sort=x", "region=62", "found_from=2025-2-1", "amount_from_fen=-1", "in_case=maybe"):
        assert client.get(f"/api/v1/alerts?{wrong}").status_code == 422, wrong


@pytest.mark.parametrize("sort", ["severity", "amount", "found_on", "rule"])
def test_pages_go_on_in_the_order_that_was_asked_for(diverted: County, sort: str) -> None:
    client = diverted.client("audit")
    whole = asked(client, f"sort={sort}")
    seen, following = [], ""
    while following is not None:
        page = client.get(
            f"/api/v1/alerts?rule=diverted&limit=1&sort={sort}" + (f"&cursor={following}" if following else "")
        ).json()
        seen += [ref for item in page["items"] for ref in item["refs"]]
        following = page.get("next")
    assert seen == whole
    assert len(whole) == 3


def test_the_page_keeps_its_choice_in_the_address(diverted: County) -> None:
    browser = diverted.logged_in("audit")
    page = browser.get("/findings?rule=diverted&amount_from=1%2C200.00&kind=&sort=amount").text
    assert "没有内容" in page
    page = browser.get("/findings?rule=diverted&amount_from=200&sort=amount").text
    assert re.findall(r"E-\d", page)[:2] == ["E-3", "E-2"]
    assert 'name="amount_from" value="200"' in page
    assert "/findings.xlsx?" in page
    for wrong in ("amount_from=1.234", "amount_from=x", "found_from=1", "status=x", "region=1"):
        assert browser.get(f"/findings?{wrong}").status_code == 422, wrong
    assert browser.get("/findings?status=all&in_case=false").status_code == 200


def test_the_workbook_has_what_the_address_chooses(diverted: County) -> None:
    answer = diverted.client("audit").get("/api/v1/alerts.xlsx?rule=diverted&amount_from_fen=20000&sort=amount")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert quote("预警") in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert [row[7].value for row in book.worksheets[0].iter_rows(min_row=2)] == [300, 200]
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about["导出人工号 Exported by"] == "G001"
    assert about["日志位置 Log position"] > 4
    assert "amount_from_fen" in about["筛选条件 Filters"]
    page = diverted.logged_in("audit").get("/findings.xlsx?rule=diverted&amount_from=200")
    assert len(list(load_workbook(io.BytesIO(page.content)).worksheets[0].iter_rows())) == 3


@pytest.mark.parametrize("path", ["funds.xlsx", "cap.xlsx", "subjects.xlsx", "subjects.xlsx?kind=fund"])
def test_the_other_lists_are_workbooks_too(diverted: County, path: str) -> None:
    answer = diverted.client("viewer").get(f"/api/v1/{path}")
    assert answer.status_code == 200
    assert len(list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows())) > 1


def test_subjects_are_ranked_with_their_reasons(diverted: County) -> None:
    page = diverted.client("audit").get("/api/v1/subjects?kind=office").json()
    assert page["weights"] == {"critical": 9, "warning": 3, "notice": 1}
    (office,) = page["items"]
    assert (office["subject"], office["rank"]) == (COUNTY, 1)
    assert office["score"] == sum(reason["points"] for reason in office["reasons"]) > 0
    assert diverted.client("audit").get("/api/v1/subjects?kind=ghost").status_code == 422
    assert diverted.client("audit", NEIGHBOUR).get("/api/v1/subjects").json()["items"] == []
    html = diverted.logged_in("audit").get("/subjects?kind=office").text
    assert f"<b>{office['reasons'][0]['points']}</b>" in html
    assert "不是结论" in html
    assert diverted.logged_in("audit").get("/subjects").status_code == 200


def test_the_ranking_goes_on_by_cursor(diverted: County) -> None:
    client = diverted.client("audit")
    whole = client.get("/api/v1/subjects?limit=500").json()["items"]
    seen, following = [], ""
    while following is not None:
        page = client.get("/api/v1/subjects?limit=1" + (f"&cursor={following}" if following else "")).json()
        seen += page["items"]
        following = page.get("next")
    assert seen == whole
    assert len(whole) >= 2
