"""What every decision shares: who asks, on what paper, under which rules; how it records and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from eventsourcing.dcb.domain import Selector, Slice, Tagged
from pydantic import BaseModel, ConfigDict

from ledger.decide.refusal import Refusal
from ledger.decide.refusals import DutiesNotSeparated, RuleNotOnFile
from ledger.events.base import Event, Origin
from ledger.policy import NoRuleOnFile, PolicyPack


class Request(BaseModel):
    """What somebody asks to be recorded: one row of a file, or the body of a POST. People are pseudonyms by now."""

    model_config = ConfigDict(frozen=True, extra="forbid")


R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, in which of the two ways to record, on what paper, and under whose rules."""

    staff: str
    role: str
    origin: Origin
    policy: PolicyPack
    source_file: str | None = None
    source_line: int | None = None
    note: str | None = None
    request_digest: str | None = None
    # The region that whoever asks may look into: by it, what is confidential is not there for him.
    region: str = "000000"

    def origin_fields(self) -> dict[str, Any]:
        """The fields of an event that say who asked, in which way, and on what paper."""
        return {
            "origin": self.origin,
            "recorded_by": self.staff,
            "recorded_role": self.role,
            "source_file": self.source_file,
            "source_line": self.source_line,
            "note": self.note,
            "request_digest": self.request_digest,
        }


class Decide(Slice[Event], Generic[R]):
    """A decision: its boundary names what it must know, ``execute`` records or refuses.

    ``REFUSALS`` lists what it may refuse with, in the order in which it asks. With origin ``observed`` nothing is
    refused: what others did is recorded however wrong, and the rules find it.
    """

    REFUSALS: ClassVar[tuple[type[Refusal], ...]] = ()

    def __init__(self, request: R, asked: Asked) -> None:
        self.request = request
        self.asked = asked

    def learn(self, event: Event) -> None:
        """Fold one event of the boundary; called in the order of the log."""

    def refuse(self, refusal: Refusal) -> None:
        """Raise ``refusal``, unless this is a report of what already happened elsewhere."""
        if self.asked.origin == "decided":
            raise refusal

    def record(self, cls: type[Event], **fields: Any) -> None:
        """Record an event with these fields beside those of the one who asks."""
        event = cls(**self.asked.origin_fields(), **fields)
        self.new_decisions.append(Tagged(tags=event.tags(), decision=event))

    def separate_duties(self, **officers: str | None) -> None:
        """Refuse when one person holds two of the named duties (Chinese column name = staff number)."""
        held: dict[str, str] = {}
        for duty, officer in officers.items():
            if officer is None:
                continue
            # G001 and g001 are one person.
            other = held.setdefault(officer.casefold(), duty)
            if other != duty:
                zh, en = f"{other}与{duty}为同一人", f"{other} and {duty} are the same person"
                self.refuse(DutiesNotSeparated(zh, en, column=duty))


def one_of(types: Iterable[type[Event]], tag: str) -> Selector:
    """A boundary item: events of these types with this tag."""
    return Selector(types=list(types), tags=[tag])


@contextmanager
def rules_of(column: str) -> Iterator[None]:
    """Refuse, for the day in ``column``, where a rule is asked for and none is on file: never a default."""
    try:
        yield
    except NoRuleOnFile as missing:
        raise RuleNotOnFile(
            f"{missing.on} 没有在案的规则“{missing.rule}”",
            f"no rule {missing.rule} is on file for {missing.on}",
            column=column,
        ) from None
