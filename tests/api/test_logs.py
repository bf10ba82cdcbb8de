"""What the log says of requests: which route, who, how it ended; never what was sent, nor whom it was about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from starlette.testclient import TestClient
from structlog.testing import LogCapture

from tests.api.county import NAME, County, identity, member


@pytest.fixture
def lines() -> Iterator[LogCapture]:
    capture = LogCapture()
    old = structlog.get_config()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, capture],
        wrapper_class=structlog.BoundLogger,
        cache_logger_on_first_use=False,
    )
    yield capture
    structlog.configure(**old)


def test_a_request_is_one_line_under_the_id_that_its_answer_bears(county: County, lines: LogCapture) -> None:
    answer = county.client("viewer").get("/api/v1/households/H000001/timeline")
    (line,) = [entry for entry in lines.entries if entry["event"] == "request"]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert line["route"] == "/api/v1/households/{household:path}/timeline"
    assert (line["method"], line["status"], line["staff"]) == ("GET", 404, "G001")


def test_nothing_that_was_sent_is_in_the_log(county: County, lines: LogCapture) -> None:
    county.register("H000001")
    wrong = member("H000002", 2) | {"name": NAME * 30, "relation": identity(3)}
    assert county.record("civil_affairs", "households", wrong).status_code == 422
    county.client("viewer").get("/api/v1/households/H000001/timeline")
    text = str(lines.entries)
    for sent in (NAME, identity(1), identity(3), "9900000000000001", "H000001"):
        assert sent not in text, sent


def test_a_fault_is_a_problem_with_a_number_and_its_message_is_nowhere(
    county: County, lines: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"could not read {NAME}")

    monkeypatch.setattr("projections.queries.funds", broken)
    answer = county.client("viewer").get("/api/v1/funds")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Content-Security-Policy"]
    fault = next(entry for entry in lines.entries if entry["event"] == "fault")
    assert fault["error"] == "RuntimeError"
    assert fault["request_id"] == answer.headers["X-Request-ID"]
    assert any("broken" in place for place in fault["places"])
    assert NAME not in answer.text + str(lines.entries)
    page: TestClient = county.logged_in("viewer")
    assert "请将请求编号告知管理员" in page.get("/funds").text
