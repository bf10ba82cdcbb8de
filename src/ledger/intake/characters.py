"""How offices type: full-width forms, odd spaces and dashes, invisible marks, five kinds of bracket.

The folding tables are written out rather than taken from Unicode NFKC, which would also turn 10² into 102 and ½ into
1/2, and could change with a Unicode version, and with it a row's key.
"""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SPACES = re.compile(r"\s+")
_CJK = "\u2e80-\u2fdf\u3001-\u303f\u3105-\u312f\u31a0-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff·"
_SPACE_BY_CJK = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")

_ALPHANUMERIC = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide - 0xFEE0).isalnum()}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_NARROW: dict[int, int | str] = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_NARROW |= dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_NARROW |= {0xFFE5: "¥", ord("﹐"): ",", ord("﹒"): "."} | _DASHES
_MIDDLE_DOTS = dict.fromkeys(map(ord, "•‧・･∙⋅●．"), "·")

_YEAR_IN_BRACKETS = re.compile(r"[\[({〔【〖「『❲﹝](20[0-9]{2}|19[0-9]{2})[\])}〕】〗」』❳﹞](?:第?0*(?=[0-9]))?")

# Also as people group them: 620199 19900101 001X, 139-0000-1111, +86 139....
_ID_NUMBER = (
    r"(?<![0-9])[1-8][0-9]{5}[ -]?(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?"
    r"[0-9]{3}[0-9Xx](?![0-9])"
)
_MOBILE = r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"
_IDENTIFIES_A_PERSON = re.compile(f"{_ID_NUMBER}|{_MOBILE}")
_ID_NUMBER_ALONE = re.compile(_ID_NUMBER)
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){9}")


def visible(text: str) -> str:
    """The cell without surrounding spaces, invisible marks, a text-marking apostrophe or an `="…"` wrapping."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    text = text.strip()
    if text[:1] == "'":
        text = text[1:].strip()
    if len(text) > 2 and text[:2] == '="' and text[-1] == '"':
        text = text[2:-1].strip()
    return text


def narrow(text: str) -> str:
    """Full-width digits, letters, punctuation and every dash as their ASCII selves."""
    return text if text.isascii() else text.translate(_NARROW)


def compact(text: str) -> str:
    """`narrow` with no space left: for codes and choices."""
    return _SPACES.sub("", narrow(text))


def prose(text: str) -> str:
    """Text as written, but digits and letters narrow and each run of spaces or line breaks one space."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_ALPHANUMERIC))


def label(text: str) -> str:
    """`prose` without spaces beside Chinese characters, so that 困难群众 救助 and 困难群众救助 are one."""
    return _SPACE_BY_CJK.sub("", prose(text))


def person_name(text: str) -> str:
    """`label` with every middle dot the same: 阿依古丽·买买提."""
    return label(text.translate(_MIDDLE_DOTS))


def document_number(text: str) -> str:
    """A 文号 in its standard form (GB/T 9704): 财社[2024]第01号 and 财社（2024）1号 are 财社〔2024〕1号."""
    return _YEAR_IN_BRACKETS.sub(r"〔\1〕", compact(text))


def unreadable(text: str) -> bool:
    """Whether the text holds a control character or the mark of bytes that could not be decoded."""
    return "\ufffd" in text or _CONTROL.search(text) is not None


def identifies_a_person(text: str, mobile: bool = True) -> bool:
    """Whether the text holds what looks like an 18-digit ID number or (unless told not) an 11-digit mobile number."""
    pattern = _IDENTIFIES_A_PERSON if mobile else _ID_NUMBER_ALONE
    return pattern.search(narrow(text)) is not None


def quotable(text: str, words: bool) -> str:
    """The value in “ ”, cut to 40 characters, for an error; empty where it could be personal.

    A row shifted by one column puts a name or an account where an amount belongs, so a long number is never quoted,
    and anything but digits and punctuation only where `words` are expected.
    """
    shown = _SPACES.sub(" ", _CONTROL.sub("�", text))
    if _LONG_NUMBER.search(narrow(shown)) or not (words or re.fullmatch(r"[0-9A-Ea-e\W年月日元万]*", narrow(shown))):
        return ""
    return f"“{shown[:40]}…”" if len(shown) > 40 else f"“{shown}”"
