"""Samples for audit over HTTP and in the console: drawn by who may, read by who holds the region, on paper for both."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from projections.audit_sampling.desk import Auditor, record_audit_tests
from tests.api.county import COUNTY, NEIGHBOUR, County
from tests.audit_sampling.county import settle

PLACE = "/api/v1/audit-samples"
NO = "审2026-1"
SEED = "5e" * 32
MONEY = {"sample_no": NO, "region": COUNTY, "population": "payments", "method": "mus", "size": 6, "seed": SEED}


@pytest.fixture
def settled(county: County) -> County:
    """A county with twelve households, paid twice."""
    settle(county.books)
    return county


@pytest.fixture
def auditor(settled: County) -> TestClient:
    return settled.client("audit", staff="A007")


@pytest.fixture
def drawn(auditor: TestClient) -> Any:
    """A sample of money."""
    answer = auditor.post(PLACE, json=MONEY)
    assert answer.status_code == 201, answer.text
    return auditor.get(f"{PLACE}/{NO}").json()


def pages(client: TestClient, address: str, limit: int) -> list[Any]:
    """Every item of a list, page by page."""
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = client.get(address, params={"limit": limit, **more}).json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if (cursor := page.get("next")) is None:
            return found


def test_it_is_drawn_once_and_read_by_pages(auditor: TestClient, drawn: Any) -> None:
    assert (drawn["seed"], drawn["seed_source"], drawn["recorded_by"]) == (SEED, "given", "A007")
    assert drawn["population_size"] == 24
    assert auditor.post(PLACE, json=MONEY).json()["type"] == "/problems/number_reused"
    items = pages(auditor, f"{PLACE}/{NO}/items", 2)
    assert [one["seq"] for one in items] == list(range(1, drawn["drawn_size"] + 1))
    assert all(one["evidence"] for one in items)
    lines = pages(auditor, f"{PLACE}/{NO}/population", 7)
    assert len(lines) == 24
    assert sum(line["amount_fen"] for line in lines) == drawn["population_fen"]
    checks = auditor.get(f"{PLACE}/{NO}/check").json()
    assert all(check["holds"] for check in checks)
    for nth in (2, 3):
        assert auditor.post(PLACE, json=MONEY | {"sample_no": f"审2026-{nth}"}).status_code == 201
    assert [one["sample_no"] for one in pages(auditor, PLACE, 1)] == ["审2026-3", "审2026-2", NO]


def test_a_lost_reply_is_not_a_second_sample(auditor: TestClient) -> None:
    headers = {"Idempotency-Key": "sample-2026-0001"}
    body = {name: value for name, value in MONEY.items() if name != "seed"}
    first, second = (auditor.post(PLACE, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["position"] == second.json()["position"]
    other = auditor.post(PLACE, json=body | {"size": 5}, headers=headers)
    assert other.status_code == 422


def test_the_paper_and_the_evaluation(auditor: TestClient, drawn: Any) -> None:
    answer = auditor.get(f"{PLACE}/{NO}/paper.xlsx")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[1] == "样本 Items"
    found = auditor.get(f"{PLACE}/{NO}/evaluation").json()
    assert found["untested"] == drawn["drawn_size"]
    assert found["over"]["basic_fen"] == 3 * drawn["interval_fen"]
    auditor.post(PLACE, json=MONEY | {"sample_no": "审2", "method": "random"})
    assert auditor.get(f"{PLACE}/审2/evaluation").json()["over"] is None


@pytest.mark.parametrize("role", ["finance", "civil_affairs", "viewer"])
def test_others_may_look_and_not_draw(settled: County, drawn: Any, role: str) -> None:
    client = settled.client(role)
    assert client.post(PLACE, json=MONEY | {"sample_no": "审2"}).status_code == 403
    assert client.get(f"{PLACE}/{NO}").status_code == 200


def test_a_region_keeps_to_itself(settled: County, drawn: Any) -> None:
    neighbour = settled.client("audit", region=NEIGHBOUR)
    assert neighbour.get(PLACE).json()["items"] == []
    for part in ("", "/items", "/population", "/check", "/evaluation", "/paper.xlsx"):
        assert neighbour.get(f"{PLACE}/{NO}{part}").status_code == 404, part
    assert neighbour.post(PLACE, json=MONEY | {"sample_no": "审2"}).status_code == 403


def test_the_list_looks_back(auditor: TestClient, drawn: Any) -> None:
    assert auditor.get(PLACE, params={"known_at": str(drawn["position"] - 1)}).json()["items"] == []
    assert auditor.get(f"{PLACE}/{NO}", params={"known_at": str(drawn["position"] - 1)}).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [{"size": None}, {"method": "stratified"}, {"tolerable_fen": 5}, {"seed": "x"}, {"what": 1}, {"region": "62"}],
    ids=str,
)
def test_what_is_no_plan_is_told_by_field(auditor: TestClient, changes: dict[str, Any]) -> None:
    answer = auditor.post(PLACE, json=MONEY | changes)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail_zh"]
    assert problem["detail_en"]


def test_the_console_draws_and_shows(settled: County) -> None:
    browser = settled.logged_in("audit")
    page = browser.get("/audit-samples").text
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key
    form = {
        "form_key": key[1], "key": "k1", "sample_no": NO, "population": "payments", "region": COUNTY,
        "method": "mus", "tolerable_fen": "9,000.00", "confidence_percent": "95", "seed": SEED,
    }  # fmt: skip
    refused = browser.post("/audit-samples", data=form | {"size": "3"})
    assert refused.status_code == 422
    assert "须给样本量" in refused.text, re.findall(r"<main.*</main>", refused.text, re.S)
    assert browser.post("/audit-samples", data=form | {"size": "三"}).status_code == 422
    assert browser.post("/audit-samples", data=form | {"tolerable_fen": "甲"}).status_code == 422
    answer = browser.post("/audit-samples", data=form)
    assert answer.status_code == 303, answer.text
    shown = browser.get(answer.headers["Location"], params={"check": "true"}).text
    assert SEED in shown
    assert "✓" in shown
    assert "✗" not in shown
    assert "5,000.00" in shown
    assert NO in browser.get("/audit-samples").text
    english = browser.get(f"/audit-samples/{NO}", params={"lang": "en"}).text
    assert "Sampling interval" in english
    paper = browser.get(f"/audit-samples/{NO}/paper.xlsx")
    assert load_workbook(io.BytesIO(paper.content)).sheetnames[0] == "底稿 Paper"


def test_the_console_offers_no_form_to_who_may_not(settled: County) -> None:
    browser = settled.logged_in("finance")
    page = browser.get("/audit-samples").text
    assert "抽样编号" in page
    assert '<form class="step"' not in page
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key
    assert browser.post("/audit-samples", data={"form_key": key[1], "sample_no": NO}).status_code == 403


def test_what_was_tested_stands_on_the_page(settled: County, auditor: TestClient, drawn: Any) -> None:
    book = load_workbook(io.BytesIO(auditor.get(f"{PLACE}/{NO}/paper.xlsx").content))
    book["样本 Items"]["I2"].value = 1
    filled = io.BytesIO()
    book.save(filled)
    assert record_audit_tests(settled.books, Auditor("A007", "audit", COUNTY), NO, filled.getvalue()) == 1
    page = settled.logged_in("audit").get(f"/audit-samples/{NO}").text
    assert "错报上限" in page
    assert f"尚有 {drawn['drawn_size'] - 1} 项未审定" in page
