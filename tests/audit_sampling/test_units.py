"""What monetary-unit sampling and strata promise, counted and not estimated."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decide import audit_draw
from ledger.decide.audit_draw import Draw, draw
from ledger.decide.audit_plan import Plan
from ledger.decide.audit_strata import Line, equal_bounds, shared_out
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import AuditPopulationEmpty, AuditSampleUnfit, IntervalImpossible

KEY = b"k" * 32
AMOUNTS = st.lists(st.integers(-300, 2_000), min_size=1, max_size=30)


def lines_of(amounts: list[int]) -> list[Line]:
    return [Line(f"H{nth}", amount) for nth, amount in enumerate(amounts)]


def drawn_from(amounts: list[int], size: int, key: bytes = KEY) -> Draw:
    return draw(Plan(method="mus", size=size), lines_of(amounts), key, "审1")


@settings(deadline=None)
@given(amounts=AMOUNTS, size=st.integers(1, 12), key=st.binary(min_size=32, max_size=32))
def test_the_points_are_as_many_as_they_should_be(amounts: list[int], size: int, key: bytes) -> None:
    total = sum(amount for amount in amounts if amount > 0)
    if total < size:
        with pytest.raises((AuditPopulationEmpty, IntervalImpossible)):
            drawn_from(amounts, size, key)
        return
    drawn = drawn_from(amounts, size, key)
    interval = drawn.interval_fen or 0
    hits = sum(one.hits for one in drawn.picked)
    assert hits in (total // interval, -(-total // interval))
    assert hits >= size
    for one in drawn.picked:
        assert one.hits in (one.amount_fen // interval, -(-one.amount_fen // interval))
    certain = {line.item for line in lines_of(amounts) if line.amount_fen >= interval}
    assert certain <= {one.item for one in drawn.picked}
    assert certain == {one.item for one in drawn.picked if one.stratum == "100%"}
    assert all(one.amount_fen > 0 for one in drawn.picked)
    assert drawn.aside == (sum(a <= 0 for a in amounts), sum(a for a in amounts if a <= 0))
    assert sum(stratum.amount_fen for stratum in drawn.strata) == total
    assert sum(stratum.item_count for stratum in drawn.strata) + drawn.aside[0] == len(amounts)


@settings(max_examples=40, deadline=None)
@given(amounts=st.lists(st.integers(1, 60), min_size=2, max_size=12), size=st.integers(1, 5))
def test_the_chance_of_an_item_is_its_amount_over_the_interval(amounts: list[int], size: int) -> None:
    """Of all starts that there can be exactly as many hit an item as it has fen, or all of them."""
    if sum(amounts) < size:
        return
    interval = sum(amounts) // size
    hit: Counter[str] = Counter()
    points: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for start in range(1, interval + 1):
            patch.setattr(audit_draw, "draw_start", lambda key, no, below, start=start: start)
            drawn = drawn_from(amounts, size)
            assert drawn.start_fen == start
            hit.update(one.item for one in drawn.picked)
            points.update({one.item: one.hits for one in drawn.picked})
    for line in lines_of(amounts):
        assert hit[line.item] == min(line.amount_fen, interval)
        assert points[line.item] == line.amount_fen, "points over all starts are the fen themselves"


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(1, 10**15))
def test_a_start_lies_within_the_interval(key: bytes, interval: int) -> None:
    assert 1 <= audit_draw.draw_start(key, "审1", interval) <= interval


def test_every_start_can_come_up() -> None:
    found = Counter(audit_draw.draw_start(bytes([nth % 256, nth // 256]) * 16, "审1", 5) for nth in range(1_000))
    assert set(found) == {1, 2, 3, 4, 5}


def test_the_same_each_month_is_not_hit_each_month() -> None:
    """Twelve rolls of the same ten households: in their own order one household alone would be hit."""
    rolls = [Line(f"B{month}/{nth}", 100 + nth) for month in range(12) for nth in range(10)]
    drawn = draw(Plan(method="mus", size=12), rolls, KEY, "审1")
    assert drawn.interval_fen == sum(100 + nth for nth in range(10))
    assert len({one.item.partition("/")[2] for one in drawn.picked}) > 1


@settings(deadline=None)
@given(amounts=AMOUNTS, first=st.binary(min_size=32, max_size=32))
def test_the_same_key_draws_the_same(amounts: list[int], first: bytes) -> None:
    plan = Plan(method="random", size=1)
    assert draw(plan, lines_of(amounts), first, "审1") == draw(plan, lines_of(amounts), first, "审1")


def test_another_key_or_number_draws_something_else() -> None:
    lines = lines_of([100] * 1_000)
    for plan in (Plan(method="mus", size=20), Plan(method="random", size=20)):
        draws = [draw(plan, lines, key, no).picked for key in (KEY, b"j" * 32) for no in ("审1", "审2")]
        assert len({tuple(one.item for one in picked) for picked in draws}) == 4


@pytest.mark.parametrize(
    ("plan", "interval"),
    [
        # 2,500,000 yuan; tolerable 125,000, expected 25,000, 95 %: (125,000 − 25,000 × 1.6) ÷ 3 = 28,333.33…
        ({"tolerable_fen": 125_000_00, "expected_fen": 25_000_00, "confidence_percent": 95}, 28_333_33),
        # 10 %: (125,000 − 25,000 × 1.5) ÷ 2.31 = 37,878.78…
        ({"tolerable_fen": 125_000_00, "expected_fen": 25_000_00, "confidence_percent": 90}, 37_878_78),
        ({"tolerable_fen": 125_000_00, "confidence_percent": 95}, 41_666_66),
        ({"size": 93}, 26_881_72),
    ],
    ids=str,
)
def test_the_interval_by_hand(plan: dict[str, int], interval: int) -> None:
    assert audit_draw.interval_of(Plan(method="mus", **plan), 2_500_000_00) == interval  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    counts=st.dictionaries(st.sampled_from("甲乙丙丁戊"), st.integers(1, 40), min_size=1),
    size=st.integers(1, 60),
    data=st.data(),
)
def test_each_stratum_has_its_share(counts: dict[str, int], size: int, data: st.DataObject) -> None:
    weights = {name: data.draw(st.integers(-5, 1_000)) for name in counts}
    has = shared_out(size, weights, counts)
    assert all(1 <= has[name] <= counts[name] for name in counts)
    assert sum(has.values()) == max(len(counts), min(size, sum(counts.values())))
    by_count = shared_out(size, counts, counts)
    # In proportion: nobody with fewer items has more places than somebody with more.
    assert all(by_count[a] <= by_count[b] for a in counts for b in counts if counts[a] < counts[b])


@settings(deadline=None)
@given(amounts=st.lists(st.integers(1, 500), min_size=1, max_size=40), bands=st.integers(2, 6))
def test_bands_are_of_equal_value_as_far_as_items_are_whole(amounts: list[int], bands: int) -> None:
    bounds = equal_bounds(lines_of(amounts), bands)
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) < bands
    edges = [1, *bounds, max(amounts) + 1]
    for low, high in pairwise(edges):
        assert any(low <= amount < high for amount in amounts), "no band is empty"


@pytest.mark.parametrize(
    ("plan", "amounts", "refusal"),
    [
        ({"method": "mus", "size": 1}, [0, -5], AuditPopulationEmpty),
        ({"method": "random", "size": 1}, [], AuditPopulationEmpty),
        ({"method": "random", "size": 3}, [1, 2], AuditSampleUnfit),
        ({"method": "mus", "size": 10}, [9], IntervalImpossible),
        ({"method": "mus", "tolerable_fen": 3, "confidence_percent": 95}, [1] * 6_000, AuditSampleUnfit),
        ({"method": "stratified", "strata_by": "amount", "bands": 2, "size": 1}, [0], AuditPopulationEmpty),
        ({"method": "stratified", "strata_by": "kind", "sizes": (("甲", 1),), "sizes_by": "given"}, [1],
         AuditSampleUnfit),
        ({"method": "stratified", "strata_by": "kind", "sizes": (("—", 2),), "sizes_by": "given"}, [1],
         AuditSampleUnfit),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_drawn(plan: dict[str, Any], amounts: list[int], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        draw(Plan(**plan), lines_of(amounts), KEY, "审1")
