"""What a decision says when it says no: typed, bilingual, with the law and with what would make it pass."""

from __future__ import annotations

from typing import Any, ClassVar

from ledger.decide.law import Citation


class Refusal(Exception):
    """A request that breaks a rule.

    ``code`` is stable and public (RFC 9457 ``type``); ``column`` is the Chinese column that it concerns;
    ``params`` are the figures that it was reckoned from (fen, months, document numbers: never a person).
    """

    code: ClassVar[str]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]
    remedy_zh: ClassVar[str]
    remedy_en: ClassVar[str]
    citation: ClassVar[Citation | None] = None

    def __init__(self, zh: str, en: str, *, column: str = "", citation: Citation | None = None, **params: Any) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.column = column
        self.cited = citation or type(self).citation
        self.params = params

    def reason_zh(self) -> str:
        """The reason, the law's words and the remedy, in Chinese."""
        law = f"依据《{self.cited.title}》{self.cited.article}:“{self.cited.quotation}”" if self.cited else ""
        return f"{self.title_zh}:{self.zh}。{law} 处理:{self.remedy_zh}"

    def reason_en(self) -> str:
        """The reason and the remedy, in English, with the law's title in its own words."""
        law = f" Law: {self.cited.title} {self.cited.article}." if self.cited else ""
        return f"{self.title_en}: {self.en}.{law} To do: {self.remedy_en}"


def yuan(amount_fen: int) -> str:
    """An amount as people write it: ``1,234.50``."""
    sign, amount = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    return f"{sign}{amount // 100:,}.{amount % 100:02d}"
