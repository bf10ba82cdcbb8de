"""What figures are sums of, in order, and what of it only one of two sides has."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from projections.difference.moments import Moment
from projections.difference.sides import Side
from projections.evaluation import Row

# Where an event stands among those that explain a figure: position, the position that made it known, business day.
Place = tuple[int, int, date]
FIRST: Place = (0, 0, date.min)

_GROUPED = """
select position, known_from, effective_on, {figure} as figure, cast(sum(amount_fen) as bigint) as amount_fen
from {source}
where {of} and (position > %(position)s or position = %(position)s and known_from > %(known_from)s
                or position = %(position)s and known_from = %(known_from)s and effective_on > %(day)s){beyond}
group by position, known_from, effective_on, {figure}
having sum(amount_fen) <> 0
order by position, known_from, effective_on, {figure}{limit}
"""
# An event moves no more accounts than a fund has.
_MOST_FIGURES = 10


@dataclass(frozen=True, slots=True)
class Source:
    """The rows that a figure is the sum of; an amount of a figure in ``negated`` counts the other way round."""

    table: str
    figure: str
    of: str
    negated: frozenset[str] = frozenset()


FUND = Source("posting", "account", "fund = %(fund)s and account <> 'budget'", frozenset({"received", "recovered"}))
CAP = Source("cap_entry", "figure", "region = %(region)s and year = %(year)s")
MONTH = Source(
    "paid_entry", "figure", "household = %(household)s and programme = %(programme)s and for_month = %(month)s"
)


@dataclass(frozen=True, slots=True)
class Move:
    """What the sides hold of one event: its amounts by figure, before and after."""

    place: Place
    before_fen: Mapping[str, int]
    after_fen: Mapping[str, int]

    @property
    def moved_fen(self) -> dict[str, int]:
        """What it moved each figure by, from before to after."""
        names = [*self.after_fen, *(name for name in self.before_fen if name not in self.after_fen)]
        moved = {name: self.after_fen.get(name, 0) - self.before_fen.get(name, 0) for name in names}
        return {name: amount for name, amount in moved.items() if amount}


def moves(
    before: Side,
    after: Side,
    source: Source,
    params: Mapping[str, Any],
    start: Place = FIRST,
    most: int | None = None,
) -> Iterator[Move]:
    """The events that one side has and the other has not, or not alike, in the order of the log, after ``start``.

    ``most`` bounds what is read for a page; the first so many of them are right.
    """
    is_one_log = before.log == after.log
    own = _events(before, source, params, start, after.moment if is_one_log else None, most)
    others = _events(after, source, params, start, before.moment if is_one_log else None, most)
    both = heapq.merge(
        ((place, 0, held) for place, held in own), ((place, 1, held) for place, held in others), key=itemgetter(0, 1)
    )
    for place, met in groupby(both, key=itemgetter(0)):
        sides: list[dict[str, int]] = [{}, {}]
        for _, side, held in met:
            sides[side] = held
        if sides[0] != sides[1]:
            yield Move(place, *sides)


def _events(
    side: Side, source: Source, params: Mapping[str, Any], start: Place, beyond: Moment | None, most: int | None
) -> Iterator[tuple[Place, dict[str, int]]]:
    statement = _GROUPED.format(
        figure=source.figure,
        source=source.table,
        of=source.of,
        beyond=_beyond(side.moment, beyond, source),
        limit="" if most is None else f"\nlimit {most * _MOST_FIGURES:d}",
    )
    asked = dict(params) | dict(zip(("position", "known_from", "day"), start, strict=True))
    if beyond:
        asked |= {"other_known": beyond.known_at, "other_day": beyond.as_of}
    for place, rows in groupby(side.rows(statement, asked), key=itemgetter("position", "known_from", "effective_on")):
        yield place, {row["figure"]: _amount(row, source) for row in rows}


def _amount(row: Row, source: Source) -> int:
    return -int(row["amount_fen"]) if row["figure"] in source.negated else int(row["amount_fen"])


def _beyond(own: Moment, other: Moment | None, source: Source) -> str:
    """What the other moment of the same log cannot hold. What counts besides by other things is compared whole."""
    if other is None or source is not FUND:
        return ""
    told = []
    if own.known_at > other.known_at:
        told.append("known_from > %(other_known)s")
    if own.as_of > other.as_of:
        told.append("effective_on > %(other_day)s")
    return f" and ({' or '.join(told)})" if told else " and false"
