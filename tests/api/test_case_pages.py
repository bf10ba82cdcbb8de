"""Cases by the console's pages: from findings ticked in their list to the end, and what is refused on the way."""

from __future__ import annotations

import re

import pytest
from httpx import Response
from starlette.testclient import TestClient

from tests.api.county import COUNTY, County
from tests.api.test_cases import audit, found, opened, overpaid, to_judgement
from tests.api.test_console import form_key

__all__ = ["overpaid"]


def desk(county: County, staff: str = "G031", role: str = "audit", region: str = COUNTY) -> TestClient:
    """Somebody with this staff number at the console."""
    browser = county.anybody()
    answer = browser.post("/login", data={"token": county.token(role, region, staff), "next": "/"})
    assert answer.status_code == 303
    return browser


def send(browser: TestClient, address: str, **fields: str) -> Response:
    """A form of the page that the browser has open."""
    data = {"form_key": form_key(browser.get("/").text)} | fields
    answer: Response = browser.post(address, data=data)
    return answer


def test_findings_that_are_ticked_become_a_case(overpaid: County) -> None:
    browser, finding = desk(overpaid), found(overpaid)["id"]
    assert f'name="finding" value="{finding}"' in browser.get("/findings").text
    page = browser.get(f"/cases/new?finding={finding}").text
    assert "重复发放" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    answer = send(browser, "/cases", finding=finding, reason="核对发放明细", key=key[1])
    assert answer.status_code == 303, answer.text
    again = send(browser, "/cases", finding=finding, reason="核对发放明细", key=key[1])
    assert again.headers["Location"] == answer.headers["Location"]
    case_no = answer.headers["Location"].rpartition("/")[2]
    page = browser.get(answer.headers["Location"]).text
    for words in (case_no, "待派单", "重复发放", "派单", "附件", "封存"):
        assert words in page, words
    assert "核对发放明细" not in page
    assert case_no in browser.get("/cases").text
    assert case_no in browser.get("/findings?in_case=true").text
    assert finding not in browser.get("/findings?in_case=false").text


def test_a_finding_in_a_case_is_not_opened_again(overpaid: County) -> None:
    opened(overpaid)
    answer = send(desk(overpaid), "/cases", finding=found(overpaid)["id"], reason="再查一次")
    assert answer.status_code == 409
    assert "预警已在办" in answer.text
    assert "再查一次" in answer.text, "what was typed is not lost"


def test_what_speaks_against_a_step_is_on_the_page_of_its_case(overpaid: County) -> None:
    case_no, finding = to_judgement(overpaid)
    browser = desk(overpaid)
    refused = send(browser, f"/cases/{case_no}/close", reason="不查了")
    assert refused.status_code == 409
    assert "办案步骤不符" in refused.text
    assert 'role="alert"' in refused.text
    bad = send(browser, f"/cases/{case_no}/tolerate", finding=finding, reason="好心办错事", is_in_good_faith="yes")
    assert bad.status_code == 409
    for step, fields in (("assign", {"assigned_to": "韩示例"}), ("assign", {"assigned_to": "G1", "due_on": "x"})):
        assert send(browser, f"/cases/{case_no}/{step}", **fields).status_code in (409, 422)
    assert send(browser, f"/cases/{case_no}/paint", colour="red").status_code == 404


def test_only_the_steps_that_one_may_take_are_offered(overpaid: County) -> None:
    case_no, _ = to_judgement(overpaid)
    page = desk(overpaid).get(f"/cases/{case_no}").text
    offered = set(re.findall(r'id="step-(\w+)"', page))
    assert offered == {"assign", "establish", "dismiss", "tolerate", "lower", "attach"}
    finance = desk(overpaid, "G032", "finance").get(f"/cases/{case_no}").text
    assert set(re.findall(r'id="step-(\w+)"', finance)) == {"investigate", "attach"}
    viewer = desk(overpaid, "G050", "viewer")
    assert re.findall(r'id="step-(\w+)"', viewer.get(f"/cases/{case_no}").text) == []
    assert "/cases/new" not in viewer.get("/findings").text
    assert viewer.get("/cases/new").status_code == 403


def test_a_form_offers_what_the_case_allows(overpaid: County) -> None:
    case_no, finding = to_judgement(overpaid)
    browser = desk(overpaid)

    def offered(step: str, name: str) -> list[str]:
        form = browser.get(f"/cases/{case_no}").text.partition(f'id="step-{step}"')[2].partition("</form>")[0]
        return re.findall(
            r'<option value="([^"]+)"', form.partition(f'<select name="{name}"')[2].partition("</select>")[0]
        )

    severity = audit(overpaid).get(f"/api/v1/cases/{case_no}").json()["severity"]
    below = ["warning", "notice"] if severity == "critical" else ["notice"]
    assert offered("lower", "severity") == below
    facts = {"is_in_good_faith": "yes", "is_duty_done": "yes", "objective_cause": "断网", "corrected_on": "2025-01-31"}
    answer = send(browser, f"/cases/{case_no}/tolerate", finding=finding, reason="系统故障", **facts)
    assert answer.status_code == 303, answer.text
    assert offered("measure", "measure") == ["提示函"]
    assert offered("measure", "finding") == [finding]


def test_what_was_written_is_shown_for_a_purpose(overpaid: County) -> None:
    case_no, _ = to_judgement(overpaid)
    browser = desk(overpaid)
    shown = send(browser, f"/cases/{case_no}/texts", purpose="复核案件材料")
    assert "同一月发放两次" in shown.text
    assert "同一月发放两次" not in browser.get(f"/cases/{case_no}").text
    assert send(browser, f"/cases/{case_no}/texts", purpose="查").status_code == 422
    assert send(desk(overpaid, role="finance"), f"/cases/{case_no}/texts", purpose="复核案件材料").status_code == 403
    with overpaid.books.database.connection() as conn:
        kept = conn.execute("select officer, purpose from vault.access_record where act = 'reveal'").fetchall()
    assert kept == [("G031", "复核案件材料")]


def test_the_dossier_comes_with_or_without_what_was_written(overpaid: County) -> None:
    case_no, _ = to_judgement(overpaid)
    browser = desk(overpaid)
    sealed = browser.get(f"/cases/{case_no}/dossier.pdf")
    told = send(browser, f"/cases/{case_no}/dossier.pdf", purpose="归档打印")
    for answer in (sealed, told):
        assert answer.content.startswith(b"%PDF")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    assert told.content != sealed.content


def test_a_document_is_attached_and_downloaded(overpaid: County) -> None:
    case_no = opened(overpaid)
    browser = desk(overpaid)
    key = form_key(browser.get(f"/cases/{case_no}").text)
    answer = browser.post(
        f"/cases/{case_no}/documents",
        data={"form_key": key, "title": "情况说明"},
        files={"file": ("a.pdf", b"%PDF-1.7 x", "application/pdf")},
    )
    assert answer.status_code == 303, answer.text
    page = browser.get(f"/cases/{case_no}").text
    link = re.search(rf'href="(/cases/{case_no}/documents/[0-9a-f]{{64}})"', page)
    assert link
    assert browser.get(link[1]).content == b"%PDF-1.7 x"
    assert "情况说明" not in page
    forged = browser.post(f"/cases/{case_no}/documents", data={"form_key": "x"}, files={"file": b"x"})
    assert forged.status_code == 403


def test_who_read_a_case_is_on_its_page(overpaid: County) -> None:
    case_no = opened(overpaid)
    desk(overpaid, "G044").get(f"/cases/{case_no}")
    assert "G044" in desk(overpaid).get(f"/cases/{case_no}").text


@pytest.mark.parametrize(
    "page", ["/cases", "/cases?mine=true", "/cases?overdue=true", "/cases/{}", "/cases/new", "/subjects"]
)
def test_every_case_page_is_whole_in_both_languages(overpaid: County, page: str) -> None:
    case_no, browser = opened(overpaid), desk(overpaid)
    for language, word in (("zh", "退出"), ("en", "Log out")):
        answer = browser.get(page.format(case_no), params={"lang": language})
        assert answer.status_code == 200, page
        assert word in answer.text
        assert answer.text.rstrip().endswith("</html>")
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)|https?://", answer.text)


def test_a_confidential_case_is_on_no_board_but_disciplines(overpaid: County) -> None:
    finding = found(overpaid)["id"]
    discipline = desk(overpaid, "G041", "discipline")
    answer = send(discipline, "/cases", finding=finding, is_confidential="yes", reason="线索核查")
    assert answer.status_code == 303, answer.text
    case_no = answer.headers["Location"].rpartition("/")[2]
    assert case_no in discipline.get("/cases").text
    for browser in (desk(overpaid), desk(overpaid, "G042", "civil_affairs")):
        assert case_no not in browser.get("/cases").text + browser.get("/findings").text
        assert browser.get(f"/cases/{case_no}").status_code == 404
        assert browser.get(f"/cases/{case_no}/dossier.pdf").status_code == 404
        assert send(browser, f"/cases/{case_no}/assign", assigned_to="G1").status_code in (403, 404)
