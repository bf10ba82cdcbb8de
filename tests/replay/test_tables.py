"""Parquet holds, value for value, what PostgreSQL reads out of the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import DictRow, dict_row

from ledger.archive.tables import TableWriter
from ledger.book.canonical import microseconds, payload_bytes
from ledger.events import EVENT_CLASSES, UPCASTERS, UnknownTopic
from ledger.events.base import Event
from ledger.events.columns import columns, table_name
from ledger.events.finding import FindingRaised
from ledger.events.funding import GrantIssued
from ledger.events.payment import PaymentInstructed, RollReleased
from tests.events.made import events_of

AT = microseconds(datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
anything = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


def written(events: list[tuple[type[Event], bytes]], topic: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that the writer makes of some payloads."""
    with TemporaryDirectory() as folder:
        writer = TableWriter(Path(folder), 1)
        for position, (cls, payload) in enumerate(events, 1):
            writer.add(position, topic or cls.TOPIC, AT, payload)
        return {file.parent.name: rows_of(file) for file in writer.close(len(events))}


def rows_of(file: Path) -> list[dict[str, Any]]:
    cursor = duckdb.execute(f"select * replace (epoch_us(recorded_at) as recorded_at) from read_parquet('{file}')")
    names = [one[0] for one in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def postgresql(server: str) -> Iterator[psycopg.Connection[DictRow]]:
    with psycopg.connect(server, row_factory=dict_row) as conn:
        yield conn


def read_by_postgresql(
    postgresql: psycopg.Connection[DictRow], cls: type[Event], payload: bytes
) -> dict[str, Any] | None:
    listed = ", ".join(f"{name} {kind}" for name, kind in columns(cls).items())
    asked = f"select * from json_to_record(%s::json) as f ({listed})"
    return postgresql.execute(asked.encode(), [payload.decode()]).fetchone()


@pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.TOPIC)
@anything
@given(data=st.data())
def test_an_event_of_any_class(postgresql: psycopg.Connection[DictRow], cls: type[Event], data: st.DataObject) -> None:
    events = data.draw(st.lists(events_of(cls), min_size=1, max_size=5))
    payloads = [payload_bytes(event.content()) for event in events]
    found = written([(cls, payload) for payload in payloads])[table_name(cls)]
    for position, (row, payload) in enumerate(zip(found, payloads, strict=True), 1):
        theirs = read_by_postgresql(postgresql, cls, payload)
        assert theirs is not None
        own = {"position": position, "recorded_at": AT, "effective_on": theirs[cls.EFFECTIVE]}
        assert row == own | theirs


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        '{"amount_fen":9007199254740993,"evidence":[9223372036854775807,-9223372036854775808]}',
        '{"refs":[],"evidence":[],"parameters":["a=\\u001f\\"\\\\"]}',
        '{"subject":"𠀀\\ud840\\udc00 \\n","found_on":"0001-01-01","unknown":1}',
    ],
)
def test_what_a_payload_may_hold_at_the_edges(postgresql: psycopg.Connection[DictRow], content: str) -> None:
    (row,) = written([(FindingRaised, content.encode())])["finding_raised"]
    theirs = read_by_postgresql(postgresql, FindingRaised, content.encode())
    assert theirs is not None
    assert {name: row[name] for name in theirs} == theirs


def test_each_class_has_a_table_and_a_part_bears_its_positions(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, 5)
    writer.add(5, GrantIssued.TOPIC, AT, b"{}")
    writer.add(9, PaymentInstructed.TOPIC, AT, b"{}")
    writer.add(12, GrantIssued.TOPIC, AT, b"{}")
    files = writer.close(20)
    assert [str(one.relative_to(tmp_path)) for one in files] == [
        "grant_issued/5-20.parquet",
        "payment_instructed/5-20.parquet",
    ]
    assert [row["position"] for row in rows_of(files[0])] == [5, 12]


def test_positions_must_follow_each_other(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, 1)
    writer.add(2, GrantIssued.TOPIC, AT, b"{}")
    with pytest.raises(ValueError, match="position 2 after 2"):
        writer.add(2, GrantIssued.TOPIC, AT, b"{}")
    writer.close(2)


def test_a_topic_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path, 1)
    with pytest.raises(UnknownTopic):
        writer.add(1, "unheard.of.v1", AT, b"{}")
    writer.close(0)


def test_an_event_of_an_older_topic_is_lifted(monkeypatch: pytest.MonkeyPatch) -> None:
    step = (RollReleased.TOPIC, lambda content: content | {"batch_no": content["batch"]})
    monkeypatch.setitem(UPCASTERS._steps, "payment.roll_released.v0", step)
    (row,) = written([(RollReleased, json.dumps({"batch": "B1"}).encode())], "payment.roll_released.v0")[
        "roll_released"
    ]
    assert row["batch_no"] == "B1"
