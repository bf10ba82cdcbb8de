"""The console in a real browser, Debian's Chromium: nothing is blocked, and pages work by keyboard."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn

from tests.api.county import COUNTY, FUND, NAME, County

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
MISSING = [path for path in (CHROMIUM, DRIVER) if not os.access(path, os.X_OK)]
pytestmark = pytest.mark.skipif(
    bool(MISSING),
    reason=f"no real browser here: {' and '.join(MISSING)} missing (apt-get install chromium chromium-driver)",
)
webdriver: Any = pytest.importorskip("selenium.webdriver", reason="no real browser here: selenium is not installed")

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1366,768",
)
ODD = "甲/乙|丙?#1%2F"


@pytest.fixture
def site(paid: County) -> Iterator[str]:
    """The application served as it is in an office, on a port of this machine."""
    paid.register(ODD, nth=5)
    paid.seal()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(paid.app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    profile = tmp_path_factory.mktemp("chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in (*_QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(60)
    driver.implicitly_wait(5)
    yield driver
    driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def at_desk(browser: Any, site: str, paid: County) -> Any:
    """An auditor in front of the overview, having typed the token and pressed Enter."""
    browser.delete_all_cookies()
    browser.get(site + "/login")
    browser.switch_to.active_element.send_keys(paid.token("audit") + "\n")
    browser.find_element("css selector", "nav")
    return browser


def _blocked(browser: Any) -> list[str]:
    return [line["message"] for line in browser.get_log("browser")]


@pytest.mark.parametrize(
    "page",
    [
        "/",
        "/funds",
        f"/funds/{quote(FUND, safe='')}",
        "/cap",
        f"/cap/{COUNTY}/2025",
        "/findings",
        "/households/H000001",
        "/proof?position=3",
    ],
)
def test_a_page_fits_a_small_screen_and_nothing_in_it_is_blocked(at_desk: Any, site: str, page: str) -> None:
    at_desk.get(site + page)
    assert "明账" in at_desk.title
    assert _blocked(at_desk) == []
    # A fund's full row may scroll within its own frame; the page itself does not scroll sideways.
    assert at_desk.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")


def test_the_course_of_a_fund_is_drawn(at_desk: Any, site: str) -> None:
    at_desk.get(f"{site}/funds/{quote(FUND, safe='')}")
    canvas = at_desk.find_element("css selector", ".chart canvas")
    assert canvas.size["width"] > 600
    coloured = at_desk.execute_script(
        "const c = arguments[0], d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 0; i < d.length; i += 4) n += d[i] < 90 && d[i + 2] > 90 && d[i + 3] > 200;"
        "return n;",
        canvas,
    )
    assert coloured > 300


def test_the_overview_leads_down_to_the_event(at_desk: Any, site: str) -> None:
    at_desk.find_element("link text", "资金").click()
    at_desk.find_element("link text", "困难群众救助补助资金").click()
    at_desk.find_element("link text", "H000001").click()
    at_desk.find_element("css selector", "td.number a").click()
    assert "/events/" in at_desk.current_url
    assert "家庭登记" in at_desk.find_element("tag name", "h1").text


def test_the_first_key_leads_past_the_menu(at_desk: Any) -> None:
    body = at_desk.find_element("tag name", "body")
    body.send_keys("\t")
    assert at_desk.switch_to.active_element.get_attribute("href").endswith("#content")


def test_english_is_one_click_away_and_stays(at_desk: Any, site: str) -> None:
    at_desk.find_element("link text", "English").click()
    assert at_desk.find_element("tag name", "h1").text == "Overview"
    at_desk.get(site + "/cap")
    assert at_desk.find_element("tag name", "html").get_attribute("lang") == "en"


def test_a_past_day_stays_in_the_address(at_desk: Any) -> None:
    at_desk.execute_script("document.querySelector('[name=as_of]').value = '2025-01-07'")
    at_desk.find_element("css selector", ".clock button").click()
    at_desk.find_element("css selector", ".clock.past")
    at_desk.find_element("link text", "购买服务上限").click()
    assert "as_of=2025-01-07" in at_desk.current_url


def test_one_button_sets_both_clocks_and_links_keep_them(at_desk: Any) -> None:
    at_desk.execute_script("document.querySelector('[name=as_of]').value = '2025-01-07'")
    at_desk.find_element("css selector", ".clock [name=known][value=then]").click()
    assert "2025-01-07 日终，按 2025-01-07 当时所知" in at_desk.find_element("css selector", ".moment").text
    at_desk.find_element("link text", "资金").click()
    # Nothing was on record then; what is known now of that day is one click away.
    at_desk.find_element("css selector", "main td.none[colspan='13']")
    assert "as_of=2025-01-07&known_at=2025-01-07" in at_desk.current_url
    at_desk.find_element("css selector", ".clock [name=known][value=now]").click()
    at_desk.find_element("xpath", "//main//td[contains(., '1,000,000.00')]")
    at_desk.find_element("link text", "回到现在").click()
    at_desk.find_element("css selector", ".clock:not(.past)")
    assert at_desk.find_elements("css selector", ".moment") == []


def test_a_figure_leads_to_the_events_that_changed_it(at_desk: Any) -> None:
    at_desk.execute_script("document.querySelector('[name=as_of]').value = '2025-01-31'")
    at_desk.find_element("name", "known_at").send_keys("4\n")
    at_desk.find_element("link text", "资金").click()
    at_desk.find_element("link text", "当时/现在").click()
    assert "其后登记的事件" in at_desk.find_element("css selector", ".lead").text
    assert at_desk.find_element("css selector", "td .class").text == "迟录"
    at_desk.find_element("css selector", "tbody td.number a").click()
    assert "发放指令" in at_desk.find_element("tag name", "h1").text
    assert _blocked(at_desk) == []


def test_names_come_after_a_purpose_and_go_with_the_page(at_desk: Any, site: str) -> None:
    at_desk.get(site + "/households/H000001")
    assert NAME not in at_desk.page_source
    at_desk.find_element("name", "purpose").send_keys("核查预警线索\n")
    at_desk.find_element("css selector", "[role=status]")
    assert NAME in at_desk.page_source
    assert NAME not in quote(at_desk.current_url)
    at_desk.get(site + "/households/H000001")
    assert NAME not in at_desk.page_source


def test_a_number_of_any_shape_is_found_by_the_search_box(at_desk: Any, site: str) -> None:
    at_desk.get(site + "/households")
    at_desk.find_element("name", "no").send_keys(ODD + "\n")
    at_desk.find_element("css selector", ".payload, .reading, .money")
    assert at_desk.find_element("tag name", "h1").text.startswith(f"家庭 {ODD} ")


def test_logging_out_leaves_nothing_behind(at_desk: Any, site: str) -> None:
    at_desk.find_element("css selector", ".logout button").click()
    at_desk.find_element("id", "token")
    at_desk.get(site + "/funds")
    assert "/login?next=%2Ffunds" in at_desk.current_url


def test_the_page_prints_without_its_controls(at_desk: Any, site: str, tmp_path: Path) -> None:
    at_desk.get(f"{site}/cap/{COUNTY}/2025")
    at_desk.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not at_desk.find_element("css selector", ".logout").is_displayed()
    assert at_desk.find_element("css selector", "blockquote").is_displayed()
    at_desk.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def _type(browser: Any, name: str, text: str) -> None:
    """Pastes a text in place of what stands in an area of the proof page."""
    browser.execute_script(
        "const area = document.getElementById(arguments[0]); area.value = arguments[1];"
        "area.dispatchEvent(new Event('input'));",
        name,
        text,
    )


def _steps(browser: Any) -> dict[str, str]:
    """The steps that the proof page shows, with their colours."""
    shown = "li[data-step]:not([hidden])"
    return {li.get_attribute("data-step"): li.get_attribute("class") for li in browser.find_elements(*_by(shown))}


def _by(selector: str) -> tuple[str, str]:
    return "css selector", selector


def _verdict(browser: Any) -> str:
    found: str = browser.find_element(*_by(".verdict:not([hidden])")).get_attribute("data-verdict")
    return found


RIGHT = {"bytes": "right", "leaf": "right", "path": "right", "signature": "right"}


def test_a_true_proof_is_green_and_one_changed_digit_is_red(at_desk: Any, site: str) -> None:
    at_desk.get(site + "/events/3")
    at_desk.find_element("partial link text", "证明：").click()
    assert (_verdict(at_desk), _steps(at_desk)) == ("right", RIGHT)
    assert "核验通过" in at_desk.find_element(*_by(".verdict.right")).text
    assert "甘财社〔2025〕1号" in at_desk.find_element(*_by(".says .payload")).text
    event = json.loads(at_desk.find_element("id", "event").get_attribute("value"))
    digit = event["header_hex"][30]
    changed = event["header_hex"][:30] + ("0" if digit != "0" else "1") + event["header_hex"][31:]
    _type(at_desk, "event", json.dumps(event | {"header_hex": changed}))
    assert _verdict(at_desk) == "wrong"
    assert _steps(at_desk) == RIGHT | {"leaf": "wrong", "path": "wrong"}
    found, stated = at_desk.find_elements(*_by("[data-step=path] dd code"))
    assert len(found.text) == len(stated.text) == 64
    assert found.text != stated.text
    assert _blocked(at_desk) == []


def test_files_from_elsewhere_are_checked_with_nothing_filled_in(
    at_desk: Any, site: str, paid: County, tmp_path: Path
) -> None:
    auditor, folder = paid.client("audit"), paid.books.seal_folder
    at_desk.get(site + "/proof")
    assert _verdict(at_desk) == "empty"
    at_desk.find_element(*_by("label[for=proof]")).click()
    assert at_desk.switch_to.active_element.get_attribute("name") == "proof"
    (tmp_path / "event.json").write_text(json.dumps(auditor.get("/api/v1/events/3/proof").json()))
    (tmp_path / "event-3.tlog-proof").write_text(auditor.get("/api/v1/events/3/proof.tlog-proof").text)
    at_desk.find_element(*_by("[data-into=event]")).send_keys(str(tmp_path / "event.json"))
    at_desk.find_element(*_by("[data-into=proof]")).send_keys(str(tmp_path / "event-3.tlog-proof"))
    at_desk.find_element(*_by(".verdict.right:not([hidden])"))
    assert _steps(at_desk) == RIGHT
    assert at_desk.find_element(*_by("[data-borrowed]")).is_displayed()
    _type(at_desk, "keys", f"# {COUNTY}")
    # What cannot be read disproves nothing.
    assert (_verdict(at_desk), _steps(at_desk)) == ("unreadable", {"read": "wrong"})
    _type(at_desk, "keys", "\n".join(map(str, folder.keys())) + "\n")
    assert _verdict(at_desk) == "right"
    assert not at_desk.find_element(*_by("[data-borrowed]")).is_displayed()


def test_a_checkpoint_kept_outside_is_compared_by_the_tiles(at_desk: Any, site: str, paid: County) -> None:
    kept = str(paid.books.seal_folder.note())
    assert paid.grant("新财〔2025〕9号", 100_00).status_code == 201
    paid.seal()
    at_desk.get(site + "/proof?position=3")
    _type(at_desk, "kept", kept)
    at_desk.find_element(*_by("[data-step=kept].right"))
    assert (_verdict(at_desk), _steps(at_desk)) == ("right", RIGHT | {"kept": "right"})
    _type(at_desk, "kept", kept.replace("\n\n", "\n\n\n", 1))
    at_desk.find_element(*_by("[data-step=kept].wrong"))
    assert _verdict(at_desk) == "wrong"


def test_the_check_needs_no_secure_context(at_desk: Any, site: str) -> None:
    without = at_desk.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": "delete Crypto.prototype.subtle"}
    )
    at_desk.get(site + "/proof?position=3")
    assert at_desk.execute_script("return crypto.subtle") is None
    assert _verdict(at_desk) == "right"
    at_desk.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": without["identifier"]})
