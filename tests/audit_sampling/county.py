"""A small county to sample for audit from: everything that a population may hold, refunds and reversals among it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from ledger.decide.slice import Asked, Request
from ledger.events.base import Origin
from projections.open_book import OpenBook
from tests.story import (
    DECISION_OF,
    account,
    bank,
    contract,
    day,
    decision,
    expense,
    fen,
    grant,
    household,
    line,
    name,
    person,
    receipt,
    record_at_once,
    recovery,
    service_expense,
    visit,
)

NORTH, SOUTH = "620199001001", "620199002001"
COUNT = 12
NO = "审2026-1"
COUNTY = ("--region", "620199")


def tell(books: OpenBook, requests: Iterable[Request], origin: Origin = "observed") -> None:
    asked = Asked("G007", "finance", origin, books.policy)
    record_at_once(books.book, [partial(DECISION_OF[type(request)], request, asked) for request in requests])
    books.engine.catch_up()


def home(nth: int) -> str:
    return f"H{nth:03d}"


def yuan_of(nth: int) -> int:
    """What the nth household is paid a month: 110, 120, … and the last of them 5,000."""
    return 5_000 if nth == COUNT else 100 + 10 * nth


def registered(nth: int) -> list[Request]:
    who, region = f"韩{nth}", NORTH if nth % 2 else SOUTH
    return [household(home(nth), who, region=region), decision(no=home(nth), yuan=yuan_of(nth))]


def paid(nth: int, month: str, batch: str) -> list[Request]:
    who = f"韩{nth}"
    own: dict[str, Any] = {"payee": person(who), "payee_name": name(who), "account": account(f"{who}的卡")}
    paper = line(home(nth), yuan_of(nth), month, batch, nth, **own)
    answer = {"holder_name": own["payee_name"], "account": own["account"]}
    return [paper, bank(yuan_of(nth), batch, nth, f"{month}-09", **answer)]


def settle(books: OpenBook) -> None:
    """Twelve households, paid in January and February; a line that came back whole, contracts, expenses, recoveries."""
    tell(books, [grant(), receipt(), grant(-1_000, "财社〔2025〕2号"), receipt(-500)])
    homes = range(1, COUNT + 1)
    tell(books, [told for nth in homes for told in registered(nth)])
    for month, batch in (("2025-01", "B1"), ("2025-02", "B2")):
        tell(books, [told for nth in homes for told in paid(nth, month, batch)])
    reversal = bank(-yuan_of(3), "B2", 3, "2025-02-20", holder_name=name("韩3"), account=account("韩3的卡"))
    tell(books, [reversal])
    tell(books, [contract(2_000, "C-01"), contract(3_000, "C-02"), visit()])
    tell(books, [service_expense(500, "S1"), service_expense(-200, "S1"), service_expense(700, "S2", "C-02")])
    tell(books, [expense(900, "E1"), expense(-100, "E1"), expense(400, "E2")])
    tell(books, [recovery("立案", 50, household=home(1)), recovery("缴回", 30, household=home(1), on="2025-06-05")])
    tell(books, [recovery("立案", 20, "R2", household=home(2))])


def amounts(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    return {row["item"]: row["amount_fen"] for row in rows}


JANUARY = {f"B1/{nth}": fen(yuan_of(nth)) for nth in range(1, COUNT + 1)}
LATE = day("2026-06-15")
