"""What every event promises: a topic for good, no fraction, nobody's name, tags that follow from its fields."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.book.canonical import content_of, payload_bytes
from ledger.events import BY_TOPIC, EVENT_CLASSES, UPCASTERS, UnknownTopic, event_of
from ledger.events.base import Account, Code, Event, Fen, FreeText, Month, Name, Person, PositiveFen, Region, Short
from projections.engine import Engine
from projections.facts import table_name
from tests.events.made import annotation_of, events_of, pattern_of
from tests.story import Story, person

SAMPLES = Path(__file__).parent / "samples"
every_class = pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.TOPIC)
every_sample = pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)

# A tag is a kind and a number of that kind; the book itself has no number.
TAG = re.compile(
    r"book|(fund|document|household|line|contract|cap|expense|visit|recovery|person"
    r"|finding|case|sample|publication):.+",
    re.DOTALL,
)
SOMEBODY = re.compile(r"name|person|payee|holder|officer|^kin$|account|phone|id_number|address")
PSEUDONYMS = {get_args(kind)[1].metadata[0].pattern for kind in (Person, Name, Account)}
# These stand in the log as they were written, so they are lists of words, or numbers that somebody gives out.
WRITTEN_FREELY = {
    "facts",
    "objective_cause",
    "sent_to",
    "title",
    "reason",
    "summary",
    "note",
    "purpose",
    "procedure",
    "source",
    "failure_reason",
    "unit",
    "post",
    "kinship",
}


def concrete(cls: type[Event]) -> set[type[Event]]:
    """The classes below one that have a topic."""
    found = {one for sub in cls.__subclasses__() for one in concrete(sub)}
    return found | ({cls} if "TOPIC" in cls.__dict__ else set())


def topic_of(sample: Path) -> str:
    """``payment.settled.v1.json`` and ``payment.settled.v1~later.json`` are both of ``payment.settled.v1``."""
    return sample.name.removesuffix(".json").partition("~")[0]


def test_every_class_of_an_event_is_in_the_vocabulary() -> None:
    ours = {cls for cls in concrete(Event) if cls.__module__.startswith("ledger.")}
    assert ours == set(EVENT_CLASSES)
    assert len(BY_TOPIC) == len(EVENT_CLASSES) == len({table_name(cls) for cls in EVENT_CLASSES})


@every_class
def test_its_topic_is_versioned_and_its_day_is_a_field(cls: type[Event]) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+\.v[1-9][0-9]*", cls.TOPIC)
    assert annotation_of(cls.model_fields[cls.EFFECTIVE]) is date
    assert cls.__doc__


@every_class
def test_it_has_no_float_and_nothing_nested(cls: type[Event]) -> None:
    for name, field in cls.model_fields.items():
        held = annotation_of(field)
        plain = get_args(held)[0] if get_origin(held) is Annotated else held
        if get_origin(plain) is tuple:
            inner = get_args(plain)[0]
            plain = get_args(inner)[0] if get_origin(inner) is Annotated else inner
        is_plain = plain in (str, int, bool, date) or all(isinstance(one, str) for one in get_args(plain))
        assert is_plain, f"{name} is {plain}"
        assert ("fen" in name) == (name.endswith("_fen")), name


@every_class
def test_it_names_nobody(cls: type[Event]) -> None:
    for name, field in cls.model_fields.items():
        if SOMEBODY.search(name) and name != "persons":
            assert pattern_of(field) in PSEUDONYMS, f"{name} is not a pseudonym"
        if name in WRITTEN_FREELY:
            assert "pseudonym of a written text" in repr(field), f"{name} is not sealed where it is written freely"


@every_class
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_it_comes_back_from_its_bytes_as_it_was(cls: type[Event], data: st.DataObject) -> None:
    event = data.draw(events_of(cls))
    payload = payload_bytes(event.content())
    again = event_of(cls.TOPIC, content_of(payload))
    assert again == event
    assert type(again) is cls
    assert payload_bytes(again.content()) == payload
    assert again.tags() == event.tags()
    assert all(TAG.fullmatch(tag) for tag in event.tags())
    assert None not in event.content().values()


@every_sample
def test_stored_bytes_are_read_for_good(sample: Path) -> None:
    payload = sample.read_bytes().removesuffix(b"\n")
    event = event_of(topic_of(sample), content_of(payload))
    assert payload_bytes(event.content()) == payload


@every_class
def test_a_sample_shows_every_field(cls: type[Event]) -> None:
    """A new field is shown by a sample of its own (``topic~what.json``); a sample never changes."""
    samples = [path for path in SAMPLES.iterdir() if topic_of(path) == cls.TOPIC]
    shown = {name for path in samples for name in json.loads(path.read_text("utf-8"))}
    assert shown == set(cls.model_fields)


@every_sample
def test_an_event_cannot_be_changed_nor_hold_what_it_does_not_know(sample: Path) -> None:
    content = json.loads(sample.read_text("utf-8"))
    event = event_of(topic_of(sample), content)
    with pytest.raises(ValidationError):
        event.recorded_by = "G999"
    with pytest.raises(ValidationError):
        event_of(topic_of(sample), content | {"name_of_somebody": "某某"})
    for name, value in content.items():
        if isinstance(value, int) and not isinstance(value, bool):
            with pytest.raises(ValidationError):
                event_of(topic_of(sample), content | {name: float(value)})


def test_a_topic_that_nobody_knows_is_told() -> None:
    with pytest.raises(UnknownTopic, match=r"payment.settled.v9"):
        event_of("payment.settled.v9", {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Code, ""),
        (Code, "甲\x00乙"),
        (Short, "甲\n乙"),
        (FreeText, "甲\x1b[31m"),
        (Code, "x" * 81),
        (Month, "2025-13"),
        (Month, "２０２５-01"),
        (Region, "62019"),
        (Region, "６２０１９９"),
        (Fen, 0),
        (Fen, 1.0),
        (Fen, True),
        (PositiveFen, -1),
        (PositiveFen, 10**15 + 1),
        (Person, "张三"),
        (Name, person("韩")),
        (Account, "9900000000004996"),
    ],
)
def test_what_no_field_may_hold(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_facts_say_what_events_say(story: Story) -> None:
    samples = [(path, path.read_bytes().removesuffix(b"\n")) for path in sorted(SAMPLES.iterdir())]
    events = [event_of(topic_of(path), content_of(payload)) for path, payload in samples]
    story.book.record(events, [None] * len(events), None)
    assert story.engine.catch_up() == len(events)
    with story.book.database.connection() as conn:
        for position, event in enumerate(events, start=1):
            names = ["effective_on", *type(event).model_fields]
            row = conn.execute(
                f"select {', '.join(names)} from fact.{table_name(type(event))} where position = {position}".encode()
            ).fetchone()
            held = [getattr(event, name) for name in [event.EFFECTIVE, *names[1:]]]
            assert row == tuple(list(value) if isinstance(value, tuple) else value for value in held)


class TestOldTopics:
    """An event that was stored under an older topic is read as today's, by decisions and by projections."""

    @pytest.fixture(autouse=True)
    def _approved_in_yuan(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Once, approvals held yuan under another name; a still older one had no origin."""
        monkeypatch.setattr(UPCASTERS, "_steps", {})
        UPCASTERS.add("entitlement.approved.v0", "entitlement.approved.v1", self.to_fen)
        UPCASTERS.add(
            "entitlement.granted.v0", "entitlement.approved.v0", lambda content: content | {"origin": "observed"}
        )

    @staticmethod
    def to_fen(content: dict[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in content.items() if name != "monthly_yuan"}
        return rest | {"monthly_amount_fen": content["monthly_yuan"] * 100}

    @staticmethod
    def store(story: Story, topic: str, **more: str) -> None:
        from eventsourcing.dcb.api import DCBEvent

        content = {
            "decision_no": "决〔2019〕1号",
            "decided_on": "2024-12-20",
            "household": "H1",
            "programme": "城市低保",
            "monthly_yuan": 500,
            "start_month": "2025-01",
            "recorded_by": "G001",
            "recorded_role": "finance",
            **more,
        }
        tags = ["household:H1", "document:决〔2019〕1号"]
        story.book.recorder.append([DCBEvent(topic, payload_bytes(content), tags)])

    @pytest.mark.parametrize(
        ("topic", "more"), [("entitlement.approved.v0", {"origin": "observed"}), ("entitlement.granted.v0", {})]
    )
    def test_decisions_and_facts_know_it(self, story: Story, topic: str, more: dict[str, str]) -> None:
        from ledger.decide.refusals import AlreadyInForce, NumberReused
        from ledger.intake.roll_set import instruct_roll
        from tests.story import FUNDED, decision, household, line

        story.decided(*FUNDED, household())
        self.store(story, topic, **more)
        assert isinstance(story.refusal_of(decision()), AlreadyInForce)
        assert isinstance(story.refusal_of(decision("复核", decision_no="决〔2019〕1号", start=None)), NumberReused)
        batch = story.book.do_batch([])
        assert batch == []
        (paid,) = instruct_roll(story.book, story.engine.catch_up, story.rows([line(yuan=500)]))
        assert paid.is_new  # type: ignore[union-attr]
        story.ask(line(yuan=500, month="2025-02", number=2))
        with story.book.database.connection() as conn:
            fact = conn.execute(
                "select decision_no, monthly_amount_fen, origin from fact.assistance_approved"
            ).fetchone()
        assert fact == ("决〔2019〕1号", 500_00, "observed")

    def test_a_topic_is_lifted_one_way_only(self) -> None:
        with pytest.raises(ValueError, match="already has an upcaster"):
            UPCASTERS.add("entitlement.approved.v0", "entitlement.approved.v1", dict)
        with pytest.raises(ValueError, match="is current"):
            UPCASTERS.add("payment.settled.v1", "payment.settled.v2", dict)


def test_an_event_of_an_unknown_topic_stops_no_projection(story: Story) -> None:
    """A newer program wrote it; this one leaves it alone."""
    from eventsourcing.dcb.api import DCBEvent

    story.book.recorder.append([DCBEvent("news.from_the_future.v1", b"{}", [])])
    assert Engine(story.book.database).catch_up() == 1
