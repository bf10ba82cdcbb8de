"""The one way in for the API and the command line: from what the rules found to money back in its fund."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from pydantic import ValidationError
from typer.testing import CliRunner

from ledger.access import CASE_STEPS, may_see_confidential, may_work_case, record_view, views_of
from ledger.book.book import KeyReused
from ledger.cli import app
from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseReasonMissing,
    CaseRegionElsewhere,
    NotPermitted,
    NumberUnfit,
    RuleWithdrawn,
    UnknownCase,
    UnknownFinding,
)
from ledger.decide.case_state import CONFIDENTIAL_ROLE
from ledger.decide.slice import Asked
from ledger.intake.prepare import DECISIONS
from projections import cases
from projections.case_desk import STEPS, Officer, attach, document, look_into, work
from projections.cases import list_cases
from projections.open_book import OpenBook
from projections.queries import Clocks, funds, reading
from tests.story import ENTITLED, bank, day, fen, line, recovery

TODAY = day("2025-06-30")
AUDITOR = Officer("S001", "audit", "620199")
SECOND = Officer("S002", "audit", "620199")
THIRD = Officer("S003", "audit", "620199")
CLERK = Officer("M001", "civil_affairs", "620199")
DISCIPLINE = Officer("D001", "discipline", "620199")
PAID_TWICE = (*ENTITLED, line(), bank(), line(number=2), bank(number=2))


def record(books: OpenBook, *requests: Any) -> None:
    """Reports what happened elsewhere, and lets the rules look."""
    decisions = dict(DECISIONS.values())
    asked = Asked("G007", "finance", "observed", books.policy)
    for request in requests:
        books.book.do(lambda request=request: decisions[type(request)](request, asked))  # type: ignore[misc]
    books.supervisor.sweep(books.today)


@pytest.fixture
def books(opened: OpenBook) -> OpenBook:
    """A book on a day of 2025 in which a household was paid twice for January, and the rules saw it."""
    books = replace(opened, fixed_day=TODAY)
    record(books, *PAID_TWICE)
    return books


@pytest.fixture
def found(books: OpenBook) -> str:
    with reading(books.database, Clocks(TODAY)) as cursor:
        (row,) = cursor.execute("select finding from finding_state where rule = 'duplicate_payment'").fetchall()
    return str(row["finding"])


def available(books: OpenBook) -> int:
    with reading(books.database, Clocks(TODAY)) as cursor:
        return int(funds(cursor)[0]["available_fen"])


def test_from_a_finding_to_a_closed_case_with_the_money_back_in_its_fund(books: OpenBook, found: str) -> None:
    before = available(books)
    no = work(books, AUDITOR, "open", {"findings": [found], "opened_on": day("2025-03-01")}).case_no
    on = day("2025-03-02")
    work(books, AUDITOR, "assign", {"case_no": no, "assigned_to": CLERK.staff, "assigned_on": on})
    work(books, CLERK, "investigate", {"case_no": no, "facts": "一月发放两次", "investigated_on": on})
    work(books, AUDITOR, "establish", {"case_no": no, "finding": found, "reason": "属实", "established_on": on})
    with reading(books.database, Clocks(TODAY)) as cursor:
        case = cases.one_case(cursor, "audit", "620199", no)
        (opened,) = cursor.execute("select * from recovery_opened").fetchall()
    assert case is not None
    (outcome,) = case["outcomes"]
    assert (outcome["outcome"], outcome["amount_fen"]) == ("established", fen(500))
    assert opened["recovery_no"] == outcome["recovery_no"]
    assert (opened["household"], opened["amount_fen"]) == ("H1", fen(500))
    order = {"measure": "追回", "sent_to": "示例街道", "due_on": day("2025-04-01"), "ordered_on": on}
    work(books, AUDITOR, "measure", {"case_no": no, "finding": found, **order})
    record(books, recovery("缴回", no=opened["recovery_no"], yuan=500, on="2025-03-10"))
    assert available(books) == before + fen(500)
    work(books, CLERK, "report", {"case_no": no, "facts": "已缴回", "reported_on": day("2025-03-11")})
    work(books, SECOND, "accept", {"case_no": no, "accepted_on": day("2025-03-12")})
    work(books, THIRD, "close", {"case_no": no, "reason": "已追回", "closed_on": day("2025-03-13")})
    with reading(books.database, Clocks(TODAY)) as cursor:
        assert [one["status"] for one in list_cases(cursor, "audit", "620199")] == ["closed"]
        (rule,) = [one for one in cases.rule_outcomes(cursor, "audit", "620199") if one["rule"] == "duplicate_payment"]
    assert (rule["raised"], rule["established"], rule["dismissed_basis_points"]) == (1, 1, 0)


def opened_case(books: OpenBook, found: str, officer: Officer = AUDITOR, **values: Any) -> str:
    return work(books, officer, "open", {"findings": [found], "opened_on": day("2025-03-01"), **values}).case_no


def test_a_case_lies_where_its_findings_lie_and_its_number_tells_nothing(books: OpenBook, found: str) -> None:
    no = opened_case(books, found)
    case = look_into(books, AUDITOR, no)
    assert case is not None
    assert case["region"] == "620199001001"
    assert no.startswith("A2025-")
    assert len(no) == len("A2025-") + 8


def test_what_people_write_is_sealed(books: OpenBook, found: str) -> None:
    no = opened_case(books, found, reason="龘靐齉爩", unit="麤龗灪街道")
    case = look_into(books, AUDITOR, no)
    assert case is not None
    tokens = cases.texts_in([case])
    revealed = books.vault.reveal(tokens, officer="S001", purpose="复核")
    assert set(revealed.values()) == {"龘靐齉爩", "麤龗灪街道"}
    with books.database.connection() as conn:
        (row,) = conn.execute("select convert_from(payload, 'UTF8') from book.event where topic = 'case.opened.v1'")
    assert "龘" not in row[0]
    assert "麤" not in row[0]


class TestWhoMay:
    @pytest.mark.parametrize("step", CASE_STEPS)
    def test_every_step_has_its_decision_and_viewers_take_none(self, books: OpenBook, step: str) -> None:
        assert list(STEPS) == list(CASE_STEPS)
        with pytest.raises(NotPermitted):
            work(books, Officer("V001", "viewer", "620199"), step, {})
        assert may_work_case("audit", step)
        assert may_work_case("civil_affairs", step) == (step in ("investigate", "report", "attach"))

    def test_one_role_sees_what_is_confidential(self) -> None:
        roles = ("finance", "civil_affairs", "audit", "discipline", "viewer")
        assert [role for role in roles if may_see_confidential(role)] == [CONFIDENTIAL_ROLE]

    def test_a_finding_elsewhere_is_unknown(self, books: OpenBook, found: str) -> None:
        with pytest.raises(UnknownFinding):
            opened_case(books, found, Officer("S009", "audit", "620198"))
        with pytest.raises(UnknownFinding):
            opened_case(books, "f" + "0" * 16)

    def test_a_case_is_opened_in_ones_own_region(self, books: OpenBook, found: str) -> None:
        with pytest.raises(NotPermitted):
            opened_case(books, found, region="620198")

    def test_a_case_lies_where_one_of_its_findings_lies(self, books: OpenBook, found: str) -> None:
        anywhere = Officer("S001", "audit", "000000")
        for elsewhere in ("110101", "620199002", "620199001002"):
            with pytest.raises(CaseRegionElsewhere):
                opened_case(books, found, anywhere, region=elsewhere)
        assert look_into(books, AUDITOR, opened_case(books, found, anywhere, region="620199"))

    def test_a_refusal_says_who_may(self, books: OpenBook) -> None:
        with pytest.raises(NotPermitted, match=r"岗位“查阅”不能认定属实，审计、纪检可以 .* audit, discipline may"):
            work(books, Officer("V001", "viewer", "620199"), "establish", {})
        with pytest.raises(NotPermitted, match="岗位“民政”不能立案"):
            work(books, CLERK, "open", {})

    def test_a_case_elsewhere_is_unknown(self, books: OpenBook, found: str) -> None:
        no = opened_case(books, found)
        for officer in (Officer("S009", "audit", "620198"), Officer("S009", "audit", "620199002")):
            assert look_into(books, officer, no) is None
            with pytest.raises(UnknownCase):
                work(books, officer, "assign", {"case_no": no, "assigned_to": "M001"})

    def test_discipline_within_the_unit_may_not_work_it_either(self, books: OpenBook, found: str) -> None:
        no = opened_case(books, found, DISCIPLINE, is_confidential=True, unit_region="620199001")
        within = Officer("D009", "discipline", "620199001")
        assert look_into(books, within, no) is None
        with pytest.raises(UnknownCase):
            work(books, within, "assign", {"case_no": no, "assigned_to": "D009"})
        with pytest.raises(UnknownCase):
            attach(books, AUDITOR, no, "证据", "text/plain", b"x")
        assert look_into(books, DISCIPLINE, no)


@pytest.mark.parametrize("step", ["establish", "tolerate"])
def test_without_its_rule_a_finding_is_not_judged(books: OpenBook, found: str, step: str) -> None:
    """Whether money is to come back, and whether it was fraud, is for the rule to say."""
    no = opened_case(books, found)
    work(books, AUDITOR, "assign", {"case_no": no, "assigned_to": "M001"})
    work(books, CLERK, "investigate", {"case_no": no, "facts": "无"})
    rules = [one for one in books.engine.rules if one.rule != "duplicate_payment"]
    books.engine.rules = type(books.engine.rules)(rules)
    with pytest.raises(RuleWithdrawn):
        work(books, AUDITOR, step, {"case_no": no, "finding": found, "reason": "有据"})
    work(books, AUDITOR, "dismiss", {"case_no": no, "finding": found, "reason": "有据"})


class TestBadInput:
    def test_a_day_that_has_not_come(self, books: OpenBook, found: str) -> None:
        with pytest.raises(CaseDayBackwards):
            opened_case(books, found, opened_on=day("2025-07-01"))

    @pytest.mark.parametrize("no", ["张三案", "620199199001010016", "a b", "../x"])
    def test_a_number_that_names_somebody_or_is_none(self, books: OpenBook, found: str, no: str) -> None:
        with pytest.raises(NumberUnfit):
            opened_case(books, found, case_no=no)

    def test_a_blank_reason_is_none(self, books: OpenBook, found: str) -> None:
        no = opened_case(books, found)
        work(books, AUDITOR, "assign", {"case_no": no, "assigned_to": "M001"})
        work(books, CLERK, "investigate", {"case_no": no, "facts": "无"})
        with pytest.raises(ValidationError):
            work(books, AUDITOR, "dismiss", {"case_no": no, "finding": found, "reason": "  "})
        work(books, AUDITOR, "dismiss", {"case_no": no, "finding": found, "reason": "有据"})
        with pytest.raises(CaseReasonMissing):
            work(books, THIRD, "close", {"case_no": no, "reason": ""})

    def test_a_key_is_used_for_one_request(self, books: OpenBook, found: str) -> None:
        values = {"findings": [found], "opened_on": day("2025-03-01")}
        first = work(books, AUDITOR, "open", values, key="k1")
        again = work(books, AUDITOR, "open", values, key="k1")
        assert (again.case_no, again.position, again.is_new) == (first.case_no, first.position, False)
        with pytest.raises(KeyReused):
            work(books, AUDITOR, "open", values | {"severity": "critical"}, key="k1")


class TestWhoSaw:
    def test_every_reading_is_on_record(self, books: OpenBook, found: str) -> None:
        no = opened_case(books, found)
        look_into(books, AUDITOR, no)
        look_into(books, CLERK, no)
        look_into(books, Officer("S009", "audit", "620198"), no)
        assert [(one.staff, one.role) for one in views_of(books.database, no)] == [
            ("S001", "audit"),
            ("M001", "civil_affairs"),
        ]

    @pytest.mark.parametrize("change", ["delete from access.case_view", "update access.case_view set staff = 'X'"])
    def test_the_record_is_only_added_to(self, books: OpenBook, change: str) -> None:
        record_view(books.database, "A-1", "S001", "audit")
        with books.database.connection() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(change.encode())
        with psycopg.connect(books.database.url) as owner, pytest.raises(psycopg.Error, match="append-only"):
            owner.execute(change.encode())


class TestDocuments:
    def test_they_are_kept_by_hash_and_sealed(self, books: OpenBook, found: str, tmp_path: Path) -> None:
        no = opened_case(books, found)
        content = "缴款书 龘靐".encode()
        sha256 = attach(books, CLERK, no, "缴款书", "text/plain", content)
        assert attach(books, CLERK, no, "又一次", "text/plain", content) == sha256
        assert document(books, AUDITOR, no, sha256) == content
        (path,) = [one for one in (tmp_path / "data" / "documents").rglob("*") if one.is_file()]
        assert path.parts[-2:] == (sha256[:2], sha256)
        assert content not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0

    def test_what_is_refused_keeps_nothing(self, books: OpenBook, found: str, tmp_path: Path) -> None:
        no = opened_case(books, found)
        with pytest.raises(CaseDayBackwards):
            attach(books, CLERK, no, "缴款书", "text/plain", b"x", day=day("2025-02-01"))
        with pytest.raises(ValidationError):
            attach(books, CLERK, no, " ", "text/plain", b"x")
        assert [one for one in (tmp_path / "data" / "documents").rglob("*") if one.is_file()] == []

    def test_only_who_sees_the_case_gets_them(self, books: OpenBook, found: str) -> None:
        no = opened_case(books, found, DISCIPLINE, is_confidential=True)
        sha256 = attach(books, DISCIPLINE, no, "证据", "text/plain", b"x")
        assert document(books, DISCIPLINE, no, sha256) == b"x"
        assert document(books, AUDITOR, no, sha256) is None
        assert document(books, DISCIPLINE, no, "0" * 64) is None


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    """A command sets up the log lines and the signals of its process."""
    before, handler = structlog.get_config(), signal.getsignal(signal.SIGTERM)
    yield
    structlog.configure(**before)
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.usefixtures("_as_it_was")
def test_by_command(books: OpenBook, found: str, tmp_path: Path) -> None:
    """The same chain as typed, on the same book."""
    place = ["--data", str(tmp_path / "data"), "--database", books.database.url, "--today", "2025-06-30"]

    def run(staff: str, role: str, *words: str, code: int = 0) -> str:
        answer = CliRunner().invoke(app, [*place, "--staff", staff, "--role", role, "case", *words])
        assert answer.exit_code == code, answer.output
        return answer.output

    assert "A-1" in run("S001", "audit", "open", found, "--no", "A-1", "--unit", "示例镇", "--on", "2025-03-01")
    run("S001", "audit", "assign", "A-1", "--to", "M001", "--on", "2025-03-02")
    run("M001", "civil_affairs", "investigate", "A-1", "--facts", "有据", "--on", "2025-03-03")
    run("S001", "audit", "lower", "A-1", "--to", "notice", "--reason", "轻微", "--on", "2025-03-03")
    run("S001", "audit", "establish", "A-1", found, "--reason", "属实", "--amount", "300", "--on", "2025-03-04")
    run(
        "S001", "audit", "measure", "A-1", found, "--measure", "追回", "--to", "街道", "--due", "2025-04-01",
        "--on", "2025-03-05",
    )  # fmt: skip
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    run("M001", "civil_affairs", "attach", "A-1", str(tmp_path / "a.pdf"), "--title", "缴款书", "--on", "2025-03-06")
    run("M001", "civil_affairs", "report", "A-1", "--facts", "已缴", "--on", "2025-03-07")
    run("S002", "audit", "reject", "A-1", "--reason", "未缴清", "--on", "2025-03-08")
    run("M001", "civil_affairs", "report", "A-1", "--facts", "已缴清", "--on", "2025-03-09")
    run("S002", "audit", "accept", "A-1", "--on", "2025-03-10")
    run("S003", "audit", "close", "A-1", "--reason", "办结", "--on", "2025-03-11")
    assert [one["status"] for one in json.loads(run("S001", "audit", "list", "--json"))] == ["closed"]
    shown = json.loads(run("S001", "audit", "show", "A-1", "--purpose", "复核", "--json"))
    assert [step["facts"] for step in shown["timeline"] if step["step"] == "report"] == ["已缴", "已缴清"]
    assert [one["reason"] for one in shown["outcomes"]] == ["属实"]
    assert [one["sent_to"] for one in shown["orders"]] == ["街道"]
    assert "示例镇" in run("S001", "audit", "show", "A-1", "--purpose", "复核")
    sealed = run("S001", "audit", "show", "A-1")
    assert "已封存" in sealed
    assert "示例镇" not in sealed
    assert "尚欠 owed 300.00" in sealed
    assert "duplicate_payment" in run("S001", "audit", "outcomes")
    run("S001", "audit", "reopen", "A-1", "--reason", "新线索", "--on", "2025-03-12")
    run("S001", "audit", "show", "A-9", code=2)
    run("S001", "audit", "list", "--status", "nowhere", code=2)


@pytest.mark.usefixtures("_as_it_was")
def test_what_is_typed_amiss_is_said_in_both_languages(books: OpenBook, found: str, tmp_path: Path) -> None:
    place = ["--data", str(tmp_path / "data"), "--database", books.database.url, "--today", "2025-06-30"]

    def said(*words: str, code: int = 2) -> str:
        answer = CliRunner().invoke(app, [*place, "--staff", "S001", "--role", "audit", "case", *words])
        assert answer.exit_code == code, answer.output
        return "".join(answer.output.split())

    said("open", found, "--no", "A-1", "--severity", "严重", "--on", "2025-03-01", code=0)
    severe = said("list", "--severity", "严重", "--json", code=0)
    assert severe == said("list", "--severity", "critical", "--json", code=0)
    assert '"A-1"' in severe
    assert "critical(严重)" in said("list", "--severity", "重大")
    measure = said("measure", "A-1", found, "--measure", "罚款", "--to", "示例街道", "--due", "2025-04-01")
    assert "可选:停发,追回,移送,提示函" in measure
    assert "罚款" not in measure
    assert "须为预警编号" in said("measure", "A-1", "x", "--measure", "追回", "--to", "示例街道", "--due", "2025-04-01")
    for step in (("tolerate", "A-1", found), ("reopen", "A-1")):
        assert "--reason" in said(*step)
