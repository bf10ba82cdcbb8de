"""Names as a public notice shows them: 韩示例 is 韩*例, 韩例 is 韩*."""

from __future__ import annotations

import re

# 第3号: a row that stands for somebody who is not named at all.
_NUMBERED = re.compile(r"第[1-9][0-9]{0,6}号")
_STAR = "*"


def masked(name: str) -> str:
    """The first character, and of three or more the last; a star for each of the others. Never the name itself."""
    first, last = name[:1], name[-1:] if len(name) > 2 else ""
    shown = first + _STAR * (len(name) - len(first) - len(last)) + last
    # A name of one character, or one filed with stars already, has nothing that could be kept.
    return shown if _STAR in shown and shown != name else _STAR * (len(name) + 1)


def numbered(number: int) -> str:
    """What stands for somebody who must not be named."""
    return f"第{number}号"


def is_masked(text: str) -> bool:
    """Whether a cell shows a name in masked form, or a number in its place."""
    if _NUMBERED.fullmatch(text):
        return True
    shown = [nth for nth, character in enumerate(text) if character != _STAR]
    return _STAR in text and set(shown) <= {0, len(text) - 1}
