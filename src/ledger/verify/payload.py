"""Whether a payload is canonical JSON (docs/log-format.md), fast enough to ask of every event.

A pattern made from the event's class takes what our program writes, fields in order, each of its type. What it does
not take (a text with an escape, a field of another version) is read and written again, and must come out the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from ledger.book.canonical import content_of, payload_bytes
from ledger.events import BY_TOPIC, UPCASTERS
from ledger.events.base import Event
from ledger.events.columns import columns

_TEXT = rb'"[^"\\\x00-\x1f]*+"'
_INTEGER = rb"(?:0|-?[1-9][0-9]*+)"
_PATTERNS = {"text": _TEXT, "date": _TEXT, "bigint": _INTEGER, "boolean": rb"(?:true|false)"}
_NAME = re.compile(r"[a-z0-9_]+")

# True where the payload is canonical.
IsCanonical = Callable[[bytes], bool]


@cache
def known_topics() -> dict[str, IsCanonical]:
    """Every topic that this program reads, and how to ask whether a payload of it is canonical."""
    current = {topic: _form_of(cls) for topic, cls in BY_TOPIC.items()}
    return dict.fromkeys(UPCASTERS.old_topics(), is_canonical) | current


def is_canonical(payload: bytes) -> bool:
    """Reads a payload and writes it again: there is one way only."""
    try:
        content = content_of(payload)
        written = payload_bytes(content)
    except (ValueError, RecursionError):
        return False
    return written == payload and all(_NAME.fullmatch(name) and _is_value(value) for name, value in content.items())


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return all(type(one) is str for one in value) or all(type(one) is int for one in value)
    return type(value) in (str, int, bool)


def _form_of(cls: type[Event]) -> IsCanonical:
    fields = sorted(columns(cls).items())
    members = re.compile(b"".join(b'(?:"%s":%s,)?+' % (name.encode(), _pattern(kind)) for name, kind in fields))
    is_made_of = members.fullmatch

    def is_ours(payload: bytes) -> bool:
        if payload[:1] == b"{" and payload[-1:] == b"}" and is_made_of(payload[1:-1] + b","):
            try:
                payload.decode()
            except UnicodeDecodeError:
                return False
            return True
        return is_canonical(payload)

    return is_ours


def _pattern(kind: str) -> bytes:
    one = _PATTERNS[kind.removesuffix("[]")]
    return rb"\[(?:%s(?:,%s)*+)?\]" % (one, one) if kind.endswith("[]") else one
