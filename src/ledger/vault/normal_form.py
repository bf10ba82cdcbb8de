"""One way of writing each value, so that a person filed with a stray space or a full-width digit is the same person."""

import re
import unicodedata
from enum import StrEnum

from ledger.vault.errors import BlankValueError

_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_PLAIN_HAN = re.compile("[\u4e00-\u9fff]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NOT_A_DIGIT = re.compile("[^0-9]")
_MIDDLE_DOT = re.compile(f"[•‧∙⋅●・]|(?<=[{_HAN}])[.](?=[{_HAN}])")
_NEEDLESS_SPACE = re.compile(f"(?<=[{_HAN}·]) | (?=[{_HAN}·])")


class Kind(StrEnum):
    """What a pseudonym stands for; its first letter begins the pseudonym."""

    PERSON = "person"
    ACCOUNT = "account"
    NAME = "name"
    TEXT = "text"


def normal_form(kind: Kind, value: str) -> str:
    """The value as it is sealed and looked up.

    person: ID number, half-width, upper case, no spaces; account: its digits; name: NFKC, one kind of middle dot,
    no space beside a Chinese character; text: as it is written. BlankValueError if nothing is left.
    """
    if kind is Kind.PERSON:
        form = identity_form(value)
    elif kind is Kind.ACCOUNT:
        form = account_form(value)
    elif kind is Kind.NAME:
        form = name_form(value)
    else:
        form = value
    if not form or form.isspace():
        raise BlankValueError(
            f"保险库不收空值（{kind}）：去掉空格和符号后没有内容；请补正该栏。",
            f"The vault takes no blank value ({kind}): nothing is left without spaces and signs; fill in the field.",
        )
    return form


def identity_form(value: str) -> str:
    """An ID number without spaces, half-width, in upper case."""
    if value.isascii() and value.isdigit():
        return value
    return _compatible("".join(_compatible(value).upper().split()))


def account_form(value: str) -> str:
    """The ASCII digits of an account number, wherever they stand."""
    if value.isascii() and value.isdigit():
        return value
    return _NOT_A_DIGIT.sub("", _compatible(value))


def name_form(value: str) -> str:
    """A name in NFKC with `·` for every middle dot, and spaces only between words of another script."""
    if _PLAIN_HAN.fullmatch(value):
        return value
    dotted = _MIDDLE_DOT.sub("·", _NEEDLESS_SPACE.sub("", " ".join(_compatible(value).split())))
    return _compatible(_NEEDLESS_SPACE.sub("", dotted))


def _compatible(value: str) -> str:
    # Also comes last: signs that a space kept apart may compose once it is gone.
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", value))
