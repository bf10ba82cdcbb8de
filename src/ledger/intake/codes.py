"""Cells that name something: codes, document numbers, people, accounts, words from a list, free text.

Numbers of documents, households, batches, contracts and staff go into the log, so what looks like a person's ID number
or mobile number is refused there. An error about such a value never repeats it.
"""

import re
from collections.abc import Callable
from datetime import datetime

from ledger.intake import characters
from ledger.intake.cells import TOTALS, Cell, not_a, text_of
from ledger.intake.problems import CellProblem

_REGION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]+")
_IDENTITY = re.compile(r"[0-9A-Z][0-9A-Z()/-]{4,29}")
_ACCOUNT = re.compile(r"[0-9A-Z]{4,34}")
_DIGITS = re.compile(r"[0-9]{6}")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]")


def _exact_text(cell: Cell) -> str:
    """The cell as text, refusing what a spreadsheet has already changed: a rounded long number, a 1-2 made a date."""
    if isinstance(cell, datetime):
        raise CellProblem(
            "被电子表格转成了日期，请把该列设为文本格式后重新填写",
            "was turned into a date by the spreadsheet: format the column as text and type it again",
        )
    text = characters.compact(text_of(cell))
    if _ROUNDED.fullmatch(text.upper()):
        raise CellProblem(
            "号码超过 15 位且以数值存放，末位已被电子表格舍入，请把该列设为文本格式后重新填写",
            "a number of over 15 digits was rounded by the spreadsheet: format the column as text and type it again",
        )
    return text


def _no_person_in(text: str, mobile: bool = True) -> str:
    if characters.identifies_a_person(text, mobile):
        raise CellProblem(
            "疑似身份证号或手机号，该栏目不得含个人信息，请改用编号",
            "looks like an ID number or a mobile number: this column must hold no personal data, use a code",
        )
    return text


def _not_longer(text: str, most: int) -> str:
    if len(text) > most:
        raise CellProblem(f"超过 {most} 个字符，请核对是否串栏或引号未闭合", f"is longer than {most} characters")
    return text


def code(cell: Cell) -> str:
    """The number of a document, household, batch, contract or the like, with no space in it."""
    text = _not_longer(_no_person_in(_exact_text(cell)), 64)
    if text.rstrip(":") in TOTALS:
        raise not_a("不是编号", "is not a number or code", text, words=True)
    return text


def serial(cell: Cell) -> str:
    """A number that a bank or tax office gives: long digits are usual, so only an ID number is refused."""
    return _not_longer(_no_person_in(_exact_text(cell), mobile=False), 64)


def document(cell: Cell) -> str:
    """A 文号 or 文书号, its year in 〔〕 however the office typed the brackets."""
    return characters.document_number(code(cell))


def staff(cell: Cell) -> str:
    """A staff number; a name is refused, since staff numbers go into the log."""
    text = code(cell)
    if not _ASCII_WORD.search(text):
        raise CellProblem("请填写工号，不要填写姓名", "write the staff number, not a name")
    return text


def region(cell: Cell) -> str:
    """A region code of 6, 9 or 12 digits."""
    text = _exact_text(cell)
    if not _REGION.fullmatch(text):
        raise not_a("不是 6、9 或 12 位区划代码", "is not a region code of 6, 9 or 12 digits", text)
    return text


def identity(cell: Cell) -> str:
    """An identity document's number, upper case. Whether it can be real is for a finding to say, not for reading."""
    text = _exact_text(cell).upper()
    if not _IDENTITY.fullmatch(text):
        raise CellProblem("不是证件号码，请核对", "is not an identity document number: check it")
    return text


def account(cell: Cell) -> str:
    """A bank account without spaces and hyphens; a masked one is refused."""
    text = _exact_text(cell).upper().replace("-", "")
    if not _ACCOUNT.fullmatch(text):
        raise CellProblem(
            "不是完整的银行账号（不得含 * 等遮盖符号），请核对", "is not a whole account number (no masking): check it"
        )
    return text


def person(cell: Cell) -> str:
    """A person's or account holder's name, without the spaces that align two characters with three."""
    text = characters.person_name(text_of(cell))
    if len(text) > 60 or _DIGITS.search(text):
        raise CellProblem("不是姓名或户名，请核对是否串栏", "is not a name: check that the columns have not shifted")
    return text


def label(cell: Cell) -> str:
    """A name of a programme, fund category or class. `|` is refused, since it joins the parts of a fund's id."""
    text = _not_longer(_no_person_in(characters.label(text_of(cell))), 80)
    if "|" in text:
        raise CellProblem("不得含有“|”", "must not hold “|”")
    return text


def text(cell: Cell) -> str:
    """Free text that may go into the log, so it must hold no ID number and no mobile number."""
    return _not_longer(_no_person_in(characters.prose(text_of(cell))), 500)


def choice(choices: tuple[str, ...]) -> Callable[[Cell], str]:
    """A parser of the words allowed in a column."""
    listed = " ".join(choices)

    def one_of(cell: Cell) -> str:
        found = characters.compact(text_of(cell))
        if found not in choices:
            raise not_a(
                f"不在可填的值之中：{listed}", f"is not one of the accepted values: {listed}", found, words=True
            )
        return found

    return one_of
