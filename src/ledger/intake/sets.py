"""What the sets of rows that are judged together are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from ledger.book.batch import Recorded
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Asked, Request

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """A row's request, the key by which it is known again, and who asks on what paper."""

    key: UUID
    request: R
    asked: Asked


def outcomes(
    rows: Sequence[Row[Any]], before: Mapping[UUID, int], refusals: Mapping[UUID, Refusal], new: Mapping[UUID, int]
) -> list[Recorded | Refusal]:
    """What became of each row: on record ``before`` at a position, refused, or ``new`` at one.

    A row that stands twice in a file is new once.
    """
    answers: list[Recorded | Refusal] = []
    told: set[UUID] = set()
    for row in rows:
        position = new.get(row.key, before.get(row.key))
        if position is None:
            answers.append(refusals[row.key])
        else:
            answers.append(Recorded(position, is_new=row.key in new and row.key not in told))
        told.add(row.key)
    return answers
