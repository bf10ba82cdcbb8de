"""The casebook's county and counties of our own making, imported as offices write their files, and judged."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ledger.county import CountyPlan, make_county
from projections.open_book import OpenBook, Place, open_book
from tests.handed_in import WAYS, answers_to_rules_there_are, differences, hand_in, said, written

SHARED = Path(__file__).parents[2] / "shared" / "casebook"
CASEBOOK = SHARED / "county-2025"


@pytest.fixture(scope="module")
def casebook() -> Path:
    if not CASEBOOK.exists():
        pytest.skip("the casebook is not beside the repository")
    return CASEBOOK


def judged(books: OpenBook, casebook: Path, folder: Path) -> str:
    """What the casebook's own judge says, asked for the rules that there are."""
    expected = json.loads((casebook / "expected.json").read_text(encoding="utf-8"))
    (folder / "expected.json").write_text(json.dumps(answers_to_rules_there_are(expected)), encoding="utf-8")
    for name, rows in said(books, date.fromisoformat(expected["as_of"])).items():
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    papers = [str(folder), *(str(folder / f"{name}.json") for name in ("funds", "cap", "alerts"))]
    command = [sys.executable, str(SHARED / "judge.py"), *papers]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


@pytest.mark.parametrize("way", WAYS)
def test_the_casebook_is_answered_however_its_files_are_written(
    opened: OpenBook, casebook: Path, tmp_path: Path, way: str
) -> None:
    files = written(way, casebook / "files", tmp_path / "files")
    rows = json.loads((casebook / "expected.json").read_text(encoding="utf-8"))["rows"]
    reports = hand_in(opened, [files], "observed", tmp_path / "rejects")
    assert {report.kind: report.recorded for report in reports} == {
        kind: n for kind, n in rows.items() if n is not None
    }
    assert not any(report.rejected or report.problem for report in reports)
    verdict = judged(opened, casebook, tmp_path)
    assert ", 0 failed" in verdict, verdict
    head = opened.book.recorder.head()
    again = hand_in(opened, [files], "observed", tmp_path / "rejects")
    assert opened.book.recorder.head() == head
    assert {report.kind: (report.recorded, report.known) for report in again} == {
        kind: (0, n) for kind, n in rows.items()
    }


def test_a_file_is_known_again_in_any_form(opened: OpenBook, tmp_path: Path) -> None:
    """What came as CSV is known again when it comes as a workbook, whatever the order of its rows."""
    make_county(CountyPlan(seed=9, households=60, year=2025, jurisdiction="lanzhou-new-area", months=3), tmp_path)
    first = hand_in(opened, [tmp_path / "files"], "observed", tmp_path / "rejects")
    head = opened.book.recorder.head()
    for way in ("gb18030", "workbooks", "shuffled"):
        again = hand_in(opened, [written(way, tmp_path / "files", tmp_path / way)], "observed", tmp_path / "rejects")
        assert {report.kind: report.known for report in again} == {report.kind: report.recorded for report in first}
    assert opened.book.recorder.head() == head


def test_decided_row_by_row_the_casebooks_wrongs_are_refused(opened: OpenBook, casebook: Path, tmp_path: Path) -> None:
    """Nothing is lost: every row is recorded, or stands among the rejects with its reason."""
    reports = hand_in(opened, [casebook / "files"], "decided", tmp_path / "rejects")
    rows = json.loads((casebook / "expected.json").read_text(encoding="utf-8"))["rows"]
    assert {report.kind: report.recorded + report.rejected for report in reports} == rows
    rejected = Counter({report.kind: report.rejected for report in reports})
    assert rejected["rolls"] > 0
    assert rejected["contracts"] > 0
    for report in reports:
        assert (report.rejects_path is not None) == bool(report.rejected)
        if report.rejects_path:
            assert_reasoned(report.rejects_path, report.rejected)
    said_then = said(opened, date(2025, 12, 31))
    assert [row for row in said_then["funds"] if row["available_fen"] < 0] == []
    assert [row for row in said_then["cap"] if row["headroom_fen"] < 0] == []
    assert {alert["rule"] for alert in said_then["alerts"]}.isdisjoint(
        {"service_cap", "diverted", "duplicate_payment", "over_standard", "paid_without_decision"}
    )


def assert_reasoned(rejects: Path, count: int) -> None:
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    for row in rows:
        assert int(row["行号"]) > 1
        assert row["原因"]
        assert row["Reason"]
        names_the_law = "依据《" in row["原因"] or "处理:" in row["原因"]
        assert names_the_law or "导入" in row["原因"], row["原因"]


PLANS = [
    CountyPlan(seed=1, households=60, year=2025, jurisdiction="lanzhou-new-area"),
    CountyPlan(seed=2, households=150, year=2025, jurisdiction="lanzhou-new-area", wrongs="all"),
    CountyPlan(seed=3, households=150, year=2024, jurisdiction="provincial-plan", wrongs="all"),
    CountyPlan(seed=4, households=150, year=2023, jurisdiction="guangdong", wrongs="all", transfers=True),
    CountyPlan(seed=5, households=200, year=2026, jurisdiction="shanghai", wrongs="all", region="310199"),
    CountyPlan(seed=6, households=80, year=2025, jurisdiction="provincial-plan", months=7, transfers=True),
    CountyPlan(seed=7, households=150, year=2025, jurisdiction="chongqing", wrongs="all"),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.seed}-{plan.jurisdiction}-{plan.year}")
def test_a_county_of_our_own_making_is_answered(database_url: str, tmp_path: Path, plan: CountyPlan) -> None:
    make_county(plan, tmp_path)
    expected = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    with open_book(Place(tmp_path / "data", database_url), plan.jurisdiction) as books:
        reports = hand_in(books, [tmp_path / "files"], "observed", tmp_path / "rejects")
        assert {report.kind: report.recorded for report in reports} == expected["rows"]
        assert differences(expected, said(books, plan.as_of)) == []


@pytest.mark.parametrize(
    "plan", [plan for plan in PLANS if not plan.wrongs], ids=lambda plan: f"{plan.seed}-{plan.jurisdiction}"
)
def test_a_lawful_county_passes_every_decision(database_url: str, tmp_path: Path, plan: CountyPlan) -> None:
    make_county(plan, tmp_path)
    expected = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    with open_book(Place(tmp_path / "data", database_url), plan.jurisdiction) as books:
        reports = hand_in(books, [tmp_path / "files"], "decided", tmp_path / "rejects")
        assert {report.kind: (report.recorded, report.rejected) for report in reports} == {
            kind: (rows, 0) for kind, rows in expected["rows"].items()
        }
        assert differences(expected, said(books, plan.as_of)) == []
