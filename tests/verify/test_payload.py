"""Whether a payload is canonical: the fast way and the slow way say the same of anything."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.canonical import payload_bytes
from ledger.book.stored import Stored
from ledger.events import BY_TOPIC, EVENT_CLASSES
from ledger.verify.payload import is_canonical, noncanonical
from tests.events.made import events_of


def is_taken(topic: str, payload: bytes) -> bool:
    return not list(noncanonical([Stored(1, topic, 0, b"", payload, b"")]))


# The first events of a class take long to imagine.
SLOW_TO_BEGIN = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
any_event = st.sampled_from(EVENT_CLASSES).flatmap(events_of)


@SLOW_TO_BEGIN
@given(any_event)
def test_what_the_program_writes_is_canonical(event) -> None:
    payload = payload_bytes(event.content())
    assert is_taken(event.TOPIC, payload)
    assert is_canonical(payload)


@SLOW_TO_BEGIN
@given(any_event, st.data())
def test_of_a_changed_payload_both_ways_say_the_same(event, data: st.DataObject) -> None:
    payload = bytearray(payload_bytes(event.content()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload) - 1))
        piece = data.draw(st.sampled_from([b"", b" ", b",", b'"', b"0", b"\\", b"\xff", b"}", b"{", b"[1]", b"-"]))
        payload[at : at + data.draw(st.integers(0, 2))] = piece
    assert is_taken(event.TOPIC, bytes(payload)) == is_canonical(bytes(payload))


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b'{"a":1} ', b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":1e3}',
        b'{"a":null}', b'{"a":{}}', b'{"a":[[]]}', b'{"a":[1,"b"]}', b'{"a":[true]}', b'{"a":-0}', b'{"a":01}',
        b'{"A":1}', b'{"a":"\\u4e00"}', b'{"a":"\\/"}', b'{"a":"\\u001F"}', b'{"a":"\xff"}', b'{"a":"\\ud800"}',
        b'{"a":1,}', b'{"a":NaN}', b'\xef\xbb\xbf{"a":1}',
    ],
)  # fmt: skip
def test_what_could_be_written_otherwise_is_not_canonical(payload: bytes) -> None:
    assert not is_canonical(payload)
    assert not any(is_taken(topic, payload) for topic in BY_TOPIC)


@pytest.mark.parametrize("payload", [b"{}", b'{"a":[]}', b'{"a":["b",""],"c":false}', '{"a":"汉\\"\\\\\x7f"}'.encode()])
def test_what_can_be_written_in_one_way_is(payload: bytes) -> None:
    assert is_canonical(payload)


def test_every_topic_is_known_and_no_other() -> None:
    payload = b"{}"
    assert all(is_taken(topic, payload) for topic in BY_TOPIC)
    unknown = Stored(1, "payment.forgotten.v1", 0, b"", payload, b"")
    assert list(noncanonical([unknown])) == [(unknown, False)]


@SLOW_TO_BEGIN
@given(st.lists(any_event, max_size=5), st.data())
def test_events_asked_together_and_one_by_one_say_the_same(events, data: st.DataObject) -> None:
    payloads = [bytearray(payload_bytes(event.content())) for event in events]
    for payload in payloads:
        if data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(payload) - 1))
            payload[at : at + 1] = data.draw(st.sampled_from([b"", b"\xe4", b"\xb8\x80", b"\\n", b"\n", b"}", b"{"]))
    stored = [Stored(1, one.TOPIC, 0, b"", bytes(payload), b"") for one, payload in zip(events, payloads, strict=True)]
    assert list(noncanonical(stored)) == [found for one in stored for found in noncanonical([one])]
