"""A vault that was never used, in a database of its own."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.vault import Vault, open_vault


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    """Connections to a vault that was never used; its schema may be applied again and changes nothing."""
    schema = (files("ledger.vault") / "schema" / "010_vault.sql").read_text("utf-8")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(schema)
    with ConnectionPool(database_url, min_size=1, max_size=4, timeout=20) as connections:
        yield connections


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.key"


@pytest.fixture
def vault(pool: ConnectionPool, key_file: Path) -> Vault:
    return open_vault(pool, key_file)
