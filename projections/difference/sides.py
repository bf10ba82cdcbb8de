"""A side of a comparison: something that answers the comparison's SQL for one moment, whatever engine it runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from projections.difference.moments import Moment
from projections.evaluation import Row

Params = Mapping[str, Any]


class Side(Protocol):
    """One moment of one book. SQL is written in what PostgreSQL and DuckDB share; parameters as ``%(name)s``."""

    @property
    def moment(self) -> Moment:
        """The day and the position that it stands for."""

    @property
    def log(self) -> str:
        """Of which log it is: two sides of one live log need only be asked for what the other cannot hold."""

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        """The rows of a query over ``posting``, ``cap_entry``, ``paid_entry``, ``paid_month``, as they come."""

    def funds(self) -> Sequence[Row]:
        """Every fund with its figures."""

    def caps(self) -> Sequence[Row]:
        """Every cap with its figures."""

    def findings(self) -> Sequence[Row]:
        """Every open finding: ``id name refs amount_fen evidence``."""

    def events(self, positions: Sequence[int]) -> dict[int, Row]:
        """Those of the events that this side holds and may show, by position."""

    def touching(self, refs: Sequence[str]) -> list[int]:
        """Positions of events that concern what a finding names, as far as this side can tell."""
