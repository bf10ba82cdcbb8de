"""Sampling for audit as it is done: drawn, drawn again by somebody else, put on paper, tested and evaluated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.events.audit_sampling import AuditSampleDrawn
from projections.audit_sampling.check import check_audit_sample
from tests.audit_sampling.county import COUNT, COUNTY, JANUARY, NO, amounts, home, paid, registered, tell, yuan_of
from tests.sampling.county import Program
from tests.story import fen

SEED = "5e" * 32


def draw(program: Program, no: str = NO, *more: str, of: str = "payments", method: str = "mus") -> Any:
    words = ("--population", of, "--method", method, *COUNTY, *more)
    seed = () if "--seed" in more else ("--seed", SEED)
    program.ok("audit-sample", "draw", no, *words, *seed)
    return program.json("audit-sample", "show", no)


def failed(program: Program, no: str = NO) -> list[str]:
    return [check.en for check in check_audit_sample(program.books.database, no) if not check.holds]


def population(program: Program, of: str, *more: str) -> dict[str, int]:
    no = f"总体-{of}-{len(more)}"
    program.ok("audit-sample", "draw", no, "--population", of, "--method", "random", "--size", "1", *COUNTY, *more)
    return amounts(program.json("audit-sample", "population", no))


def test_every_population_is_what_the_book_says(program: Program) -> None:
    lines = population(program, "payments")
    assert len(lines) == 2 * COUNT
    assert {item: amount for item, amount in lines.items() if item.startswith("B1/")} == JANUARY
    assert lines["B2/3"] == 0, "what came back whole is an item of nothing, and no hole"
    assert sorted(population(program, "grants").values()) == [fen(-1_000), fen(1_000_000)]
    assert sorted(population(program, "receipts").values()) == [fen(-500), fen(1_000_000)]
    assert population(program, "contracts") == {"C-01": fen(2_000), "C-02": fen(3_000)}
    assert sorted(population(program, "service_expenses").values()) == [fen(-200), fen(500), fen(700)]
    assert sorted(population(program, "other_expenses").values()) == [fen(-100), fen(400), fen(900)]
    assert population(program, "recoveries") == {"R1": fen(30), "R2": 0}
    homes = population(program, "households")
    assert homes[home(1)] == 2 * fen(yuan_of(1))
    assert homes[home(3)] == fen(yuan_of(3))


def test_a_population_is_limited_by_period_programme_fund_and_region(program: Program) -> None:
    january = population(program, "payments", "--until", "2025-01-31")
    assert january == JANUARY
    homes = population(program, "households", "--from", "2025-02-01", "--until", "2025-02-28")
    assert homes[home(1)] == fen(yuan_of(1))
    assert homes[home(3)] == 0
    fund = "620199|困难群众救助补助资金|中央|2025"
    assert len(population(program, "payments", "--programme", "城市低保", "--fund", fund)) == 2 * COUNT
    refused = program.refused(
        "audit-sample", "draw", "审2026-9", "--population", "payments", "--method", "random", "--size", "1", *COUNTY,
        "--programme", "临时救助",
    )  # fmt: skip
    assert "总体为空" in refused
    assert "Nothing to sample" in refused
    words = ("--population", "payments", "--region", "620199001", "--method", "random", "--size", "12")
    program.ok("audit-sample", "draw", "审北", *words)
    north = amounts(program.json("audit-sample", "population", "审北"))
    assert {int(item.partition("/")[2]) % 2 for item in north} == {1}


def test_the_findings_are_a_population(program: Program) -> None:
    program.ok("supervise", "--full")
    found = population(program, "findings")
    alerts = program.json("alerts")
    assert set(found) == {row["id"] for row in alerts}
    assert found == {row["id"]: row["amount_fen"] or 0 for row in alerts}
    row = program.json("audit-sample", "show", "总体-findings-0")
    assert all(item["evidence"] for item in row["items"])


def test_money_is_drawn_and_anybody_draws_it_again(program: Program) -> None:
    found = draw(program, NO, "--size", "6")
    total = sum(amount for amount in population(program, "payments").values() if amount > 0)
    assert found["interval_fen"] == total // 6
    assert (found["aside_count"], found["aside_fen"]) == (1, 0)
    big = [item for item in found["items"] if item["amount_fen"] >= found["interval_fen"]]
    assert {item["item"] for item in big} == {f"B1/{COUNT}", f"B2/{COUNT}"}
    assert {item["stratum"] for item in big} == {"100%"}
    assert sum(item["hits"] for item in found["items"]) == 6
    assert "一致" in program.ok("audit-sample", "check", NO)
    assert failed(program) == []


def test_what_comes_later_changes_nothing(program: Program) -> None:
    before = draw(program, NO, "--size", "6")
    tell(program.books, [*registered(COUNT + 1), *paid(COUNT + 1, "2025-01", "B9")])
    program.books.engine.rebuild()
    assert failed(program) == []
    again = draw(program, "审2026-2", "--size", "6", "--known-at", str(before["known_position"]))
    assert again["population_sha256"] == before["population_sha256"]
    assert len(population(program, "payments")) == 2 * COUNT + 1
    # Drawn as of a past day, what happened after it is not there.
    past = draw(program, "审2026-3", "--size", "3", "--as-of", "2025-01-31")
    assert past["population_size"] == COUNT + 1


def test_the_same_seed_draws_the_same_and_the_number_counts(program: Program) -> None:
    first = draw(program, NO, "--size", "6")
    made = [draw(program, f"审{nth}", "--size", "6", "--seed", f"a{nth}" * 32) for nth in range(1, 6)]
    assert len({one["items_sha256"] for one in [first, *made]}) > 1
    assert "编号重复" in program.refused("audit-sample", "draw", NO, "--population", "payments", "--method", "mus",
                                      "--size", "6", *COUNTY)  # fmt: skip
    program.ok("audit-sample", "draw", "审随", "--population", "payments", "--method", "mus", "--size", "6", *COUNTY)
    row = program.json("audit-sample", "show", "审随")
    assert (row["seed_source"], len(row["seed"])) == ("made", 64)
    assert failed(program, "审随") == []


@pytest.mark.parametrize(
    ("more", "strata"),
    [
        (("--by", "township", "--size", "6"), {"620199001": 3, "620199002": 3}),
        (("--by", "programme", "--size", "4"), {"城市低保": 4}),
        (("--by", "township", "--stratum-size", "620199001=2", "--stratum-size", "620199002=5"),
         {"620199001": 2, "620199002": 5}),
        (("--by", "kind", "--size", "3", "--certain-from", "1000"), {"100%": 2, "正常": 3}),
        (("--by", "amount", "--bounds", "150,1000", "--size", "8"), {"1": 2, "15000": 5, "100000": 1}),
    ],
    ids=str,
)  # fmt: skip
def test_strata(program: Program, more: tuple[str, ...], strata: dict[str, int]) -> None:
    found = draw(program, NO, *more, method="stratified")
    assert dict(zip(found["strata"], found["strata_sizes"], strict=True)) == strata
    assert sum(found["strata_counts"]) + found["aside_count"] == found["population_size"]
    assert sum(found["strata_fen"]) + found["aside_fen"] == found["population_fen"]
    assert failed(program) == []


def test_bands_of_equal_value_and_random(program: Program) -> None:
    found = draw(program, NO, "--by", "amount", "--bands", "3", "--size", "5", method="stratified")
    assert len(found["items"]) == 5
    assert failed(program) == []
    plain = draw(program, "审2026-2", "--size", "5", method="random")
    assert len({item["item"] for item in plain["items"]}) == 5
    assert failed(program, "审2026-2") == []


def test_every_item_has_its_evidence(program: Program) -> None:
    for of in ("payments", "grants", "receipts", "contracts", "service_expenses", "other_expenses", "households"):
        found = draw(program, f"审{of}", "--size", "2", of=of, method="random")
        for item in found["items"]:
            events = [program.books.book.event_at(position).content() for position in item["evidence"]]
            assert events, (of, item)
            assert item["evidence"] == sorted(set(item["evidence"]))
            assert all(event_names(event, item["item"]) for event in events), (of, item, events)


def event_names(event: dict[str, Any], item: str) -> bool:
    values = {str(value) for value in event.values()}
    return item.partition("@")[0] in values or item.partition("/")[0] in values or "contract_no" in event


FORGED: tuple[tuple[str, Callable[[Any], Any], list[str]], ...] = (
    ("seed", lambda _: "ab" * 32, ["the seed has its hash", "the seed gives interval and start", "the seed draws"]),
    ("items", lambda items: items[::-1], ["the items have their hash", "the seed draws these items"]),
    ("amounts_fen", lambda amounts: amounts[::-1], ["the items have their hash", "the seed draws these items"]),
    ("population_sha256", lambda _: "ab" * 32, ["the population is what the log gives"]),
    ("population_size", lambda size: size + 1, ["the population is what the log gives"]),
    ("query_sha256", lambda _: "ab" * 32, ["the population is asked for as it was"]),
    ("aside_count", lambda count: count + 1, ["what was set aside is the same"]),
    ("interval_fen", lambda fen: fen + 1, ["the seed gives interval and start"]),
    ("algorithm", lambda _: "mine", ["the algorithm is the documented one"]),
    ("strata_sizes", lambda sizes: (sizes[0] + 1, *sizes[1:]), ["the strata are the same"]),
    ("known_position", lambda _: 10**6, ["it was drawn from what came before it"]),
    ("region", lambda _: "620199001", ["the population is what the log gives", "the seed gives", "the seed draws"]),
)


@pytest.mark.parametrize(("field", "forge", "said"), FORGED, ids=[field for field, _, _ in FORGED])
def test_a_forged_sample_is_found(program: Program, field: str, forge: Callable[[Any], Any], said: list[str]) -> None:
    honest = draw(program, "审真", "--size", "6")
    event = program.books.book.event_at(honest["position"])
    assert isinstance(event, AuditSampleDrawn)
    # The very event, with something of it changed, as if the first one had never been.
    with program.books.database.connection() as conn:
        conn.execute("delete from fact.audit_sample_drawn")
    program.books.book.record([event.model_copy(update={field: forge(getattr(event, field))})], [None], None)
    program.books.engine.catch_up()
    found = failed(program, "审真")
    assert [one for one in said if not any(words.startswith(one) for words in found)] == [], found
    # Another seed or another population may or may not change the strata.
    assert field in ("seed", "region") or len(found) == len(said), found
    assert program.run("audit-sample", "check", "审真")[0] == 3


def test_a_second_draw_of_a_number_is_found(program: Program) -> None:
    honest = draw(program, NO, "--size", "6")
    event = program.books.book.event_at(honest["position"])
    program.books.book.record([event], [None], None)
    program.books.engine.catch_up()
    assert failed(program) == ["it was drawn once"]


@pytest.mark.parametrize("role", ["finance", "civil_affairs", "viewer", "operator"])
def test_who_handles_the_money_draws_no_sample_of_it(program: Program, role: str) -> None:
    words = ("audit-sample", "draw", NO, "--population", "payments", "--method", "mus", "--size", "6", *COUNTY)
    assert "不能办理" in program.refused(*words, role=role)
    assert program.json("audit-sample", "list") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--method", "mus"), "须给样本量"),
        (("--method", "mus", "--size", "3", "--tolerable", "10"), "须给样本量"),
        (("--method", "mus", "--tolerable", "10"), "置信水平"),
        (("--method", "mus", "--tolerable", "100", "--confidence", "94", "--expected", "1"), "置信水平须为"),
        (("--method", "mus", "--tolerable", "100", "--confidence", "95", "--expected", "90"), "不足一分"),
        (("--method", "mus", "--tolerable", "0.01", "--confidence", "95"), "不足一分"),
        (("--method", "mus", "--size", "3", "--by", "township"), "只有分层抽样有层"),
        (("--method", "stratified", "--size", "3"), "须说明分层依据"),
        (("--method", "stratified", "--size", "3", "--by", "amount"), "层数或各层起点"),
        (("--method", "stratified", "--size", "3", "--by", "township", "--bands", "2"), "只用于按金额分层"),
        (("--method", "stratified", "--by", "amount", "--bounds", "5,3", "--size", "3"), "由小到大"),
        (("--method", "stratified", "--by", "township", "--stratum-size", "620199001=1"), "各层样本量"),
        (("--method", "stratified", "--by", "township", "--stratum-size", "甲"), "层=样本量"),
        (("--method", "random", "--size", "30"), "样本量不合总体"),
        (("--method", "random", "--size", "3", "--seed", "5e5e"), "--seed 的值不对"),
        (("--method", "lottery", "--size", "3"), "--method 的值不对"),
        (("--method", "mus", "--tolerable", "abc", "--confidence", "95"), "不是金额"),
    ],
    ids=str,
)
def test_what_is_no_plan_is_told_in_both_languages(program: Program, more: tuple[str, ...], said: str) -> None:
    told = program.refused("audit-sample", "draw", NO, "--population", "payments", *COUNTY, *more)
    assert said in told
    assert "/" in told or "To do" in told
    assert program.json("audit-sample", "list") == []


def test_a_number_that_gives_somebody_away_is_not_taken(program: Program) -> None:
    words = ("--population", "payments", "--method", "mus", "--size", "6", *COUNTY)
    told = program.refused("audit-sample", "draw", "620199197001010018", *words)
    assert "620199197001010018" not in told
    seed = f"620199197001010018{'a' * 46}"
    assert seed not in program.refused("audit-sample", "draw", NO, *words, "--seed", seed)


def test_an_unknown_number_is_told(program: Program, tmp_path: Path) -> None:
    for words in (("show",), ("check",), ("paper",), ("evaluate",), ("population",)):
        assert "没有这个抽样编号" in program.refused("audit-sample", *words, "审无")
