"""Balances at past moments over the live API, on the book of a million payments: both clocks at random, over HTTP.

``python -m bench.point_in_time`` measures this alone.
"""

from __future__ import annotations

import json
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import structlog
import uvicorn

from api.app import create_app
from bench.supervision import PLAN, opened
from ledger.access import make_token
from projections.open_book import OpenBook
from projections.queries import Clocks, reading

REQUESTS = 200
_WARMING = 10


def measure() -> dict[str, Any]:
    """Milliseconds of a request, median and 95th percentile: one fund and all, known at positions and instants."""
    with opened() as books, _served(books) as client:
        found = _checked(books)
        paths = {"all funds": "/api/v1/funds", "one fund": f"/api/v1/funds/{quote(found.pop('fund'), safe='')}"}
        for known, moment in _moments(books).items():
            for name, path in paths.items():
                taken = _timed(client, path, moment)
                found[f"{name}, {known}"] = statistics.median(taken)
                found[f"{name}, {known}, p95"] = statistics.quantiles(taken, n=20)[-1]
    return found


def _moments(books: OpenBook) -> dict[str, Callable[[random.Random], dict[str, str]]]:
    """A random day of the year, and by what was known at a random position, or at the instant that it was recorded."""
    with books.database.connection() as conn:
        (head,) = conn.execute("select max(position) from book.event").fetchone() or (0,)

        def position(chance: random.Random) -> dict[str, str]:
            day = date(PLAN.year, 1, 1) + timedelta(days=chance.randrange(365))
            return {"as_of": day.isoformat(), "known_at": str(chance.randrange(1, head))}

        wanted = [random.Random(7).randrange(1, head) for _ in range(REQUESTS)]
        rows = conn.execute("select recorded_at from book.event where position = any(%s)", [wanted]).fetchall()
    instants = [row[0].isoformat() for row in rows]

    def instant(chance: random.Random) -> dict[str, str]:
        return position(chance) | {"known_at": chance.choice(instants)}

    return {"known at a position": position, "known at an instant": instant}


def _timed(client: httpx.Client, path: str, moment: Callable[[random.Random], dict[str, str]]) -> list[float]:
    chance, taken = random.Random(5), []
    for nth in range(_WARMING + REQUESTS):
        asked = moment(chance)
        begun = time.perf_counter()
        client.get(path, params=asked).raise_for_status()
        if nth >= _WARMING:
            taken.append((time.perf_counter() - begun) * 1_000)
    return taken


def _checked(books: OpenBook) -> dict[str, Any]:
    """What is timed is right: halfway, every fund has available what its legs come to. And the fund with most legs."""
    head = books.engine.catch_up()
    with reading(books.database, Clocks(date(PLAN.year, 7, 1), head // 2)) as cursor:
        summed = cursor.execute(_SUMMED).fetchall()
        told = {row["fund"]: row["available_fen"] for row in cursor.execute("select * from fund_balance").fetchall()}
    if told != {row["fund"]: row["available_fen"] for row in summed}:
        raise AssertionError("balances that are not the sums of their legs")
    return {"events": head, "funds": len(told), "legs of one fund": summed[0]["legs"], "fund": summed[0]["fund"]}


_SUMMED = """
select fund, coalesce(sum(amount_fen) filter (where account = 'available'), 0)::bigint as available_fen,
       count(*) as legs
from posting group by fund order by legs desc
"""


@contextmanager
def _served(books: OpenBook) -> Iterator[httpx.Client]:
    """The API on a port of this machine, and a client that bears a token."""
    # Made as asyncio makes the program's own: of another protocol number, it would wait for acknowledgements.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(books), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        token = make_token(books.database, "G001", "audit", PLAN.region, 1)
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=place, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            yield client
        server.should_exit = True
        thread.join(timeout=30)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    print(json.dumps(measure(), ensure_ascii=False, indent=1))
