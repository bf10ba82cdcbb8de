"""A recovery opened for what was wrongly drawn, and what of it came back."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.county.records import Award
from ledger.county.world import World


def recover(world: World, award: Award, opened_on: date, owed_fen: int, reason: str, repaid_fen: int = 0) -> None:
    """立案 for `owed_fen`, and 缴回 of `repaid_fen` (if any) 25 days later."""
    opened = world.open_recovery(award.household, opened_on, owed_fen, reason)
    if repaid_fen:
        repaid_on = opened_on + timedelta(days=25)
        world.recoveries.append(opened._replace(occurred_on=repaid_on, step="缴回", amount_fen=repaid_fen, reason=""))
