"""Evaluation against examples worked by hand, with the factors of the printed tables."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decide.audit_evaluation import Audited, evaluate_strata, evaluate_units
from ledger.decide.audit_strata import CERTAIN, Stratum
from ledger.decide.confidence import confidence_factor, expansion_factor

REST = Stratum("interval", 1_000, 300_000_00, 100)
TOP = Stratum(CERTAIN, 3, 9_000_00, 3)

# AICPA Audit Guide “Audit Sampling”: factors by misstatements 0, 1, 2, … for each risk of incorrect acceptance.
PRINTED = {
    95: "3.00 4.75 6.30 7.76 9.16 10.52 11.85 13.15 14.44 15.71 16.97 18.21 19.45 20.67 21.89 23.10 24.31 25.50 26.70",
    90: "2.31 3.89 5.33 6.69 8.00 9.28 10.54 11.78 13.00 14.21 15.41 16.60 17.79 18.96 20.13 21.30 22.46 23.61 24.76",
    85: "1.90 3.38 4.73 6.02 7.27 8.50 9.71 10.90 12.08 13.25 14.42 15.57 16.72 17.86 19.00 20.13 21.26 22.39 23.51",
    80: "1.61 3.00 4.28 5.52 6.73 7.91 9.08 10.24 11.38 12.52 13.66 14.78 15.90 17.02 18.13 19.24 20.34 21.44 22.54",
    50: "0.70 1.68 2.68 3.68 4.68 5.68 6.67 7.67 8.67 9.67 10.67 11.67 12.67 13.67 14.67 15.67 16.67 17.67 18.67",
}


@pytest.mark.parametrize("confidence", sorted(PRINTED))
def test_the_factors_are_those_of_the_printed_table(confidence: int) -> None:
    for misstatements, printed in enumerate(PRINTED[confidence].split()):
        assert confidence_factor(confidence, misstatements) == Fraction(printed), misstatements


def test_the_expansion_factors_are_those_of_the_table() -> None:
    assert [expansion_factor(one) for one in (99, 95, 90, 85, 80)] == [Fraction(n, 10) for n in (19, 16, 15, 14, 13)]
    with pytest.raises(KeyError):
        expansion_factor(94)


def test_an_example_worked_by_hand() -> None:
    """300,000 yuan, 181 items, interval 1,657 yuan, 95 %: three misstatements, one of them above the interval.

    400 for 320: taint 20 %, projected 331.40. 500 for 0: 100 %, projected 1,657.00. 3,000 for 2,500: known, 500.00.
    By falling taint: 1,657.00 × (4.75 − 3.00 − 1) = 1,242.75; 331.40 × (6.30 − 4.75 − 1) = 182.27.
    Basic precision 3.00 × 1,657 = 4,971.00. Limit 500 + 1,988.40 + 4,971 + 1,425.02 = 8,884.42, below 15,000.
    """
    tested = [
        Audited("A", "interval", 400_00, 320_00),
        Audited("B", "interval", 500_00, 0),
        Audited("C", CERTAIN, 3_000_00, 2_500_00),
        Audited("D", "interval", 100_00, 100_00),
    ]
    found = evaluate_units(tested, [TOP, REST], 1_657_00, 95, 15_000_00)
    assert [(one.item, one.taint, one.projected_fen, one.allowance_fen) for one in found.over.taints] == [
        ("B", 1, 1_657_00, 1_242_75),
        ("A", Fraction(1, 5), 331_40, 182_27),
    ]
    assert found.over.certain_fen == 500_00
    assert found.over.projected_fen == 2_488_40
    assert found.over.basic_fen == 4_971_00
    assert found.over.allowance_fen == 1_425_02
    assert found.over.upper_fen == 8_884_42
    assert found.is_within is True
    # Nothing is understated: the limit is the basic precision.
    assert (found.under.projected_fen, found.under.upper_fen) == (0, 4_971_00)
    assert evaluate_units(tested, [TOP, REST], 1_657_00, 95, 8_884_41).is_within is False
    assert evaluate_units(tested, [TOP, REST], 1_657_00, 95).is_within is None


def test_another_at_ninety_per_cent() -> None:
    """Interval 10,000 yuan: taints 50 %, 10 % and 1/3; factors 2.31, 3.89, 5.33, 6.69.

    5,000 × 0.58 = 2,900; 3,333.34 (up from 3,333.33…) with 3,333.33… × 0.44 = 1,466.67; 1,000 × 0.36 = 360.
    Limit 9,333.34 + 23,100 + 4,726.67 = 37,160.01.
    """
    tested = [
        Audited("A", "interval", 10_00, 9_00),
        Audited("B", "interval", 300_00, 200_00),
        Audited("C", "interval", 80_00, 40_00),
    ]
    found = evaluate_units(tested, [REST], 10_000_00, 90).over
    assert [one.item for one in found.taints] == ["C", "B", "A"]
    assert [one.projected_fen for one in found.taints] == [5_000_00, 3_333_34, 1_000_00]
    assert [one.allowance_fen for one in found.taints] == [2_900_00, 1_466_67, 360_00]
    assert (found.basic_fen, found.upper_fen) == (23_100_00, 37_160_01)


def test_both_directions_and_no_netting() -> None:
    tested = [Audited("A", "interval", 100, 50), Audited("B", "interval", 100, 150), Audited("C", CERTAIN, 100, 130)]
    found = evaluate_units(tested, [TOP, REST], 1_000, 95)
    assert (found.over.projected_fen, found.under.projected_fen) == (500, 530)
    assert found.under.upper_fen == 500 + 30 + 3_000 + 375


def test_what_was_not_tested_is_misstated_whole_and_what_was_all_examined_has_no_precision() -> None:
    found = evaluate_units([Audited("A", "interval", 70, None)], [REST], 1_000, 95)
    assert (found.untested, found.over.taints[0].taint) == (1, 1)
    whole = evaluate_units([Audited("A", CERTAIN, 5_000, 4_000)], [TOP, REST._replace(item_count=0)], 1_000, 95)
    assert whole.over.upper_fen == 1_000


def test_more_than_all_of_it() -> None:
    """Paid 100, and 50 was due the other way: a taint of 150 %."""
    (one,) = evaluate_units([Audited("A", "interval", 100, -50)], [REST], 1_000, 95).over.taints
    assert (one.taint, one.projected_fen) == (Fraction(3, 2), 1_500)


@settings(deadline=None)
@given(
    pairs=st.lists(st.tuples(st.integers(1, 10**12), st.integers(0, 10**12)), max_size=12),
    interval=st.integers(1, 10**13),
    confidence=st.sampled_from([80, 90, 95, 99]),
)
def test_a_limit_is_never_below_what_is_exact(pairs: list[tuple[int, int]], interval: int, confidence: int) -> None:
    tested = [Audited(str(nth), "interval", book, audited) for nth, (book, audited) in enumerate(pairs)]
    found = evaluate_units(tested, [REST], interval, confidence).over
    taints = sorted((Fraction(b - a, b) for b, a in pairs if a < b), reverse=True)
    exact = confidence_factor(confidence, 0) * interval
    for nth, taint in enumerate(taints, start=1):
        exact += taint * interval * (confidence_factor(confidence, nth) - confidence_factor(confidence, nth - 1))
    assert exact <= found.upper_fen < exact + 1 + 2 * len(taints)


def test_projections_by_ratio_and_difference_by_hand() -> None:
    """1,000 items of 300,000 yuan; of ten tested items of 3,000 yuan 60 yuan are wanting: 2 %, and 6 yuan an item."""
    tested = [Audited(str(nth), "甲", 300_00, 294_00) for nth in range(10)]
    first = Stratum("甲", 1_000, 300_000_00, 10)
    second = Stratum("乙", 5, 90_00, 2)
    found = evaluate_strata(
        [*tested, Audited("x", "乙", 10_00, 11_00), Audited("y", "乙", 20_00, None)], [first, second]
    )
    assert [(one.by_ratio_fen, one.by_difference_fen) for one in found.strata] == [
        (-6_000_00, -6_000_00),
        (9_00, 5_00),
    ]
    assert (found.by_ratio_fen, found.by_difference_fen, found.untested) == (-5_991_00, -5_995_00, 1)
    nothing = evaluate_strata([Audited("x", "乙", 0, 0)], [second])
    assert nothing.by_ratio_fen is None
    assert evaluate_strata([Audited("x", "乙", 0, None)], [second]).by_difference_fen is None
