"""The page docs/log-format.md is enough to verify a log: its vectors, implemented from its words alone."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent
from hypothesis import given
from hypothesis import strategies as st

from ledger.book.book import Book
from ledger.book.canonical import content_of, header_bytes, leaf_hash, payload_bytes
from tests.story import ENTITLED, Story, bank, line

PAGE = Path(__file__).parents[2] / "docs" / "log-format.md"


@dataclass(frozen=True, slots=True)
class Stored:
    position: int
    topic: str
    recorded_at: datetime
    tags: list[str]
    key: UUID | None
    payload: bytes


def sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def header_by_the_page(event: Stored) -> bytes:
    at = event.recorded_at.astimezone(UTC)
    days = (at.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    seconds = days * 86_400 + at.hour * 3600 + at.minute * 60 + at.second
    header = b"\x4d\x5a\x31" + event.position.to_bytes(8, "big", signed=True)
    header += (seconds * 1_000_000 + at.microsecond).to_bytes(8, "big", signed=True)
    header += sized(event.topic.encode("utf-8")) + len(event.tags).to_bytes(4, "big")
    for tag in event.tags:
        header += sized(tag.encode("utf-8"))
    return header + sized(b"" if event.key is None else bytes.fromhex(str(event.key).replace("-", "")))


def leaf_by_the_page(event: Stored) -> bytes:
    return hashlib.sha256(b"\x00" + header_by_the_page(event) + event.payload).digest()


def canonical_by_the_page(content: dict[str, str | int | bool]) -> bytes:
    named = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}

    def text(value: str) -> str:
        written = [named.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value]
        return '"' + "".join(written) + '"'

    def plain(value: str | int | bool) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return text(value) if isinstance(value, str) else str(value)

    members = sorted(content.items(), key=lambda member: [ord(c) for c in member[0]])
    return ("{" + ",".join(f"{text(n)}:{plain(v)}" for n, v in members) + "}").encode("utf-8")


def vectors() -> list[tuple[Stored, str, str]]:
    found = []
    for block in re.findall(r"```vector\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        fields = dict(row.split(": ", 1) for row in block.rstrip("\n").split("\n"))
        key = None if fields["key"] == "none" else UUID(fields["key"])
        at = datetime.fromisoformat(fields["recorded_at"])
        tags, payload = json.loads(fields["tags"]), fields["payload"].encode()
        stored = Stored(int(fields["position"]), fields["topic"], at, tags, key, payload)
        found.append((stored, fields["header"], fields["leaf"]))
    return found


def test_the_page_has_vectors() -> None:
    assert len(vectors()) == 5
    assert len({leaf for _, _, leaf in vectors()}) == 5


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector[2][:8])
def test_the_vectors_come_out_three_ways(vector: tuple[Stored, str, str], server: str) -> None:
    event, header, leaf = vector
    assert header_by_the_page(event).hex() == header
    assert leaf_by_the_page(event).hex() == leaf
    key = event.key.bytes if event.key else None
    ours = header_bytes(event.position, event.topic, event.recorded_at, event.tags, key)
    assert ours.hex() == header
    assert leaf_hash(ours, event.payload).hex() == leaf


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector[2][:8])
def test_the_database_makes_the_same_leaf(vector: tuple[Stored, str, str], database_url: str) -> None:
    event, _, leaf = vector
    with psycopg.connect(database_url) as conn:
        row = conn.execute(
            "select book.leaf_of(%s, %s, %s, %s, %s, %s)",
            [event.position, event.topic, event.recorded_at, event.tags, event.key, event.payload],
        ).fetchone()
    assert row is not None
    assert row[0].hex() == leaf


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector[2][:8])
def test_the_vectors_payloads_are_canonical(vector: tuple[Stored, str, str]) -> None:
    event, _, _ = vector
    assert canonical_by_the_page(json.loads(event.payload)) == event.payload
    assert payload_bytes(content_of(event.payload)) == event.payload


member_names = st.text("abcxyz_059", min_size=1, max_size=6)
member_values = st.one_of(st.text(), st.integers(-(10**18), 10**18), st.booleans())


@given(st.dictionaries(member_names, member_values))
def test_what_we_write_is_what_the_page_says(content: dict[str, str | int | bool]) -> None:
    written = payload_bytes(content)
    assert written == canonical_by_the_page(content)
    assert content_of(written) == content


@pytest.mark.parametrize("payload", [b'{"a":1.5}', b'{"a":1e3}', b'{"a":NaN}', b'{"a":-Infinity}', b"[1]", b"1", b"{"])
def test_what_no_event_may_say_is_not_read(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"integers only|JSON object|Expecting"):
        content_of(payload)


def test_every_leaf_of_a_book_can_be_made_again(story: Story) -> None:
    story.decided(*ENTITLED, line(), bank())
    story.book.recorder.append([DCBEvent("t", b"{}", ["标签", f"{n}"]) for n in range(40)], keys=[None] * 40)
    story.book.recorder.append([DCBEvent("t", b"{}", [])], keys=[uuid4()])
    with story.book.database.connection() as conn:
        rows = conn.execute("select position, topic, recorded_at, tags, key, payload, leaf from book.event").fetchall()
    assert len(rows) == 48
    for *fields, leaf in rows:
        assert leaf_by_the_page(Stored(*fields)) == leaf


def test_instants_never_run_backwards(book: Book) -> None:
    for n in range(1, 60, 7):
        book.recorder.append([DCBEvent("t", b"{}", [])] * n)
    with book.database.connection() as conn:
        found = conn.execute("select recorded_at from book.event order by position").fetchall()
    assert found == sorted(found)
