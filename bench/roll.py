"""A roll of 100,000 lines: read from its file, each line decided under the rules, recorded, visible in balances."""

from __future__ import annotations

import csv
import gc
import random
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bench.lines import CATEGORY
from bench.machine import OUT, fresh_database
from ledger.book.book import Book
from ledger.book.database import Database
from ledger.county.identity import People
from ledger.events.base import Event
from ledger.events.entitlement import AssistanceApproved, HouseholdRegistered
from ledger.events.funding import FundsReceived, GrantIssued
from ledger.intake.importer import Importer
from ledger.intake.kinds import KINDS
from ledger.intake.prepare import Preparer
from ledger.intake.recorder import RowRecorder
from ledger.policy import load_pack
from ledger.vault import Kind, Vault, open_vault
from projections.engine import Engine
from projections.queries import Clocks, funds, reading

LINES = 100_000
_AMOUNT_FEN = 68_000
_PART = 10_000
_WHO: dict[str, Any] = {"origin": "observed", "recorded_by": "G001", "recorded_role": "finance"}
_FUND: dict[str, Any] = {"region": "620199", "category": CATEGORY, "level": "中央", "budget_year": 2025}

# Somebody of a household: ID number, name, account.
Head = tuple[str, str, str]


class RollFailed(RuntimeError):
    """The roll was not recorded as it should have been: the figure would mean nothing."""


def measure(url: str, lines: int = LINES) -> dict[str, float]:
    """Seconds from the file to balances that show it, with every household, decision and payee on record before."""
    folder = OUT / "roll"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    database = Database(fresh_database(url, "roll"))
    book, engine, policy = Book(database), Engine(database), load_pack("lanzhou-new-area")
    engine.adopt(policy)
    vault = open_vault(database.pool, folder / "vault.key")
    heads = _heads(lines)
    path = _write_roll(folder, heads)
    _prepare(book, vault, heads)
    engine.catch_up()
    recorder = RowRecorder(book, Preparer(vault, policy), policy, engine.catch_up, b"bench" * 4, "G001", "finance")
    # What this benchmark itself holds is no work for the importer's garbage collector.
    gc.collect()
    gc.freeze()
    begun = time.perf_counter()
    (report,) = Importer(recorder, "decided", folder, lambda *_: None).run([path])
    with reading(database, Clocks(as_of=date(2025, 1, 31))) as cursor:
        in_transit_fen = sum(int(fund["in_transit_fen"]) for fund in funds(cursor))
    seconds = time.perf_counter() - begun
    gc.unfreeze()
    database.close()
    shutil.rmtree(folder)
    if report.recorded != lines or in_transit_fen != lines * _AMOUNT_FEN:
        raise RollFailed(f"{report.recorded} of {lines} lines, {in_transit_fen} fen in transit")
    return {"seconds": seconds, "lines": lines / seconds}


def _heads(count: int) -> list[Head]:
    people = People("620199", random.Random(4))
    return [(people.id_number(), people.name(), people.account()) for _ in range(count)]


def _write_roll(folder: Path, heads: list[Head]) -> Path:
    path = folder / "rolls.csv"
    columns = KINDS["rolls"].columns
    shared = {
        "batch_no": "B202501-1",
        "for_month": "2025-01",
        "paid_on": "2025-01-06",
        "programme": "城市低保",
        "payment_type": "正常",
        "category": CATEGORY,
        "level": "中央",
        "budget_year": "2025",
        "bank": "示例农商银行",
        "amount_fen": f"{_AMOUNT_FEN / 100:.2f}",
        "handled_by": "G002",
        "reviewed_by": "G003",
    }
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow([column.header for column in columns])
        for nth, (id_number, name, account) in enumerate(heads):
            own = {"line_no": nth + 1, "household": f"H{nth:06d}", "payee_id_number": id_number}
            row = shared | own | {"payee_name": name, "account": account}
            writer.writerow([row.get(column.field, "") for column in columns])
    return path


def _prepare(book: Book, vault: Vault, heads: list[Head]) -> None:
    """The fund, and part by part the households and what was decided for each."""
    enough_fen = 2 * len(heads) * _AMOUNT_FEN
    paper: dict[str, Any] = {"document_no": "财社〔2024〕1号", "amount_fen": enough_fen, **_WHO, **_FUND}
    issued, received = date(2024, 12, 1), date(2024, 12, 9)
    _record(book, [GrantIssued(issued_on=issued, **paper), FundsReceived(received_on=received, **paper)])
    for first in range(0, len(heads), _PART):
        part = heads[first : first + _PART]
        persons = vault.refer(Kind.PERSON, [head[0] for head in part])
        names = vault.refer(Kind.NAME, {head[1] for head in part})
        accounts = vault.refer(Kind.ACCOUNT, [head[2] for head in part])
        own = [(persons[i], names[n], accounts[a]) for i, n, a in part]
        vault.link([(person, token) for person, *tokens in own for token in tokens])
        _record(book, [event for nth, head in enumerate(own, first) for event in _household(nth, *head)])


def _record(book: Book, events: list[Event]) -> None:
    book.record(events, [None] * len(events), None)


def _household(nth: int, person: str, name: str, account: str) -> Iterator[Event]:
    household = f"H{nth:06d}"
    yield HouseholdRegistered(
        **_WHO,
        household=household,
        region="620199001001",
        person=person,
        name=name,
        identity_valid=True,
        relation="户主",
        bank="示例农商银行",
        account=account,
        holder_name=name,
        registered_on=date(2024, 12, 1),
    )
    yield AssistanceApproved(
        **_WHO,
        decision_no=f"D{nth:06d}",
        decided_on=date(2024, 12, 18),
        household=household,
        programme="城市低保",
        persons=1,
        start_month="2025-01",
        monthly_amount_fen=_AMOUNT_FEN,
    )
