"""What a decision knows of findings: as they were last seen, and whether the rules still see them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.events.base import Event
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised

FINDING_EVENTS: tuple[type[Event], ...] = (FindingRaised, FindingExtended, FindingCleared)

Seen = FindingRaised | FindingExtended


@dataclass(slots=True)
class KnownFindings:
    """Folds the events of some findings, by id."""

    seen: dict[str, Seen] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)

    def names_official(self, staff: str) -> bool:
        """Whether one of the findings names this staff number; G001 and g001 are one person."""
        ref = f"official:{staff}".casefold()
        return any(one.casefold() == ref for seen in self.seen.values() for one in seen.refs)

    def learn(self, event: Event) -> None:
        match event:
            case FindingRaised() | FindingExtended():
                self.seen[event.finding] = event
                self.cleared.discard(event.finding)
            case FindingCleared():
                self.cleared.add(event.finding)
