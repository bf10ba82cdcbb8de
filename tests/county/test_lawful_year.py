"""A county with no wrongs is one that an office could have decided, row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.county import JURISDICTIONS, CountyPlan, make_county

from .handed_over import HandedOver
from .lawful import refusals

PLAN = CountyPlan(seed=1, households=150, year=2025, jurisdiction="lanzhou-new-area")


@pytest.mark.parametrize("jurisdiction", JURISDICTIONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_row_could_have_been_decided(seed: int, jurisdiction: str, tmp_path: Path) -> None:
    plan = replace(PLAN, seed=seed, jurisdiction=jurisdiction, year=2024 + seed)
    answers = make_county(plan, tmp_path)
    assert refusals(HandedOver(tmp_path, plan.as_of), jurisdiction) == []
    assert answers.findings == {}


@pytest.mark.parametrize("households", [40, 700])
def test_so_it_is_in_counties_small_and_large(households: int, tmp_path: Path) -> None:
    plan = replace(PLAN, households=households, transfers=True)
    make_county(plan, tmp_path)
    assert refusals(HandedOver(tmp_path, plan.as_of), plan.jurisdiction) == []


@pytest.mark.parametrize("months", [1, 3, 6, 11])
def test_the_year_so_far_is_lawful_too(months: int, tmp_path: Path) -> None:
    plan = replace(PLAN, months=months)
    make_county(plan, tmp_path)
    assert refusals(HandedOver(tmp_path, plan.as_of), plan.jurisdiction) == []


def test_the_checker_refuses_what_the_wrongs_do(tmp_path: Path) -> None:
    plan = replace(PLAN, households=300, wrongs=("over_standard", "self_approved", "contract_overrun"))
    make_county(plan, tmp_path)
    refused = "\n".join(refusals(HandedOver(tmp_path, plan.as_of), plan.jurisdiction))
    assert "staff" in refused
    assert "owed" in refused
    assert "fen paid" in refused


def test_failed_lines_are_paid_again_and_the_year_ends_with_lines_at_the_bank(tmp_path: Path) -> None:
    plan = replace(PLAN, households=400)
    make_county(plan, tmp_path)
    lines = HandedOver(tmp_path, plan.as_of).lines
    failed = [row["家庭编号"] for row in lines if row["处理结果"] == "失败"]
    again = [row["家庭编号"] for row in lines if row["发放类型"] == "补发"]
    assert failed
    assert sorted(failed) == sorted(again)
    assert {row["发放日期"] for row in lines if not row["处理结果"]} == {"2025-12-30"}


@pytest.mark.parametrize("jurisdiction", ["lanzhou-new-area", "provincial-plan"])
def test_purchases_fill_the_cap_to_the_fen(jurisdiction: str, tmp_path: Path) -> None:
    answers = make_county(replace(PLAN, jurisdiction=jurisdiction), tmp_path)
    assert [row["headroom_fen"] for row in answers.cap] == [0]
