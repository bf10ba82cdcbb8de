"""Whatever stands in a tag or a payload comes back as it was, either way to append, and conditions match just that."""

from __future__ import annotations

from uuid import uuid4

import pytest
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import ledger.book.recorder as recorder_module
from ledger.book.book import Book
from ledger.book.canonical import header_bytes, leaf_hash
from ledger.book.recorder import BookRecorder, ConditionFailed

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
events = st.builds(DCBEvent, type=texts.filter(bool), data=st.binary(max_size=40), tags=st.lists(texts, max_size=4))
in_one_database = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
AWKWARD = [
    "",
    "NULL",
    "null",
    '"',
    "\\",
    "\\\\",
    "{}",
    "{a,b}",
    ",",
    " ",
    "a b",
    "\n",
    "\t",
    "'",
    "''",
    "$1",
    "%s",
    "财社〔2025〕1号",
    "𐍈",
]


@pytest.fixture(params=[1, 1_000_000], ids=["by COPY", "by call"])
def recorder(request: pytest.FixtureRequest, book: Book, monkeypatch: pytest.MonkeyPatch) -> BookRecorder:
    monkeypatch.setattr(recorder_module, "COPY_FROM", request.param)
    return book.recorder


@in_one_database
@example([DCBEvent(type=text or "t", data=text.encode(), tags=[text, *AWKWARD]) for text in AWKWARD])
@given(st.lists(events, min_size=1, max_size=6))
def test_events_come_back_as_they_were(recorder: BookRecorder, asked: list[DCBEvent]) -> None:
    keys = [uuid4() if nth % 2 else None for nth in range(len(asked))]
    last = recorder.append(asked, keys=keys)
    first = last - len(asked) + 1
    stored = list(recorder.read(after=first - 1))
    assert [one.event for one in stored] == asked
    assert recorder.positions_of([key for key in keys if key]) == {
        key: first + nth for nth, key in enumerate(keys) if key
    }
    with recorder.database.connection() as conn:
        rows = conn.execute(
            "select position, recorded_at, leaf, key, book.leaf_of(position, topic, recorded_at, tags, key, payload) "
            "from book.event where position >= %s order by position",
            [first],
        ).fetchall()
    for (position, at, leaf, key, made_in_sql), event in zip(rows, asked, strict=True):
        header = header_bytes(position, event.type, at, event.tags, key.bytes if key else None)
        assert leaf == made_in_sql == leaf_hash(header, event.data)
    assert [row[3] for row in rows] == keys


@in_one_database
@example(" ", '"')
@example("a,b", "a")
@example("NULL", "null")
@example("\\", "\\\\")
@given(texts, texts)
def test_a_condition_matches_its_own_tag_and_no_other(recorder: BookRecorder, tag: str, other: str) -> None:
    head = recorder.append([DCBEvent(tag or "t", b"{}", [tag])])
    event = [DCBEvent("t", b"{}", [])]

    def condition(*items: DCBQueryItem) -> DCBAppendCondition:
        return DCBAppendCondition(DCBQuery(items=list(items)), after=head - 1)

    for item in (
        DCBQueryItem(tags=[tag]),
        DCBQueryItem(types=[tag or "t"]),
        DCBQueryItem(types=[tag or "t"], tags=[tag]),
    ):
        with pytest.raises(ConditionFailed):
            recorder.append(event, condition(DCBQueryItem(tags=["none"]), item))
        assert [one.position for one in recorder.read(DCBQuery(items=[item]), after=head - 1)] == [head]
    if other != tag:
        recorder.append(event, condition(DCBQueryItem(tags=[other]), DCBQueryItem(tags=[tag, other])))
