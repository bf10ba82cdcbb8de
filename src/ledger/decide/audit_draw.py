"""How an audit sample is drawn: docs/audit-sampling.md says the same in words, for anyone who draws it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final, NamedTuple

from ledger.decide.audit_plan import Plan
from ledger.decide.audit_strata import CERTAIN, Line, Stratum, equal_bounds, shared_out, stratified
from ledger.decide.confidence import confidence_factor, expansion_factor
from ledger.decide.draw import draw_start, draw_subjects, list_digest
from ledger.decide.refusal import yuan
from ledger.decide.refusals import AuditPopulationEmpty, AuditSampleUnfit, IntervalImpossible
from ledger.events.audit_sampling import MOST_ITEMS

AUDIT_ALGORITHM: Final = "mingzhang-audit-sample-1"
REST: Final = "interval"
ALL: Final = "all"


class Picked(NamedTuple):
    """An item that was drawn, and its stratum; of a monetary-unit sample how many points hit it, and the first."""

    item: str
    amount_fen: int
    stratum: str
    hits: int = 1
    point_fen: int = 0


@dataclass(frozen=True, slots=True)
class Draw:
    """What a plan draws; ``aside`` is how many items were set aside, and of together how much."""

    picked: tuple[Picked, ...]
    strata: tuple[Stratum, ...]
    aside: tuple[int, int]
    bounds_fen: tuple[int, ...] = ()
    interval_fen: int | None = None
    start_fen: int | None = None

    @property
    def sha256(self) -> str:
        return items_digest(self.picked)


def population_digest(lines: Iterable[Line]) -> str:
    """The hash of a population: item, amount in fen and label of each line, a tab between."""
    return list_digest(f"{line.item}\t{line.amount_fen}\t{line.label}" for line in lines)


def items_digest(picked: Iterable[Picked]) -> str:
    """The hash of what was drawn: item, amount, stratum, hits and first point of each, a tab between."""
    return list_digest("\t".join(map(str, one)) for one in picked)


def interval_of(plan: Plan, total_fen: int) -> int:
    """The sampling interval 抽样间隔 in whole fen, rounded down: at least as many points as were asked for.

    Raises:
        IntervalImpossible: what is expected takes up all that is tolerable, or there are fewer fen than points.
    """
    if plan.size is not None:
        interval = total_fen // plan.size
    else:
        confidence = plan.confidence_percent or 0
        grown = plan.expected_fen * expansion_factor(confidence) if plan.expected_fen else 0
        interval = floor(((plan.tolerable_fen or 0) - grown) / confidence_factor(confidence, 0))
    if interval < 1:
        zh, en = (
            f"总额 {yuan(total_fen)} 元,算得的间隔不足一分",
            f"of {yuan(total_fen)} yuan, the interval is under a fen",
        )
        raise IntervalImpossible(zh, en, column="抽样间隔", total_fen=total_fen)
    return interval


def draw(plan: Plan, lines: Sequence[Line], key: bytes, sample_no: str) -> Draw:
    """Draws a sample.

    Raises:
        AuditPopulationEmpty, AuditSampleUnfit, IntervalImpossible: it cannot be drawn so.
    """
    kept = [line for line in lines if line.amount_fen > 0] if plan.sets_aside else list(lines)
    if not kept:
        zh, en = f"总体 {len(lines)} 项,可抽 0 项", f"a population of {len(lines)}, nothing to draw from"
        raise AuditPopulationEmpty(zh, en, column="总体", population_size=len(lines))
    aside = len(lines) - len(kept), sum(line.amount_fen for line in lines) - sum(line.amount_fen for line in kept)
    if plan.method == "mus":
        return _draw_units(plan, kept, key, sample_no, aside)
    return _draw_strata(plan, kept, key, sample_no, aside)


def _draw_units(plan: Plan, lines: Sequence[Line], key: bytes, sample_no: str, aside: tuple[int, int]) -> Draw:
    """货币单元抽样: every ``interval``-th fen from a random start, through the items in the order of their ranks.

    A household that is paid the same every month, in rolls of the same order, would be hit every month or never were
    the order that of the papers: it is shuffled.
    """
    interval = interval_of(plan, sum(line.amount_fen for line in lines))
    start = draw_start(key, sample_no, interval)
    held = {line.item: line for line in lines}
    picked, before = [], 0
    for item in draw_subjects(key, sample_no, held, len(held)):
        amount = held[item].amount_fen
        first = (before - start) // interval + 1
        hits = (before + amount - start) // interval + 1 - first
        if hits:
            stratum = CERTAIN if amount >= interval else REST
            picked.append(Picked(item, amount, stratum, hits, start + first * interval))
        before += amount
    _check_size(len(picked))
    certain = [line.amount_fen for line in lines if line.amount_fen >= interval]
    strata = (
        Stratum(CERTAIN, len(certain), sum(certain), len(certain)),
        Stratum(REST, len(lines) - len(certain), before - sum(certain), len(picked) - len(certain)),
    )
    return Draw(tuple(picked), strata, aside, interval_fen=interval, start_fen=start)


def _draw_strata(plan: Plan, lines: Sequence[Line], key: bytes, sample_no: str, aside: tuple[int, int]) -> Draw:
    """From each stratum those of lowest rank; a simple random sample is one of a single stratum."""
    sampled = [line for line in lines if plan.certain_fen is None or line.amount_fen < plan.certain_fen]
    bounds = equal_bounds(sampled, plan.bands) if plan.bands else plan.bounds_fen
    members = {ALL: list(lines)}
    if plan.method == "stratified":
        members = stratified(lines, bounds, plan.certain_fen, by_amount=plan.strata_by == "amount")
    totals = {name: sum(line.amount_fen for line in own) for name, own in members.items()}
    sizes = _sizes(plan, members, totals)
    _check_size(sum(sizes.values()))
    picked = []
    for name, own in members.items():
        amounts = {line.item: line.amount_fen for line in own}
        picked += [Picked(item, amounts[item], name) for item in draw_subjects(key, sample_no, amounts, sizes[name])]
    strata = tuple(Stratum(name, len(own), totals[name], sizes[name]) for name, own in members.items())
    return Draw(tuple(picked), strata, aside, bounds_fen=bounds)


def _sizes(plan: Plan, members: dict[str, list[Line]], totals: dict[str, int]) -> dict[str, int]:
    """How many of each stratum; what is taken whole is no part of the size asked for."""
    counts = {name: len(own) for name, own in members.items()}
    whole = {name: count for name, count in counts.items() if name == CERTAIN}
    rest = {name: count for name, count in counts.items() if name != CERTAIN}
    if plan.size is not None:
        if plan.size > sum(rest.values()) and rest:
            _too_large(plan.size, sum(rest.values()))
        return whole | (shared_out(plan.size, totals if plan.sizes_by == "amount" else counts, rest) if rest else {})
    asked = dict(plan.sizes)
    if asked.keys() != rest.keys():
        named, there = "、".join(sorted(asked)), "、".join(rest)
        zh, en = f"给了 {named},总体有 {there}", f"sizes for {named}; the population has {there}"
        raise AuditSampleUnfit(zh, en, column="各层样本量")
    for name, size in asked.items():
        if size > rest[name]:
            _too_large(size, rest[name])
    return whole | {name: asked[name] for name in rest}


def _check_size(size: int) -> None:
    if size > MOST_ITEMS:
        _too_large(size, MOST_ITEMS)


def _too_large(size: int, most: int) -> None:
    zh, en = f"须抽 {size:,},至多 {most:,}", f"{size:,} to be drawn, {most:,} at most"
    raise AuditSampleUnfit(zh, en, column="样本量", size=size, most=most)
