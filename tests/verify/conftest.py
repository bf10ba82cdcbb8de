"""The workshop in which books are tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.verify.tampered_book import Workshop


@pytest.fixture(scope="session")
def shop(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A database of its own, without projections: book after book goes through it."""
    name = f"mz_verify_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0 encoding 'UTF8'".encode())
        shop = Workshop(make_conninfo(server, dbname=name), tmp_path_factory.mktemp("workshop"))
        yield shop
        shop.close()
        conn.execute(f"drop database {name} with (force)".encode())
