"""Whether a payload is canonical: the fast way and the slow way say the same of anything."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.canonical import payload_bytes
from ledger.events import BY_TOPIC, EVENT_CLASSES
from ledger.verify.payload import is_canonical, known_topics
from tests.events.made import events_of

# The first events of a class take long to imagine.
SLOW_TO_BEGIN = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
any_event = st.sampled_from(EVENT_CLASSES).flatmap(events_of)


@SLOW_TO_BEGIN
@given(any_event)
def test_what_the_program_writes_is_canonical(event) -> None:
    payload = payload_bytes(event.content())
    assert known_topics()[event.TOPIC](payload)
    assert is_canonical(payload)


@SLOW_TO_BEGIN
@given(any_event, st.data())
def test_of_a_changed_payload_both_ways_say_the_same(event, data: st.DataObject) -> None:
    payload = bytearray(payload_bytes(event.content()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(payload) - 1))
        piece = data.draw(st.sampled_from([b"", b" ", b",", b'"', b"0", b"\\", b"\xff", b"}", b"{", b"[1]", b"-"]))
        payload[at : at + data.draw(st.integers(0, 2))] = piece
    assert known_topics()[event.TOPIC](bytes(payload)) == is_canonical(bytes(payload))


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
    assert not any(ask(payload) for ask in known_topics().values())


@pytest.mark.parametrize("payload", [b"{}", b'{"a":[]}', b'{"a":["b",""],"c":false}', '{"a":"汉\\"\\\\\x7f"}'.encode()])
def test_what_can_be_written_in_one_way_is(payload: bytes) -> None:
    assert is_canonical(payload)


def test_every_topic_is_known() -> None:
    assert known_topics().keys() >= BY_TOPIC.keys()
