"""A file's rows decided as a set by the same decisions as one row: boundaries read together, appended together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem

from ledger.book.boundary import boundary_of, fold
from ledger.book.mapper import EventMapper
from ledger.book.recorder import BookRecorder
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Decide
from ledger.events.base import Event

Asked = Sequence[tuple[UUID, Callable[[], Decide[Any]]]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a request: the position of its first event, and whether it is new or was on record before."""

    position: int
    is_new: bool


class Batch:
    """One try at deciding a batch; made anew when an event that could change an answer came in between."""

    def __init__(self, recorder: BookRecorder, mapper: EventMapper, asked: Asked) -> None:
        self._recorder = recorder
        self._mapper = mapper
        self._asked = asked
        self._head = recorder.head()
        self._known = _Known(recorder, mapper, self._head)
        self._new: list[DCBEvent] = []
        self._keys: list[UUID | None] = []
        self._before: dict[UUID, int] = {}
        self._results: dict[UUID, int | Refusal] = {}
        self._asked_first = {key: nth for nth, (key, _) in reversed(list(enumerate(asked)))}

    def decide(self) -> None:
        """Decides every row whose key is not on record, in order."""
        self._before = self._recorder.positions_of([key for key, _ in self._asked])
        fresh = [(key, make()) for key, make in self._asked if key not in self._before]
        self._known.prefetch(boundary_of(decision) for _, decision in fresh)
        for key, decision in fresh:
            if key not in self._results:
                self._results[key] = self._decide_one(key, decision)

    def _decide_one(self, key: UUID, decision: Decide[Any]) -> int | Refusal:
        fold(decision, self._known.matching)
        try:
            decision.execute()
        except Refusal as refusal:
            return refusal
        first = len(self._new)
        for nth, tagged in enumerate(decision.collect_events()):
            self._known.add(self._head + first + nth + 1, tagged.decision, tagged.tags)
            self._new.append(self._mapper.to_dcb_event(tagged))
            self._keys.append(key if nth == 0 else None)
        return first

    def append(self) -> list[Recorded | Refusal]:
        """Appends what was decided, on condition that nothing of any boundary was recorded since; the outcomes."""
        first = 0
        if self._new:
            condition = DCBAppendCondition(fail_if_events_match=self._known.asked_for(), after=self._head)
            first = self._recorder.append(self._new, condition, self._keys) - len(self._new) + 1
        return [self._outcome(key, first, nth) for nth, (key, _) in enumerate(self._asked)]

    def _outcome(self, key: UUID, first: int, nth: int) -> Recorded | Refusal:
        result = self._results.get(key)
        if isinstance(result, Refusal):
            return result
        if result is None:
            return Recorded(self._before[key], is_new=False)
        return Recorded(first + result, is_new=self._asked_first[key] == nth)


class _Known:
    """The events of all boundaries of a batch by tag, those that the batch itself makes among them."""

    def __init__(self, recorder: BookRecorder, mapper: EventMapper, head: int) -> None:
        self._recorder = recorder
        self._mapper = mapper
        self._head = head
        self._types: dict[str, set[str]] = defaultdict(set)
        self._by_tag: dict[str, list[tuple[int, str, list[str], Event]]] = defaultdict(list)

    def prefetch(self, boundaries: Iterable[DCBQuery]) -> None:
        """Reads every event that any of these boundaries could match, each tag once."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for boundary in boundaries:
            for item in boundary.items:
                wanted[item.tags[0]].update(item.types)
        missing = {tag: types - self._types[tag] for tag, types in wanted.items() if types - self._types[tag]}
        if not missing:
            return
        types = set().union(*missing.values())
        for position, topic, payload, tags in self._recorder.read_tagged(list(missing), list(types), self._head):
            event = self._mapper.to_domain_event(DCBEvent(type=topic, data=payload, tags=tags)).decision
            for tag in tags:
                if topic in missing.get(tag, ()):
                    self._by_tag[tag].append((position, topic, tags, event))
        for tag, more in missing.items():
            self._types[tag] |= more

    def matching(self, query: DCBQuery) -> list[tuple[int, Event]]:
        """Events that match any item, in the order of the log."""
        self.prefetch([query])
        found: dict[int, Event] = {}
        for item in query.items:
            for position, topic, tags, event in self._by_tag[item.tags[0]]:
                if topic in item.types and all(tag in tags for tag in item.tags):
                    found[position] = event
        return sorted(found.items())

    def add(self, position: int, event: Event, tags: list[str]) -> None:
        for tag in tags:
            self._by_tag[tag].append((position, event.TOPIC, tags, event))

    def asked_for(self) -> DCBQuery:
        """One query for all boundaries, its tags gathered by the types that they are read for."""
        return DCBQuery(items=[DCBQueryItem(types=sorted(types), tags=[tag]) for tag, types in self._types.items()])
