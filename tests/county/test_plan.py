"""What a plan asks for is what is made: the same bytes each time, well-formed people, files as the formats say."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.county import CountyPlan, make_county
from ledger.county.identity import credit_check, id_check
from ledger.county.sheets import COLUMNS, yuan

from .handed_over import HandedOver

PLAN = CountyPlan(seed=5, households=120, year=2025, jurisdiction="lanzhou-new-area")
FORMATS = Path(__file__).parents[3] / "shared" / "formats.md"


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_county(replace(PLAN, households=300, wrongs="all"), tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")]
    assert len(files) == 14
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_another_seed_gives_another_county(tmp_path: Path) -> None:
    for seed in (5, 6):
        make_county(replace(PLAN, seed=seed), tmp_path / str(seed))
    first, second = ((tmp_path / seed / "files" / "decisions.csv").read_bytes() for seed in ("5", "6"))
    assert first != second


@pytest.mark.parametrize(
    "change",
    [
        {"households": 39},
        {"wrongs": ("greed",)},
        {"jurisdiction": "atlantis"},
        {"months": 0},
        {"months": 6, "wrongs": ("unpaid",)},
        {"region": "6201"},
        {"year": 99},
        {"one_off_cases": -1},
    ],
)
def test_a_plan_that_makes_no_county_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(PLAN, **change)  # type: ignore[arg-type]


def test_a_county_too_small_for_its_wrongs_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="户数太少"):
        make_county(replace(PLAN, households=40, wrongs="all"), tmp_path)


def test_people_are_well_formed_and_counted_once(tmp_path: Path) -> None:
    make_county(replace(PLAN, households=300, one_off_cases=17), tmp_path)
    rows = HandedOver(tmp_path, PLAN.as_of).rows("households")
    ids = [row["身份证号"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert all(number.startswith("620199") and id_check(number[:17]) == number[17] for number in ids)
    assert all(re.fullmatch(r"620199\d{6}", row["区划代码"]) for row in rows)
    assert all(row["银行账号"].startswith("9900") for row in rows if row["银行账号"])
    assert len({row["家庭编号"] for row in rows if row["家庭编号"].startswith("T")}) == 17
    assert len({row["家庭编号"] for row in rows if row["家庭编号"].startswith("H")}) == 300


def test_check_signs_of_published_examples() -> None:
    """GB 11643's own example, and a code of GB 32100's form."""
    assert id_check("11010519491231002") == "X"
    assert credit_check("91350100M000100Y4") == "3"


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_yuan_loses_no_fen(amount_fen: int) -> None:
    text = yuan(amount_fen)
    assert re.fullmatch(r"-?\d+\.\d\d", text)
    assert int(text.replace(".", "")) == amount_fen


def test_columns_are_those_of_the_formats() -> None:
    if not FORMATS.exists():
        pytest.skip("shared/formats.md is not beside the repository: the columns were not compared")
    table = re.findall(r"^\| `([a-z-]+)` \| \S+ \| ([^|(]+)", FORMATS.read_text(encoding="utf-8"), re.MULTILINE)
    assert {kind: columns.split() for kind, columns in table} == {
        kind: [column for column in columns.split() if (kind, column) != ("contracts", "原因")]
        for kind, columns in COLUMNS.items()
    }


def test_an_in_principle_cap_is_passed_with_a_reason(tmp_path: Path) -> None:
    for jurisdiction, expected in (("provincial-plan", True), ("lanzhou-new-area", False)):
        plan = replace(PLAN, households=300, jurisdiction=jurisdiction, wrongs=("split_purchase", "service_cap"))
        make_county(plan, tmp_path / jurisdiction)
        contracts = HandedOver(tmp_path / jurisdiction, plan.as_of).rows("contracts")
        assert any(row["原因"] for row in contracts) is expected


def test_the_command_makes_a_county(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ledger.county", "--seed", "2", "--households", "60", "--wrongs", "diverted"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "expected.json").exists()
    assert "rolls" in done.stdout


def test_the_command_says_what_is_wrong_with_the_options(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ledger.county", "--households", "3", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "40" in done.stderr
