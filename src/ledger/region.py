"""Region codes 区划代码 as paths: what lies in what."""

from __future__ import annotations

# 省 市 县 乡 村: how many digits of a region code each level takes.
_LEVEL_DIGITS = (2, 2, 2, 3, 3)


def prefix_of(region: str) -> str:
    """What the codes of a region, and of all below it, begin with.

    Levels of nothing but zeros say nothing: ``620100`` (a city) gives ``6201``, ``000000`` (the country) gives nothing.
    Only whole levels are stripped, so the county ``620190`` does not become ``62019`` and look into its neighbours.
    """
    levels, at = [], 0
    for digits in _LEVEL_DIGITS:
        if part := region[at : at + digits]:
            levels.append(part)
        at += digits
    while levels and not levels[-1].strip("0"):
        levels.pop()
    return "".join(levels)


def covers(region: str, other: str) -> bool:
    """Whether ``other`` is ``region`` or lies below it."""
    return other.startswith(prefix_of(region))
