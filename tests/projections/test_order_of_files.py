"""Order does not matter: the same files, in any lawful order, end in the same findings."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from ledger.county import CountyPlan, make_county
from projections.open_book import OpenBook, Place, open_book
from projections.queries import Clocks, reading
from tests.conftest import emptied
from tests.handed_in import differences, hand_in, said

PLAN = CountyPlan(seed=12, households=80, year=2025, jurisdiction="lanzhou-new-area", wrongs="all")
# What must be on record before: money and people before they are spoken of, a line before the bank's word on it, what
# was paid before it is paid back. All else may come in any order.
BEFORE = {
    "rolls": ("grants", "households"),
    "bank": ("rolls",),
    "recoveries": ("bank",),
    "service-expenses": ("contracts",),
    "other-expenses": ("grants",),
    "receipts": ("grants",),
    "contracts": ("grants",),
    "decisions": ("households",),
}
LISTED = [
    *("grants", "receipts", "households", "decisions", "rolls", "bank", "contracts", "visits"),
    *("service-expenses", "other-expenses", "recoveries", "deaths", "officials"),
]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(PLAN, folder)
    return folder


def on_record(books: OpenBook) -> set[tuple[Any, ...]]:
    with reading(books.database, Clocks(PLAN.as_of)) as cursor:
        rows = cursor.execute("select * from finding_state where is_open").fetchall()
    # Not by their subjects: a person or an account has another pseudonym in another book.
    return {(row["rule"], tuple(row["refs"]), row["amount_fen"], row["severity"], row["found_on"]) for row in rows}


def lawful_order(dice: random.Random) -> list[str]:
    """The kinds in some order that has everything on record before it is needed."""
    waiting, order = set(LISTED), list[str]()
    while waiting:
        ready = sorted(kind for kind in waiting if not waiting & set(BEFORE.get(kind, ())))
        order.append(dice.choice(ready))
        waiting.remove(order[-1])
    return order


def handed_over(url: str, county: Path, folder: Path, kinds: list[str]) -> set[tuple[Any, ...]]:
    """The findings on record after the files came one by one, each looked at as it came."""
    with open_book(Place(folder, url, PLAN.as_of), PLAN.jurisdiction) as books:
        for kind in kinds:
            hand_in(books, [county / "files" / f"{kind}.csv"], "observed", folder)
            books.supervisor.keep_up(books.today)
        expected = json.loads((county / "expected.json").read_text(encoding="utf-8"))
        assert differences(expected, said(books, PLAN.as_of)) == []
        return on_record(books)


def test_files_in_another_order_end_in_the_same_findings(
    database_url: str, other_url: str, county: Path, tmp_path: Path
) -> None:
    as_listed = handed_over(database_url, county, tmp_path / "listed", LISTED)
    assert as_listed
    for seed in (1, 2):
        order = lawful_order(random.Random(seed))
        assert handed_over(emptied(other_url), county, tmp_path / str(seed), order) == as_listed, order
