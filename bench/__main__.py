"""``python -m bench``: measures everything in one run, prints a table and writes bench/out/results.json."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from typing import Any

import psutil
import psycopg
import structlog

from bench import bulk, derived, journals, point_in_time, replay, roll, sealing, single, supervision, table, verify
from bench.machine import OUT, Memory, flushes_per_second, server
from bench.table import Figure
from bench.umadb_side import UmaDB, umadb

_MEGABYTE = 1_000_000


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    OUT.mkdir(exist_ok=True)
    begun = time.perf_counter()
    flushes = [flushes_per_second(OUT)]
    with server() as url:
        memory = Memory(url)
        memory.start()
        figures = _beside_umadb(url, flushes)
        figures += _derived(derived.measure(url))
        flushes.append(flushes_per_second(OUT))
        figures += _roll(roll.measure(url))
        figures += _sealing(sealing.measure(url))
        memory.stop()
        version = _version(url)
    figures += _supervision(supervision.measure())
    figures += _verify(verify.measure())
    figures += _point_in_time(point_in_time.measure())
    figures += _journals(journals.measure())
    figures += _replay(replay.measure())
    flushes.append(flushes_per_second(OUT))
    figures += [
        table.at_most("memory, this process at most", memory.python_bytes / _MEGABYTE, "MB", 500),
        table.at_most("memory, largest server process at most", memory.server_bytes / _MEGABYTE, "MB", 500),
        Figure("disk flushes, median of the run", statistics.median(flushes), "flushes/s"),
    ]
    machine = _machine(version, flushes, time.perf_counter() - begun)
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(table.text(figures))
    table.save(OUT / "results.json", machine, figures)
    return 0


def _beside_umadb(url: str, flushes: list[float]) -> list[Figure]:
    with umadb() as found:
        uma = found if isinstance(found, UmaDB) else None
        if isinstance(found, str):
            print(found)
        figures = _bulk(bulk.measure(url, uma))
        flushes.append(flushes_per_second(OUT))
        return figures + _single(single.measure(url, uma))


def _bulk(rates: dict[str, float]) -> list[Figure]:
    ours, unit = rates["ours"], "events/s"
    batch = f"batches of {bulk.BATCH:,}"
    figures = [
        Figure(f"bulk: raw COPY, {batch} (the limit)", rates["raw"], unit),
        table.of_limit("bulk: our append, the same batches", ours, unit, rates["raw"], "raw COPY", 0.5),
        Figure("bulk: raw COPY of rows made beforehand", rates["raw, rows made before"], unit),
        table.times_theirs("bulk: PostgresDCBRecorderTT, batches of 1,000", rates["library"], unit, ours, 4),
        table.times_theirs("bulk: default recorder, batches of 500", rates["library default"], unit, ours, 4),
    ]
    if "umadb" in rates:
        figures.append(table.times_theirs("bulk: UmaDB, batches of 1,000", rates["umadb"], unit, ours, 1))
        whole = rates["umadb, whole batch"]
        figures.append(table.times_theirs(f"bulk: UmaDB, {batch}", whole, unit, ours, 1))
    return figures


def _single(rates: dict[str, dict[int, float]]) -> list[Figure]:
    figures: list[Figure] = []
    for count in single.AT_ONCE:
        who, unit = f"{count} client{'s' if count > 1 else ''}", "/s"
        bare, ours, whole = (rates[name][count] for name in ("bare", "ours", "ours, whole decision"))
        figures += [
            Figure(f"single, {who}: bare INSERT and commit", bare, unit),
            table.of_limit(f"single, {who}: our conditional append", ours, unit, bare, "bare INSERT", 0.4),
            table.of_limit(f"single, {who}: read, decide and append", whole, unit, bare, "bare INSERT", None),
            table.times_theirs(f"single, {who}: PostgresDCBRecorderTT", rates["library"][count], unit, ours, 3),
        ]
        if "umadb" in rates:
            figures.append(table.times_theirs(f"single, {who}: UmaDB", rates["umadb"][count], unit, ours, None))
    return figures


def _derived(rates: dict[str, float]) -> list[Figure]:
    hot, cold = rates["hot"], rates["cold"]
    beside = "balance at a past day, hot beside cold"
    return [
        table.at_least("projector", rates["projector"], "events/s", 60_000),
        table.at_least("balance at a past day, cold account", cold, "queries/s", 5_000),
        table.at_least("balance at a past day, hot account", hot, "queries/s", 5_000),
        # Two medians of the same work differ by some per cent; less than a tenth is no difference.
        Figure(beside, hot, "queries/s", "cold", hot / cold, ">= 0.9", hot >= cold * 0.9),
    ]


def _roll(found: dict[str, float]) -> list[Figure]:
    return [
        table.at_most(f"roll of {roll.LINES:,} lines, file to balances", found["seconds"], "s", 10),
        Figure("roll, lines decided and recorded", found["lines"], "lines/s"),
    ]


def _supervision(found: dict[str, Any]) -> list[Figure]:
    """The rules over a million payments; what each rule takes goes to a file of its own."""
    (OUT / "rules.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    book = f"{found['payments']:,} payments"
    return [
        table.at_most(f"rules: everything asked of {book}", found["full"], "s", 60),
        table.at_most(
            f"rules: findings up to date after {found['events']:,} events", found["followed"] * 1000, "ms", 1000
        ),
        Figure("rules: the slowest of those", found["followed, slowest"] * 1000, "ms"),
    ]


def _journals(found: dict[str, Any]) -> list[Figure]:
    """What programs that are not ours make of the same book; each came to our balances, or there were no figures."""
    figures = []
    for measured in found.values():
        book = f"{measured['transactions']:,} events"
        figures.append(Figure(f"journal: {book} exported", measured["written"]["events/s"], "events/s"))
        figures += [
            Figure(f"{name}: balances of {book}, equal to ours", measured[name]["events/s"], "events/s")
            for name in ("ledger", "hledger")
            if name in measured
        ]
    return figures


def _replay(found: dict[str, Any]) -> list[Figure]:
    """The same book from its archive in DuckDB, beside what DuckDB reads of that Parquet with nothing to do."""
    book = f"{found['events']:,} events"
    rate = found["balances"]
    return [
        Figure("replay: plain scan of the money's columns", found["scan"], "rows/s"),
        Figure(
            f"replay: {book} into balances", rate, "events/s", "plain scan", rate / found["scan"], ">= 3,000,000",
            rate >= 3_000_000,
        ),
        table.at_most(f"replay: {book} with every finding, into a file", found["whole"], "s", 60),
    ]  # fmt: skip


def _point_in_time(found: dict[str, Any]) -> list[Figure]:
    """Balances at past moments over HTTP, on the same book; the goal is for the median."""
    book = f"{found['events']:,} events"
    return [
        Figure(f"API: {name}", found[name], "ms")
        if name.endswith("p95")
        else table.at_most(f"API: balances of {name}, of {book}", found[name], "ms", 50)
        for name in found
        if name.startswith(("one fund", "all funds"))
    ]


def _sealing(found: dict[str, float]) -> list[Figure]:
    """Bulk append with a sealer beside it and without, in turn, in one run."""
    return [
        table.at_most("sealing: what bulk append loses by it", found["cost"] * 100, "%", 5),
        Figure("sealing: bulk append with a sealer beside it", found["with"], "events/s"),
        Figure("sealing: how far the sealer is behind then", found["lag"], "events"),
        Figure("sealing: both trees, with nothing beside it", found["alone"], "events/s"),
    ]


def _verify(found: dict[str, Any]) -> list[Figure]:
    """The same book, every byte of it, on two cores."""
    return [table.at_least(f"verify: a live book of {found['events']:,} events", found["rate"], "events/s", 100_000)]


def _version(url: str) -> str:
    with psycopg.connect(url) as conn:
        return str(conn.info.server_version // 10_000)


def _machine(version: str, flushes: list[float], seconds: float) -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "memory GB": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "PostgreSQL": version,
        "flushes/s": [round(rate) for rate in flushes],
        "load at the end": round(psutil.getloadavg()[0], 1),
        "seconds": round(seconds),
    }


if __name__ == "__main__":
    sys.exit(main())
