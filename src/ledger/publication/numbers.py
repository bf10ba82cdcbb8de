"""Numbers that give somebody away, however they are written: full-width, spaced, hyphenated, in Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ledger.intake.characters import identifies_a_person
from ledger.vault import looks_personal

# An ID number has 15 or 18, a bank card 13 to 19; nothing that a notice says has as many (an amount is asked first).
MOST_DIGITS = 12
_CHINESE = str.maketrans("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳參陸", "001234567891" + "123456789" + "236")
_RUN = re.compile(r"[0-9](?:[\W_]*[0-9])*")
_GROUPS = re.compile(r"[0-9]+")
_TELEPHONE = re.compile(r"(?:86)?1[3-9][0-9]{9}|0[1-9][0-9]{8,10}")
_TELEPHONE_DIGITS = range(10, 14)
# What spreadsheets and pages show of money: at most a billion yuan less a fen.
_MONEY = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){0,2}\.[0-9]{2}")


def gives_away(text: str) -> bool:
    """Whether the text holds what could be an ID number, a bank account or a telephone number, in any disguise."""
    if _MONEY.fullmatch(text):
        return False
    plain = plain_digits(text)
    return looks_personal(plain) or identifies_a_person(plain) or any(map(_is_personal, _RUN.findall(plain)))


def plain_digits(text: str) -> str:
    """The text with every kind of digit as 0 to 9, and without characters that nobody sees."""
    normal = unicodedata.normalize("NFKC", text)
    seen = (character for character in normal if unicodedata.category(character) not in ("Cf", "Cc", "Mn", "Me"))
    return "".join(_digit(character) for character in seen).translate(_CHINESE)


def _digit(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)


def _is_personal(run: str) -> bool:
    """Whether digits with nothing but signs and spaces between them are too many, or a telephone number is in them."""
    groups = _GROUPS.findall(run)
    return sum(map(len, groups)) > MOST_DIGITS or any(map(_TELEPHONE.fullmatch, _joined(groups)))


def _joined(groups: list[str]) -> Iterator[str]:
    """Neighbouring groups put together, as far as they could be a telephone number."""
    for start in range(len(groups)):
        number = ""
        for group in groups[start:]:
            number += group
            if len(number) in _TELEPHONE_DIGITS:
                yield number
            if len(number) >= _TELEPHONE_DIGITS.stop:
                break
