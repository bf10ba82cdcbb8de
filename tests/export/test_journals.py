"""The books as journals: programs that are not ours add them up and come to our balances, to the fen."""

from __future__ import annotations

import io
import shutil
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bench.programs import ProgramFailed, bean_check, check, installed, run_programs
from ledger.cli import app
from ledger.events.funding import FundsReceived, GrantIssued
from ledger.events.payment import PaymentInstructed
from ledger.seal.checkpoint import Checkpoint
from projections.export.journal_text import account_name, safe, yuan
from projections.export.journals import Written, write_journal
from projections.queries import Clocks, reading
from tests.histories import answer, elsewhere, region_of, steps
from tests.story import FUND, Story, bank, day, expense, grant, line, opening, receipt

DOCUMENT = "新〔2025〕1号"
GOLDEN = Path(__file__).parent
HERE = "620199:困难群众救助补助资金:中央:2025"


def journal_of(story: Story, program: str, clocks: Clocks | None = None, **options: Any) -> tuple[str, Written]:
    story.engine.catch_up()
    out = io.StringIO()
    with reading(story.book.database, clocks or Clocks(day("2030-12-31"))) as cursor:
        written = write_journal(cursor, program, out, **options)
    return out.getvalue(), written


def balances_of(story: Story, clocks: Clocks) -> dict[str, int]:
    with reading(story.book.database, clocks) as cursor:
        rows = cursor.execute("select fund, account, balance_fen from balance").fetchall()
    return {account_name(row["fund"], row["account"]): int(row["balance_fen"]) for row in rows}


def programs_agree(story: Story, folder: Path, clocks: Clocks) -> None:
    """Each program that is installed accepts the journal, asserted, and comes to our balances."""
    if not installed():
        pytest.skip("neither hledger nor ledger is installed")
    journal, bean = folder / "a.journal", folder / "a.beancount"
    journal.write_text(journal_of(story, "hledger", clocks, is_asserted=True)[0], encoding="utf-8")
    bean.write_text(journal_of(story, "beancount", clocks, is_asserted=True)[0], encoding="utf-8")
    ours = balances_of(story, clocks)
    for name, ran in run_programs(journal).items():
        assert ran.balances == ours, name
    if checker := bean_check():
        check([checker, str(bean)])


def small(story: Story) -> Story:
    """A month: money granted and received, one line paid, money from before its document, an expense and its refund."""
    story.decided(opening(), grant(1_000, DOCUMENT), receipt(1_000, DOCUMENT))
    story.observed(line("H1", 500), bank(500), receipt(20, "后到[2025]1号", "2025-01-06"))
    story.observed(grant(20, "后到[2025]1号", "2025-02-02"), expense(amount_fen=90_50, paid_on=day("2025-02-03")))
    return story


def body(text: str) -> str:
    """A journal without its header and directives."""
    return text[text.index("\n2025-") + 1 :]


def test_a_small_book_for_hledger_and_ledger(story: Story) -> None:
    text, written = journal_of(small(story), "hledger", is_asserted=True)
    assert body(text) == (GOLDEN / "small.journal").read_text(encoding="utf-8")
    assert (written.entries, written.postings) == (7, 14)
    assert body(journal_of(story, "ledger", is_asserted=True)[0]) == body(text)


def test_a_small_book_for_beancount(story: Story) -> None:
    text, _ = journal_of(small(story), "beancount", is_asserted=True)
    assert body(text) == (GOLDEN / "small.beancount").read_text(encoding="utf-8")


@pytest.mark.parametrize("program", ["hledger", "ledger", "bean-check"])
def test_a_program_finds_a_fen_that_is_wrong(story: Story, tmp_path: Path, program: str) -> None:
    form = "beancount" if program == "bean-check" else program
    text, _ = journal_of(small(story), form, is_asserted=True)
    path = tmp_path / "a.journal"
    if not (found := bean_check() if program == "bean-check" else shutil.which(program)):
        pytest.skip(f"{program} is not installed")
    command = [found, str(path)] if program == "bean-check" else [found, "-f", str(path), "bal"]
    path.write_text(text, encoding="utf-8")
    check(command)
    wrong = text.replace("= 429.50 CNY", "= 429.51 CNY").replace(" 429.50 ~ 0", " 429.51 ~ 0")
    assert wrong != text
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(ProgramFailed, match=r"429\.51"):
        check(command)


def test_balances_that_postings_do_not_bear_out_are_found(story: Story, tmp_path: Path) -> None:
    """Asserted balances are those that we keep day by day, not sums of the postings beside them."""
    small(story).engine.catch_up()
    with psycopg.connect(story.book.database.url) as conn:
        conn.execute("update projection.balance set balance_fen = balance_fen + 1 where account = 'settled'")
    with pytest.raises(ProgramFailed, match=r"500\.01"):
        programs_agree(story, tmp_path, Clocks(day("2025-12-31")))


def test_what_was_not_known_is_not_exported(story: Story, tmp_path: Path) -> None:
    small(story)
    (before,) = [
        n for n, event in enumerate(story.events(), 1) if getattr(event, "document_no", "") == "后到[2025]1号"
    ][:1]
    then, _ = journal_of(story, "hledger", Clocks(day("2025-12-31"), before))
    assert "%5B2025%5D" not in then
    assert f"已知至日志位置 Known at position: {before}" in then
    january, _ = journal_of(story, "hledger", Clocks(day("2025-01-31")))
    assert "known_from: " in january
    assert "spending.expense_paid" not in january
    for clocks in (Clocks(day("2025-12-31"), before), Clocks(day("2025-01-31")), Clocks(day("2025-01-07"), before)):
        programs_agree(story, tmp_path, clocks)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps("decided", "observed"), st.data())
def test_programs_come_to_our_balances_at_any_clocks(
    story: Story, tmp_path: Path, history: list[Any], data: st.DataObject
) -> None:
    number = len(story.events())
    for step in history:
        for request in step.requests:
            answer(story, elsewhere(request, number), step.origin)
    story.engine.catch_up()
    assert any(region_of(number) in name for name in balances_of(story, Clocks(day("2030-12-31"))))
    as_of = data.draw(st.dates(date(2024, 12, 31), date(2025, 7, 1)))
    known_at = data.draw(st.one_of(st.none(), st.integers(0, len(story.events()))))
    programs_agree(story, tmp_path, Clocks(as_of, known_at))


def test_names_and_numbers_that_a_program_might_misread(story: Story, tmp_path: Path) -> None:
    """Categories and document numbers with every mark that some program gives a meaning to."""
    marks = [
        "社|保",
        "a低保",
        "X7c-",
        "两 空  格",
        "(虚拟)",
        "[2025/01/01]",
        "；;备注",
        '"引号"\\',
        "-",
        "é",
        "：:",
        "²",
        "😀",
    ]
    fields = FUND | {"origin": "observed", "recorded_by": "G001", "recorded_role": "finance"}
    events: list[Any] = []
    for n, mark in enumerate(marks):
        own = fields | {"category": mark, "document_no": f"{mark}, date:2025-99-99 ; [={n}] =1 @ 2 {{3}}"}
        events.append(GrantIssued(**own, issued_on=day("2025-01-02"), amount_fen=n + 1))
    story.book.record(events, [None] * len(events), None)
    assert len(journal_of(story, "hledger")[0].split("\n2025-01-02 * ")) == len(marks) + 1
    assert len(balances_of(story, Clocks(day("2030-12-31")))) == 2 * len(marks)
    programs_agree(story, tmp_path, Clocks(day("2030-12-31")))


def test_sums_no_float_could_hold(story: Story, tmp_path: Path) -> None:
    fields = FUND | {"origin": "observed", "recorded_by": "G001", "recorded_role": "finance", "document_no": DOCUMENT}
    some = [FundsReceived(**fields, received_on=day("2025-01-02"), amount_fen=10**15 - 1) for _ in range(20)]
    story.book.record(some, [None] * len(some), None)
    story.engine.catch_up()
    ours = balances_of(story, Clocks(day("2030-12-31")))
    assert ours[f"Assets:{HERE}:Available"] == 20 * 10**15 - 20 > 2**53
    programs_agree(story, tmp_path, Clocks(day("2030-12-31")))


def test_an_empty_book_is_a_journal_too(story: Story, tmp_path: Path) -> None:
    text, written = journal_of(story, "hledger", is_asserted=True)
    assert written == Written(0, 0, 0)
    assert all(not one or one.startswith(";") for one in text.splitlines())
    programs_agree(story, tmp_path, Clocks())


def test_the_header_says_which_book_and_the_same_book_gives_the_same_bytes(story: Story) -> None:
    small(story)
    text, _ = journal_of(story, "hledger", checkpoint=Checkpoint("mingzhang/x", 5, b"\x01" * 32))
    assert "政策 Policy: lanzhou-new-area" in text
    assert f"检查点 Checkpoint: 5 {'01' * 32}" in text
    again, _ = journal_of(story, "hledger", checkpoint=Checkpoint("mingzhang/x", 5, b"\x01" * 32))
    assert again == text
    assert "尚未封存 not sealed" in journal_of(story, "hledger")[0]


def test_households_are_left_out_unless_asked_for_and_people_always(story: Story) -> None:
    small(story)
    without, _ = journal_of(story, "hledger")
    within, _ = journal_of(story, "hledger", by_household=True)
    assert "household:" not in without
    assert within.count("    ; household: H1\n") == 2
    people = {value for event in story.events() if isinstance(event, PaymentInstructed) for value in people_of(event)}
    assert people
    assert not any(value in within for value in people)


def people_of(event: PaymentInstructed) -> tuple[str, str, str]:
    return event.payee, event.payee_name, event.account


@pytest.fixture
def run(story: Story, database_url: str, tmp_path: Path) -> Iterator[Any]:
    """The program on the small book."""
    small(story)
    before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()

    def command(*words: str) -> Any:
        place = ["--data", str(tmp_path / "data"), "--database", database_url, "--today", "2025-03-01"]
        return CliRunner().invoke(app, [*place, *words])

    yield command
    signal.signal(signal.SIGTERM, before)
    structlog.configure(**logging)


def test_the_command_writes_a_file_and_overwrites_none_unasked(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "账册.journal"
    told = run("export", "hledger", str(path), "--assert")
    assert told.exit_code == 0, told.output
    assert "已导出 7 笔" in told.stderr
    whole = path.read_bytes()
    assert b"balance assertion" in whole
    assert run("export", "hledger", str(path)).exit_code == 2
    assert path.read_bytes() == whole
    assert run("export", "beancount", str(path), "--force").exit_code == 0
    assert b" open Assets:" in path.read_bytes()
    assert run("export", "hledger", str(tmp_path / "nowhere" / "a")).exit_code == 2
    assert not list(tmp_path.glob("*.part"))


def test_the_command_writes_to_standard_output(run: Any) -> None:
    told = run("export", "ledger", "-", "--as-of", "2025-01-31", "--by-household")
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("; 明账账册 Mingzhang journal (ledger)")
    assert "业务截至 As of: 2025-01-31" in told.stdout
    assert "household: H1" in told.stdout
    assert "已导出" not in told.stdout
    assert run("export", "excel", "-").exit_code == 2


@given(st.integers(-(10**20), 10**20))
def test_yuan_are_the_fen(amount_fen: int) -> None:
    text = yuan(amount_fen)
    assert int(text.replace(".", "")) == amount_fen
    assert text[-3] == "."


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_funds_never_share_an_account(one: str, other: str) -> None:
    names = {account_name(f"{category}".join(("620199|", "|中央|2025")), "available") for category in (one, other)}
    assert len(names) == len({one, other})
    for name in names:
        assert all(part[0].isupper() or part[0].isdigit() or not part[0].isascii() for part in name.split(":"))


@given(st.text())
def test_text_keeps_to_its_line(text: str) -> None:
    assert not set(safe(text)) & set(' \t\r\n;,:=@|"\\[]{}')
