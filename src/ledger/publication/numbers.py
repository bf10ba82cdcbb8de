"""Numbers that give somebody away, however they are written: full-width, in Chinese numerals, with signs or letters
in between, or spread over the cells of a row.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence

from ledger.intake.characters import identifies_a_person
from ledger.vault import is_valid_identity, looks_personal

# An ID number has 15 or 18, a bank card 13 to 19; nothing that a notice says has as many (an amount is asked first).
MOST_DIGITS = 12
_CHINESE = str.maketrans(
    "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳參陸〡〢〣〤〥〦〧〨〩",
    "001234567891" + "123456789" + "236" + "123456789",
)
_RUN = re.compile(r"[0-9](?:[\W_]*[0-9])*")
_GROUPS = re.compile(r"[0-9]+")
_TELEPHONE = re.compile(r"(?:86)?1[3-9][0-9]{9}|0[1-9][0-9]{8,10}")
_TELEPHONE_DIGITS = range(10, 14)
# What spreadsheets and pages show of money: at most a billion yuan less a fen.
_MONEY = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){0,2}\.[0-9]{2}")
_MOBILE = re.compile(r"(?:86)?1[3-9][0-9]{9}")
_IDENTITY = re.compile(
    r"[1-8][0-9]{5}(?:(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
    r"|[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})"
)
_LONGEST = 18
_CHAIN = re.compile(r"[0-9]+(?:(?:\s*[^\W\d_]\s*|[\W_]+)[0-9]+)*(?:[\W_]*X(?![A-Z0-9]))?")
_SPREAD = re.compile(r"[0-9]+(?:[\W_]+[0-9]+)*(?:[\W_]*X(?![A-Z0-9]))?")
_LINK = re.compile(r"([0-9]+)([^0-9]*)")
# Between numbers these say what is counted: 13户3000元20户500元 is no telephone number.
_UNITS = frozenset("年月日时分秒元角万亿户人个次份件批家户名例笔项条岁级")
_BORDER = "\x1f"


def gives_away(text: str) -> bool:
    """Whether the text holds what could be an ID number, a bank account or a telephone number, in any disguise."""
    return gives_away_unlettered(text) or _has_letters_between(plain_digits(text).upper())


def gives_away_unlettered(text: str) -> bool:
    """As ``gives_away``, but a letter ends a number: for hex, where digits with letters in between mean nothing."""
    if _MONEY.fullmatch(text):
        return False
    plain = plain_digits(text)
    return looks_personal(plain) or identifies_a_person(plain) or any(map(_is_personal, _RUN.findall(plain)))


def made_seed() -> str:
    """A seed of 64 random hex digits that, made public, nobody takes for a number of somebody's.

    One in sixteen would be taken for a telephone number or an account, and refused.
    """
    while gives_away_unlettered(seed := secrets.token_hex(32)):
        pass
    return seed


def gives_away_across(cells: Sequence[str]) -> bool:
    """Whether the neighbouring cells of a row hold an ID number (with its check digit) or a mobile number together.

    An amount of money belongs to no number.
    """
    joined = _BORDER.join("#a#" if _MONEY.fullmatch(text) else plain_digits(text).upper() for text in cells)
    return any(
        _BORDER in between and (_MOBILE.fullmatch(number) or (len(number) == _LONGEST and is_valid_identity(number)))
        for run in _SPREAD.findall(joined)
        for number, between in _windows(run)
    )


def _has_letters_between(plain: str) -> bool:
    """Whether digits with single letters in between are an ID number or a mobile number: 138号0013号8000."""
    for run in _CHAIN.findall(plain):
        for number, between in _windows(run):
            letters = [character for character in between if character.isalpha()]
            if not letters:
                continue
            if len(number) == _LONGEST and is_valid_identity(number):
                return True
            # Different units in a row are ordinary language.
            if len(_UNITS.intersection(letters)) <= 1 and (_MOBILE.fullmatch(number) or _IDENTITY.fullmatch(number)):
                return True
    return False


def _windows(run: str) -> Iterator[tuple[str, str]]:
    """Neighbouring groups of digits put together, as far as they could be one number, and what stands between them."""
    links = _LINK.findall(run)
    for start in range(len(links)):
        number = between = ""
        for group, following in links[start:]:
            number += group
            if len(number) > _LONGEST:
                break
            yield number, between
            between += following
            if following.endswith("X"):
                yield f"{number}X", between[:-1]


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
