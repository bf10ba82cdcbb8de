"""The answers are what a stranger reads in the files: every planted wrong, and no near miss."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.county import DEMO_WRONGS, RULES, CountyPlan, make_county
from ledger.county.wrongs import PLANTERS

from . import judging
from .handed_over import HandedOver, fen

PLAN = CountyPlan(seed=11, households=400, year=2025, jurisdiction="lanzhou-new-area", wrongs="all")
PLANS = [
    PLAN,
    replace(PLAN, seed=12, year=2024, jurisdiction="provincial-plan"),
    replace(PLAN, seed=13, year=2026, jurisdiction="chongqing", households=600),
    replace(PLAN, seed=14, jurisdiction="shanghai", wrongs=DEMO_WRONGS, households=150),
    replace(PLAN, seed=15, jurisdiction="guangdong", region="621299", transfers=True),
    replace(PLAN, seed=16, wrongs=()),
]


def test_a_planter_for_every_rule() -> None:
    assert tuple(PLANTERS)
    assert sorted(PLANTERS) == sorted(RULES)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.seed}-{plan.jurisdiction}")
def test_a_second_reading_of_the_rules_finds_the_same(plan: CountyPlan, tmp_path: Path) -> None:
    answers = make_county(plan, tmp_path)
    county = HandedOver(tmp_path, plan.as_of)
    for rule in judging.RULES:
        found, must = rule(county), set(answers.findings.get(rule.__name__, []))
        assert must <= found, f"{rule.__name__}: not to be seen in the files"
        assert found - must <= set(answers.tolerated.get(rule.__name__, [])), f"{rule.__name__}: false alarm"


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.seed}-{plan.jurisdiction}")
def test_every_planned_wrong_has_a_finding(plan: CountyPlan, tmp_path: Path) -> None:
    answers = make_county(plan, tmp_path)
    no_cap = plan.jurisdiction not in ("lanzhou-new-area", "provincial-plan")
    assert set(plan.planted) - set(answers.findings) == ({"service_cap"} & set(plan.planted) if no_cap else set())
    assert bool(answers.cap) is not no_cap


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.seed}-{plan.jurisdiction}")
def test_fund_figures_are_the_sums_of_the_files(plan: CountyPlan, tmp_path: Path) -> None:
    answers = make_county(plan, tmp_path)
    county = HandedOver(tmp_path, plan.as_of)
    totals = {name: sum(int(row[f"{name}_fen"]) for row in answers.funds) for name in ("issued", "received", "settled")}
    assert totals == {
        "issued": sum(fen(row["金额"]) for row in county.rows("grants")),
        "received": sum(fen(row["金额"]) for row in county.rows("receipts")),
        "settled": sum(fen(row["金额"]) for row in county.rows("bank") if row["处理结果"] == "成功"),
    }
    transit: Counter[str] = Counter()
    for row in county.lines:
        transit[row["资金级次"]] += 0 if row["处理结果"] else fen(row["金额"])
    assert {row["level"]: row["in_transit_fen"] for row in answers.funds if row["in_transit_fen"]} == +transit
    returned = [row for row in county.rows("recoveries") if row["事项"] == "缴回"]
    assert sum(int(row["recovered_fen"]) for row in answers.funds) == sum(fen(row["金额"]) for row in returned)


def test_expected_json_is_what_is_returned(tmp_path: Path) -> None:
    answers = make_county(PLAN, tmp_path)
    told = json.loads((tmp_path / "expected.json").read_text(encoding="utf-8"))
    assert told == vars(answers)
    for kind, rows in answers.rows.items():
        assert len(HandedOver(tmp_path, PLAN.as_of).rows(kind)) == rows


@pytest.mark.parametrize("rule", RULES)
def test_one_wrong_brings_no_other(rule: str, tmp_path: Path) -> None:
    answers = make_county(replace(PLAN, households=120, wrongs=(rule,)), tmp_path)
    assert set(answers.findings) == {rule}
