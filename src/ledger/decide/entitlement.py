"""What a household is entitled to in a month, folded from the decisions about it.

A later decision overrides an earlier one from its start month on; one that has an end month leaves what held
before it standing after that month. ``projections/entitlement`` says the same in SQL, and a property test
holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger.events.base import Event
from ledger.events.entitlement import AmountDecision, AssistanceApproved, StoppingDecision


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One decision's hold on the months from ``start_month`` to ``end_month``; no amount means nothing is paid."""

    decided_on: date
    start_month: str
    end_month: str | None
    monthly_amount_fen: int | None
    is_approval: bool = False
    inherits_end: bool = False


@dataclass(slots=True)
class Entitlements:
    """Every entitlement of one household under one programme, in the order in which they were recorded."""

    programme: str
    held: list[Entitlement] = field(default_factory=list)

    def learn(self, event: Event) -> None:
        if not isinstance(event, AmountDecision | StoppingDecision) or event.programme != self.programme:
            return
        amount_fen = event.monthly_amount_fen if isinstance(event, AmountDecision) else None
        is_approval = isinstance(event, AssistanceApproved)
        self.held.append(
            Entitlement(
                decided_on=event.decided_on,
                start_month=event.start_month,
                end_month=event.end_month if isinstance(event, AmountDecision) else None,
                monthly_amount_fen=amount_fen,
                is_approval=is_approval,
                inherits_end=amount_fen is not None and not is_approval,
            )
        )

    def at(self, month: str) -> Entitlement | None:
        """The entitlement that governs a month (YYYY-MM): the one decided last among those that cover it."""
        ordered = sorted(enumerate(self.held), key=lambda pair: (pair[1].decided_on, pair[1].start_month, pair[0]))
        governing: Entitlement | None = None
        approved_to: str | None = None
        for _, entitlement in ordered:
            if entitlement.is_approval:
                approved_to = entitlement.end_month
            # A change of an approval that has an end does not outlast it unless it says so.
            end = entitlement.end_month or (approved_to if entitlement.inherits_end else None)
            if entitlement.start_month <= month and (end is None or month <= end):
                governing = entitlement
        return governing

    def amount_at(self, month: str) -> int | None:
        """What is decided for a month in fen; None when no decision is in force."""
        governing = self.at(month)
        return governing.monthly_amount_fen if governing else None

    def latest_amount(self) -> int | None:
        """The amount that was decided last, whatever stopped it since."""
        amounts = [e for e in self.held if e.monthly_amount_fen is not None]
        return max(amounts, key=lambda e: (e.decided_on, e.start_month)).monthly_amount_fen if amounts else None

    def is_in_force_between(self, first: str, last: str | None) -> bool:
        """Whether anything is decided to be paid in some month from ``first`` to ``last`` (for good, where None)."""
        turns = {first, *(e.start_month for e in self.held if e.start_month > first)}
        return any(self.amount_at(month) is not None for month in turns if last is None or month <= last)
