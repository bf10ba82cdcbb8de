"""The same lists by the command line: ranked subjects, and workbooks beside the tables."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from openpyxl import load_workbook
from typer.testing import CliRunner

from ledger.cli import app
from tests.story import Story, day, expense, grant, opening, receipt


@pytest.fixture
def run(story: Story, database_url: str, tmp_path: Path) -> Iterator[Any]:
    """The program on a county's book with one diverted expense."""
    story.decided(opening(), grant(), receipt())
    story.observed(expense(90_000, purpose="购车", paid_on=day("2025-02-01"), handled_by="G021", approved_by="G022"))
    before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()

    def command(*words: str) -> Any:
        place = ["--data", str(tmp_path / "data"), "--database", database_url, "--today", "2025-03-01"]
        return CliRunner().invoke(app, [*place, "--staff", "G007", *words], env={"COLUMNS": "132"})

    yield command
    signal.signal(signal.SIGTERM, before)
    structlog.configure(**logging)


def test_subjects_are_listed_with_their_reasons(run: Any) -> None:
    told = run("subjects", "--json")
    assert told.exit_code == 0, told.output
    rows = json.loads(told.stdout)
    fund = next(row for row in rows if row["kind"] == "fund")
    assert (fund["rank"], fund["score"], fund["reasons"][0]["rule"]) == (1, 9, "diverted")
    assert {row["kind"] for row in json.loads(run("subjects", "--kind", "official", "--json").stdout)} == {"official"}
    shown = run("subjects", "--kind", "official").stdout
    assert "仅签批 1 条" in shown
    wrong = run("subjects", "--kind", "ghost")
    assert wrong.exit_code == 2
    assert "没有类别" in wrong.output


@pytest.mark.parametrize("name", ["alerts", "funds", "cap", "subjects"])
def test_a_list_is_written_as_a_workbook(run: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "out.xlsx"
    told = run(name, "--as-of", "2025-02-28", "--xlsx", str(path))
    assert told.exit_code == 0, told.output
    book = load_workbook(path)
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about["导出人工号 Exported by"] == "G007"
    assert str(about["业务截至 As of"])[:10] == "2025-02-28"
    assert about["行数 Rows"] == len(list(book.worksheets[0].iter_rows())) - 1 > 0


def test_a_workbook_that_cannot_be_written_leaves_nothing(run: Any, tmp_path: Path) -> None:
    told = run("funds", "--xlsx", str(tmp_path / "nowhere" / "out.xlsx"))
    assert told.exit_code == 2
    assert "无法写入" in told.output
    (tmp_path / "taken.xlsx").mkdir()
    assert run("funds", "--xlsx", str(tmp_path / "taken.xlsx")).exit_code == 2
    assert not list(tmp_path.glob("*.part"))
