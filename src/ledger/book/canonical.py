"""The bytes of an event: canonical JSON, the header beside it, and the leaf hash over both.

docs/log-format.md says this in words with test vectors; a test re-implements it from that page alone.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

FORMAT = b"MZ1"
_length = struct.Struct(">I").pack
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def payload_bytes(content: Mapping[str, Any]) -> bytes:
    """Canonical JSON: UTF-8, keys sorted by code point, no white space, integers only (no field is a float)."""
    return _encode(content).encode()


def content_of(payload: bytes) -> dict[str, Any]:
    """What canonical bytes say.

    Raises:
        ValueError: not a JSON object, or a number that is not an integer.
    """
    try:
        content = json.loads(payload, parse_float=_no_float, parse_constant=_no_float)
    except RecursionError:
        raise ValueError("an event's payload holds nothing within each other") from None
    if not isinstance(content, dict):
        raise ValueError("an event's payload is a JSON object")
    return content


def _no_float(text: str) -> Any:
    raise ValueError(f"{text}: an event holds integers only")


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def sized(data: bytes) -> bytes:
    """Bytes with their length before them, as four bytes, the highest first."""
    return _length(len(data)) + data


def header_bytes(position: int, topic: str, recorded_at: datetime, tags: Sequence[str], key: bytes | None) -> bytes:
    """Everything of an event but its payload, each part with its length before it, so that none runs into another."""
    parts = [FORMAT, struct.pack(">qq", position, microseconds(recorded_at)), sized(topic.encode())]
    parts += [struct.pack(">I", len(tags)), *(sized(tag.encode()) for tag in tags)]
    parts.append(sized(key or b""))
    return b"".join(parts)


def leaf_hash(header: bytes, payload: bytes) -> bytes:
    """RFC 6962 leaf: SHA-256(0x00 || header || payload), 32 bytes."""
    return hashlib.sha256(b"\x00" + header + payload).digest()
