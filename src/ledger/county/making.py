"""Makes a county: its people, a lawful year, the wrongs, the files, and the answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ledger.county.answers import Answers
from ledger.county.books import Books, cap_rows
from ledger.county.funding import fund_the_year, issue
from ledger.county.identity import People
from ledger.county.life import live
from ledger.county.plan import CountyPlan
from ledger.county.population import populate
from ledger.county.purchases import close_the_cap, purchase
from ledger.county.records import PROVINCE, RELIEF
from ledger.county.sheets import COLUMNS, Sheet
from ledger.county.world import World
from ledger.county.write_money import (
    Payments,
    write_funding,
    write_other_expenses,
    write_purchases,
    write_recoveries,
)
from ledger.county.write_people import write_deaths, write_decisions, write_households, write_officials
from ledger.county.wrongs import plant


def make_county(plan: CountyPlan, folder: Path) -> Answers:
    """Writes `folder/files/*.csv` and `folder/expected.json`, and returns what the latter says.

    Memory holds households, not payment lines. Raises ValueError when the county is too small for its wrongs.
    """
    world = imagine(plan)
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    books = Books()
    with _sheets(files, plan) as sheets:
        _write(world, books, sheets)
    answers = world.answers
    answers.as_of, answers.jurisdiction = plan.as_of.isoformat(), plan.jurisdiction
    answers.funds, answers.cap = books.rows(), cap_rows(world)
    answers.rows = {kind: sheet.rows for kind, sheet in sheets.items()}
    if any(int(row["headroom_fen"]) < 0 for row in answers.cap):
        answers.must_find("service_cap", f"region:{plan.region}")
    answers.write(folder / "expected.json")
    return answers


def imagine(plan: CountyPlan) -> World:
    """The county before it is written: everything but its payment lines, which follow from it."""
    world = World(plan, People(plan.region, plan.chance("identities")))
    populate(world)
    live(world)
    fund_the_year(world)
    purchase(world)
    plant(world)
    close_the_cap(world)
    if world.cap_broken_by == "withdrawal":
        issue(world, RELIEF, PROVINCE, -20_000_00, (plan.year, 11, 20), (14,), "收回部分资金")
    return world


@contextmanager
def _sheets(files: Path, plan: CountyPlan) -> Iterator[dict[str, Sheet]]:
    kinds = [kind for kind in COLUMNS if kind != "transfers" or plan.transfers]
    with ExitStack() as open_files:
        yield {kind: open_files.enter_context(Sheet(files, kind)) for kind in kinds}


def _write(world: World, books: Books, sheets: dict[str, Sheet]) -> None:
    write_funding(world, books, sheets["grants"], sheets["receipts"], sheets.get("transfers"))
    write_households(world, sheets["households"])
    write_decisions(world, sheets["decisions"])
    payments = Payments(world, books, sheets["rolls"], sheets["bank"])
    payments.write()
    write_purchases(world, books, sheets["contracts"], sheets["visits"], sheets["service-expenses"])
    write_other_expenses(world, books, sheets["other-expenses"])
    write_recoveries(world, books, payments, sheets["recoveries"])
    write_deaths(world, sheets["deaths"])
    write_officials(world, sheets["officials"])
