"""The million payments as journals: how fast they are written, and what hledger and ledger-cli make of them.

``python -m bench.journals`` measures this alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from bench.machine import OUT
from bench.programs import ProgramFailed, Ran, installed, run_programs
from bench.supervision import PLAN, opened
from projections.export.journal_text import account_name
from projections.export.journals import Written, write_journal
from projections.open_book import OpenBook
from projections.queries import Clocks, reading

FOLDER = OUT / "journals"
WHOLE = PLAN.as_of
# hledger holds nine kilobytes a transaction and reads ten thousand a second: it gets the first months only.
PART = date(PLAN.year, 3, 31)


def measure() -> dict[str, Any]:
    """Of the whole book and its first months: seconds to write it, and each program's seconds, memory and rate.

    Raises:
        ProgramFailed: a program refused the journal, or came to other balances than ours.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with opened() as books:
        whole = _measured(books, WHOLE, [name for name in installed() if name != "hledger"])
        return {"whole": whole, "part": _measured(books, PART, installed())}


def _measured(books: OpenBook, as_of: date, programs: Sequence[str]) -> dict[str, Any]:
    journal = FOLDER / f"{as_of}.journal"
    begun = time.perf_counter()
    written, ours = _export(books, as_of, journal)
    seconds = time.perf_counter() - begun
    found: dict[str, Any] = {
        "as_of": as_of.isoformat(),
        "transactions": written.entries,
        "megabytes": round(journal.stat().st_size / 1e6),
        "written": _rate(seconds, written.entries),
    }
    for name, ran in run_programs(journal, programs).items():
        if ran.balances != ours:
            raise ProgramFailed(f"{name} comes to other balances than ours on {as_of}")
        found[name] = _of(ran, written.entries) | {"accounts equal": len(ours)}
    journal.unlink()
    return found


def _export(books: OpenBook, as_of: date, journal: Path) -> tuple[Written, dict[str, int]]:
    with reading(books.database, Clocks(as_of)) as cursor, journal.open("w", encoding="utf-8") as out:
        written = write_journal(cursor, "hledger", out)
        rows = cursor.execute("select fund, account, balance_fen from balance").fetchall()
        return written, {account_name(row["fund"], row["account"]): int(row["balance_fen"]) for row in rows}


def _of(ran: Ran, entries: int) -> dict[str, float]:
    return _rate(ran.seconds, entries) | {"megabytes of memory": round(ran.memory_bytes / 1e6)}


def _rate(seconds: float, entries: int) -> dict[str, float]:
    return {"seconds": round(seconds, 2), "events/s": round(entries / seconds)}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    print(json.dumps(measure(), ensure_ascii=False, indent=1))
