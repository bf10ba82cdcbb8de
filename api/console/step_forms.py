"""The forms of the steps of a case: which fields each has, and what was typed there as values of the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from starlette.datastructures import FormData

from api import problems
from ledger.decide.case_measure import TOLERATED_MEASURES
from ledger.events.case import Measure
from ledger.events.finding import SEVERITIES
from ledger.intake.cells import money_or_none
from ledger.intake.problems import CellProblem
from projections.queries import Row

Kind = Literal["text", "long", "day", "yes", "money", "finding", "measure", "severity", "staff", "region"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; its words are ``case.field.<name>`` of the catalogue."""

    name: str
    kind: Kind
    is_needed: bool = True


_REASON = Field("reason", "long")
_FINDING = Field("finding", "finding")
FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    "open": (
        Field("reason", "long", is_needed=False),
        Field("unit", "text", is_needed=False),
        Field("unit_region", "region", is_needed=False),
    ),
    "assign": (Field("assigned_to", "staff"), Field("due_on", "day", is_needed=False)),
    "investigate": (Field("facts", "long"),),
    "establish": (
        _FINDING,
        Field("amount_fen", "money", is_needed=False),
        Field("household", "staff", is_needed=False),
        _REASON,
        Field("is_other_money", "yes", is_needed=False),
    ),
    "dismiss": (_FINDING, _REASON),
    "tolerate": (
        _FINDING,
        _REASON,
        Field("is_in_good_faith", "yes"),
        Field("is_duty_done", "yes"),
        Field("objective_cause", "long"),
        Field("corrected_on", "day"),
    ),
    "lower": (Field("severity", "severity"), _REASON),
    "measure": (_FINDING, Field("measure", "measure"), Field("sent_to", "text"), Field("due_on", "day")),
    "report": (Field("facts", "long"),),
    "accept": (Field("reason", "long", is_needed=False),),
    "reject": (_REASON,),
    "close": (_REASON,),
    "reopen": (_REASON,),
}
_CONFIDENTIAL = Field("is_confidential", "yes", is_needed=False)


def choices_of(step: str, case: Row, findings: Sequence[Row]) -> dict[str, list[Any]]:
    """What may be chosen in a step's form as the case stands: ``finding`` (rows), ``measure`` and ``severity``."""
    outcomes = {one["finding"]: one["outcome"] for one in case["outcomes"]}
    offered = list(findings)
    if step == "measure":
        offered = [row for row in findings if outcomes.get(row["id"]) in ("established", "tolerated")]
        # Those that may have every measure come first, so that what is chosen at first goes together.
        offered.sort(key=lambda row: outcomes[row["id"]])
    measures = get_args(Measure) if "established" in outcomes.values() else TOLERATED_MEASURES
    below = SEVERITIES[SEVERITIES.index(case["severity"]) + 1 :]
    return {"finding": offered, "measure": list(measures), "severity": list(below)}


def values_from(step: str, form: FormData) -> dict[str, object]:
    """What a form says, typed; a field left blank is not there.

    Raises:
        ProblemError: 422, a day or an amount cannot be read.
    """
    fields = (*FIELDS[step], _CONFIDENTIAL) if step == "open" else FIELDS[step]
    values: dict[str, object] = {}
    for field in fields:
        text = str(form.get(field.name) or "").strip()
        if text:
            values[field.name] = _value(field, text)
    return values


def _value(field: Field, text: str) -> object:
    if field.kind == "yes":
        return text == "yes"
    if field.kind == "day":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise problems.invalid_field(field.name, "须为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD") from None
    if field.kind == "money":
        try:
            return money_or_none(text)
        except CellProblem as problem:
            raise problems.invalid_field(field.name, problem.reason_zh, problem.reason_en) from None
    return text
