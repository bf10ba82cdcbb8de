"""Replaying the book of a million payments from its archive in DuckDB: balances alone, and everything with findings.

``python -m bench.replay [ARCHIVE]`` measures this alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from bench.machine import OUT
from bench.supervision import PLAN, opened
from projections.replay.replaying import replay
from projections.replay.taking import take_tables

ARCHIVE = OUT / "million-archive"
_ROUNDS = 5
# The columns that balances are made of, of the two tables that hold nearly all the money.
_SCAN = """
select max(position), max(day), max(region), max(category), max(level), max(budget_year), sum(amount_fen), count(*)
from (select position, paid_on as day, region, category, level, budget_year, amount_fen
      from read_parquet('{instructed}')
      union all
      select position, settled_on, region, category, level, budget_year, amount_fen
      from read_parquet('{settled}'))
"""


def measure(archive: Path | None = None) -> dict[str, Any]:
    """Seconds and events a second into balances (best of five) and into a file with everything; and of a plain scan."""
    place = archive or _taken()
    _scan(place)
    scans = [_scan(place) for _ in range(_ROUNDS)]
    balances = [_balances(place) for _ in range(_ROUNDS)]
    head, seconds = min(balances, key=lambda one: sum(one[1].values()))
    whole = _whole(place)
    return {
        "events": head,
        "scan": max(scans),
        "balances": head / sum(seconds.values()),
        "balances, seconds": seconds,
        "whole": sum(whole["seconds"].values()),
        "whole, seconds": whole["seconds"],
        "rules": whole["rules"],
        "skipped": whole["skipped"],
    }


def _taken() -> Path:
    """The tables of the million book's archive, made once and kept beside it."""
    if not (ARCHIVE / "tables").exists():
        with opened() as books, books.database.dedicated() as conn:
            take_tables(conn, ARCHIVE)
    return ARCHIVE


def _scan(place: Path) -> float:
    """Rows a second that DuckDB reads of the same Parquet, doing nothing with them."""
    tables = place / "tables"
    statement = _SCAN.format(
        instructed=tables / "payment_instructed" / "*.parquet", settled=tables / "payment_settled" / "*.parquet"
    )
    with duckdb.connect() as conn:
        begun = time.perf_counter()
        row = conn.execute(statement).fetchone()
        return int(row[-1] if row else 0) / (time.perf_counter() - begun)


def _balances(place: Path) -> tuple[int, dict[str, float]]:
    with closing(replay(place, None, PLAN.as_of, only="balances")) as book:
        return book.head, dict(book.seconds)


def _whole(place: Path) -> dict[str, Any]:
    out = OUT / f"replay-{os.getpid()}.duckdb"
    try:
        with closing(replay(place, out, PLAN.as_of)) as book:
            return {"seconds": dict(book.seconds), "rules": len(book.rules), "skipped": dict(book.skipped)}
    finally:
        out.unlink(missing_ok=True)


if __name__ == "__main__":
    found = measure(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(json.dumps(found, ensure_ascii=False, indent=1))
