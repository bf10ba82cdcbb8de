"""A book on a real PostgreSQL, whose log a sealer seals into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.book.book import Book
from ledger.events.evidence import DeathReported
from ledger.seal.folder import SealFolder
from ledger.seal.sealer import Sealer
from tests.seal.logs import signer
from tests.story import person

Record = Callable[[int], int]


@pytest.fixture
def conn(book: Book) -> Iterator[psycopg.Connection[Any]]:
    """The owner of the database with every trigger off: whoever could tamper with the log."""
    with psycopg.connect(book.database.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        yield conn


def deaths(count: int) -> list[DeathReported]:
    """So many events."""
    fields = {"origin": "observed", "recorded_by": "G001", "recorded_role": "audit", "source": "殡葬"}
    return [
        DeathReported.model_validate(
            {**fields, "person": person(f"{n}"), "name": "n" + person(f"{n}")[1:], "died_on": "2025-03-01"}
        )
        for n in range(count)
    ]


@pytest.fixture
def record(book: Book) -> Record:
    """Records so many events, and says how many there are."""
    return lambda count: book.record(deaths(count), [None] * count, None)


@pytest.fixture
def folder(tmp_path: Path) -> SealFolder:
    return SealFolder(tmp_path / "seal")


@pytest.fixture
def sealer(folder: SealFolder) -> Sealer:
    return Sealer(folder, signer())
