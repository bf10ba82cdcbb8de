"""Strata of an audit sample: which item is of which, and how many of each are drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

CERTAIN: Final = "100%"
NOWHERE: Final = "—"


class Line(NamedTuple):
    """One item of a population; ``label`` is what it is stratified by (empty: nothing is on record)."""

    item: str
    amount_fen: int
    label: str = ""


class Stratum(NamedTuple):
    """A stratum: how many items of together how much lie in it, and how many of them are drawn."""

    stratum: str
    item_count: int
    amount_fen: int
    size: int


def equal_bounds(lines: Iterable[Line], bands: int) -> tuple[int, ...]:
    """Where each band but the first begins, so that all hold about the same value; fewer where amounts are equal.

    Band i ends with the smallest amount at which the items up to it hold i/bands of the total.
    """
    amounts = sorted(line.amount_fen for line in lines)
    total, held, bounds = sum(amounts), 0, []
    nth = 1
    for amount in amounts:
        held += amount
        while nth < bands and held * bands >= total * nth:
            bounds.append(amount + 1)
            nth += 1
    return tuple(bound for bound in sorted(set(bounds)) if bound <= amounts[-1])


def stratified(
    lines: Iterable[Line], bounds_fen: Sequence[int], certain_fen: int | None, *, by_amount: bool
) -> dict[str, list[Line]]:
    """The lines of each stratum; a band is named by the fen that it begins with, what is taken whole ``100%``."""
    strata: dict[str, list[Line]] = defaultdict(list)
    begins = [1, *bounds_fen]
    for line in lines:
        if certain_fen is not None and line.amount_fen >= certain_fen:
            name = CERTAIN
        elif by_amount:
            name = str(begins[bisect_right(bounds_fen, line.amount_fen)])
        else:
            name = line.label or NOWHERE
        strata[name].append(line)
    return {name: strata[name] for name in sorted(strata, key=lambda name: _order(name, is_band=by_amount))}


def _order(name: str, *, is_band: bool) -> tuple[bool, int, str]:
    """What is taken whole first, then bands by amount, names by code point."""
    return name != CERTAIN, int(name) if is_band and name != CERTAIN else 0, name


def shared_out(size: int, weights: Mapping[str, int], counts: Mapping[str, int]) -> dict[str, int]:
    """A sample size over strata: one each, and each further place to the stratum of the greatest weight / (2·has + 1).

    Strata with nothing left get no more; of equals the first by its name's code points goes first.
    """
    has = dict.fromkeys(counts, 1)
    queue = [(-Fraction(max(weights[name], 0), 3), name) for name in counts if counts[name] > 1]
    heapify(queue)
    for _ in range(size - len(has)):
        if not queue:
            break
        _, name = heappop(queue)
        has[name] += 1
        if has[name] < counts[name]:
            heappush(queue, (-Fraction(max(weights[name], 0), 2 * has[name] + 1), name))
    return has
