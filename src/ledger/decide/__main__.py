"""Writes docs/refusals.md from the classes: ``python -m ledger.decide > docs/refusals.md``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import ledger.decide
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Decide

_OPENING = """# 拒绝 Refusals

What the book says when it says no, in the order in which a stranger would ask about it. Each has a stable `code`
(over HTTP the last part of the problem's `type`), a reason with the figures that it was reckoned from, the words of
the law where there are any, and what would make the request pass. With `--observed` nothing is refused.

本页由 `python -m ledger.decide` 从程序生成，请勿手工修改。This page is made by that command; do not edit it by hand.
"""


def decisions() -> list[type[Decide[Any]]]:
    """Every decision, by name."""
    for module in pkgutil.iter_modules(ledger.decide.__path__):
        if module.name != "__main__":
            import_module(f"ledger.decide.{module.name}")
    return sorted(_leaves(Decide), key=lambda decision: decision.__name__)


def _leaves(cls: Any) -> list[type[Decide[Any]]]:
    """The classes that nothing is made of: what is between shares code and decides nothing."""
    below = cls.__subclasses__()
    return [leaf for sub in below for leaf in _leaves(sub)] if below else [cls]


def page() -> str:
    """docs/refusals.md."""
    return "\n".join([_OPENING, *(line for refusal in _refusals() for line in _section(refusal))])


def _refusals() -> list[type[Refusal]]:
    """In the order in which they are defined, those of cases last."""
    catalogues = [import_module(f"ledger.decide.{name}") for name in ("refusals", "case_refusals")]
    values = [value for catalogue in catalogues for value in vars(catalogue).values()]
    found = [value for value in values if isinstance(value, type) and issubclass(value, Refusal)]
    return [refusal for refusal in found if refusal is not Refusal]


def _section(refusal: type[Refusal]) -> Iterator[str]:
    asked_by = [f"`{decision.__name__}`" for decision in decisions() if refusal in decision.REFUSALS]
    yield f"## {refusal.title_zh} {refusal.title_en}\n"
    yield f"- code: `{refusal.code}`"
    yield f"- 处理:{refusal.remedy_zh}"
    yield f"- to do: {refusal.remedy_en}"
    if refusal.citation:
        cited = refusal.citation
        yield f"- 依据《{cited.title}》{cited.article}:“{cited.quotation}”"
    yield f"- {', '.join(asked_by) or '受理时 on the way in'}\n"


if __name__ == "__main__":
    print(page(), end="")
