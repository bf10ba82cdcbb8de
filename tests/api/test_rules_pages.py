"""The rule book over HTTP and as pages: the law beside the SQL, and what other parameters would find."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from projections.engine import Engine
from projections.open_book import Place, open_book
from projections.rule_template import template
from projections.rules import load_rules
from tests.api.county import COUNTY, NEIGHBOUR, TOWNSHIP, County

SHORT = "short_paid"
GRACE = "short_paid_grace_days"
AS_OF = {"as_of": "2025-03-01"}


@pytest.fixture
def short(paid: County) -> County:
    """A county whose bank paid a household 31 yuan less than was decided."""
    result = {
        "batch_no": "B202501-1",
        "line_no": 1,
        "amount_fen": 600_00,
        "outcome": "成功",
        "settled_on": "2025-01-22",
        "bank_serial": "S-1",
    }
    answer = paid.record("finance", "bank", result, params={"observed": "true"})
    assert answer.status_code == 201, answer.text
    return paid


def test_the_book_is_listed_with_its_law(paid: County) -> None:
    rules = paid.client("viewer").get("/api/v1/rules").json()["items"]
    assert [rule["rule"] for rule in rules] == [rule.rule for rule in load_rules()]
    one = paid.client("viewer").get(f"/api/v1/rules/{SHORT}").json()
    assert one["name"] == "少发、克扣"
    assert one["sql"] == next(rule.sql for rule in load_rules() if rule.rule == SHORT)
    assert [(held["name"], held["value"], held["unit"]) for held in one["parameters_in_force"]] == [(GRACE, 10, "days")]
    assert one["open_findings"] == 0


def test_a_rule_that_is_not_there_is_not_found(paid: County) -> None:
    viewer = paid.client("viewer")
    for path in ("/api/v1/rules/no_such_rule", "/api/v1/rules/no_such_rule/backtest"):
        assert viewer.get(path).status_code == 404
    assert viewer.get("/api/v1/rules/Bad'Name").status_code == 422
    assert paid.logged_in("audit").get("/rules/no_such_rule").status_code == 404


def test_a_backtest_says_what_other_days_of_grace_would_find(short: County) -> None:
    audit = short.client("audit")
    compared = audit.get(f"/api/v1/rules/{SHORT}/backtest", params={"parameter": f"{GRACE}=60", **AS_OF}).json()
    assert compared["parameters"] == {GRACE: 60}
    assert (compared["live"]["findings"], compared["tried"]["findings"]) == (1, 0)
    (dropped,) = compared["dropped"]["items"]
    assert (dropped["refs"], dropped["live_fen"], dropped["tried_fen"]) == (["household:H000001"], 31_00, None)
    assert (compared["added"]["count"], compared["dropped"]["count"], compared["changed"]["count"]) == (0, 1, 0)


@pytest.mark.parametrize("typed", ["no_such_thing=1", f"{GRACE}=-1", f"{GRACE}=many", GRACE])
def test_a_parameter_that_cannot_be_is_refused(short: County, typed: str) -> None:
    answer = short.client("audit").get(f"/api/v1/rules/{SHORT}/backtest", params={"parameter": typed})
    assert answer.status_code == 422
    assert answer.json()["field"] == "parameter"
    page = short.logged_in("audit").get(f"/rules/{SHORT}/backtest", params={"try": "1", f"p.{GRACE}": "-1"})
    assert page.status_code == 422
    assert "超出范围" in page.text


def test_no_sql_is_taken_over_http(short: County) -> None:
    audit = short.client("audit")
    assert audit.post(f"/api/v1/rules/{SHORT}/backtest", json={"sql": "select 1"}).status_code == 405
    assert audit.get(f"/api/v1/rules/{SHORT}/backtest", params={"sql": "select 1"}).status_code == 422


@pytest.mark.parametrize(("region", "count"), [(COUNTY, 1), (TOWNSHIP, 0), (NEIGHBOUR, 0)])
def test_each_sees_the_findings_of_his_region_alone(short: County, region: str, count: int) -> None:
    client = short.client("audit", region=region)
    compared = client.get(f"/api/v1/rules/{SHORT}/backtest", params=AS_OF).json()
    assert compared["live"]["findings"] == compared["tried"]["findings"] == count
    assert compared["live"]["amount_fen"] == count * 31_00
    assert client.get(f"/api/v1/rules/{SHORT}", params=AS_OF).json()["open_findings"] == count
    page = short.logged_in("audit", region).get(
        f"/rules/{SHORT}/backtest", params={"try": "1", f"p.{GRACE}": "60"} | AS_OF
    )
    assert ("H000001" in page.text) == bool(count)


@pytest.mark.parametrize(
    "page", ["/rules", f"/rules/{SHORT}", f"/rules/{SHORT}/backtest", f"/rules/{SHORT}/backtest?try=1"]
)
def test_every_page_is_whole_in_both_languages(short: County, page: str) -> None:
    browser = short.logged_in("audit")
    for language, word in (("zh", "规则"), ("en", "Rules")):
        answer = browser.get(page, params={"lang": language, "try": "1"} if "try" in page else {"lang": language})
        assert answer.status_code == 200, page
        assert word in answer.text
        assert answer.text.rstrip().endswith("</html>")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)|https?://", answer.text)


def test_the_law_stands_beside_the_sql_of_every_rule(console: TestClient) -> None:
    for rule in load_rules():
        text = unescape(console.get(f"/rules/{rule.rule}").text)
        for words in (rule.sql, rule.law, rule.question.zh, rule.quotation or rule.name, *rule.parameters):
            assert words in text, (rule.rule, words)
        assert console.get(f"/rules/{rule.rule}/backtest?try=1").status_code == 200


def test_the_list_counts_what_is_open_and_leads_to_it(short: County) -> None:
    browser = short.logged_in("audit")
    page = browser.get("/rules", params=AS_OF).text
    assert re.search(rf'href="/findings\?rule={SHORT}&amp;as_of=2025-03-01">1<', page)
    assert f'href="/rules/{SHORT}?as_of=2025-03-01"' in page


def test_the_form_keeps_what_was_typed_and_marks_it(short: County) -> None:
    asked = {"try": "1", f"p.{GRACE}": "60"} | AS_OF
    page = short.logged_in("audit").get(f"/rules/{SHORT}/backtest", params=asked).text
    assert f'name="p.{GRACE}" value="60"' in page
    assert 'class="differs"' in page
    # To look at another day keeps the question.
    assert page.split("<main")[0].count(f'name="p.{GRACE}" value="60"') == 1
    assert "31.00" in page


@pytest.mark.parametrize("hostile", ["\"'><script>alert(1)</script>", "{{7*7}}", "1; drop table x"])
def test_hostile_values_are_shown_as_text(short: County, hostile: str) -> None:
    page = short.logged_in("audit").get(f"/rules/{SHORT}/backtest", params={"try": "1", f"p.{GRACE}": hostile})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert ">49<" not in page.text


def test_a_sites_own_rule_is_shown_as_such_and_a_broken_file_is_named(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "large_month.sql").write_text(template("large_month"), encoding="utf-8")
    (folder / "broken_one.sql").write_text("select 1", encoding="utf-8")
    with open_book(Place(tmp_path, database_url), "lanzhou-new-area") as books:
        county = County(create_app(books), books)
        page = county.logged_in("audit").get("/rules").text
        one = county.logged_in("audit").get("/rules/large_month")
    with_product_rules_alone(database_url)
    assert "本地" in page
    assert "broken_one.sql" in page
    assert one.status_code == 200


def with_product_rules_alone(url: str) -> None:
    """The next test finds the database as it was."""
    from ledger.book.database import Database

    database = Database(url)
    Engine(database)
    database.close()
