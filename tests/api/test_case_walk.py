"""The walk of docs/howto in a real browser: from a finding to a closed case with the money back in its fund."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.county import FUND, County
from tests.api.test_browser import browser, pytestmark, site
from tests.api.test_cases import HOUSEHOLD, overpaid

__all__ = ["browser", "overpaid", "pytestmark", "site"]

wait: Any = pytest.importorskip("selenium.webdriver.support.wait", reason="selenium is not installed")
conditions: Any = pytest.importorskip("selenium.webdriver.support.expected_conditions")
exceptions: Any = pytest.importorskip("selenium.common.exceptions")
CSS = "css selector"


class Desk:
    """People who sit down at one browser, one after the other."""

    def __init__(self, driver: Any, site: str, county: County) -> None:
        self.driver, self.site, self.county = driver, site, county

    def sit_down(self, staff: str, role: str = "audit") -> None:
        self.driver.delete_all_cookies()
        self.driver.get(self.site + "/login")
        self.driver.switch_to.active_element.send_keys(self.county.token(role, staff=staff))
        self.press(CSS, "form button")
        self.driver.find_element(CSS, "nav")

    def go(self, address: str) -> None:
        self.driver.get(self.site + address)

    def fill(self, form: str, **fields: str) -> None:
        """Types into a form of the page and sends it."""
        for name, text in fields.items():
            self.driver.find_element(CSS, f"{form} [name={name}]").send_keys(text)
        self.press(CSS, f"{form} button")

    def press(self, how: str, what: str) -> None:
        """Clicks what leads to another page, and waits until the page that it was on is gone."""
        page = self.driver.find_element("tag name", "html")
        self.driver.find_element(how, what).click()
        # Asked in the middle of the change, the driver may answer with an error of its own: asked again, it knows.
        errors = (exceptions.WebDriverException,)
        wait.WebDriverWait(self.driver, 60, ignored_exceptions=errors).until(conditions.staleness_of(page))

    def status(self) -> str:
        return str(self.driver.find_element(CSS, "h1 .state").text)

    def blocked(self) -> list[str]:
        return [line["message"] for line in self.driver.get_log("browser")]


def test_from_a_finding_to_a_closed_case_with_money_back_in_its_fund(
    browser: Any, site: str, overpaid: County, tmp_path: Path
) -> None:
    desk = Desk(browser, site, overpaid)
    desk.sit_down("G031")
    desk.press("link text", "预警")
    desk.fill("form.filter", q=HOUSEHOLD)
    browser.find_element(CSS, "[name=finding][aria-label*=重复发放]").click()
    desk.press("xpath", "//button[text()='将所选预警立案']")
    desk.fill("form.step", reason="核对一月发放明细")
    assert desk.status() == "待派单"
    case = browser.current_url.removeprefix(site)
    desk.fill("#step-assign", assigned_to="G032")
    assert desk.status() == "待核查"

    desk.sit_down("G032")
    desk.press("link text", "办案")
    desk.press("link text", "我承办的")
    desk.press(CSS, ".card a")
    desk.fill("#step-investigate", facts="同一月发放两次，已与银行核对")
    desk.fill("#step-establish", reason="重复发放属实")
    assert desk.status() == "待处置"
    paper = tmp_path / "statement.pdf"
    paper.write_bytes(b"%PDF-1.7 bank statement")
    desk.fill("#step-attach", file=str(paper), title="银行对账单")
    browser.execute_script("document.querySelector('#step-measure [name=due_on]').value = '2099-01-01'")
    desk.fill("#step-measure", sent_to="示例镇政府")
    assert desk.status() == "待整改"
    recovery = browser.find_element("xpath", "//h2[starts-with(., '追缴')]/following::td[1]").text
    back = {"recovery_no": recovery, "occurred_on": overpaid.books.today.isoformat(), "step": "缴回"}
    money = {"household": HOUSEHOLD, "batch_no": "B202501-1", "line_no": 2, "amount_fen": 631_00}
    assert overpaid.record("civil_affairs", "recoveries", back | money).status_code == 201
    desk.fill("#step-report", facts="已全额缴回")

    desk.sit_down("G034")
    desk.go(case)
    desk.fill("#step-accept")
    assert desk.status() == "待销号"
    desk.sit_down("G032")
    desk.go(case)
    desk.fill("#step-close", reason="自己办的案自己结")
    assert "销号人在本案中负责承办" in browser.find_element(CSS, "[role=alert]").text
    desk.sit_down("G035")
    desk.go(case)
    desk.fill("#step-close", reason="整改到位，资金已缴回")
    assert desk.status() == "已销号"
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    fund = browser.find_element("link text", FUND)
    row = fund.find_element("xpath", "./ancestor::tr")
    assert [cell.text for cell in row.find_elements(CSS, ".money")] == ["631.00", "631.00", "0.00", "0.00"]
    desk.fill("form.reveal", purpose="归档复核")
    assert "银行对账单" in browser.page_source
    assert "整改到位，资金已缴回" in browser.page_source
    desk.press("link text", FUND)
    assert "追缴缴回" in browser.find_element("tag name", "main").text
    desk.go("/cases")
    closed = browser.find_element("id", "closed").find_element("xpath", "./..")
    assert case.rpartition("/")[2] in closed.text
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert [line for line in desk.blocked() if "409" not in line] == []
