"""What a household is already asked to repay: its recoveries, as their events leave them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger.events.base import Event
from ledger.events.recovery import RecoveryOpened, RecoveryReceived, RecoveryWrittenOff

CLAIM_EVENTS: tuple[type[Event], ...] = (RecoveryOpened, RecoveryReceived, RecoveryWrittenOff)


@dataclass(slots=True)
class Claims:
    """Folds recoveries by their numbers: when each was opened, against whom, and what is still owed on it."""

    opened: dict[str, RecoveryOpened] = field(default_factory=dict)
    owed_fen: dict[str, int] = field(default_factory=dict)

    def learn(self, event: Event) -> None:
        match event:
            case RecoveryOpened():
                self.opened.setdefault(event.recovery_no, event)
                self.owed_fen[event.recovery_no] = self.owed_fen.get(event.recovery_no, 0) + event.amount_fen
            case RecoveryReceived() | RecoveryWrittenOff():
                self.owed_fen[event.recovery_no] = self.owed_fen.get(event.recovery_no, 0) - event.amount_fen

    def is_open(self, recovery_no: str) -> bool:
        return self.owed_fen.get(recovery_no, 0) > 0

    def is_against(self, recovery_no: str, household: str) -> bool:
        """Whether that recovery is on record, and from this household."""
        return recovery_no in self.opened and self.opened[recovery_no].household == household

    def against(self, household: str, since: date) -> list[str]:
        """Recoveries from a household that are still owed, or were opened on a day or later."""
        return sorted(
            no
            for no, one in self.opened.items()
            if one.household == household and (self.is_open(no) or one.occurred_on >= since)
        )
