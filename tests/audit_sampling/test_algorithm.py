"""docs/audit-sampling.md is enough to draw a sample again: an implementation from that page alone, beside ours."""

from __future__ import annotations

import hashlib
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decide.audit_draw import Draw, draw, population_digest
from ledger.decide.audit_plan import Plan
from ledger.decide.audit_strata import Line
from ledger.decide.draw import draw_key

PAGE = (Path(__file__).parents[2] / "docs" / "audit-sampling.md").read_text(encoding="utf-8")
Drawn = list[tuple[str, str, int, int]]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hash_of_list(lines: list[str]) -> str:
    return sha(*(line.encode() + b"\n" for line in sorted(set(lines)))).hex()


def key_of(seed: str, lines: list[tuple[str, int, str]]) -> bytes:
    population = hash_of_list([f"{item}\t{amount}\t{label}" for item, amount, label in lines])
    return sha(bytes.fromhex(seed), bytes.fromhex(population))


def by_rank(key: bytes, number: str, items: list[str]) -> list[str]:
    return sorted(items, key=lambda item: sha(key, b"\0", number.encode(), b"\0subject\0", item.encode()))


def by_money(key: bytes, number: str, lines: list[tuple[str, int, str]], interval: int) -> tuple[int, Drawn]:
    """Fen by fen: every point is looked up by itself."""
    held = {item: amount for item, amount, _ in lines if amount > 0}
    start = int(sha(key, b"\0", number.encode(), b"\0start").hex(), 16) % interval + 1
    ends, total = [], 0
    for item in by_rank(key, number, list(held)):
        total += held[item]
        ends.append((total, item))
    points: dict[str, list[int]] = {}
    for point in range(start, total + 1, interval):
        points.setdefault(next(item for end, item in ends if end >= point), []).append(point)
    return start, [
        (item, "100%" if held[item] >= interval else "interval", len(hit), hit[0]) for item, hit in points.items()
    ]


def bounds_of(amounts: list[int], bands: int) -> list[int]:
    found = set()
    for nth in range(1, bands):
        sums = [(sum(sorted(amounts)[: at + 1]), amount) for at, amount in enumerate(sorted(amounts))]
        found.add(1 + next((amount for held, amount in sums if Fraction(held, sum(amounts)) >= Fraction(nth, bands))))
    return sorted(bound for bound in found if bound <= max(amounts))


def sizes_of(size: int, weights: dict[str, int], counts: dict[str, int]) -> dict[str, int]:
    has = dict.fromkeys(weights, 1)
    while sum(has.values()) < size:
        free = sorted(name for name in weights if has[name] < counts[name])
        if not free:
            break
        has[min(free, key=lambda name: (-Fraction(max(weights[name], 0), 2 * has[name] + 1), name))] += 1
    return has


def by_strata(
    key: bytes, number: str, lines: list[tuple[str, int, str]], plan: dict[str, Any]
) -> tuple[list[int], Drawn]:
    by_amount, certain = plan["strata_by"] == "amount", plan.get("certain_fen")
    kept = [line for line in lines if line[1] > 0 or not by_amount]
    below = [amount for _, amount, _ in kept if certain is None or amount < certain]
    bounds = bounds_of(below, plan["bands"]) if by_amount and below else []
    strata: dict[str, list[tuple[str, int]]] = {}
    for item, amount, label in kept:
        band = str(max([1, *(bound for bound in bounds if bound <= amount)]))
        whole = certain is not None and amount >= certain
        strata.setdefault("100%" if whole else band if by_amount else label or "—", []).append((item, amount))
    names = sorted((n for n in strata if n != "100%"), key=lambda n: (int(n), n) if by_amount else (0, n))
    counts = {name: len(strata[name]) for name in names}
    totals = {name: sum(amount for _, amount in strata[name]) for name in names}
    sizes = sizes_of(plan["size"], totals if plan.get("sizes_by") == "amount" else counts, counts)
    drawn = []
    for name in (["100%"] if "100%" in strata else []) + names:
        items = by_rank(key, number, [item for item, _ in strata[name]])
        drawn += [(item, name, 1, 0) for item in items[: sizes.get(name, len(items))]]
    return bounds, drawn


def plain(drawn: Draw) -> Drawn:
    return [(one.item, one.stratum, one.hits, one.point_fen) for one in drawn.picked]


def row(name: str) -> list[str]:
    (line,) = re.findall(rf"^\| {re.escape(name)}[^|]* \| (.*) \|$", PAGE, re.MULTILINE)
    return re.findall(r"`([^`]+)`", line)


def test_the_page_gives_the_vector() -> None:
    (number,), (seed,) = row("sample number"), row("seed")
    cells = row("population (item, fen)")
    lines = [(item, int(amount), "") for item, amount in zip(cells[::2], cells[1::2], strict=True)]
    assert [hash_of_list([f"{item}\t{amount}\t" for item, amount, _ in lines])] == row("its hash")
    key = key_of(seed, lines)
    assert [key.hex()] == row("key")
    interval = int((500_000 - 20_000 * Fraction(8, 5)) / 3)
    start, money = by_money(key, number, lines, interval)
    assert [str(interval), str(start)] == row("mus, tolerable 500000")
    written = row("its items (item, stratum, hits, first point)")
    assert [str(cell) for one in money for cell in one] == written
    amounts = {item: amount for item, amount, _ in lines}
    said = [f"{item}\t{amounts[item]}\t{stratum}\t{hits}\t{point}" for item, stratum, hits, point in money]
    assert [hash_of_list(said)] == row("hash of the sample")
    plan = {"strata_by": "amount", "bands": 2, "size": 3, "certain_fen": 300_000}
    bounds, strata = by_strata(key, number, lines, plan)
    assert list(map(str, bounds)) == row("stratified by amount, 2 bands")
    assert [cell for one in strata for cell in one[:2]] == row("its items (item, stratum)")[: 2 * len(strata)]
    assert by_rank(key, number, list(amounts))[:3] == row("random, size 3")


_CODES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
_LABELS = st.sampled_from(["", "甲", "乙", "丙", "620199001"])
LINES = st.lists(
    st.tuples(_CODES, st.integers(-500, 3_000), _LABELS), min_size=1, max_size=25, unique_by=lambda line: line[0]
)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def ours(plan: Plan, seed: str, lines: list[tuple[str, int, str]]) -> Draw:
    held = [Line(*line) for line in lines]
    return draw(plan, held, draw_key([seed], population_digest(held)), "审1")


@settings(deadline=None)
@given(seed=SEEDS, lines=LINES, size=st.integers(1, 8))
def test_ours_draws_money_as_the_page_says(seed: str, lines: list[tuple[str, int, str]], size: int) -> None:
    total = sum(amount for _, amount, _ in lines if amount > 0)
    if total < size:
        return
    drawn = ours(Plan(method="mus", size=size), seed, lines)
    start, expected = by_money(key_of(seed, lines), "审1", lines, total // size)
    assert (drawn.interval_fen, drawn.start_fen, plain(drawn)) == (total // size, start, expected)
    assert ours(Plan(method="mus", size=size), seed, lines[::-1]) == drawn, "the order of the list says nothing"


@settings(deadline=None)
@given(
    seed=SEEDS,
    lines=LINES,
    size=st.integers(1, 12),
    bands=st.integers(2, 4),
    certain=st.one_of(st.none(), st.integers(1, 3_000)),
    by=st.sampled_from(["amount", "kind"]),
    weigh=st.sampled_from([None, "count", "amount"]),
)
def test_ours_draws_strata_as_the_page_says(
    seed: str,
    lines: list[tuple[str, int, str]],
    size: int,
    bands: int,
    certain: int | None,
    by: Any,
    weigh: Any,
) -> None:
    kept = [line for line in lines if line[1] > 0 or by == "kind"]
    rest = [line for line in kept if certain is None or line[1] < certain]
    if not kept or (rest and size > len(rest)):
        return
    fields = {"strata_by": by, "size": size, "certain_fen": certain, "sizes_by": weigh}
    drawn = ours(Plan(method="stratified", bands=bands if by == "amount" else None, **fields), seed, lines)
    bounds, expected = by_strata(key_of(seed, lines), "审1", lines, fields | {"bands": bands})
    assert plain(drawn) == expected
    assert list(drawn.bounds_fen) == (bounds if by == "amount" else [])


@settings(deadline=None)
@given(seed=SEEDS, lines=LINES, size=st.integers(1, 25))
def test_ours_draws_at_random_as_the_page_says(seed: str, lines: list[tuple[str, int, str]], size: int) -> None:
    if size <= len(lines):
        drawn = ours(Plan(method="random", size=size), seed, lines)
        expected = by_rank(key_of(seed, lines), "审1", [item for item, _, _ in lines])[:size]
        assert plain(drawn) == [(item, "all", 1, 0) for item in expected]
