"""The county before it is written down: households, what they were awarded, and the year's money.

Payment lines are not kept: they follow from the awards, month by month, and from the few changes noted here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from ledger.county.answers import Answers
from ledger.county.identity import People
from ledger.county.plan import CountyPlan
from ledger.county.records import (
    PAYDAY,
    PROGRAMMES,
    Award,
    Contract,
    Death,
    Decision,
    ExtraPayment,
    Fund,
    Grant,
    Household,
    Kinship,
    LineChange,
    OtherExpense,
    Receipt,
    Recovery,
    ServiceExpense,
    Transfer,
    Visit,
)


@dataclass
class World:
    plan: CountyPlan
    people: People
    answers: Answers = field(default_factory=Answers)
    awards: dict[str, list[Award]] = field(default_factory=lambda: {programme: [] for programme in PROGRAMMES})
    refused: list[Award] = field(default_factory=list)
    untouched_allowances: list[Award] = field(default_factory=list)
    untouched_destitute: list[Award] = field(default_factory=list)
    changes: dict[tuple[str, int], LineChange] = field(default_factory=dict)
    extras: list[ExtraPayment] = field(default_factory=list)
    unknown_lines: dict[tuple[int, str], int] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    service_expenses: list[ServiceExpense] = field(default_factory=list)
    other_expenses: list[OtherExpense] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    kinships: list[Kinship] = field(default_factory=list)
    cap_broken_by: str = ""
    _recoveries_opened: int = 0

    def fund(self, category: str, level: str) -> Fund:
        return Fund(self.plan.region, category, level, self.plan.year)

    def day(self, month: int, day: int) -> date:
        return date(self.plan.year, month, day)

    def month_text(self, month: int | None) -> str:
        return "" if month is None else f"{self.plan.year}-{month:02d}"

    def take_allowance(self, fits: Callable[[Award], bool] = lambda award: True) -> Award:
        """A 低保 award in force all year that nothing has happened to yet, out of the hat for good.

        Raises ValueError when the county has no such household left.
        """
        return self._take(self.untouched_allowances, fits)

    def take_destitute(self) -> Award:
        """A 特困 award, likewise."""
        return self._take(self.untouched_destitute, lambda award: True)

    @staticmethod
    def _take(hat: list[Award], fits: Callable[[Award], bool]) -> Award:
        for place in range(len(hat) - 1, -1, -1):
            if fits(hat[place]):
                award = hat.pop(place)
                award.steady = True
                return award
        raise ValueError("户数太少，放不下这些情形 too few households for what the plan asks: make the county larger")

    def change(self, award: Award, months: range, change: LineChange) -> None:
        for month in months:
            self.changes[award.household.number, month] = change

    def pay_extra(self, extra: ExtraPayment) -> None:
        self.extras.append(extra)

    def open_recovery(
        self, household: Household, occurred_on: date, amount_fen: int, reason: str, for_month: int | None = None
    ) -> Recovery:
        """立案 under the next number."""
        self._recoveries_opened += 1
        number = f"Z{self.plan.year}{self._recoveries_opened:04d}"
        opened = Recovery(number, occurred_on, "立案", household, amount_fen, reason, for_month)
        self.recoveries.append(opened)
        return opened

    def stop(self, award: Award, decided_on: date, start_month: int, reason: str, last_paid: int = 0) -> None:
        """终止 from `start_month`; lines run on to `last_paid` where that is later."""
        amount = award.due_fen[start_month]
        award.decisions.append(Decision(decided_on, "终止", award.persons, amount, start_month, None, reason))
        for month in range(max(start_month, last_paid + 1), 13):
            award.due_fen[month] = 0

    def adjust(self, award: Award, decided_on: date, start_month: int, amount_fen: int, persons: int = 0) -> None:
        """调整 to `amount_fen` from `start_month`, paid from the first payday after the decision."""
        reason = "家庭人口变化" if persons else "家庭收入变化"
        award.decisions.append(
            Decision(decided_on, "调整", persons or award.persons, amount_fen, start_month, None, reason)
        )
        first_payday = decided_on.month + (decided_on.day >= PAYDAY)
        for month in range(max(start_month, first_payday), 13):
            award.due_fen[month] = amount_fen
