"""``mingzhang demo``: a synthetic county's year through the real intake, then the console."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import structlog
import typer

from ledger.access.tokens import make_token
from ledger.commands import tables
from ledger.commands.importing import import_into
from ledger.county import DEMO_WRONGS, CountyPlan, make_county
from projections.open_book import OpenBook, Place, open_book, today
from projections.queries import Clocks, alerts, cap, funds, reading

log = structlog.get_logger()

JURISDICTION = "lanzhou-new-area"
REGION = "620199"
SEED = 20199


def run_demo(place: Place, *, households: int, port: int, is_once: bool) -> None:
    """Makes the county where it is not there yet, imports it (again: recorded once), and serves the console."""
    folder = place.data / "demo"
    plan = CountyPlan(SEED, households, today().year - 1, JURISDICTION, REGION, DEMO_WRONGS)
    files = _county_files(folder, plan)
    # The county's year is over: it is looked at on its last day, not on ours.
    with open_book(replace(place, business_day=plan.as_of), JURISDICTION, keep_up=True) as books:
        typer.echo(f"导入合成县 {plan.year} 年 / importing a synthetic county's {plan.year}: {files}", err=True)
        reports = import_into(books, [files], "observed", "G001", "demo", folder)
        tables.show_import(reports, as_json=False, dry_run=False)
        tables.show_supervised(books.supervisor.keep_up(books.today), books.today, books.supervisor.kept_on())
        _show_books(books)
        if not is_once:
            _serve(books, port)


def _county_files(folder: Path, plan: CountyPlan) -> Path:
    # The marker is written last: a county that was half made when the program was stopped is made again.
    made = folder / "expected.json"
    if not made.exists():
        typer.echo(f"合成 {plan.households} 户 / making {plan.households} households", err=True)
        folder.mkdir(parents=True, exist_ok=True)
        make_county(plan, folder)
    return folder / "files"


def _show_books(books: OpenBook) -> None:
    with reading(books.database, Clocks()) as cursor:
        for name, question in (("funds", funds), ("cap", cap), ("alerts", alerts)):
            tables.show(name, question(cursor), as_json=False)


def _serve(books: OpenBook, port: int) -> None:
    from api.serving import serve

    token = make_token(books.database, "G001", "audit", REGION, 7)
    lines = (
        "",
        f"控制台 / console: http://127.0.0.1:{port}",
        f"令牌(审计,7天有效)/ token (audit, 7 days): {token}",
        "Ctrl-C 停止 / stops it",
    )
    typer.echo("\n".join(lines))
    serve(books, "127.0.0.1", port)
