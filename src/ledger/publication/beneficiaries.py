"""The notice of those who receive assistance 救助对象公布: what the rules let be shown, and no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ledger.decide.refusal import yuan
from ledger.publication.masking import masked, numbered
from ledger.publication.notice import Notice, written_day, written_month
from ledger.vault import is_valid_identity, lengthened

NAME, PERSONS, AMOUNT = "申请人姓名", "家庭成员数量", "保障金额"
COLUMNS = (NAME, PERSONS, AMOUNT)
ADULT_AT = 18
# 信息公示涉及未成年人的，应当注意对未成年人的保护: what these pay for says already who somebody is.
_NAMELESS_PROGRAMMES = ("儿童", "孤儿", "未成年", "残疾")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a notice is about: a region and month, and a programme where one is chosen."""

    region: str
    month: str
    programme: str | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be shown (``shown``, of ``COLUMNS``), for how many days, and where the rule stands."""

    shown: frozenset[str]
    days: int
    source: str


def beneficiary_notice(
    scope: Scope,
    rows: Sequence[Mapping[str, Any]],
    revealed: Mapping[str, str],
    rules: Rules,
    published_on: date,
) -> Notice:
    """One row a household and programme, in no more than the columns that the rules let be shown.

    ``revealed`` is what the vault gave of heads and their names; whoever is a minor, was withheld, or cannot be told
    to be of age is a number.
    """
    header = (
        "序号",
        *(f"{column}(元/月)" if column == AMOUNT else column for column in COLUMNS if column in rules.shown),
    )
    programme = scope.programme or "社会救助"
    opening = (
        f"区划{scope.region}在{written_month(scope.month)}享受{programme}待遇的对象共{len(rows)}户次。",
        f"依据{rules.source}。姓名作遮掩处理;未成年人及依法不宜公开姓名的对象以编号代替。",
    )
    until = published_on + timedelta(days=rules.days)
    closing = (
        f"公示期:{written_day(published_on)}至{written_day(until)}。如有异议,请向所在乡镇(街道)或民政部门反映。",
        f"公布日期:{written_day(published_on)}",
    )
    table = tuple(_row(nth, row, revealed, rules.shown, scope.month) for nth, row in enumerate(rows, start=1))
    return Notice(f"{written_month(scope.month)}{programme}对象公示", opening, header, table, closing)


def _row(
    nth: int, row: Mapping[str, Any], revealed: Mapping[str, str], shown: Collection[str], month: str
) -> tuple[str, ...]:
    cells = {
        NAME: _name(nth, row, revealed, month),
        PERSONS: str(row["persons"]),
        AMOUNT: yuan(row["monthly_amount_fen"]),
    }
    return (str(nth), *(cells[column] for column in COLUMNS if column in shown))


def _name(nth: int, row: Mapping[str, Any], revealed: Mapping[str, str], month: str) -> str:
    name, id_number = revealed.get(row["name"], ""), revealed.get(row["person"], "")
    is_nameless = any(word in row["programme"] for word in _NAMELESS_PROGRAMMES)
    return masked(name) if name and not is_nameless and is_of_age(id_number, month) else numbered(nth)


def is_of_age(id_number: str, month: str) -> bool:
    """Whether an ID number says that somebody is eighteen on the first of a month; one that says nothing does not."""
    if not is_valid_identity(id_number):
        return False
    born = lengthened(id_number)[6:14]
    return f"{int(born[:4]) + ADULT_AT:04d}{born[4:]}" <= f"{month[:4]}{month[5:]}01"
