"""The console by its pages: who gets in, what they show, and that nothing hostile gets through."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from starlette.testclient import TestClient

from api.console.words import LANGUAGES, catalogue
from api.headers import CONTENT_SECURITY_POLICY
from ledger.events import EVENT_CLASSES
from tests.api.county import COUNTY, FUND, NAME, NEIGHBOUR, RELIEF, County, grant, identity

TEMPLATES = Path(__file__).parents[2] / "api" / "console" / "templates"
PAGES = [
    "/",
    "/funds",
    f"/funds/{quote(FUND, safe='')}",
    "/cap",
    f"/cap/{COUNTY}/2025",
    "/findings",
    "/households",
    "/households/H000001",
    "/events/3",
    "/proof",
]


def form_key(page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_token_opens_a_session_and_is_not_the_cookie(paid: County) -> None:
    token = paid.token("viewer")
    answer = paid.anybody().post("/login", data={"token": token, "next": "/cap"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cap")
    cookie = answer.headers["Set-Cookie"]
    assert token not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_wrong_token_is_asked_for_again(county: County) -> None:
    answer = county.anybody().post("/login", data={"token": "mz_guess"})
    assert answer.status_code == 401
    assert "令牌无效" in answer.text
    assert "mz_guess" not in answer.text


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_login_leads_to_no_other_site(county: County, place: str) -> None:
    answer = county.anybody().post("/login", data={"token": county.token("viewer"), "next": place})
    assert answer.headers["Location"] == "/"


def test_a_session_ends_when_its_holder_logs_out_or_his_token_is_revoked(paid: County) -> None:
    first, second = paid.logged_in("audit"), paid.logged_in("audit")
    key = form_key(first.get("/").text)
    cookie = first.cookies["mingzhang_session"]
    assert first.post("/logout", data={"form_key": key}).status_code == 303
    first.cookies.set("mingzhang_session", cookie)
    assert first.get("/").status_code == 303
    with psycopg.connect(paid.books.database.url, autocommit=True) as conn:
        conn.execute("update access.token set revoked_at = clock_timestamp()")
    assert second.get("/").status_code == 303


def test_a_form_of_another_session_or_site_is_refused(paid: County) -> None:
    mine, others = paid.logged_in("audit"), paid.logged_in("audit")
    assert mine.post("/logout", data={"form_key": form_key(others.get("/").text)}).status_code == 403
    forged = mine.post(
        "/logout", data={"form_key": form_key(mine.get("/").text)}, headers={"Origin": "https://evil.example"}
    )
    assert forged.status_code == 403
    login = paid.anybody().post("/login", data={"token": paid.token("audit")}, headers={"Origin": "null"})
    assert login.status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_whole_in_both_languages(console: TestClient, page: str) -> None:
    for language, word in (("zh", "退出"), ("en", "Log out")):
        answer = console.get(page, params={"lang": language})
        assert answer.status_code == 200, page
        assert word in answer.text
        assert answer.text.rstrip().endswith("</html>")


@pytest.mark.parametrize("page", PAGES)
def test_no_page_runs_or_loads_anything_but_our_files(console: TestClient, page: str) -> None:
    answer = console.get(page)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)|https?://", answer.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert console.get(address).status_code == 200, address


def test_a_language_once_chosen_is_kept(console: TestClient) -> None:
    assert 'lang="zh-CN"' in console.get("/").text
    assert 'lang="en"' in console.get("/?lang=en").text
    assert "Overview" in console.get("/").text
    assert "总览" in console.get("/?lang=zh").text


def test_a_page_looks_back_and_its_links_keep_looking(console: TestClient) -> None:
    page = console.get("/?as_of=2025-01-07").text
    assert "您正在查看过去时点的账目" in page
    assert "/funds?as_of=2025-01-07" in page
    assert "1,000,000.00" in page
    ahead = console.get("/?as_of=2099-01-07").text
    assert "您选的是将来的日期" in ahead
    assert "过去时点" not in ahead
    assert console.get("/?as_of=2024-12-31").text.count("1,000,000.00") == 0
    assert "没有内容" in console.get("/funds?known_at=2000-01-01").text
    for wrong in ("2025-1-7", "2025-02-30", "<b>", "99999-01-01"):
        answer = console.get("/", params={"as_of": wrong})
        assert answer.status_code == 422
        assert "<b>" not in answer.text.replace("<b>明账</b>", "")


def test_money_is_in_yuan_with_its_sign(console: TestClient) -> None:
    statement = console.get(f"/funds/{quote(FUND, safe='')}").text
    assert "999,369.00" in statement
    assert '<span class="negative">−631.00</span>' in statement


def test_the_cap_page_has_the_laws_words_and_what_counts(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    county.grant("新财〔2025〕1号", 50_000_00, level="县级")
    page = county.logged_in("finance").get(f"/cap/{COUNTY}/2025").text
    assert "不得超过中央、省级当年下达的困难群众救助补助资金总量的2%" in page
    assert page.count(">计入<") == 1
    assert page.count(">不计入<") == 1


def test_a_finding_is_a_question_with_its_paper(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    expense = {
        "expense_no": "E-1",
        "paid_on": "2025-02-01",
        "region": COUNTY,
        "category": RELIEF,
        "level": "中央",
        "budget_year": 2025,
        "purpose": "购车",
        "amount_fen": 90_000_00,
    }
    assert county.record("audit", "other-expenses", expense, params={"observed": "true"}).status_code == 201
    browser = county.logged_in("discipline")
    link = re.search(r'href="(/findings/f[0-9a-f]{16})"', browser.get("/findings").text)
    assert link
    page = browser.get(link[1]).text
    for words in ("不是结论", "90,000.00", "如何消除", "社会救助暂行办法", "E-1", "2025-02-01"):
        assert words in page, words


def test_names_are_shown_for_a_purpose_that_is_kept(paid: County) -> None:
    browser = paid.logged_in("audit")
    page = browser.get("/households/H000001").text
    assert NAME not in page
    shown = browser.post("/households/H000001/names", data={"form_key": form_key(page), "purpose": "核查预警线索"})
    assert shown.status_code == 200
    assert NAME in shown.text
    assert identity(1) in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    with paid.books.database.connection() as conn:
        record = conn.execute("select act, officer, purpose, cardinality(tokens) from vault.access_record").fetchall()
    assert record == [("reveal", "G001", "核查预警线索", 2)]
    assert NAME not in browser.get("/households/H000001").text


@pytest.mark.parametrize("purpose", ["", "查", f"查{identity(1)}的情况"])
def test_names_need_a_purpose_that_names_nobody(paid: County, purpose: str) -> None:
    browser = paid.logged_in("audit")
    key = form_key(browser.get("/households/H000001").text)
    answer = browser.post("/households/H000001/names", data={"form_key": key, "purpose": purpose})
    assert answer.status_code == 422
    assert NAME not in answer.text


@pytest.mark.parametrize(("role", "region"), [("finance", COUNTY), ("viewer", COUNTY), ("audit", NEIGHBOUR)])
def test_names_are_for_those_whose_work_needs_them(paid: County, role: str, region: str) -> None:
    browser = paid.logged_in(role, region)
    data = {"form_key": form_key(browser.get("/").text), "purpose": "核查预警线索"}
    answer = browser.post("/households/H000001/names", data=data)
    assert answer.status_code == (404 if region == NEIGHBOUR else 403)
    assert NAME not in answer.text
    with paid.books.database.connection() as conn:
        assert conn.execute("select count(*) from vault.access_record").fetchone() == (0,)


def test_a_neighbour_meets_empty_pages(paid: County) -> None:
    browser = paid.logged_in("audit", NEIGHBOUR)
    assert "1,000,000.00" not in browser.get("/").text + browser.get("/funds").text
    for page in (f"/funds/{quote(FUND, safe='')}", f"/cap/{COUNTY}/2025", "/households/H000001", "/events/3"):
        assert browser.get(page).status_code == 404, page


HOSTILE = "\"'><script>alert(1)</script>{{7*7}}"


def test_hostile_text_is_shown_as_text_on_every_page(county: County) -> None:
    document = grant(f"D{HOSTILE}", 1_000_000_00) | {"category": f"资金{HOSTILE}"}
    assert county.record("finance", "grants", document).status_code == 201
    county.register(f"H{HOSTILE}")
    browser = county.logged_in("audit")
    fund = quote(f"{COUNTY}|资金{HOSTILE}|中央|2025", safe="")
    household = quote(f"H{HOSTILE}", safe="")
    showing = ["/", "/funds", f"/funds/{fund}", f"/cap/{COUNTY}/2025", "/events/3", f"/households/{household}"]
    for page in (*showing, "/cap", "/findings", f"/households?no={household}"):
        answer = browser.get(page, follow_redirects=True)
        assert answer.status_code == 200, page
        assert "<script>alert" not in answer.text, page
        assert "&lt;script&gt;" in answer.text or page not in showing, page
        assert "{{7*7}}" in answer.text or page not in showing, page


@pytest.mark.parametrize("name", ["rule", "kind", "severity", "lang", "cursor", "as_of"])
def test_hostile_addresses_are_shown_as_text(console: TestClient, name: str) -> None:
    assert "<script>alert" not in console.get("/findings", params={name: HOSTILE}).text
    assert "<script>alert" not in console.get(f"/{quote(HOSTILE)}").text
    assert "<script>alert" not in console.get("/login", params={"next": f"/{HOSTILE}"}).text


def test_the_catalogue_has_every_key_in_both_languages() -> None:
    for key, words in catalogue().items():
        assert set(words) == set(LANGUAGES), key
        assert all(isinstance(text, str) and text.strip() for text in words.values()), key


def test_templates_ask_for_no_word_that_is_not_there_and_no_word_is_there_for_nothing() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*.html")))
    areas = tuple(re.findall(r"\bt\('([\w.]+\.)' ~", text) + re.findall(r"\bt\.named\('(\w+)'", text))
    asked = set(re.findall(r"\bt\('([\w.]+\w)'", text))
    assert len(asked) > 50
    assert asked <= catalogue().keys()
    assert {key for key in catalogue() if key not in asked and not key.startswith(areas)} == set()


def test_every_kind_of_event_has_a_name() -> None:
    assert {f"topic.{cls.TOPIC}" for cls in EVENT_CLASSES} <= catalogue().keys()
