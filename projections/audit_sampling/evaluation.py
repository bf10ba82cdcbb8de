"""The evaluation of an audit sample from what is on record of its testing, and as plain values for JSON."""

from __future__ import annotations

from typing import Any, Final

from ledger.book.database import Database
from ledger.decide.audit_evaluation import (
    Audited,
    Limit,
    StrataEvaluation,
    UnitEvaluation,
    evaluate_strata,
    evaluate_units,
)
from projections.audit_sampling.samples import results_of, strata_of
from projections.queries import Row

DEFAULT_CONFIDENCE: Final = 95


def evaluation_of(
    database: Database, row: Row, confidence_percent: int | None = None, tolerable_fen: int | None = None
) -> UnitEvaluation | StrataEvaluation:
    """What testing says of the population, by what is on record of it now.

    Confidence and tolerable misstatement are those of the plan where none are given; with no confidence, 95 %.
    """
    results = results_of(database, row["sample_no"])
    columns = zip(row["items"], row["item_strata"], row["amounts_fen"], strict=True)
    audited = [Audited(*one, results.get(one[0], {}).get("audited_fen")) for one in columns]
    if row["method"] != "mus":
        return evaluate_strata(audited, strata_of(row))
    confidence = confidence_percent or row["confidence_percent"] or DEFAULT_CONFIDENCE
    tolerable = tolerable_fen or row["tolerable_fen"]
    return evaluate_units(audited, strata_of(row), row["interval_fen"], confidence, tolerable)


def as_row(evaluation: UnitEvaluation | StrataEvaluation) -> dict[str, Any]:
    """An evaluation in plain values: fen as integers, a taint as the fraction that it is."""
    if isinstance(evaluation, StrataEvaluation):
        return {
            "untested": evaluation.untested,
            "by_ratio_fen": evaluation.by_ratio_fen,
            "by_difference_fen": evaluation.by_difference_fen,
            "strata": [
                {
                    **one.stratum._asdict(),
                    "tested": one.tested,
                    "tested_fen": one.book_fen,
                    "difference_fen": one.difference_fen,
                    "by_ratio_fen": one.by_ratio_fen,
                    "by_difference_fen": one.by_difference_fen,
                }
                for one in evaluation.strata
            ],
        }
    return {
        "interval_fen": evaluation.interval_fen,
        "confidence_percent": evaluation.confidence_percent,
        "tolerable_fen": evaluation.tolerable_fen,
        "untested": evaluation.untested,
        "is_within": evaluation.is_within,
        "over": _limit(evaluation.over),
        "under": _limit(evaluation.under),
    }


def _limit(limit: Limit) -> dict[str, Any]:
    taints = [
        {
            "item": one.item,
            "book_fen": one.book_fen,
            "audited_fen": one.audited_fen,
            "taint": str(one.taint),
            "projected_fen": one.projected_fen,
            "allowance_fen": one.allowance_fen,
        }
        for one in limit.taints
    ]
    return {
        "certain_fen": limit.certain_fen,
        "projected_fen": limit.projected_fen,
        "basic_fen": limit.basic_fen,
        "allowance_fen": limit.allowance_fen,
        "upper_fen": limit.upper_fen,
        "taints": taints,
    }
