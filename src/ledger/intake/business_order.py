"""In which order the rows of a file are decided: as they happened, not as they lie in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ledger.decide.household import HEAD

Values = Mapping[str, Any]
Key = tuple[Any, ...]
_STEPS = ("立案", "分期", "缴回", "核销")


def _decision(v: Values) -> Key:
    return (v["decided_on"], v["start_month"] or "", v["decision_no"])


ORDERS: dict[str, Callable[[Values], Key]] = {
    # What is taken back is taken back of what was issued.
    "grants": lambda v: (v["amount_fen"] < 0, v["issued_on"], v["document_no"]),
    "receipts": lambda v: (v["received_on"], v["document_no"]),
    "transfers": lambda v: (v["passed_on"], v["document_no"]),
    # A household is there once its head is.
    "households": lambda v: (v["relation"] != HEAD,),
    "decisions": _decision,
    "contracts": lambda v: (v["signed_on"], v["contract_no"]),
    "service-expenses": lambda v: (v["paid_on"], v["expense_no"]),
    # What comes back comes back of what was paid.
    "other-expenses": lambda v: (v["paid_on"], v["amount_fen"] < 0, v["expense_no"]),
    "recoveries": lambda v: (v["occurred_on"], _STEPS.index(v["step"]), v["recovery_no"]),
}


def roll_order(values: Values) -> Key:
    """Rolls and bank files of one import interleave: a batch is instructed, then the bank answers, then the next."""
    return (values["paid_on"], 0, values["batch_no"], values["line_no"])


def bank_order(paid_on: Mapping[str, date]) -> Callable[[Values], Key]:
    """A bank line comes right after its batch; of a batch that is not in this import, on its own day."""

    def key(values: Values) -> Key:
        day = paid_on.get(values["batch_no"]) or values["settled_on"] or date.min
        return (day, 1, values["batch_no"], values["line_no"])

    return key
