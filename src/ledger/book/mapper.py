"""Between domain events and stored ones, old versions lifted to today's classes on the way in."""

from __future__ import annotations

from typing import cast

from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.domain import Selector, Tagged
from eventsourcing.dcb.persistence import DCBMapper

from ledger.book.canonical import content_of, payload_bytes
from ledger.events import UPCASTERS, event_of
from ledger.events.base import Event


class EventMapper(DCBMapper[Event]):
    def to_dcb_event(self, event: Tagged[Event]) -> DCBEvent:
        decision = event.decision
        return DCBEvent(type=decision.TOPIC, data=payload_bytes(decision.content()), tags=event.tags)

    def to_domain_event(self, event: DCBEvent) -> Tagged[Event]:
        return Tagged(tags=event.tags, decision=event_of(event.type, content_of(event.data)))


def query_of(selectors: Selector | list[Selector]) -> DCBQuery:
    """A boundary as the recorder reads it: each class by all topics that it ever had."""
    if isinstance(selectors, Selector):
        selectors = [selectors]
    return DCBQuery(
        items=[
            DCBQueryItem(
                types=[topic for cls in s.types for topic in UPCASTERS.topics_of(cast("type[Event]", cls))],
                tags=list(s.tags),
            )
            for s in selectors
        ]
    )
