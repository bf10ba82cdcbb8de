"""What a report of June says in June and says today, told by the events that came in between."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
import pytest
import structlog
from openpyxl import load_workbook
from psycopg.conninfo import conninfo_to_dict
from typer.testing import CliRunner

from ledger.cli import app
from projections.difference import Changed, LiveSide, NoReplay, ReplaySide, compare
from projections.queries import Clocks, reading_whole
from projections.replay.replaying import replay as replayed
from projections.replay.taking import take_tables
from tests.story import ENTITLED, REGION, RELIEF, Story, bank, contract, day, expense, grant, line, opening, receipt

JUNE = day("2025-06-30")
FUND = f"{REGION}|{RELIEF}|中央|2025"


@pytest.fixture
def june(story: Story) -> int:
    """A county that paid a household; where the log stood when June was reported."""
    story.decided(opening(), *ENTITLED, line(), bank(), contract(10_000))
    story.engine.catch_up()
    return story.book.recorder.head() or 0


@pytest.fixture
def afterwards(story: Story, june: int) -> int:
    """What came to light in July, of each class."""
    story.observed(
        expense(2_000, "E1", paid_on=day("2025-06-15")),
        bank(-500, on="2025-06-20"),
        grant(-100_000, on="2025-06-25"),
        receipt(30_000, on="2025-07-02"),
        contract(5_000, "C-02", on="2025-06-28"),
    )
    story.engine.catch_up()
    return june


def compared(story: Story, before: Clocks, after: Clocks, household: str | None = None) -> dict[str, Changed]:
    database = story.book.database
    with reading_whole(database, before) as mine, reading_whole(database, after) as theirs:
        return {one.subject: one for one in compare(LiveSide(mine, "one"), LiveSide(theirs, "one"), household)}


def differences(changed: Changed) -> dict[str, int]:
    return {one.name: one.difference_fen for one in changed.figures}


def test_every_difference_has_its_events_and_each_its_class(story: Story, afterwards: int) -> None:
    found = compared(story, Clocks(JUNE, afterwards), Clocks(day("2025-07-31")))
    fund = found[FUND]
    assert differences(fund) == {
        "issued": -100_000_00,
        "received": 30_000_00,
        "settled": -500_00,
        "other": 2_000_00,
        "available": 30_000_00 + 500_00 - 2_000_00,
    }
    assert [(one.class_, dict(one.moved_fen)) for one in fund.reasons] == [
        ("late", {"available": -2_000_00, "other": 2_000_00}),
        ("corrected", {"available": 500_00, "settled": -500_00}),
        ("withdrawn", {"issued": -100_000_00}),
        ("later", {"available": 30_000_00, "received": 30_000_00}),
    ]
    assert [one.event["paper"] for one in fund.reasons if one.event][:1] == ["E1"]
    assert fund.by_class["later"] == (1, {"available": 30_000_00, "received": 30_000_00})


def test_the_cap_differs_by_its_grants_and_contracts(story: Story, afterwards: int) -> None:
    cap = compared(story, Clocks(JUNE, afterwards), Clocks(JUNE))[f"{REGION}|2025"]
    assert differences(cap) == {
        "base": -100_000_00,
        "limit": -2_000_00,
        "committed": 5_000_00,
        "headroom": -7_000_00,
    }
    assert [(one.class_, dict(one.moved_fen)) for one in cap.reasons] == [
        ("withdrawn", {"base": -100_000_00}),
        ("late", {"committed": 5_000_00}),
    ]


def test_backwards_the_same_events_are_missing(story: Story, afterwards: int) -> None:
    there = compared(story, Clocks(JUNE, afterwards), Clocks(JUNE))[FUND]
    back = compared(story, Clocks(JUNE), Clocks(JUNE, afterwards))[FUND]
    assert differences(back) == {name: -amount for name, amount in differences(there).items()}
    assert [one.class_ for one in back.reasons] == [one.class_ for one in there.reasons]
    assert {one.held_by for one in back.reasons} == {"before"}


def test_a_month_differs_by_what_came_back(story: Story, afterwards: int) -> None:
    month = compared(story, Clocks(JUNE, afterwards), Clocks(JUNE), "H1")["H1|城市低保|2025-01"]
    assert differences(month)["paid"] == -500_00
    assert ("corrected", {"paid": -500_00}) in [(one.class_, dict(one.moved_fen)) for one in month.reasons]


def test_a_finding_that_appears_names_the_evidence_that_is_new(story: Story, june: int) -> None:
    story.observed(expense(90_000, "E9", purpose="购车", paid_on=day("2025-06-01")))
    story.engine.catch_up()
    found = [one for one in compared(story, Clocks(JUNE, june), Clocks(JUNE)).values() if one.note == "appeared"]
    assert [(one.name, one.figures[0].difference_fen) for one in found] == [("挪用", 90_000_00)]
    assert [(one.position, one.class_) for one in found[0].reasons] == [(june + 1, "late")]


def test_a_finding_that_is_gone_names_what_came(story: Story, june: int) -> None:
    story.observed(line(number=2, no="H1", month="2025-02"), bank(number=2, on="2025-02-09", yuan=700))
    story.engine.catch_up()
    before = story.book.recorder.head()
    story.observed(bank(-200, number=2, on="2025-03-01"))
    story.engine.catch_up()
    found = compared(story, Clocks(JUNE, before), Clocks(JUNE))
    gone = [one for one in found.values() if one.note == "gone" and one.reasons]
    assert gone, found
    assert {(one.position, one.class_) for changed in gone for one in changed.reasons} == {(before + 1, "corrected")}


def test_a_moment_does_not_differ_from_itself(story: Story, afterwards: int) -> None:
    assert compared(story, Clocks(JUNE, afterwards), Clocks(JUNE, afterwards), "H1") == {}


@pytest.fixture
def replay(story: Story, afterwards: int, tmp_path: Path) -> Callable[[Clocks, str], Path]:
    """A replay of the log at two clocks, and what somebody changed in the file afterwards."""

    def write(clocks: Clocks, change: str = "") -> Path:
        path = tmp_path / "june.duckdb"
        with story.book.database.connection() as conn:
            take_tables(conn, tmp_path / "archive")
        replayed(tmp_path / "archive", path, clocks.as_of, clocks.known_at).close()
        if change:
            with duckdb.connect(str(path)) as file:
                file.execute(change)
        return path

    return write


def test_a_replay_of_the_same_moment_is_the_same(story: Story, afterwards: int, replay: Any) -> None:
    clocks = Clocks(JUNE, afterwards)
    with ReplaySide(replay(clocks)) as file, reading_whole(story.book.database, clocks) as cursor:
        assert file.moment == LiveSide(cursor, "one").moment
        assert list(compare(file, LiveSide(cursor, "one"), "H1")) == []


def test_a_replay_of_june_and_the_book_of_today_differ_by_the_same_events(
    story: Story, afterwards: int, replay: Any
) -> None:
    between = compared(story, Clocks(JUNE, afterwards), Clocks(JUNE), "H1")
    with ReplaySide(replay(Clocks(JUNE, afterwards))) as file, reading_whole(story.book.database, Clocks(JUNE)) as now:
        found = {one.subject: one for one in compare(file, LiveSide(now, "one"), "H1")}
    assert found.keys() == between.keys()
    for subject, changed in found.items():
        assert (changed.figures, changed.note) == (between[subject].figures, between[subject].note)
        if changed.kind != "finding":
            assert changed == between[subject]


def test_a_leg_that_a_replay_lacks_is_unequal(story: Story, afterwards: int, replay: Any) -> None:
    clocks = Clocks(JUNE)
    path = replay(clocks, "delete from posting where account = 'other'; update funds set other_fen = 0")
    with ReplaySide(path) as file, reading_whole(story.book.database, clocks) as cursor:
        (changed,) = compare(file, LiveSide(cursor, "one"))
    assert differences(changed) == {"other": 2_000_00}
    assert [(one.class_, one.held_by, dict(one.moved_fen)) for one in changed.reasons] == [
        ("unequal", "both", {"other": 2_000_00})
    ]


def test_a_file_that_is_no_replay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    for one in (path, tmp_path / "nothing.duckdb"):
        with pytest.raises(NoReplay, match="不是完整的重放文件 / "):
            ReplaySide(one)


@pytest.fixture
def run(story: Story, database_url: str, tmp_path: Path) -> Iterator[Any]:
    logging, before = structlog.get_config(), signal.getsignal(signal.SIGTERM)

    def command(*words: str) -> Any:
        place = ["--data", str(tmp_path / "data"), "--database", database_url, "--today", "2025-12-31"]
        return CliRunner().invoke(app, [*place, "--staff", "G007", "diff", *words], env={"COLUMNS": "132"})

    yield command
    signal.signal(signal.SIGTERM, before)
    structlog.configure(**logging)


def test_the_command_says_first_what_changed(run: Any, afterwards: int) -> None:
    told = run(f"2025-06-30@{afterwards}", "2025-06-30")
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert lines[2].startswith("不同:资金 1 项、上限 1 项、预警 ")
    assert lines[2].endswith("可用余额合计 -1,500.00 元;所依事件:更正 1、迟录 2、撤回 1。")
    assert "available in all -1,500.00 yuan" in lines[3]
    for words in ("-100,000.00", "冲正", "迟录 late", "E1", FUND):
        assert words in told.stdout, words


def test_the_command_answers_programs(run: Any, afterwards: int, tmp_path: Path) -> None:
    path = tmp_path / "diff.xlsx"
    told = run(f"2025-06-30@{afterwards}", "now", "--household", "H1", "--json", "--xlsx", str(path), "--exit-code")
    assert (told.exit_code, type(told.exception)) == (1, SystemExit), told.exception
    answer = json.loads(told.stdout)
    assert answer["differs"] is True
    assert answer["before"]["known_at"] == afterwards
    fund = next(one for one in answer["changes"] if one["kind"] == "fund")
    assert {one["class"] for one in fund["events"]} == {"late", "corrected", "withdrawn", "later"}
    assert sum(one["moved_fen"].get("available", 0) for one in fund["events"]) == 28_500_00
    sheet = load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    moved = [row[12] for row in rows if row[1] == FUND and row[2] == "可用 available" and row[6]]
    assert sum(moved) == 28_500


def test_equal_moments_are_said_to_be_so(run: Any, june: int) -> None:
    told = run("2025-06-30", f"2025-06-30@{june}", "--exit-code")
    assert told.exit_code == 0, told.output
    assert "没有不同:每项数字一致。 / No difference" in told.stdout


@pytest.mark.parametrize("wrong", ["june", "2025-06", "@", "2025-06-30@", "2025-13-01", "no/such/folder", "x.duckdb"])
def test_what_is_no_side_is_said_in_both_languages(run: Any, june: int, wrong: str) -> None:
    told = run(wrong, "now")
    assert told.exit_code == 2, told.output
    assert " / " in told.output


def in_one_line(told: Any) -> str:
    """What was said, without the frame around it."""
    return re.sub(r"[\s│╭╮╰╯─]+", "", told.output)


def test_another_book_goes_by_the_same_business_day(
    run: Any, june: int, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    book = f"postgresql:///?{urlencode(conninfo_to_dict(database_url), quote_via=quote)}"
    for a, b in (("now", book), (book, "now"), (book, book)):
        told = run(a, b, "--json", "--exit-code")
        assert told.exit_code == 0, told.output
        answer = json.loads(told.stdout)
        assert [answer[side]["as_of"] for side in ("before", "after")] == ["2025-12-31"] * 2
        assert answer["differs"] is False
    earlier = json.loads(run("2025-06-30", book, "--json").stdout)
    assert earlier["after"]["as_of"] == "2025-06-30"


def test_a_household_of_neither_side_is_wrong_usage(run: Any, june: int) -> None:
    told = run("2025-06-30", "now", "--household", "H999999")
    assert told.exit_code == 2, told.output
    assert "两边都没有这个家庭/neithersidehasthishousehold" in in_one_line(told)
    # One side is enough: on the first day nobody was registered yet.
    assert run("2024-12-31", "now", "--household", "H1").exit_code == 0


def test_a_replay_knows_its_households_too(run: Any, june: int, replay: Any) -> None:
    file = str(replay(Clocks(JUNE)))
    assert run(file, file, "--household", "H1").exit_code == 0
    assert run(file, file, "--household", "H999999").exit_code == 2


def test_a_position_past_the_end_of_the_log_is_wrong_usage(run: Any, june: int) -> None:
    for a, b in ((f"@{june + 1}", "now"), ("2025-06-30", "2025-06-30@99999")):
        told = run(a, b)
        assert told.exit_code == 2, told.output
        assert f"日志只到{june}/thelogendsat{june}" in in_one_line(told)


@pytest.mark.parametrize(
    ("wrong", "zh", "en"),
    [
        ("nothere.duckdb", "没有这个文件:nothere.duckdb", "thereisnosuchfile"),
        ("no/such/folder", "没有这个文件夹", "thereisnosuchfolder"),
    ],
)
def test_a_side_that_is_not_there_is_said_to_be_so(run: Any, june: int, wrong: str, zh: str, en: str) -> None:
    told = run("2025-12-31", wrong)
    said = in_one_line(told)
    assert (told.exit_code, zh in said, en in said) == (2, True, True), told.output
    assert "重放文件/" not in said
