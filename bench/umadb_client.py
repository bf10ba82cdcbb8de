"""Runs in UmaDB's own virtual environment: reads acts as JSON lines, does them, and answers with a count each."""

from __future__ import annotations

import json
import sys
import threading
import time
from base64 import b64decode
from typing import Any

import umadb  # type: ignore[import-not-found]


class Acts:
    def __init__(self, url: str) -> None:
        self._url = url
        self._client = umadb.Client(url)
        self._events: list[Any] = []

    def load(self, events: list[tuple[str, str, list[str]]]) -> int:
        self._events = [umadb.Event(topic, b64decode(data), tags) for topic, data, tags in events]
        return len(self._events)

    def append(self, first: int, count: int, batch: int) -> int:
        for start in range(first, first + count, batch):
            self._client.append(self._events[start : min(start + batch, first + count)])
        return count

    def decide(self, clients: int, seconds: float) -> int:
        done = [0] * clients
        until = time.perf_counter() + seconds

        def work(client: int) -> None:
            connection = umadb.Client(self._url)
            position = connection.head() or 0
            while time.perf_counter() < until:
                event = self._events[(client * 4001 + done[client]) % len(self._events)]
                position = connection.append([event], _boundary(event, position))
                done[client] += 1

        threads = [threading.Thread(target=work, args=[client]) for client in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done)


def _boundary(event: Any, after: int) -> Any:
    """The same three items as bench.lines.boundary."""
    household, line = event.tags
    items = [
        umadb.QueryItem(types=["entitlement.approved.v1", "entitlement.ended.v1"], tags=[household]),
        umadb.QueryItem(types=["payment.settled.v1"], tags=[line]),
        umadb.QueryItem(types=["payment.roll_released.v1"], tags=["fund:620199"]),
    ]
    return umadb.AppendCondition(umadb.Query(items=items), after)


if __name__ == "__main__":
    acts = Acts(sys.argv[1])
    for line in sys.stdin:
        wanted = json.loads(line)
        print(getattr(acts, wanted.pop("act"))(**wanted), flush=True)
