"""Recovery 追缴: money paid wrongly, asked back and repaid."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from ledger.events.base import (
    BudgetYear,
    Code,
    Event,
    FreeText,
    Level,
    LineNo,
    PositiveFen,
    Region,
    Short,
    fund_id,
    fund_tag,
    household_tag,
)


def recovery_tag(recovery_no: str) -> str:
    return f"recovery:{recovery_no}"


class _Recovery(Event):
    EFFECTIVE: ClassVar[str] = "occurred_on"

    recovery_no: Code
    occurred_on: date
    household: Code
    reason: FreeText | None = None
    batch_no: Code | None = None
    line_no: LineNo | None = None

    def tags(self) -> list[str]:
        return [recovery_tag(self.recovery_no), household_tag(self.household)]


class RecoveryOpened(_Recovery):
    """立案: so much is to be repaid."""

    TOPIC: ClassVar[str] = "recovery.opened.v1"

    amount_fen: PositiveFen


class InstalmentsAgreed(_Recovery):
    """分期: the household will repay in parts."""

    TOPIC: ClassVar[str] = "recovery.instalments_agreed.v1"

    amount_fen: PositiveFen | None = None


class RecoveryReceived(_Recovery):
    """缴回: a repayment; it credits the fund of the line it names, or of the household's latest settled line."""

    TOPIC: ClassVar[str] = "recovery.received.v1"

    amount_fen: PositiveFen
    region: Region | None = None
    category: Short | None = None
    level: Level | None = None
    budget_year: BudgetYear | None = None

    def tags(self) -> list[str]:
        if self.region and self.category and self.level and self.budget_year:
            return [*super().tags(), fund_tag(fund_id(self.region, self.category, self.level, self.budget_year))]
        return super().tags()


class RecoveryWrittenOff(_Recovery):
    """核销: so much is given up."""

    TOPIC: ClassVar[str] = "recovery.written_off.v1"

    amount_fen: PositiveFen
