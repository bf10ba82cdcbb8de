"""The book: the only door through which decisions read the log and write to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery
from eventsourcing.dcb.domain import Tagged

from ledger.book.batch import Batch, Recorded
from ledger.book.boundary import decoded, fold
from ledger.book.canonical import content_of
from ledger.book.database import Database
from ledger.book.mapper import EventMapper
from ledger.book.recorder import BookRecorder, ConditionFailed, KeyTaken
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Decide
from ledger.events import event_of
from ledger.events.base import Event

log = structlog.get_logger()

# After so many conflicts in a row somebody else is hammering the same boundary; the caller may try again.
MOST_TRIES = 50

MakeDecision = Callable[[], Decide[Any]]


class Busy(RuntimeError):
    """Other writers kept changing what a decision must know; nothing was recorded, try again."""


class KeyReused(RuntimeError):
    """An idempotency key came with another request than the one it was first used for."""


class Book:
    """One book: decisions in, events out, each once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorder = BookRecorder(database)
        self.mapper = EventMapper()

    def do(self, make: MakeDecision, key: UUID | None = None) -> Recorded:
        """Decides one request and records what follows, or raises what it is refused with.

        ``make`` builds the decision afresh for every try. A key that is on record answers as it did then.

        Raises:
            Refusal: the request breaks a rule.
            KeyReused: ``key`` was used for another request.
            Busy: too many conflicts in a row.
        """
        for _ in range(MOST_TRIES):
            decision = make()
            try:
                condition = self._learn(decision)
                decision.execute()
                events = [self.mapper.to_dcb_event(tagged) for tagged in decision.collect_events()]
                if not events:
                    return Recorded(self.recorder.head(), is_new=False)
                last = self.recorder.append(events, condition, _keys(events, key))
                return Recorded(last - len(events) + 1, is_new=True)
            except ConditionFailed:
                continue
            except KeyTaken:
                return self._as_before(decision, key)
            except Refusal:
                # What is refused now may be what was recorded under this very key a moment ago.
                if key is not None and self.recorder.positions_of([key]):
                    return self._as_before(decision, key)
                raise
        raise Busy("账本繁忙,请重试 / the book is busy, try again")

    def decide(self, make: MakeDecision) -> None:
        """Decides one request and records nothing.

        Raises:
            Refusal: the request breaks a rule, as the book stands.
        """
        decision = make()
        self._learn(decision)
        decision.execute()

    def _learn(self, decision: Decide[Any]) -> DCBAppendCondition:
        heads: list[int] = []

        def read(query: DCBQuery) -> list[tuple[int, Event]]:
            response = self.recorder.read(query)
            heads.append(response.head or 0)
            return decoded(list(response), self.mapper)

        boundary = fold(decision, read)
        # The first reading's head: whatever came after it, and matches, was perhaps not seen.
        return DCBAppendCondition(fail_if_events_match=boundary, after=heads[0])

    def _as_before(self, decision: Decide[Any], key: UUID | None) -> Recorded:
        position = self.recorder.positions_of([key])[key] if key else 0
        stored = self.event_at(position)
        if stored.request_digest != decision.asked.request_digest:
            raise KeyReused("幂等键已用于另一请求 / the idempotency key was used for another request")
        return Recorded(position, is_new=False)

    def do_batch(self, asked: Sequence[tuple[UUID, MakeDecision]]) -> list[Recorded | Refusal]:
        """Decides many requests in order, each knowing what those before it did, and records them in one append.

        What is refused records nothing and stops nothing else. A key that is on record, or came earlier in the same
        batch, answers as it did then.
        """
        for _ in range(MOST_TRIES):
            batch = Batch(self.recorder, self.mapper, asked)
            batch.decide()
            try:
                return batch.append()
            except (ConditionFailed, KeyTaken):
                log.info("batch decided again", rows=len(asked))
        raise Busy("账本繁忙,请重试 / the book is busy, try again")

    def record(self, events: Sequence[Event], keys: Sequence[UUID | None], condition: DCBAppendCondition | None) -> int:
        """Appends events that were judged as a set (see intake/roll.py); returns the last position."""
        stored = [self.mapper.to_dcb_event(Tagged(tags=e.tags(), decision=e)) for e in events]
        return self.recorder.append(stored, condition, keys)

    def event_at(self, position: int) -> Event:
        """The event at a position.

        Raises:
            LookupError: the log has no such position.
        """
        found = list(self.recorder.read(after=position - 1, limit=1))
        if not found or found[0].position != position:
            raise LookupError(f"no event at position {position}")
        return event_of(found[0].event.type, content_of(found[0].event.data))


def _keys(events: Sequence[DCBEvent], key: UUID | None) -> list[UUID | None]:
    return [key, *[None] * (len(events) - 1)]
