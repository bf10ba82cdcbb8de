"""The steps of a case over HTTP: what each asks for, made from its request, and which may be taken next."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from api.bodies import Body
from api.signatures import IsoDate
from ledger.access import Holder, may_work_case
from projections.case_desk import STEPS, WRITTEN, Officer, Step
from projections.queries import Row

LONGEST_TEXT: Final = 2_000
# What the desk itself fills in: nobody sends it, or nobody needs to.
_NEVER_SENT = {"case_no", "is_overpaid", "kind"}
_MADE = {"recovery_no", "region"}
_Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, description="仅存保险库 kept in the vault alone")]
_JUDGING = {"establish", "dismiss", "tolerate"}


def officer_of(holder: Holder) -> Officer:
    """Whoever holds a token, as the desk knows him."""
    return Officer(holder.staff, holder.role, holder.region)


def fields_of(step: Step) -> dict[str, tuple[Any, bool]]:
    """What somebody sends for a step: the type of each field, and whether it must be there."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, info in step.request.model_fields.items():
        if name in _NEVER_SENT:
            continue
        is_needed = info.is_required() and name not in {step.event.EFFECTIVE, *_MADE}
        if name in WRITTEN:
            found[name] = _Text, is_needed
        elif info.annotation in (date, date | None):
            found[name] = IsoDate, is_needed
        else:
            found[name] = (Annotated[info.annotation, info] if is_needed else info.annotation), is_needed
    return found


def body_of(name: str, step: Step) -> type[Body]:
    """The body of a step."""
    fields: dict[str, Any] = {
        field: (type_, ...) if is_needed else (type_ | None, None)
        for field, (type_, is_needed) in fields_of(step).items()
    }
    return create_model(f"Case{name.capitalize()}Body", __base__=Body, __doc__=f"{step.zh}: {step.en}.", **fields)


BODIES: Final[dict[str, type[Body]]] = {name: body_of(name, step) for name, step in STEPS.items() if name != "attach"}


def given_in(body: Body) -> dict[str, object]:
    """What a body says; what it leaves out is not there."""
    return {name: value for name, value in body if value is not None}


def next_steps(case: Row, holder: Holder) -> list[str]:
    """The steps that this person may take now, as far as the case itself tells; the decision has the last word."""
    return [name for name, step in STEPS.items() if _may_take(name, step, case, holder)]


def _may_take(name: str, step: Step, case: Row, holder: Holder) -> bool:
    at: tuple[str, ...] = getattr(step.decision, "AT", ())
    if not may_work_case(holder.role, name) or case["status"] not in at:
        return False
    if name in _JUDGING:
        return bool(case["established"] + case["dismissed"] + case["tolerated"] < len(case["findings"]))
    if name == "investigate":
        return str(case["assigned_to"]).casefold() == holder.staff.casefold()
    if name == "measure":
        return bool(case["established"] + case["tolerated"])
    if name == "lower":
        return bool(case["severity"] != "notice")
    is_unfinished = case["status"] == "judged" and case["established"] > 0
    return not (name == "close" and is_unfinished)
