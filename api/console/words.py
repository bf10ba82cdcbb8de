"""The console's words: one catalogue, each key in Chinese and in English."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

LANGUAGES: Final = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every key and its words by language."""
    text = files("api.console").joinpath("words.yaml").read_text(encoding="utf-8")
    words: dict[str, dict[str, str]] = yaml.safe_load(text)
    return words


class Words:
    """The catalogue in one language."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]

    def __call__(self, key: str, **params: Any) -> str:
        """The words of a key.

        Raises:
            KeyError: the catalogue has no such key.
        """
        return catalogue()[key][self.language].format(**params)

    def named(self, area: str, name: str) -> str:
        """The words of ``area.name``; the name itself where the catalogue has none (a jurisdiction may add its own)."""
        found = catalogue().get(f"{area}.{name}")
        return found[self.language] if found else name

    def side(self, both: str) -> str:
        """This language's side of words written as «中文 / English»."""
        zh, _, en = both.partition(" / ")
        return en if en and self.language == "en" else zh
