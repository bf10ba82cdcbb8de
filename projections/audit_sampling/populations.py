"""What may be sampled: each population is a file of two queries, its items and the evidence of some of them.

The first gives ``item amount_fen region programme fund kind day``, the second ``item position`` for ``items``; both
read through the two clocks, so that a population is the same whoever asks and whenever.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

import psycopg

from ledger.book.database import Database
from ledger.decide.audit_strata import Line
from ledger.events.audit_sampling import AuditPopulation
from ledger.region import prefix_of
from projections.queries import Clocks, Row, reading

POPULATIONS: Final[tuple[str, ...]] = get_args(AuditPopulation)
_LABELS: Final = {
    "township": "left(region, 9)",
    "programme": "programme",
    "fund": "fund",
    "kind": "kind",
}
_RESTRICTED = """
select item, amount_fen, coalesce({label}, '') as label
from (
{query}
) p
where starts_with(region, %(prefix)s)
  and (%(from_day)s::date is null or day is null or day >= %(from_day)s::date)
  and (%(until_day)s::date is null or day is null or day <= %(until_day)s::date)
  and (%(programme)s::text is null or programme = %(programme)s::text)
  and (%(fund)s::text is null or fund = %(fund)s::text)
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which population, limited to what: days are inclusive, ``fund`` is a fund's id."""

    population: str
    region: str
    from_day: date | None = None
    until_day: date | None = None
    programme: str | None = None
    fund: str | None = None

    @classmethod
    def of(cls, row: Row) -> Scope:
        """The scope of a sample on record."""
        return cls(**{name: row[name] for name in cls.__slots__})

    @property
    def parameters(self) -> dict[str, Any]:
        """What the queries of a population are asked with."""
        limits = {name: getattr(self, name) for name in ("from_day", "until_day", "programme", "fund")}
        return limits | {"prefix": prefix_of(self.region)}


@cache
def queries_of(population: str) -> tuple[str, str]:
    """The two queries of a population: its items, and the evidence of some."""
    text = files("projections.audit_sampling").joinpath("populations", f"{population}.sql").read_text("utf-8")
    items, evidence = text.split(";\n")
    return items, evidence


def query_digest(population: str, strata_by: str | None) -> str:
    """SHA-256 of what a population's items are asked with: another version of the program may ask otherwise."""
    return hashlib.sha256(_statement(population, strata_by).encode()).hexdigest()


def lines_of(database: Database, scope: Scope, strata_by: str | None, clocks: Clocks) -> list[Line]:
    """The items of a population, by item, as the log gives them at the two clocks."""
    with reading(database, clocks) as cursor:
        rows = cursor.connection.execute(_statement(scope.population, strata_by).encode(), scope.parameters)
        return sorted(Line(*row) for row in rows)


def evidence_of(cursor: psycopg.Cursor[Row], scope: Scope, items: Sequence[str]) -> dict[str, list[int]]:
    """The positions of the events that each item rests on, ascending; the cursor reads by the sample's clocks."""
    _, query = queries_of(scope.population)
    found: dict[str, set[int]] = defaultdict(set)
    for row in _asked(cursor, query, scope.parameters | {"items": list(items)}):
        found[row["item"]].add(row["position"])
    return {item: sorted(found[item]) for item in items}


def _asked(cursor: psycopg.Cursor[Row], query: str, parameters: dict[str, Any]) -> Iterable[Row]:
    return cursor.execute(query.encode(), parameters).fetchall()


def _statement(population: str, strata_by: str | None) -> str:
    query, _ = queries_of(population)
    return _RESTRICTED.format(label=_LABELS.get(strata_by or "", "''"), query=query)
