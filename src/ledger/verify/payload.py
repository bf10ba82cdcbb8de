"""Whether payloads are canonical JSON (docs/log-format.md), fast enough to ask of every event.

A pattern made from the event's class takes what our program writes, fields in order, each of its type. What it does
not take (a text with an escape, a field of another version) is read and written again, and must come out the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from ledger.book.canonical import content_of, payload_bytes
from ledger.book.stored import Stored
from ledger.events import BY_TOPIC, UPCASTERS
from ledger.events.base import Event
from ledger.events.columns import columns

# Takes any byte but a quote: that no other needs an escape is asked of a whole tile at once (_is_plain).
_TEXT = rb'"[^"]*+"'
# A longer one than a field can hold is asked the slow way.
_INTEGER = rb"(?:[1-9][0-9]{0,18}+|0|-[1-9][0-9]{0,18}+)"
_PATTERNS = {"text": _TEXT, "date": _TEXT, "bigint": _INTEGER, "boolean": rb"(?:true|false)"}
_ESCAPED = bytes(range(0x20)) + b"\\"
_NAME = re.compile(r"[a-z0-9_]+")

_Match = Callable[[bytes], object]


def noncanonical(events: Sequence[Stored]) -> Iterator[tuple[Stored, bool]]:
    """The events whose payload is not canonical (with True) or whose topic this program does not know (False)."""
    forms = _forms()
    # Each that has its form begins and ends in a brace, so that no character lies across two of them.
    are_plain = _is_plain(b"".join([event.payload for event in events]))
    for event in events:
        payload, form = event.payload, forms.get(event.topic)
        if form is None:
            yield event, False
        elif form(payload[:-1] + b",}") and payload[-1:] == b"}" and (are_plain or _is_plain(payload)):
            continue
        elif not is_canonical(payload):
            yield event, True


def _is_plain(data: bytes) -> bool:
    """Whether it is UTF-8 without any character that JSON escapes, quotes aside."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return len(data.translate(None, _ESCAPED)) == len(data)


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


@cache
def _forms() -> dict[str, _Match]:
    """Of every topic that this program reads what a payload matches, a comma put before its last brace."""
    never = re.compile(rb"(?!)").fullmatch
    return dict.fromkeys(UPCASTERS.old_topics(), never) | {topic: _form_of(cls) for topic, cls in BY_TOPIC.items()}


def _form_of(cls: type[Event]) -> _Match:
    fields = cls.model_fields
    # A field that may be left out costs more than one that may not, and an event without one is asked the slow way.
    members = b"".join(
        (b'"%s":%s,' if fields[name].is_required() else b'(?:"%s":%s,)?+') % (name.encode(), _pattern(kind))
        for name, kind in sorted(columns(cls).items())
    )
    return re.compile(rb"\{%s\}" % members).fullmatch


def _pattern(kind: str) -> bytes:
    one = _PATTERNS[kind.removesuffix("[]")]
    return rb"\[(?:%s(?:,%s)*+)?\]" % (one, one) if kind.endswith("[]") else one
