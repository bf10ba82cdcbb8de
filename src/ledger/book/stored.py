"""The log as it is stored, read fast and in order: what sealing, verifying and archiving hash, byte for byte.

Rows come by binary COPY and are cut by hand ("COPY, Binary Format" of PostgreSQL's manual): a text in it and an array
of texts are written as in an event's header, so that most of the header is copied as it stands.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from psycopg import pq

from ledger.book.canonical import FORMAT

_ROWS = (
    "copy (select position, topic, recorded_at, tags, payload, key, leaf from book.event "
    "where position > {after} and position <= {upto} order by position) to stdout (format binary)"
)
_SIGNATURE_BYTES = 19
_END_BYTES = 2
_EPOCH_MICROSECONDS = 946_684_800_000_000
_start_at = struct.Struct(">hiqi").unpack_from
_middle_at = struct.Struct(">iqiiiiii").unpack_from
_length_at = struct.Struct(">i").unpack_from
_start = struct.Struct(f">{len(FORMAT)}sqq").pack
_count = struct.Struct(">I").pack
_NO_TAGS_BYTES = 12
_NO_TAGS = _count(0)
_NULL = b"\xff\xff\xff\xff"
_NO_KEY = _count(0)
# Topics are few, and each row brings one as its length and its bytes.
_topic = lru_cache(1024)(lambda sized: sized[4:].decode())


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


# What the class itself would do, without a call in Python for each event.
_new = tuple.__new__


def take_stored(pgconn: pq.abc.PGconn, after: int, upto: int) -> Iterator[Stored]:
    """``read_stored`` at a third less, on a connection of no other use: left half read, it can only be closed.

    Raises:
        psycopg.Error: the database refuses, or goes away.
    """
    result = pgconn.exec_(_ROWS.format(after=after, upto=upto).encode())
    if result.status != pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(result)
    cut = _SIGNATURE_BYTES
    while True:
        length, block = pgconn.get_copy_data(0)
        if length < 0:
            break
        row = bytes(block)[cut:]
        cut = 0
        if len(row) > _END_BYTES:
            yield _stored(row)
    ended = pgconn.get_result()
    if ended is None or ended.status != pq.ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(ended or result)


def read_stored(conn: psycopg.Connection[Any], after: int = 0, upto: int = 2**63 - 1) -> Iterator[Stored]:
    """The events of ``after < position <= upto``, in order; ``conn`` may read ``book.event``."""
    with conn.cursor() as cursor, cursor.copy(_ROWS.format(after=after, upto=upto).encode()) as copy:
        is_first = True
        for block in copy:
            row = bytes(block)
            if is_first:
                row, is_first = row[_SIGNATURE_BYTES:], False
            if len(row) > _END_BYTES:
                yield _stored(row)


def _stored(row: bytes) -> Stored:
    _, _, position, length = _start_at(row)
    at = 18 + length
    topic = row[14:at]
    _, instant, length, dimensions, has_null, _, count, lowest = _middle_at(row, at)
    end = at + 16 + length
    if length == _NO_TAGS_BYTES:
        tags = _NO_TAGS
    else:
        # What is no plain list of texts has no place in a header.
        tags = _count(count) + row[at + 36 : end] if dimensions == 1 and not has_null and lowest == 1 else b""
    (length,) = _length_at(row, end)
    key_at = end + 4 + length
    key, leaf_at = row[key_at : key_at + 20], key_at + 20
    if key.startswith(_NULL):
        key, leaf_at = _NO_KEY, key_at + 4
    recorded_at = instant + _EPOCH_MICROSECONDS
    # An instant beyond what 8 bytes hold is nothing that a clock said.
    header = _start(FORMAT, position, recorded_at) + topic + tags + key if tags and recorded_at < 2**63 else b""
    return _new(Stored, (position, _topic(topic), recorded_at, header, row[end + 4 : key_at], row[leaf_at + 4 :]))
