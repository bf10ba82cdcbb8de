"""Verifying the kept book of a million payments, live: every event, the tag index, the tree, the signatures.

``python -m bench.verify`` measures this alone; the book must be there (``python -m bench.supervision`` makes it).
"""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg
import structlog

from bench.machine import MILLION
from ledger.seal.folder import SealFolder
from ledger.seal.keys import make_key
from ledger.seal.sealer import Sealer
from ledger.server import EmbeddedServer
from ledger.verify.live import verify_live
from ledger.verify.whole_log import How

_ROUNDS = 3
# A seal of its own beside the book, kept as the book is.
_SEAL = MILLION / "sealed"
_KEY = MILLION / "sealed.key"


def measure(workers: int = 2) -> dict[str, Any]:
    """Events a second, the middle and the best of three; ``sealed`` events a second where it had to be sealed first.

    Raises:
        RuntimeError: the book does not pass: the figure would be of something else.
    """
    with EmbeddedServer(MILLION / "data") as server:
        url = server.start()
        found: dict[str, Any] = _sealed(url)
        reports = [verify_live(url, _SEAL, how=How(workers=workers)) for _ in range(_ROUNDS)]
    # The pack that a kept book adopted may have changed since.
    wrong = {check: count for check, count in reports[0].tally.wrong.items() if check != "policy"}
    if wrong or reports[0].sealed_size != reports[0].size:
        raise RuntimeError(f"the kept book fails verification: {wrong}")
    rates = sorted(report.size / report.seconds for report in reports)
    return found | {"events": reports[0].size, "rate": rates[_ROUNDS // 2], "best": rates[-1]}


def _sealed(url: str) -> dict[str, float]:
    """Seals what is not sealed yet: both trees, rehashed from the stored bytes."""
    folder = SealFolder(_SEAL)
    before = max(folder.sizes(), default=0)
    begun = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as conn:
        signed = Sealer(folder, make_key(_KEY)).seal(conn)
    return {"sealed": (signed.size - before) / (time.perf_counter() - begun)} if signed else {}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    print(json.dumps(measure(), indent=1))
