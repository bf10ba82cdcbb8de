"""Rows of a file in the order of business, however they lie in it: sorted in runs that are spooled to disk."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any, TypeVar

T = TypeVar("T")

# Rows kept in memory at once: about 100 MB of a roll.
RUN_ROWS = 40_000


def in_order(rows: Iterable[T], key: Callable[[T], Any], run_rows: int = RUN_ROWS) -> Iterator[T]:
    """All of ``rows`` sorted by ``key``, stable, in bounded memory.

    Runs beyond the first lie in a temporary file without a name, readable by this process only, gone with it.
    """
    runs: list[Iterator[T]] = []
    run: list[T] = []
    for row in rows:
        run.append(row)
        if len(run) >= run_rows:
            runs.append(_spooled(sorted(run, key=key)))
            run = []
    run.sort(key=key)
    if not runs:
        yield from run
        return
    yield from heapq.merge(*runs, run, key=key)


def _spooled(run: list[T]) -> Iterator[T]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives until the merge has read it
    pickler = pickle.Pickler(file, protocol=pickle.HIGHEST_PROTOCOL)
    for row in run:
        pickler.dump(row)
        # What one row repeats of another must not be kept in memory for the whole run.
        pickler.clear_memo()
    file.seek(0)
    return _unspooled(file, len(run))


def _unspooled(file: IO[bytes], count: int) -> Iterator[Any]:
    with file:
        for _ in range(count):
            yield pickle.load(file)  # noqa: S301 - written by this process a moment ago
