"""How books read as plain-text accounting: account names, amounts and entries for hledger, ledger-cli and beancount.

One set of account names serves all three programs; hledger and ledger-cli read the same text. Nothing that somebody
typed reaches a journal unescaped, so no document number can end a line, date a posting or be taken for a tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

# Each account of a fund: the root that all three programs know, and what it is.
ACCOUNTS = {
    "available": ("Assets", "可用"),
    "in_transit": ("Assets", "在途"),
    "received": ("Income", "到账"),
    "recovered": ("Income", "追回"),
    "settled": ("Expenses", "已发"),
    "services": ("Expenses", "购买服务"),
    "other": ("Expenses", "其他"),
    "passed_down": ("Expenses", "拨付"),
    "issued": ("Equity", "下达"),
    "budget": ("Equity", "预算"),
}
# beancount allows letters and digits and a capital at the beginning; X begins every escape, and so is escaped itself.
_NOT_IN_ACCOUNT = re.compile(r"^[a-z]|[X_]|[^\w]")
# ``[2025]`` would date a posting, a comma would end a tag, a quote a string: what is neither word nor harmless goes.
_NOT_IN_TEXT = re.compile(r"[^\w./〔〕（）《》-]")

# The kinds of tags that name a paper or a line of one; what else events are tagged with says nothing more.
REFERENCES = ("document", "line", "contract", "expense", "recovery")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event on one day: its position, the later one where its fund was known only then, and legs that sum to 0.

    ``references`` are (kind, number) of its papers; ``legs`` are (fund, account, amount in fen).
    """

    position: int
    known_from: int
    day: date
    topic: str
    references: Sequence[tuple[str, str]]
    legs: Sequence[tuple[str, str, int]]


class Form(Protocol):
    """What differs from program to program."""

    def opening(self, accounts: Sequence[str], first_day: date) -> str: ...

    def entry(self, entry: Entry) -> str: ...

    def assertion(self, day: date, balances: Sequence[tuple[str, str, int]]) -> str: ...


@lru_cache(maxsize=10_000)
def account_name(fund: str, account: str) -> str:
    """``in_transit`` of the fund ``620199|低保|中央|2025`` is ``Assets:620199:低保:中央:2025:InTransit``.

    Different accounts have different names: ``X7c-`` stands for ``|``, and so on, by the character's code in hex.
    """
    region, rest = fund.split("|", 1)
    category, level, year = rest.rsplit("|", 2)
    its_fund = ":".join(_NOT_IN_ACCOUNT.sub(_by_its_code, part) for part in (region, category, level, year))
    return f"{ACCOUNTS[account][0]}:{its_fund}:{leaf_name(account)}"


def leaf_name(account: str) -> str:
    """``in_transit`` -> ``InTransit``."""
    return account.title().replace("_", "")


def _by_its_code(found: re.Match[str]) -> str:
    return f"X{ord(found[0]):x}-"


def safe(text: str) -> str:
    """Text as no program can misread it: percent-encoded, but for letters, digits and the marks of document numbers."""
    return _NOT_IN_TEXT.sub(lambda found: quote(found[0], safe=""), text)


def yuan(amount_fen: int) -> str:
    """``-1205`` -> ``-12.05``, whatever the size."""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole}.{fen:02d}"


def _entry(head: str, note: str, entry: Entry) -> str:
    lines = [f"\n{head}"]
    if entry.known_from != entry.position:
        lines.append(note % ("known_from", entry.known_from))
    lines += [note % (kind, safe(number)) for kind, number in entry.references]
    lines += [f"    {account_name(fund, account)}  {yuan(fen)} CNY" for fund, account, fen in entry.legs]
    return "\n".join(lines) + "\n"


class PlainText:
    """For hledger and ledger-cli: the position is the transaction's code."""

    def opening(self, accounts: Sequence[str], first_day: date) -> str:
        tags = "".join(f"tag {name}\n" for name in ("known_from", "household", *REFERENCES))
        return f"commodity CNY\n    format 1000.00 CNY\n\n{tags}\n" + "".join(f"account {one}\n" for one in accounts)

    def entry(self, entry: Entry) -> str:
        return _entry(f"{entry.day} * ({entry.position}) {entry.topic}", "    ; %s: %s", entry)

    def assertion(self, day: date, balances: Sequence[tuple[str, str, int]]) -> str:
        lines = [f"\n{day} * 余额核对 balance assertion"]
        lines += [f"    {account_name(fund, account)}  0.00 CNY = {yuan(fen)} CNY" for fund, account, fen in balances]
        return "\n".join(lines) + "\n"


class Beancount:
    """For beancount: the position is metadata, and a balance is that of the next day's beginning."""

    def opening(self, accounts: Sequence[str], first_day: date) -> str:
        return 'option "operating_currency" "CNY"\n\n' + "".join(f"{first_day} open {one} CNY\n" for one in accounts)

    def entry(self, entry: Entry) -> str:
        return _entry(f'{entry.day} * "{entry.topic}"\n  position: {entry.position}', '  %s: "%s"', entry)

    def assertion(self, day: date, balances: Sequence[tuple[str, str, int]]) -> str:
        # Without a tolerance of its own, beancount lets a balance of two decimals be a fen off.
        next_day = day + timedelta(days=1)
        return "\n" + "".join(
            f"{next_day} balance {account_name(fund, account)}  {yuan(fen)} ~ 0 CNY\n"
            for fund, account, fen in balances
        )


FORMS: dict[str, Form] = {"hledger": PlainText(), "ledger": PlainText(), "beancount": Beancount()}
