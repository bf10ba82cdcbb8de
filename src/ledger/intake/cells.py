"""One cell to one typed value.

A cell is text (CSV, or a text cell of a workbook), a Decimal (a number cell) or a datetime (a cell with a date format).
Money goes from digits to integer fen without ever being a float here; what a workbook stores in binary arrives as the
shortest decimal that stands for it, so 240.3 is 24030 fen and 0.1+0.2 is refused.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from ledger.intake import characters
from ledger.intake.problems import CellProblem

Cell = str | Decimal | datetime


EXACT_DIGITS: Final = 15  # a spreadsheet rounds longer numbers

_GROUPED = r"(?:[0-9]{1,3}(?:[, ][0-9]{3})+|[0-9]+)"
_MONEY = re.compile(rf"([+-]?) ?¥? ?([+-]?) ?({_GROUPED})(?:\.([0-9]{{1,2}}))? ?元?整?")
_WHOLE = re.compile(rf"({_GROUPED})(?:\.0+)?")
_QUANTITY = re.compile(rf"({_GROUPED})(?:\.([0-9]{{1,3}}))?")
_YEAR = re.compile(r"([0-9]{4}) ?(?:年度?)?")
_TIME = r"(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_DATES = [
    re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}"),
    re.compile(rf"([0-9]{{4}}) ?(年) ?([0-9]{{1,2}}) ?月 ?([0-9]{{1,2}}) ?日?{_TIME}"),
    re.compile(rf"([0-9]{{4}})()([0-9]{{2}})([0-9]{{2}}){_TIME}"),
]
_MONTHS = [
    re.compile(r"([0-9]{4})[-/]([0-9]{1,2})"),
    re.compile(r"([0-9]{4}) ?年 ?([0-9]{1,2}) ?月?"),
    re.compile(r"([0-9]{4})\.?([0-9]{2})"),  # 2025.1 may be 2025.10 without its zero, so two digits after a dot
]
_ERROR_VALUE = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|未计算)|#+")
UNCALCULATED: Final = "#未计算"  # a formula that no program has worked out yet
TOTALS: Final = frozenset(
    {"合计", "总计", "小计", "共计", "累计", "合计数", "总合计", "合计金额"}
    | {f"{span}{word}" for span in ("本页", "本月", "本批", "全年") for word in ("合计", "小计", "累计")}
)


class _Zero(CellProblem):
    """An amount of nothing."""


def is_total(cell: Cell) -> bool:
    """Whether the cell is the label of a totals row."""
    return isinstance(cell, str) and characters.compact(cell).rstrip(":") in TOTALS


def as_written(cell: Cell) -> str:
    """The cell as text that reads back the same; a number too long for a spreadsheet stays unreadable on purpose."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if cell != cell.to_integral_value():
        return format(cell, "f")
    digits = format(cell.to_integral_value(), "f")
    return digits if len(digits.lstrip("-")) <= EXACT_DIGITS else f"{cell.normalize():E}"


def is_blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.isalnum() and not characters.visible(cell)


def text_of(cell: Cell) -> str:
    """The visible text of a cell; raises CellProblem for an error value and for what was never decoded."""
    text = characters.visible(as_written(cell))
    if text[:1] == "#" and _ERROR_VALUE.fullmatch(text):
        raise CellProblem(
            "单元格是错误值或列宽不足的“#”，请改正公式或填入数值",
            "the cell is a spreadsheet error value: correct the formula or type the value",
        )
    if characters.unreadable(text):
        raise CellProblem(
            "含乱码或控制字符，请从原系统重新导出，或改正后重新导入",
            "holds garbled or control characters: export it again or correct it",
        )
    return text


def not_a(what_zh: str, what_en: str, text: str = "", words: bool = False) -> CellProblem:
    shown = characters.quotable(text, words)
    return CellProblem(f"{shown}{what_zh}", f"{shown + ' ' if shown else ''}{what_en}")


def _number_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        raise CellProblem(
            "是日期格式，请把该列设为数值或文本格式", "is formatted as a date: format the column as number or text"
        )
    return characters.narrow(format(cell, "f") if isinstance(cell, Decimal) else text_of(cell))


def _digits(grouped: str) -> str:
    return grouped.replace(",", "").replace(" ", "").lstrip("0") or "0"


def signed_money(cell: Cell) -> int:
    """Yuan with at most two decimals to integer fen, of either sign, not zero."""
    text = _number_text(cell)
    match = _MONEY.fullmatch(text)
    if not match or (match[1] and match[2]):
        raise not_a(
            "不是金额：请填写以元为单位、最多两位小数的数字，如 1234.50",
            "is not an amount: write yuan with at most two decimals, such as 1234.50",
            text,
        )
    yuan = _digits(match[3])
    if len(yuan) > 13:
        raise CellProblem("金额超过 13 位，请核对", "the amount has more than 13 digits: check it")
    fen = int(yuan + (match[4] or "").ljust(2, "0"))
    if fen == 0:
        raise _Zero("金额不能为零", "the amount must not be zero")
    return -fen if "-" in (match[1], match[2]) else fen


def money(cell: Cell) -> int:
    """Yuan with at most two decimals to integer fen, more than zero."""
    fen = signed_money(cell)
    if fen < 0:
        raise CellProblem("金额不能为负", "the amount must not be negative")
    return fen


def money_or_none(cell: Cell) -> int | None:
    """Yuan with at most two decimals to integer fen, more than zero; None for zero."""
    try:
        return money(cell)
    except _Zero:
        return None


def whole(cell: Cell) -> int:
    """A positive whole number of at most nine digits."""
    if isinstance(cell, str) and cell.isascii() and cell.isdecimal() and len(cell) <= 9 and cell[0] != "0":
        return int(cell)
    text = _number_text(cell)
    match = _WHOLE.fullmatch(text)
    digits = _digits(match[1]) if match else "0"
    if digits == "0" or len(digits) > 9:
        raise not_a("不是正整数", "is not a positive whole number", text)
    return int(digits)


def count(cell: Cell) -> int:
    """A number of persons, 1 to 99."""
    if (persons := whole(cell)) > 99:
        raise CellProblem("人数超过 99，请核对", "is more than 99 persons: check it")
    return persons


def quantity(cell: Cell) -> int:
    """A positive quantity with at most three decimals, as whole thousandths."""
    text = _number_text(cell)
    match = _QUANTITY.fullmatch(text)
    milli = int(_digits(match[1]) + (match[2] or "").ljust(3, "0")) if match and len(match[1]) <= 12 else 0
    if not milli:
        raise not_a(
            "不是数量：应为大于零、最多三位小数的数字",
            "is not a quantity: a number above zero with at most three decimals",
            text,
        )
    return milli


def year(cell: Cell) -> int:
    """A year from 1990 to 2100; 2025, 2025年 or 2025年度."""
    text = _number_text(cell)
    match = _YEAR.fullmatch(text)
    if not match or not 1990 <= int(match[1]) <= 2100:
        raise not_a("不是 1990 至 2100 之间的年度", "is not a year between 1990 and 2100", text)
    return int(match[1])


def day(cell: Cell) -> date:
    """A date from 1990 to 2100; the time of day that a bank adds is left out."""
    if isinstance(cell, datetime):
        return _possible(cell.year, cell.month, cell.day, cell.date().isoformat())
    text = _number_text(cell)
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            return _possible(int(match[1]), int(match[3]), int(match[4]), text)
    raise not_a(
        "不是日期：请写成 2025-03-05、2025/3/5、2025年3月5日 或 20250305",
        "is not a date: write 2025-03-05, 2025/3/5, 2025年3月5日 or 20250305",
        text,
    )


def _possible(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise not_a("是不存在的日期", "is a date that does not exist", text) from None
    if not 1990 <= year <= 2100:
        raise not_a("不在 1990 至 2100 年之间", "is not between the years 1990 and 2100", text)
    return found


def month(cell: Cell) -> str:
    """A month as YYYY-MM; of dates only a month's first day, which is what a spreadsheet makes of 2025年3月."""
    text = _number_text(as_written(cell) if isinstance(cell, datetime) else cell)
    for pattern in _MONTHS:
        # a number cell showing 2025.10 holds 2025.1, so a number is a month only as 202510
        if (match := pattern.fullmatch(text)) and not (isinstance(cell, Decimal) and "." in text):
            return _possible(int(match[1]), int(match[2]), 1, text).strftime("%Y-%m")
    for pattern in _DATES:
        if (match := pattern.fullmatch(text)) and int(match[4]) == 1:
            return _possible(int(match[1]), int(match[3]), 1, text).strftime("%Y-%m")
    raise not_a(
        "不是月份：请写成 2025-03、202503 或 2025年3月", "is not a month: write 2025-03, 202503 or 2025年3月", text
    )
