"""Rounds: every contestant in turn, several times over, so that all of them meet the same weather; medians."""

from __future__ import annotations

import gc
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping

# A contestant does its part of a round and says how many events that was.
Contestant = Callable[[int], int]


def events_per_second(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, float]:
    """The median over ``rounds`` of what each does in a second; a first round that warms up is not counted."""
    rates: dict[str, list[float]] = defaultdict(list)
    for nth in range(rounds + 1):
        for name, contestant in contestants.items():
            gc.collect()
            begun = time.perf_counter()
            count = contestant(nth)
            if nth:
                rates[name].append(count / (time.perf_counter() - begun))
    return {name: statistics.median(found) for name, found in rates.items()}


def clients(count: int, seconds: float, begin: Callable[[int], Callable[[], None]]) -> int:
    """Lets ``count`` threads do one thing over and over for some seconds; how often it was done in all.

    ``begin`` makes a client's act before the clock starts.
    """
    acts = [begin(client) for client in range(count)]
    done = [0] * count
    until = time.perf_counter() + seconds

    def work(client: int) -> None:
        act = acts[client]
        while time.perf_counter() < until:
            act()
            done[client] += 1

    threads = [threading.Thread(target=work, args=[client]) for client in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)
