"""The log as it is stored, read fast and in order: what sealing, verifying and archiving hash, byte for byte.

Rows come by binary COPY and are cut by hand ("COPY, Binary Format" of PostgreSQL's manual): a text in it and an array
of texts are written as in an event's header, so that most of the header is copied as it stands.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

from ledger.book.canonical import FORMAT

_ROWS = (
    "copy (select position, topic, recorded_at, tags, payload, key, leaf from book.event "
    "where position > {after} and position <= {upto} order by position) to stdout (format binary)"
)
_SIGNATURE_BYTES = 19
_EPOCH_MICROSECONDS = 946_684_800_000_000
_length_at = struct.Struct(">i").unpack_from
_start_at = struct.Struct(">hiqi").unpack_from
_instant_at = struct.Struct(">iq").unpack_from
_array_at = struct.Struct(">iiiiii").unpack_from
_start = struct.Struct(f">{len(FORMAT)}sqq").pack
_count = struct.Struct(">I").pack
_NO_TAGS = _count(0)
_NO_KEY = _count(0)


class Stored(NamedTuple):
    """A row of ``book.event``: ``recorded_at`` in microseconds since 1970 UTC, ``entry`` is header || payload.

    ``header`` is empty where the row is not such as the program writes: it then has no leaf.
    """

    position: int
    topic: str
    recorded_at: int
    header: bytes
    payload: bytes
    leaf: bytes

    @property
    def entry(self) -> bytes:
        return self.header + self.payload


def read_stored(conn: psycopg.Connection[Any], after: int = 0, upto: int = 2**63 - 1) -> Iterator[Stored]:
    """The events of ``after < position <= upto``, in order; ``conn`` may read ``book.event``."""
    with conn.cursor() as cursor, cursor.copy(_ROWS.format(after=after, upto=upto).encode()) as copy:
        is_first = True
        for block in copy:
            row = bytes(block)
            if is_first:
                row, is_first = row[_SIGNATURE_BYTES:], False
            if len(row) > 2:
                yield _stored(row)


def _stored(row: bytes) -> Stored:
    _, _, position, length = _start_at(row)
    at = 18 + length
    topic = row[14:at]
    _, instant = _instant_at(row, at)
    recorded_at = instant + _EPOCH_MICROSECONDS
    tags, at = _tags(row, at + 12)
    (length,) = _length_at(row, at)
    payload = row[at + 4 : at + 4 + length]
    at += 4 + length
    (length,) = _length_at(row, at)
    if length == -1:
        key, at = _NO_KEY, at + 4
    else:
        key, at = row[at : at + 4 + length], at + 4 + length
    leaf = row[at + 4 :]
    # An instant beyond what 8 bytes hold is nothing that a clock said.
    header = b"" if tags is None or recorded_at >= 2**63 else _start(FORMAT, position, recorded_at) + topic + tags + key
    return Stored(position, topic[4:].decode(), recorded_at, header, payload, leaf)


def _tags(row: bytes, at: int) -> tuple[bytes | None, int]:
    """The tags as a header has them, and where the next field begins; None where they are no plain list of texts."""
    (length,) = _length_at(row, at)
    end = at + 4 + length
    if length == 12:
        return _NO_TAGS, end
    _, dimensions, has_null, _, count, lowest = _array_at(row, at)
    if dimensions != 1 or has_null or lowest != 1:
        return None, end
    return _count(count) + row[at + 24 : end], end
