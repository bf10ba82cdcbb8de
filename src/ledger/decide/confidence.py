"""Confidence factors 保证系数 of monetary-unit sampling: the tables of the textbooks, reckoned exactly.

A factor is the upper limit, in hits, of a Poisson count: with so many misstatements found, more than the factor were to
be expected with no more than the risk that is left. The printed tables round it up to the next hundredth, and so do we.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Final

# By how much expected misstatement is taken to grow, in hundredths: AICPA Audit Guide “Audit Sampling”, by confidence.
EXPANSION_HUNDREDTHS: Final = {99: 190, 95: 160, 90: 150, 85: 140, 80: 130, 75: 125, 70: 120, 65: 115, 50: 100}
_DIGITS = 60


@cache
def confidence_factor(confidence_percent: int, misstatements: int) -> Fraction:
    """The smallest hundredth λ with e^−λ · Σ λ^i/i! (i = 0 … misstatements) ≤ 1 − confidence."""
    # e to a rational power is irrational, so that the two sides are never equal and sixty digits tell them apart.
    low, high = 0, 100
    while _is_above_risk(high, confidence_percent, misstatements):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if _is_above_risk(middle, confidence_percent, misstatements):
            low = middle
        else:
            high = middle
    return Fraction(high, 100)


def _is_above_risk(hundredths: int, confidence_percent: int, misstatements: int) -> bool:
    with localcontext() as context:
        context.prec = _DIGITS
        expected = Decimal(hundredths) / 100
        term = total = Decimal(1)
        for nth in range(1, misstatements + 1):
            term = term * expected / nth
            total += term
        return (-expected).exp() * total > Decimal(100 - confidence_percent) / 100


def expansion_factor(confidence_percent: int) -> Fraction:
    """By how much expected misstatement is taken to grow.

    Raises:
        KeyError: the table has none for this confidence.
    """
    return Fraction(EXPANSION_HUNDREDTHS[confidence_percent], 100)
