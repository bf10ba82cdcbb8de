"""What sealing costs those who record: bulk append with a sealer at work beside it, and without, in turn.

The sealer is a process of its own, niced as the program's is. Before each round with it, it has caught up; in a round
without it, it is stopped where it stands. ``python -m bench.sealing`` measures this alone.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import structlog

from bench.lines import key, stored_payments
from bench.machine import OUT, fresh_database, server
from ledger.book.database import Database
from ledger.book.recorder import BookRecorder
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.keys import make_key
from ledger.seal.sealer import Sealer

BATCH = 5_000
BATCHES_A_ROUND = 10
ROUNDS = 8
_SECONDS = 1.0
_NICE = 10
_PATIENCE_SECONDS = 300.0


def measure(url: str) -> dict[str, float]:
    """Events a second with and without a sealer, what it costs, how far it lags behind and how fast it is alone.

    ``cost`` is the median over pairs of rounds of 1 − with / without; ``lag`` in events at the end of a round.
    """
    database = Database(fresh_database(url, "sealing"))
    recorder = BookRecorder(database)
    with tempfile.TemporaryDirectory(dir=OUT) as place:
        folder = SealFolder(Path(place) / "seal")
        append = _appending(recorder)
        append()
        with _sealer(database.url, folder.path) as sealer:
            pairs, lags = _pairs(append, sealer, folder, recorder)
        alone = _alone(database.url, Path(place))
    database.close()
    return {
        "with": statistics.median(one for one, _ in pairs),
        "without": statistics.median(one for _, one in pairs),
        "cost": statistics.median(1 - with_it / without for with_it, without in pairs),
        "lag": statistics.median(lags),
        "alone": alone,
    }


def _appending(recorder: BookRecorder) -> Callable[[], float]:
    """A round: some batches; how many events a second."""
    events = stored_payments(0, BATCH * BATCHES_A_ROUND)
    chance = random.Random(3)

    def append() -> float:
        keys = [key(chance) for _ in events]
        begun = time.perf_counter()
        for first in range(0, len(events), BATCH):
            recorder.append(events[first : first + BATCH], None, keys[first : first + BATCH])
        return len(events) / (time.perf_counter() - begun)

    return append


def _pairs(
    append: Callable[[], float], sealer: psutil.Process, folder: SealFolder, recorder: BookRecorder
) -> tuple[list[tuple[float, float]], list[int]]:
    """Rounds with and without, the order changing; and how far the sealer was behind after each round with it."""
    pairs, lags = [], []

    def beside() -> float:
        sealer.resume()
        _wait_until_sealed(folder, recorder.head())
        rate = append()
        lags.append(recorder.head() - _sealed_size(folder))
        return rate

    def by_itself() -> float:
        _wait_until_sealed(folder, recorder.head())
        sealer.suspend()
        rate = append()
        sealer.resume()
        return rate

    for nth in range(ROUNDS):
        first, second = (beside, by_itself) if nth % 2 else (by_itself, beside)
        one, other = first(), second()
        pairs.append((one, other) if nth % 2 else (other, one))
    return pairs, lags


@contextmanager
def _sealer(url: str, folder: Path) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-m", "bench.sealing", url, str(folder)])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(_PATIENCE_SECONDS)


def _wait_until_sealed(folder: SealFolder, head: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while _sealed_size(folder) < head:
        if time.monotonic() > until:
            raise TimeoutError("the sealer does not catch up")
        time.sleep(0.05)


def _sealed_size(folder: SealFolder) -> int:
    try:
        return folder.checkpoint().size
    except NotSealed:
        return 0


def _alone(url: str, place: Path) -> float:
    """The whole log, sealed anew with nothing beside it; events a second."""
    with psycopg.connect(url, autocommit=True) as conn:
        begun = time.perf_counter()
        signed = Sealer(SealFolder(place / "anew"), make_key(place / "anew.key")).seal(conn)
        return (signed.size if signed else 0) / (time.perf_counter() - begun)


def seal_on(url: str, folder: Path) -> None:
    """What the process beside does: seals every second, until it is ended."""
    os.nice(_NICE)
    sealer = Sealer(SealFolder(folder), make_key(folder.with_suffix(".key")))
    with psycopg.connect(url, autocommit=True) as conn:
        while True:
            sealer.seal(conn)
            time.sleep(_SECONDS)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    if len(sys.argv) == 3:
        seal_on(sys.argv[1], Path(sys.argv[2]))
    else:
        with server() as own:
            print(json.dumps(measure(own), indent=1))
