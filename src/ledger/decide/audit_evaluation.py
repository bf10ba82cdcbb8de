"""What the testing of an audit sample says of its population 样本评价, in whole fen, never nearer than it is.

Monetary-unit sampling 货币单元抽样: projected misstatement by tainting, basic precision, incremental allowance and
upper limit, overstatement and understatement each by itself. Other methods: projection by ratio and by difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from ledger.decide.audit_strata import CERTAIN, Stratum
from ledger.decide.confidence import confidence_factor


class Audited(NamedTuple):
    """An item, its stratum, and its two amounts; ``audited_fen`` is None where it was not tested."""

    item: str
    stratum: str
    book_fen: int
    audited_fen: int | None


@dataclass(frozen=True, slots=True)
class Taint:
    """A misstated item of the rest: ``taint`` is misstatement ÷ book amount, ``allowance_fen`` its incremental one."""

    item: str
    book_fen: int
    audited_fen: int
    taint: Fraction
    projected_fen: int
    allowance_fen: int


@dataclass(frozen=True, slots=True)
class Limit:
    """One direction of misstatement: what is known, projected and allowed for; ``upper_fen`` is their sum."""

    certain_fen: int
    taints: tuple[Taint, ...]
    basic_fen: int

    @property
    def projected_fen(self) -> int:
        """推断错报: the projected misstatement of the rest and the known one of what was taken with certainty."""
        return self.certain_fen + sum(one.projected_fen for one in self.taints)

    @property
    def allowance_fen(self) -> int:
        return sum(one.allowance_fen for one in self.taints)

    @property
    def upper_fen(self) -> int:
        """错报上限: the upper misstatement limit."""
        return self.projected_fen + self.basic_fen + self.allowance_fen


@dataclass(frozen=True, slots=True)
class UnitEvaluation:
    """Of a monetary-unit sample. An item that was not tested counts as misstated whole (ISA 530, 11)."""

    interval_fen: int
    confidence_percent: int
    untested: int
    over: Limit
    under: Limit
    tolerable_fen: int | None

    @property
    def is_within(self) -> bool | None:
        """Whether both limits keep to what is tolerable; None where that is not said."""
        if self.tolerable_fen is None:
            return None
        return max(self.over.upper_fen, self.under.upper_fen) <= self.tolerable_fen


@dataclass(frozen=True, slots=True)
class StratumProjection:
    """A stratum: what was tested, and the misstatement (audited less book) that it projects to, rounded half up."""

    stratum: Stratum
    tested: int
    book_fen: int
    difference_fen: int
    by_ratio_fen: int | None
    by_difference_fen: int | None


@dataclass(frozen=True, slots=True)
class StrataEvaluation:
    """Of a stratified or a random sample: projections 比率法 and 差额法, without a limit.

    A projection is None where a stratum was drawn from and nothing of it tested, or its sample is worth nothing.
    """

    strata: tuple[StratumProjection, ...]
    untested: int

    @property
    def by_ratio_fen(self) -> int | None:
        return _sum([one.by_ratio_fen for one in self.strata])

    @property
    def by_difference_fen(self) -> int | None:
        return _sum([one.by_difference_fen for one in self.strata])


def evaluate_units(
    tested: Sequence[Audited],
    strata: Sequence[Stratum],
    interval_fen: int,
    confidence_percent: int,
    tolerable_fen: int | None = None,
) -> UnitEvaluation:
    """Evaluates a monetary-unit sample. Every amount is rounded up to the fen, so that a limit is never too low."""
    has_rest = any(one.item_count for one in strata if one.stratum != CERTAIN)
    basic = ceil(confidence_factor(confidence_percent, 0) * interval_fen) if has_rest else 0
    # Not tested: nothing of it is there.
    whole = [one._replace(audited_fen=one.audited_fen if one.audited_fen is not None else 0) for one in tested]
    return UnitEvaluation(
        interval_fen,
        confidence_percent,
        sum(one.audited_fen is None for one in tested),
        _limit(whole, interval_fen, confidence_percent, basic, 1),
        _limit(whole, interval_fen, confidence_percent, basic, -1),
        tolerable_fen,
    )


def _limit(tested: Sequence[Audited], interval_fen: int, confidence: int, basic_fen: int, sign: int) -> Limit:
    """``sign`` 1: the book says too much; −1: too little."""
    wrong = [(one, sign * (one.book_fen - (one.audited_fen or 0))) for one in tested]
    wrong = [(one, by_fen) for one, by_fen in wrong if by_fen > 0]
    certain = sum(by_fen for one, by_fen in wrong if one.stratum == CERTAIN)
    rest = [(Fraction(by_fen, one.book_fen), one) for one, by_fen in wrong if one.stratum != CERTAIN]
    rest.sort(key=lambda pair: (-pair[0], pair[1].item))
    taints = []
    for nth, (taint, one) in enumerate(rest, start=1):
        projected = taint * interval_fen
        step = confidence_factor(confidence, nth) - confidence_factor(confidence, nth - 1) - 1
        amounts = one.book_fen, one.audited_fen or 0
        taints.append(Taint(one.item, *amounts, taint, ceil(projected), ceil(projected * step)))
    return Limit(certain, tuple(taints), basic_fen)


def evaluate_strata(tested: Sequence[Audited], strata: Sequence[Stratum]) -> StrataEvaluation:
    """Evaluates a stratified or a random sample from what was tested of it."""
    projections = tuple(_project(one, [t for t in tested if t.stratum == one.stratum]) for one in strata)
    return StrataEvaluation(projections, sum(one.audited_fen is None for one in tested))


def _project(stratum: Stratum, drawn: Sequence[Audited]) -> StratumProjection:
    done = [one for one in drawn if one.audited_fen is not None]
    book = sum(one.book_fen for one in done)
    difference = sum((one.audited_fen or 0) - one.book_fen for one in done)
    by_ratio = Fraction(difference, book) * stratum.amount_fen if book > 0 else None
    by_difference = Fraction(difference, len(done)) * stratum.item_count if done else None
    return StratumProjection(stratum, len(done), book, difference, _rounded(by_ratio), _rounded(by_difference))


def _rounded(exact: Fraction | None) -> int | None:
    return None if exact is None else floor(exact + Fraction(1, 2))


def _sum(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
