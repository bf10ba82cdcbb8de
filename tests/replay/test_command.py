"""``mingzhang replay`` as people type it: what it writes, and what it says of wrong input before it begins."""

from __future__ import annotations

import json
import re
import signal
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from ledger.cli import app
from projections.open_book import Place, open_book
from projections.replay.taking import take_tables
from tests.story import Story, decision, grant, household, receipt

PACK = "lanzhou-new-area"


@pytest.fixture
def archive(database_url: str, tmp_path: Path) -> Path:
    with open_book(Place(tmp_path / "data", database_url), PACK) as books:
        story = Story(books.book, books.engine, books.policy)
        story.decided(grant(), receipt(), household(), decision())
        story.engine.catch_up()
        with books.database.dedicated() as conn:
            take_tables(conn, tmp_path / "归档")
    return tmp_path / "归档"


def run(archive: Path, *words: str) -> Result:
    before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()
    try:
        place = ["--data", str(archive.parent / "nothing"), "--today", "2025-03-01"]
        return CliRunner().invoke(app, [*place, "replay", str(archive), *words])
    finally:
        signal.signal(signal.SIGTERM, before)
        structlog.configure(**logging)


def in_one_line(done: Result) -> str:
    """What was said, without the frame around it."""
    return re.sub(r"[\s│╭╮╰╯─]+", "", done.output)


def test_a_replay_is_written_and_says_that_it_verified_nothing(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "book.duckdb"
    done = run(archive, "--as-of", "2025-02-28", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "mingzhangverify" in in_one_line(done)
    with duckdb.connect(str(out), read_only=True) as conn:
        assert conn.execute("select count(*) from funds").fetchone() != (0,)
    again = run(archive, "--out", str(out))
    assert (again.exit_code, "已存在" in in_one_line(again)) == (2, True)


def test_another_pack_from_a_file_is_a_comparison(archive: Path, tmp_path: Path) -> None:
    pack = tmp_path / "half-the-cap.yaml"
    text = (files("ledger.policy") / "packs" / f"{PACK}.yaml").read_text(encoding="utf-8")
    half = text.replace(f"name: {PACK}", "name: half-the-cap", 1).replace("points: 200", "points: 100", 1)
    pack.write_text(half, encoding="utf-8")
    done = run(archive, "--as-of", "2025-02-28", "--policy", str(pack), "--json")
    assert done.exit_code == 0, done.output
    compared = json.loads(done.stdout)["comparison"]
    assert compared["policy"]["name"] == "half-the-cap"
    caps = {one["figure"]: (one["record"], one["other"]) for one in compared["cap"]}
    record, other = caps["limit_fen"]
    assert record == 2 * other > 0, caps


def test_the_other_reading_of_the_cap_by_parameters_and_by_a_pack_of_ours(archive: Path) -> None:
    typed = ("service_cap.counted_categories=all", "service_cap.base_categories=困难群众救助补助资金,社会救助专项资金")
    by_parameters = run(archive, "--json", *(word for one in typed for word in ("--parameter", one)))
    by_pack = run(archive, "--json", "--policy", "provincial-plan")
    assert (by_parameters.exit_code, by_pack.exit_code) == (0, 0), by_parameters.output + by_pack.output
    one, other = (json.loads(done.stdout)["comparison"] for done in (by_parameters, by_pack))
    assert one["cap"] == other["cap"]
    assert one["parameters"].keys() == {"service_cap"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policy", "nowhere.yaml"), "读不到“nowhere.yaml”"),
        (("--parameter", "no_such=1"), f"{PACK}没有这个参数"),
        (("--parameter", "x"), "--parameter"),
        (("--only", "balances", "--parameter", "x=1"), "leave--onlyout"),
        (("--out", "/no/such/folder/book.duckdb"), "没有文件夹"),
    ],
)
def test_wrong_input_is_said_before_anything_is_read(archive: Path, words: tuple[str, ...], said: str) -> None:
    done = run(archive, *words)
    assert (done.exit_code, said in in_one_line(done)) == (2, True), done.output
    assert "读取事实" not in done.output


def test_a_comparison_names_its_figures_in_words_and_in_yuan(archive: Path) -> None:
    done = run(archive, "--as-of", "2025-02-28", "--policy", "national")
    assert done.exit_code == 0, done.output
    said = in_one_line(done)
    assert ("上限limit(元yuan)" in said, "余量headroom(元yuan)" in said) == (True, True), done.output
    assert "_fen" not in done.output


def test_a_position_past_the_end_is_told_beside_the_answer(archive: Path) -> None:
    done = run(archive, "--known-at", "99999", "--json")
    assert done.exit_code == 0, done.output
    head = json.loads(done.stdout)["head"]
    assert f"归档只到第 {head} 号事件 / the archive ends at event {head}" in done.stderr
    assert "归档只到" not in run(archive, "--known-at", str(head)).output


def test_a_folder_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path) -> None:
    done = run(tmp_path / "nothere")
    assert (done.exit_code, "没有这个文件夹" in in_one_line(done)) == (2, True), done.output
    assert "thereisnosuchfolder" in in_one_line(done)
    assert "读取事实" not in done.output


def test_a_folder_of_something_else_is_none(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.exit_code, "ARCHIVE" in done.output) == (2, True), done.output
