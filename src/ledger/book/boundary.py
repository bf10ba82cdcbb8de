"""Folding a decision's boundary, which may grow with what is learned (a contract names the fund that pays)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eventsourcing.dcb.api import DCBQuery, DCBSequencedEvent

from ledger.book.mapper import EventMapper, query_of
from ledger.decide.slice import Decide
from ledger.events.base import Event

# A boundary that still grows after this many readings is a mistake in the decision.
MOST_READINGS = 4

Read = Callable[[DCBQuery], Sequence[tuple[int, Event]]]


def boundary_of(decision: Decide[Any]) -> DCBQuery:
    selectors = decision.consistency_boundary()
    return query_of(selectors if isinstance(selectors, list) else [selectors])  # type: ignore[list-item]


def fold(decision: Decide[Any], read: Read) -> DCBQuery:
    """Lets ``decision`` learn every event of its boundary once, until the boundary stands still; returns it."""
    known: DCBQuery = DCBQuery()
    learned: set[int] = set()
    for _ in range(MOST_READINGS):
        boundary = boundary_of(decision)
        news = [item for item in boundary.items if item not in known.items]
        if not news:
            return boundary
        for position, event in read(DCBQuery(items=news)):
            if position not in learned:
                learned.add(position)
                decision.learn(event)
        known = boundary
    raise RuntimeError(f"the boundary of {type(decision).__name__} does not stand still")


def decoded(events: Sequence[DCBSequencedEvent], mapper: EventMapper) -> list[tuple[int, Event]]:
    return [(e.position, mapper.to_domain_event(e.event).decision) for e in events]
