"""Citizen identity numbers (GB 11643-1999), and whether a text gives somebody away."""

import re
import unicodedata
from datetime import date

from ledger.vault.normal_form import identity_form

# GB 11643-1999: ISO 7064 MOD 11-2 over the first 17 digits.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"

# The first numbers were given out in 1984; nobody who was given one was born before this year.
_FIRST_BIRTH_YEAR = 1870

_NUMBER_18 = re.compile(r"[1-9][0-9]{16}[0-9X]")
_NUMBER_15 = re.compile(r"[1-9][0-9]{14}")

# Dates, times, amounts and document numbers have no run of 15 digits and are not grouped like these.
_PERSONAL = re.compile(
    r"""
      [0-9]{15}                                                            # an ID number or an account, unbroken
    | (?<![0-9]) [0-9]{6} [ -] [0-9]{8} [ -]? [0-9]{3} [0-9X] (?![0-9])    # an ID number: region, birth date, rest
    | (?<![0-9]) [0-9]{4} (?: [ -][0-9]{4} ){3}                            # an account in fours
    | (?<![0-9]) (?: [+]?86[ -]? )? 1[3-9][0-9] (?: [ -]?[0-9]{4} ){2} (?![0-9])  # a mobile phone
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_valid_identity(id_number: str) -> bool:
    """Whether the number could be a citizen's: 18 digits with a birth date and its check digit, or the old 15.

    Full-width digits, spaces and a small x are accepted. The region code is not looked up, since abolished
    regions live on in their people's numbers; and no clock is read, so the answer never changes.
    """
    number = identity_form(id_number)
    if _NUMBER_18.fullmatch(number):
        return _is_birth_date(number[6:14]) and number[17] == check_digit(number[:17])
    return bool(_NUMBER_15.fullmatch(number)) and _is_birth_date("19" + number[6:12])


def lengthened(id_number: str) -> str:
    """An old number of 15 digits as the 18 that replaced it, so that both are one person; any other as it is."""
    number = identity_form(id_number)
    if len(number) == 15 and is_valid_identity(number):
        longer = f"{number[:6]}19{number[6:]}"
        return longer + check_digit(longer)
    return number


def check_digit(first_17: str) -> str:
    """The 18th character, 0-9 or X, for the first 17 digits of an ID number."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_17, strict=True))
    return _CHECK_DIGITS[total % 11]


def looks_personal(text: str) -> bool:
    """Whether the text contains what looks like an ID number, a mobile phone or a bank account."""
    return _PERSONAL.search(unicodedata.normalize("NFKC", text)) is not None


def _is_birth_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= _FIRST_BIRTH_YEAR
    except ValueError:
        return False
