"""What kind of county to make: its size, year, rules and the wrongs planted in it."""

from __future__ import annotations

import calendar
import random
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

JURISDICTIONS = ("lanzhou-new-area", "provincial-plan", "shanghai", "chongqing", "guangdong")

RULES = (
    "bank_mismatch",
    "contract_overrun",
    "detained",
    "diverted",
    "duplicate_invoice",
    "duplicate_payment",
    "encroached",
    "exclusive_overlap",
    "gradual_exit_overrun",
    "idle",
    "intercepted",
    "invalid_identity",
    "kin_undeclared",
    "late_payment",
    "over_standard",
    "paid_after_death",
    "paid_without_decision",
    "payee_mismatch",
    "recovery_overdue",
    "return_unresolved",
    "review_overdue",
    "self_approved",
    "service_cap",
    "shared_account",
    "short_paid",
    "split_purchase",
    "undelivered_service",
    "unpaid",
)

DEMO_WRONGS = (
    "service_cap",
    "paid_after_death",
    "duplicate_payment",
    "over_standard",
    "paid_without_decision",
    "shared_account",
    "diverted",
    "intercepted",
)

SMALLEST = 40


@dataclass(frozen=True)
class CountyPlan:
    """A county is a function of its plan: the same plan gives the same bytes.

    `wrongs` names supervision rules that the county breaks ("all" for every one); each comes with near misses,
    conduct that looks like it and is in order. With no wrongs every row could have been decided lawfully.
    `months` below 12 gives the year so far, up to that month's end; wrongs need the whole year.
    `one_off_cases` is the number of 临时救助 cases (default: one for ten households).
    Raises ValueError when a value makes no county.
    """

    seed: int
    households: int
    year: int
    jurisdiction: str
    region: str = "620199"
    wrongs: tuple[str, ...] | Literal["all"] = ()
    months: int = 12
    one_off_cases: int | None = None
    transfers: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.planted if name not in RULES]
        if unknown:
            raise ValueError(f"没有这样的规则 no such rule: {', '.join(unknown)}")
        if self.jurisdiction not in JURISDICTIONS:
            raise ValueError(f"没有这样的辖区规则 no such jurisdiction: {self.jurisdiction}")
        if not re.fullmatch(r"[1-9]\d{5}", self.region):
            raise ValueError("区划代码应为六位 a region code has six digits")
        if self.households < SMALLEST:
            raise ValueError(f"至少 {SMALLEST} 户 at least {SMALLEST} households")
        if not 2000 <= self.year <= 2100:
            raise ValueError("年度应在 2000 至 2100 之间 the year must lie between 2000 and 2100")
        if self.one_off_cases is not None and self.one_off_cases < 0:
            raise ValueError("临时救助数不能为负 a number of one-off cases is not negative")
        if not 1 <= self.months <= 12 or (self.planted and self.months != 12):
            raise ValueError("月数应为 1 至 12，埋设问题时应为全年 months are 1 to 12, and 12 with wrongs")

    @property
    def planted(self) -> tuple[str, ...]:
        return RULES if self.wrongs == "all" else self.wrongs

    @property
    def as_of(self) -> date:
        """The last day that the files tell of."""
        return date(self.year, self.months, calendar.monthrange(self.year, self.months)[1])

    @property
    def one_offs(self) -> int:
        return self.households // 10 if self.one_off_cases is None else self.one_off_cases

    def chance(self, part: str) -> random.Random:
        """The dice of one part of the making: a change in one part leaves the others' rolls alone."""
        return random.Random(f"{self.seed}/{part}")
