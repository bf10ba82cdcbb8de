"""What every event carries, and the types that its fields are made of.

An event is a frozen pydantic model and an ``eventsourcing`` decision. Its topic is a promise
(``payment.settled.v1``), its tags are derived from its fields, and it holds no name, ID number,
account number or phone number: people and accounts are pseudonyms from the vault.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from eventsourcing.dcb.domain import Decision
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# A control character in a text would stop every projection: PostgreSQL reads no U+0000 out of JSON.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


def _not_zero(amount_fen: int) -> int:
    if amount_fen == 0:
        raise ValueError("金额不得为零 / the amount must not be zero")
    return amount_fen


Fen = Annotated[
    int,
    Field(strict=True, ge=-(10**15), le=10**15, json_schema_extra={"unit": "fen 分, not zero"}),
    AfterValidator(_not_zero),
]
PositiveFen = Annotated[int, Field(strict=True, gt=0, le=10**15, json_schema_extra={"unit": "fen 分"})]
Month = Annotated[str, Field(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", json_schema_extra={"unit": "month YYYY-MM"})]
BudgetYear = Annotated[int, Field(strict=True, ge=1990, le=2100)]
Region = Annotated[str, Field(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
Code = Annotated[str, Field(min_length=1, max_length=80, pattern=_PRINTABLE)]
Short = Annotated[str, Field(min_length=1, max_length=80, pattern=_PRINTABLE)]
Person = Annotated[str, Field(pattern=r"^p[a-z2-7]{20}$", description="a person, as the vault's pseudonym")]
Name = Annotated[str, Field(pattern=r"^n[a-z2-7]{20}$", description="a name, as the vault's pseudonym")]
Account = Annotated[str, Field(pattern=r"^a[a-z2-7]{20}$", description="a bank account, as the vault's pseudonym")]
FreeText = Annotated[
    str,
    Field(
        max_length=80,
        pattern=_PRINTABLE,
        description="a word of a known list, or the vault's pseudonym of a written text",
    ),
]
# Bounded, as every integer is: a column of the facts must hold it.
LineNo = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Level = Literal["中央", "省级", "市级", "县级"]
PaymentType = Literal["正常", "补发", "价格补贴"]
Origin = Literal["decided", "observed"]


class Event(BaseModel, Decision):
    """One immutable thing that happened.

    ``origin`` says whether it was decided here, under the rules in force, or observed elsewhere and
    recorded however wrong. ``recorded_by`` is a staff number; ``source_file`` and ``source_line`` name the
    paper it came on; ``note`` is what its columns said that no field holds. ``request_digest`` binds an
    idempotency key of the API to what was asked with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[str]
    EFFECTIVE: ClassVar[str]

    origin: Origin
    recorded_by: Code
    recorded_role: Short
    source_file: Short | None = None
    source_line: LineNo | None = None
    note: FreeText | None = None
    request_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None

    def tags(self) -> list[str]:
        """The tags that some decision's boundary reads this event by; no others."""
        return []

    def apply(self, obj: Any) -> None:
        """Fold this event into what a decision knows."""
        obj.learn(self)

    def content(self) -> dict[str, Any]:
        """The fields that hold something, in JSON types (dates as ISO text)."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.__dict__.items()
            if value is not None
        }


class FundEvent(Event):
    """An event that moves or earmarks the money of one fund 资金: (区划代码, 资金类别, 资金级次, 预算年度)."""

    region: Region
    category: Short
    level: Level
    budget_year: BudgetYear

    @property
    def fund(self) -> str:
        return fund_id(self.region, self.category, self.level, self.budget_year)


def fund_id(region: str, category: str, level: str, budget_year: int) -> str:
    """A fund's id: its four parts joined by ``|`` (formats.md)."""
    return f"{region}|{category}|{level}|{budget_year}"


def fund_tag(fund: str) -> str:
    return f"fund:{fund}"


def document_tag(document_no: str) -> str:
    return f"document:{document_no}"


def household_tag(household: str) -> str:
    return f"household:{household}"


def line_tag(batch_no: str, line_no: int) -> str:
    return f"line:{batch_no}/{line_no}"


def contract_tag(contract_no: str) -> str:
    return f"contract:{contract_no}"


def cap_tag(region: str, budget_year: int) -> str:
    """Everything that the purchase-of-services cap of a region and budget year is reckoned from."""
    return f"cap:{region}|{budget_year}"
