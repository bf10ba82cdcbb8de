"""A batch of events as the bytes of a binary COPY into ``book.event``, each with its leaf.

Made by hand, since a batch waits for it: psycopg's writer takes as long for a row as PostgreSQL takes to store it.
The format is that of PostgreSQL's manual, "COPY, Binary Format"; its arrays hold texts with their length before each,
as an event's header does, so that tags are put into bytes once for both.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from eventsourcing.dcb.api import DCBEvent

from ledger.book.canonical import FORMAT, microseconds, sized

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
# PostgreSQL counts microseconds from 2000-01-01.
_EPOCH_MICROSECONDS = 946_684_800_000_000
_TEXT_OID = 25
_NULL = struct.pack(">i", -1)
# Rows handed over together: few enough that the server stores some while others are made.
_PART = 100

_length = struct.Struct(">I").pack
_leaf_start = struct.Struct(f">x{len(FORMAT)}sqq").pack
# A row of seven columns begins, and its first is a position of eight bytes.
_row_start = struct.Struct(">hiq").pack
# An array of one dimension and no NULL, whose elements follow; 20 bytes of it come before them.
_array_start = struct.Struct(">iiiiii").pack
_empty_array = struct.pack(">iiii", 12, 0, 0, _TEXT_OID)
_leaf_length = _length(32)


def copy_rows(
    events: Sequence[DCBEvent], keys: Sequence[UUID | None], head: int, recorded_at: datetime
) -> Iterator[bytes]:
    """The whole COPY, in parts: ``events`` at the positions after ``head``."""
    at = microseconds(recorded_at)
    topics = {topic: sized(topic.encode()) for topic in {event.type for event in events}}
    yield _SIGNATURE
    for first in range(0, len(events), _PART):
        part = zip(events[first : first + _PART], keys[first : first + _PART], strict=True)
        yield b"".join([_row(head + 1 + nth, e, topics[e.type], at, key) for nth, (e, key) in enumerate(part, first)])
    yield _TRAILER


def _row(position: int, event: DCBEvent, topic: bytes, at: int, key: UUID | None) -> bytes:
    data = event.data
    count = len(event.tags)
    tags = b"".join([_length(len(tag)) + tag for tag in map(str.encode, event.tags)])
    key_bytes = key.bytes if key else b""
    key_sized = _length(len(key_bytes)) + key_bytes
    hashed = (_leaf_start(FORMAT, position, at), topic, _length(count), tags, key_sized, data)
    return b"".join(
        (
            _row_start(7, 8, position),
            topic,
            _length(8),
            (at - _EPOCH_MICROSECONDS).to_bytes(8, "big", signed=True),
            _array_start(len(tags) + 20, 1, 0, _TEXT_OID, count, 1) if count else _empty_array,
            tags,
            _length(len(data)),
            data,
            _leaf_length,
            sha256(b"".join(hashed)).digest(),
            key_sized if key else _NULL,
        )
    )
