"""Our recorder behind ``eventsourcing.dcb``: dense positions under one lock, conditions, idempotency keys, COPY.

Single decisions go through ``book.append`` in one round trip; files go by binary COPY. Both take the same lock,
held by a trigger of the table itself, so that no path goes round it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.dcb.api import (
    DCBAppendCondition,
    DCBEvent,
    DCBQuery,
    DCBQueryItem,
    DCBReadResponse,
    DCBRecorder,
    DCBSequencedEvent,
)
from eventsourcing.persistence import IntegrityError

from ledger.book.copy_rows import copy_rows
from ledger.book.database import Database
from ledger.book.subscription import BookSubscription

# Above this many events a COPY is faster than one call of book.append (measured; see bench/).
COPY_FROM = 24
_APPEND = "call book.append(%s, %s, %s, %s, %s, %s, %s, %s, null)"
_POSITIONS = "select key, position from book.event where key = any(%s::uuid[])"
_LAST = "select position, recorded_at from book.event order by position desc limit 1"


class ConditionFailed(IntegrityError):
    """An event that could change the decision was recorded since; decide again."""


class KeyTaken(IntegrityError):
    """An idempotency key is on record already: this was recorded before."""


class ReadResponse(DCBReadResponse):
    def __init__(self, events: list[DCBSequencedEvent], head: int | None) -> None:
        self._events: Iterator[DCBSequencedEvent] = iter(events)
        self._head = head

    @property
    def head(self) -> int | None:
        return self._head

    def __next__(self) -> DCBSequencedEvent:
        return next(self._events)


class BookRecorder(DCBRecorder):
    """Reads and appends the log of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.connection() as conn:
            # Since PostgreSQL 17 a session can wait for a flush after it has let go of the lock.
            self._flush_later = conn.info.server_version >= 170000

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> ReadResponse:
        statement, params = _select(query, after or 0, limit)
        with self.database.connection() as conn:
            rows = conn.execute(statement, params, binary=True).fetchall()
        head: int | None = rows[0][4]
        events = [_event(row) for row in rows if row[0] is not None]
        if limit is not None:
            head = events[-1].position if events else None
        return ReadResponse(events, head)

    def append(
        self,
        events: Sequence[DCBEvent],
        condition: DCBAppendCondition | None = None,
        keys: Sequence[UUID | None] | None = None,
    ) -> int:
        """Appends ``events`` in order and returns the last one's position.

        Raises:
            ConditionFailed: an event recorded after ``condition.after`` matches it.
            KeyTaken: one of ``keys`` (one an event, or none) is on record.
        """
        keys = keys or [None] * len(events)
        try:
            if len(events) >= COPY_FROM:
                return self._append_copy(events, condition, keys)
            return self._append_call(events, condition, keys)
        except psycopg.errors.UniqueViolation as error:
            raise KeyTaken(str(error.diag.constraint_name)) from None

    def _append_call(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None, keys: Sequence[UUID | None]
    ) -> int:
        params = [
            _array(event.type for event in events),
            _array(_array(event.tags) for event in events),
            _array("\\x" + event.data.hex() for event in events),
            _array(key.hex if key else None for key in keys),
            *_items(condition),
            self._flush_later,
        ]
        with self.database.connection() as conn:
            row = conn.execute(_APPEND, params, prepare=True, binary=True).fetchone()
        if row is None or row[0] is None:
            raise ConditionFailed("an event that the decision must know was recorded since")
        return int(row[0])

    def _append_copy(
        self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None, keys: Sequence[UUID | None]
    ) -> int:
        with self.database.connection() as conn, conn.transaction():
            conn.execute("select pg_advisory_xact_lock(book.append_lock())")
            conn.execute("set local work_mem = '64MB'")
            if condition is not None:
                row = conn.execute("select book.matches_after(%s, %s, %s)", _items(condition)).fetchone()
                if row and row[0]:
                    raise ConditionFailed("an event that the decision must know was recorded since")
            head, at = conn.execute(_LAST).fetchone() or (0, datetime.min.replace(tzinfo=UTC))
            with conn.cursor().copy("copy book.event from stdin (format binary)") as copy:
                for part in copy_rows(events, keys, head, max(at, datetime.now(UTC))):
                    copy.write(part)
        return int(head) + len(events)

    def positions_of(self, keys: Sequence[UUID]) -> dict[UUID, int]:
        """Which of the idempotency keys are on record, and at which position."""
        with self.database.connection() as conn:
            rows = conn.execute(_POSITIONS, [_array(key.hex for key in keys)], binary=True).fetchall()
        return dict(rows)

    def read_tagged(self, tags: list[str], types: list[str], head: int) -> list[tuple[int, str, bytes, list[str]]]:
        """Events up to ``head`` with any of ``tags`` and any of ``types``, as (position, topic, payload, tags)."""
        with self.database.connection() as conn, conn.transaction(), conn.pipeline():
            for setting in _BY_INDEX:
                conn.execute(setting)
            return conn.execute(_READ_TAGGED, [tags, types, head], binary=True).fetchall()

    def head(self) -> int:
        """The last position; 0 for an empty log."""
        with self.database.connection() as conn:
            row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
        return int(row[0]) if row else 0

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> BookSubscription:
        return BookSubscription(self, query, after)


def _event(row: Sequence[Any]) -> DCBSequencedEvent:
    return DCBSequencedEvent(event=DCBEvent(type=row[1], data=row[2], tags=row[3]), position=row[0])


def _items(condition: DCBAppendCondition | None) -> tuple[str | None, str | None, int]:
    """A condition as the arguments (item_types, item_tags, after) of schema/002_append.sql."""
    if condition is None:
        return None, None, 0
    items = condition.fail_if_events_match.items or [DCBQueryItem()]
    types, tags = (_array(_array(item.types) for item in items), _array(_array(item.tags) for item in items))
    return types, tags, condition.after or 0


def _array(texts: Iterable[str | None]) -> str:
    """Texts as PostgreSQL writes an array; psycopg's own way, element by element, takes several times as long."""
    return "{" + ",".join("NULL" if text is None else _quoted(text) for text in texts) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# A log that has just grown has no statistics yet, and a planner without them reads all of it for a few tags.
_BY_INDEX = ("set local enable_seqscan = off", "set local enable_hashjoin = off", "set local enable_mergejoin = off")
_READ_TAGGED = """
select e.position, e.topic, e.payload, e.tags from book.event e
where e.position in (select t.position from unnest(%b::text[]) as w (tag) join book.event_tag t using (tag))
  and e.topic = any(%b) and e.position <= %b
order by e.position
"""
_FIELDS = "position, topic, payload, tags"


def _select(query: DCBQuery | None, after: int, limit: int | None) -> tuple[str, list[Any]]:
    """One statement for all items of a query; its text depends on their number and shape only, so it is prepared."""
    branches: list[str] = []
    params: list[Any] = []
    for item in query.items if query and query.items else [DCBQueryItem()]:
        clauses = ["position > %s"]
        params.append(after)
        if item.tags:
            clauses = ["position in (select t.position from book.event_tag t where t.tag = %s and t.position > %s)"]
            params[-1:] = [item.tags[0], after]
            if len(item.tags) > 1:
                clauses.append("tags @> %s")
                params.append(item.tags)
        if item.types:
            clauses.append("topic = any(%s)")
            params.append(item.types)
        branches.append(f"select {_FIELDS} from book.event where {' and '.join(clauses)}")
    # UNION rather than UNION ALL: an event that matches two items is read once.
    found = " union ".join(branches) + " order by position"
    if limit is not None:
        found += " limit %s"
        params.append(limit)
    # The head beside what was found, both from one moment of the log; a row without an event where nothing was found.
    statement = (
        f"select {_FIELDS}, head from (select max(position) as head from book.event) last "
        f"left join ({found}) found on true order by position"
    )
    return statement, params
