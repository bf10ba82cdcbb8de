"""Parts of the log as files: header and payload of every event, each with its length before it, in gzip.

docs/archive-format.md says this in words; the leaf of an event is the hash of what stands here.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ledger.book.canonical import FORMAT
from ledger.book.stored import Stored
from ledger.seal.tiles import write_file

# A part is at most so many events, and so many bytes before they are compressed: what one holds in memory.
PART_EVENTS = 65_536
PART_BYTES = 64 << 20
# Beyond this a length was not written by anybody: PostgreSQL holds no larger value.
_MOST_BYTES = 1 << 30
# Level 6 takes a third longer for three hundredths fewer bytes.
_LEVEL = 4

_length = struct.Struct(">I")
_start = struct.Struct(f">{len(FORMAT)}sqq")


class Entry(NamedTuple):
    """An event of a part: its header and its payload, byte for byte as they were hashed."""

    header: bytes
    payload: bytes


class Header(NamedTuple):
    """What a header says: ``recorded_at`` in microseconds since 1970 UTC; ``key`` is 16 bytes or none."""

    position: int
    recorded_at: int
    topic: str
    tags: tuple[str, ...]
    key: bytes


class BrokenPart(ValueError):
    """A part cannot be read on; whatever came before was read."""


def part_path(first: int, last: int) -> str:
    """``log/000000000001-000000065536.gz``."""
    return f"log/{first:012d}-{last:012d}.gz"


class LogPart:
    """A part as it is filled."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._bytes = 0

    def add(self, event: Stored) -> None:
        header, payload = event.header, event.payload
        self._chunks += (_length.pack(len(header)), header, _length.pack(len(payload)), payload)
        self._bytes += len(header) + len(payload) + 8

    @property
    def is_full(self) -> bool:
        return len(self._chunks) >= 4 * PART_EVENTS or self._bytes >= PART_BYTES

    @property
    def is_empty(self) -> bool:
        return not self._chunks

    def write(self, path: Path) -> bytes:
        """Writes the part, whole or not at all; its bytes. The same events give the same bytes."""
        data = gzip.compress(b"".join(self._chunks), _LEVEL, mtime=0)
        write_file(path, data)
        return data


def read_part(data: bytes) -> Iterator[Entry]:
    """The events of a part, in order.

    Raises:
        BrokenPart: it is not gzip, was cut off or changed, or a length leads beyond its end.
    """
    with gzip.open(io.BytesIO(data)) as file:
        try:
            while head := file.read(4):
                header = _rest(file, head)
                yield Entry(header, _rest(file, file.read(4)))
        except (EOFError, OSError, zlib.error) as error:
            raise BrokenPart(str(error)) from None


def _rest(file: gzip.GzipFile, head: bytes) -> bytes:
    if len(head) != 4:
        raise BrokenPart("a length is cut off")
    (length,) = _length.unpack(head)
    if length > _MOST_BYTES:
        raise BrokenPart("a length is beyond any event")
    data = file.read(length)
    if len(data) != length:
        raise BrokenPart("an event is cut off")
    return data


def header_of(header: bytes) -> Header:
    """What a header says (docs/log-format.md).

    Raises:
        ValueError: it is no header, or bytes are left over.
    """
    try:
        mark, position, recorded_at = _start.unpack_from(header)
        if mark != FORMAT:
            raise ValueError("another format")
        topic, at = _sized(header, _start.size)
        (count,) = _length.unpack_from(header, at)
        at += 4
        tags = []
        for _ in range(count):
            tag, at = _sized(header, at)
            tags.append(tag.decode())
        key, at = _sized(header, at)
    except struct.error:
        raise ValueError("the header is cut off") from None
    if at != len(header) or len(key) not in (0, 16):
        raise ValueError("the header is not one")
    return Header(position, recorded_at, topic.decode(), tuple(tags), key)


def _sized(header: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _length.unpack_from(header, at)
    end = at + 4 + length
    if end > len(header):
        raise ValueError("the header is cut off")
    return header[at + 4 : end], end
