"""Other processes that write to a book at the same time; each function runs in a process of its own."""

from __future__ import annotations

import random
from multiprocessing.synchronize import Barrier
from typing import Any

from eventsourcing.dcb.api import DCBEvent

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.decide.contract import CommitContract
from ledger.decide.refusals import CapExceeded
from ledger.decide.slice import Asked
from ledger.policy import load_pack
from tests.story import contract

WAIT_SECONDS = 60


def append_some(url: str, seed: int, appends: int, most: int) -> None:
    """Appends batches of random sizes: single events by call, larger ones by COPY."""
    database = Database(url, max_connections=2)
    dice = random.Random(seed)
    recorder = Book(database).recorder
    for nth in range(appends):
        count = dice.choice([1, 1, 1, 2, most])
        recorder.append([DCBEvent("t", b"{}", [f"writer{seed}", f"{nth}.{n}"]) for n in range(count)])
    database.close()


def commit_contracts(url: str, me: str, regions: list[str], yuan: int, barrier: Barrier, answers: Any) -> None:
    """Commits one contract in each region, at the same moment as the other process; tells how it was answered."""
    database = Database(url, max_connections=2)
    book, policy = Book(database), load_pack("lanzhou-new-area")
    asked = Asked("G007", "finance", "decided", policy)
    for region in regions:
        request = contract(yuan, f"{region}-{me}", region=region)
        barrier.wait(WAIT_SECONDS)
        try:
            book.do(lambda request=request: CommitContract(request, asked))  # type: ignore[misc]
            answers.put((region, True))
        except CapExceeded:
            answers.put((region, False))
    database.close()
