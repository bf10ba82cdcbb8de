"""Which findings a reader asked for: every choice stands in the address, for programs and for pages alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ledger.events.finding import SEVERITIES, Severity
from ledger.region import covers
from projections.queries import Row

Status = Literal["open", "cleared", "all"]
Sort = Literal["severity", "amount", "found_on", "rule"]
REGION = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$"


class FindingFilter(BaseModel):
    """A choice among findings; what is not named chooses nothing away."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str | None = Field(None, max_length=80)
    kind: str | None = Field(None, max_length=80)
    severity: Severity | None = None
    status: Status = "open"
    in_case: bool | None = None
    region: str | None = Field(None, pattern=REGION)
    found_from: date | None = None
    found_to: date | None = None
    amount_from_fen: int | None = Field(None, ge=0, le=10**15)
    q: str | None = Field(None, max_length=80)
    sort: Sort = "severity"

    def within(self, region: str) -> str | None:
        """The region to look in for a holder of ``region``; None where what he asks for lies outside it."""
        if self.region is None or covers(self.region, region):
            return region
        return self.region if covers(region, self.region) else None

    def apply(self, rows: Iterable[Row], cases: Mapping[str, str]) -> list[Row]:
        """The rows chosen, in order; ``cases`` says which findings are in a case that the reader may see."""
        return sorted((row for row in rows if self._chooses(row, cases)), key=self.place)

    def place(self, row: Row) -> list[Any]:
        """Where a row stands in the order that was asked for; no two rows stand in one place."""
        return [*_ORDERS[self.sort](row), f"{' '.join(row['refs'])} {row['id']}"]

    def place_types(self) -> tuple[type, ...]:
        """Of what the parts of a place are, for reading a cursor."""
        return (*_PLACES[self.sort], str)

    def chosen(self) -> dict[str, str]:
        """What was chosen, as the address has it."""
        held = self.model_dump(mode="json", exclude_defaults=True)
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in held.items()}

    def _chooses(self, row: Row, cases: Mapping[str, str]) -> bool:
        return (
            self.rule in (None, row["rule"])
            and self.kind in (None, row["kind"])
            and self.severity in (None, row["severity"])
            and self.status in ("all", row["status"])
            and (self.in_case is None or self.in_case == (row["id"] in cases))
            and self._in_time(row["found_on"])
            and (self.amount_from_fen is None or (row["amount_fen"] or 0) >= self.amount_from_fen)
            and (not self.q or _names(row, self.q.strip().casefold()))
        )

    def _in_time(self, found_on: date | None) -> bool:
        if found_on is None:
            return self.found_from is None and self.found_to is None
        return (self.found_from or found_on) <= found_on <= (self.found_to or found_on)


def _names(row: Row, sought: str) -> bool:
    """Whether a finding is, or names, what somebody looks for: a household, a contract, a paper, the finding itself."""
    return sought == row["id"] or any(sought in ref.partition(":")[2].casefold() for ref in row["refs"])


def _severity(row: Row) -> int:
    return SEVERITIES.index(row["severity"])


def _day(row: Row) -> str:
    return row["found_on"].isoformat() if row["found_on"] else ""


def _newest(row: Row) -> int:
    return -row["found_on"].toordinal() if row["found_on"] else 0


_ORDERS: dict[str, Callable[[Row], Sequence[Any]]] = {
    "severity": lambda row: [_severity(row), row["rule"], _day(row)],
    "amount": lambda row: [-(row["amount_fen"] or 0), _severity(row), row["rule"]],
    "found_on": lambda row: [_newest(row), _severity(row), row["rule"]],
    "rule": lambda row: [row["rule"], _severity(row), _day(row)],
}
_PLACES: dict[str, tuple[type, ...]] = {
    "severity": (int, str, str),
    "amount": (int, int, str),
    "found_on": (int, int, str),
    "rule": (str, int, str),
}
