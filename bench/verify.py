"""Verifying the kept book of a million payments, live: every event, the tag index, the tree, the signatures.

``python -m bench.verify`` measures this alone; the book must be there (``python -m bench.supervision`` makes it).
"""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg
import structlog

from bench.supervision import FOLDER
from ledger.seal.folder import SealFolder
from ledger.seal.keys import make_key
from ledger.seal.sealer import Sealer
from ledger.server import EmbeddedServer
from ledger.verify.live import verify_live
from ledger.verify.whole_log import How

# A seal of its own beside the book, kept as the book is.
_SEAL = FOLDER / "sealed"
_KEY = FOLDER / "sealed.key"


def measure(workers: int = 2) -> dict[str, Any]:
    """Events a second, and of how many; ``sealed`` events a second where the book had to be sealed first.

    Raises:
        RuntimeError: the book does not pass: the figure would be of something else.
    """
    with EmbeddedServer(FOLDER / "data") as server:
        url = server.start()
        found: dict[str, Any] = _sealed(url)
        report = verify_live(url, _SEAL, how=How(workers=workers))
    # The pack that a kept book adopted may have changed since.
    wrong = {check: count for check, count in report.tally.wrong.items() if check != "policy"}
    if wrong or report.sealed_size != report.size:
        raise RuntimeError(f"the kept book fails verification: {wrong}")
    return found | {"events": report.size, "seconds": report.seconds, "rate": report.size / report.seconds}


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
