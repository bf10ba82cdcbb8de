"""A rule told in three stories, and what most stories share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ledger.decide.slice import Request
from tests.story import ENTITLED, bank, decision, household, line

LATER = "2025-12-31"


@dataclass(frozen=True, slots=True)
class RuleStory:
    """``found`` raises the finding about ``ref`` in this amount; with ``near`` in its place there is none."""

    rule: str
    ref: str
    yuan: int
    found: tuple[Request, ...]
    near: tuple[Request, ...]
    cleared: tuple[Request, ...]
    given: tuple[Request, ...] = ENTITLED
    found_on: str | None = None
    severity: str | None = None
    as_of: str = LATER
    jurisdiction: str = "lanzhou-new-area"

    def __str__(self) -> str:
        return f"{self.rule}-{self.ref}"


PAID = (line(), bank())
PAID_TWICE = (*PAID, line(number=2), bank(number=2))
SECOND_HOME = (household("H2", "李"), decision(no="H2"))
SENT_BACK = bank(-500, number=2, on="2025-03-01")
TEKUN = "特困人员供养"


def months(first: int, last: int, yuan: int = 500, **changes: Any) -> tuple[Request, ...]:
    """A household paid for each of some months of the year."""
    return tuple(
        request
        for month in range(first, last + 1)
        for request in (
            line(yuan=yuan, month=f"2025-{month:02d}", number=month, **changes),
            bank(yuan, number=month, on=f"2025-{month:02d}-09"),
        )
    )
