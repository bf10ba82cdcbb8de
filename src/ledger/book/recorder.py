"""Our recorder behind ``eventsourcing.dcb``: dense positions under one lock, conditions, idempotency keys, COPY.

Single decisions go through ``book.append`` in one round trip; files go by binary COPY. Both take the same lock,
held by a trigger of the table itself, so that no path goes round it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from psycopg.types.json import Jsonb

from ledger.book.canonical import header_bytes, leaf_hash
from ledger.book.database import Database
from ledger.book.subscription import BookSubscription

# Above this many events a COPY is faster than one call of book.append (measured; see bench/).
COPY_FROM = 24
_COLUMNS = ["int8", "text", "timestamptz", "text[]", "bytea", "bytea", "uuid"]
_FLUSH = "select pg_logical_emit_message(false, 'mingzhang', '', true)"


class ConditionFailed(IntegrityError):
    """An event that could change the decision was recorded since; decide again."""


class KeyTaken(IntegrityError):
    """An idempotency key is on record already: this was recorded before."""


class ReadResponse(DCBReadResponse):
    def __init__(self, events: list[DCBSequencedEvent], head: int | None) -> None:
        self._events: Iterator[DCBSequencedEvent] = iter(events)
        self._head = head

    @property
    def read_tagged(self, tags: list[str], types: list[str], head: int) -> list[tuple[int, str, bytes, list[str]]]:
        """Events up to ``head`` with any of ``tags`` and any of ``types``, as (position, topic, payload, tags)."""
        with self.database.connection() as conn:
            return conn.execute(_READ_TAGGED, [tags, types, head], binary=True).fetchall()

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
        with self.database.connection() as conn, conn.pipeline():
            heads = conn.execute("select max(position) from book.event")
            rows = conn.execute(statement, params, binary=True)
            head_row, found = heads.fetchone(), rows.fetchall()
        head: int | None = head_row[0] if head_row else None
        events = [_event(row) for row in found if head is not None and row[0] <= head]
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
        params = (
            [event.type for event in events],
            Jsonb([event.tags for event in events]),
            [event.data for event in events],
            list(keys),
            _items(condition),
            condition.after if condition else None,
            self._flush_later,
        )
        with self.database.connection() as conn, conn.pipeline() as pipeline:
            appended = conn.execute("select book.append(%s::text[], %s, %s, %s::uuid[], %s, %s, %s)", params)
            pipeline.sync()
            if self._flush_later:
                conn.execute(_FLUSH)
            row = appended.fetchone()
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
                row = conn.execute(
                    "select book.matches_after(%s, %s)", [_items(condition), condition.after or 0]
                ).fetchone()
                if row and row[0]:
                    raise ConditionFailed("an event that the decision must know was recorded since")
            last = conn.execute(
                "select position, recorded_at from book.event order by position desc limit 1"
            ).fetchone()
            head, at = last or (0, datetime.min.replace(tzinfo=UTC))
            at = max(at, datetime.now(UTC))
            with conn.cursor().copy("copy book.event from stdin (format binary)") as copy:
                copy.set_types(_COLUMNS)
                for position, (event, key) in enumerate(zip(events, keys, strict=True), start=head + 1):
                    header = header_bytes(position, event.type, at, event.tags, key.bytes if key else None)
                    leaf = leaf_hash(header, event.data)
                    copy.write_row((position, event.type, at, event.tags, event.data, leaf, key))
        return int(head) + len(events)

    def positions_of(self, keys: Sequence[UUID]) -> dict[UUID, int]:
        """Which of the idempotency keys are on record, and at which position."""
        with self.database.connection() as conn:
            rows = conn.execute(
                "select key, position from book.event where key = any(%s)", [list(keys)], binary=True
            ).fetchall()
        return dict(rows)

    def read_tagged(self, tags: list[str], types: list[str], head: int) -> list[tuple[int, str, bytes, list[str]]]:
        """Events up to ``head`` with any of ``tags`` and any of ``types``, as (position, topic, payload, tags)."""
        with self.database.connection() as conn:
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


def _items(condition: DCBAppendCondition | None) -> Jsonb | None:
    if condition is None:
        return None
    items = condition.fail_if_events_match.items or [DCBQueryItem()]
    return Jsonb([{"types": item.types, "tags": item.tags} for item in items])


_READ_TAGGED = """
select e.position, e.topic, e.payload, e.tags from book.event e
where e.position in (select t.position from unnest(%s::text[]) as w (tag) join book.event_tag t using (tag))
  and e.topic = any(%s) and e.position <= %s
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
    statement = " union ".join(branches) + " order by position"
    if limit is not None:
        statement += " limit %s"
        params.append(limit)
    return statement, params
