"""The rows of the county's files, before they are text. Amounts are integer fen; a month is its number in the year."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

RELIEF, SPECIAL, WORK = "困难群众救助补助资金", "社会救助专项资金", "社会救助工作经费"
CENTRAL, PROVINCE, CITY, COUNTY = "中央", "省级", "市级", "县级"
ALLOWANCE = ("城市低保", "农村低保")
DESTITUTE = ("城市特困", "农村特困")
ONE_OFF = "临时救助"
PROGRAMMES = (*ALLOWANCE, *DESTITUTE, ONE_OFF)
PAYDAY = 6


class Fund(NamedTuple):
    """The four that tell one fund from another (区划代码, 资金类别, 资金级次, 预算年度)."""

    region: str
    category: str
    level: str
    year: int

    @property
    def ref(self) -> str:
        return f"fund:{self.region}|{self.category}|{self.level}|{self.year}"


@dataclass(slots=True)
class Member:
    name: str
    id_number: str
    relation: str
    account: str = ""


@dataclass(slots=True)
class Household:
    """`payee` is the member in whose name the account is held; `account` is where the assistance goes."""

    number: str
    region: str
    members: list[Member]
    payee: Member
    account: str
    registered_on: date

    @property
    def ref(self) -> str:
        return f"household:{self.number}"


@dataclass(slots=True)
class Decision:
    decided_on: date
    decision_type: str
    persons: int
    monthly_amount_fen: int
    start_month: int | None = None
    end_month: int | None = None
    reason: str = ""
    staff: tuple[str, str, str] | None = None


@dataclass(slots=True)
class Award:
    """One household under one programme. `due_fen[m]` is what month m's payday pays, by what was decided before it.

    A steady award has no line that fails by chance.
    """

    household: Household
    programme: str
    assistance_class: str
    due_fen: list[int]
    decisions: list[Decision] = field(default_factory=list)
    reviewed: bool = True
    steady: bool = False

    @property
    def persons(self) -> int:
        return self.decisions[-1].persons if self.decisions else len(self.household.members)


def has_two_members(award: Award) -> bool:
    return len(award.household.members) > 1


@dataclass(frozen=True, slots=True)
class LineChange:
    """How one month's line differs from what was due: None and False mean that it does not."""

    amount_fen: int | None = None
    skipped: bool = False
    failed: bool = False
    payee: Member | None = None
    account: str | None = None
    bank_amount_fen: int | None = None
    bank_account: str | None = None
    loose_bank_text: bool = False


class ExtraPayment(NamedTuple):
    """A line outside the monthly run; `outcome` is 成功, 失败 or empty (the bank has not answered yet)."""

    paid_on: date
    award: Award
    for_month: int
    payment_type: str
    amount_fen: int
    outcome: str = "成功"
    account: str | None = None


class Grant(NamedTuple):
    document_no: str
    issued_on: date
    fund: Fund
    amount_fen: int
    summary: str = ""


class Receipt(NamedTuple):
    document_no: str
    received_on: date
    amount_fen: int


class Transfer(NamedTuple):
    document_no: str
    parent_document_no: str
    passed_on: date
    to_region: str
    fund: Fund
    amount_fen: int


class Contract(NamedTuple):
    contract_no: str
    signed_on: date
    provider: int
    service_class: str
    procurement_method: str
    amount_fen: int
    fund: Fund


class Visit(NamedTuple):
    contract_no: str
    served_on: date
    quantity: int
    unit_price_fen: int


class ServiceExpense(NamedTuple):
    paid_on: date
    contract_no: str
    invoice_no: str
    amount_fen: int


class OtherExpense(NamedTuple):
    expense_no: str
    paid_on: date
    fund: Fund
    purpose: str
    amount_fen: int


class Recovery(NamedTuple):
    """`for_month` names the line of that month; None names the household only."""

    recovery_no: str
    occurred_on: date
    step: str
    household: Household
    amount_fen: int
    reason: str = ""
    for_month: int | None = None


class Death(NamedTuple):
    member: Member
    died_on: date
    source: str


class Kinship(NamedTuple):
    staff_no: str
    kin_id_number: str
    kinship: str
    declared_on: date | None
