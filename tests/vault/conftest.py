"""A scratch database with an empty vault."""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from ledger.vault import Vault, open_vault


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    server = os.environ.get("MINGZHANG_TEST_DATABASE")
    if not server:
        pytest.skip("MINGZHANG_TEST_DATABASE names no PostgreSQL server to test on")
    name = f"vault_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield make_conninfo(server, dbname=name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def pool(database_url: str) -> Iterator[ConnectionPool]:
    """Connections to a vault that was never used."""
    schema = (files("ledger.vault") / "schema" / "010_vault.sql").read_text("utf-8")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(schema)
        connection.execute(schema)
        connection.execute(
            "truncate vault.key_check, vault.subject, vault.link, vault.restriction, vault.access_record"
        )
    with ConnectionPool(database_url, min_size=1, max_size=4, timeout=20) as connections:
        yield connections


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.key"


@pytest.fixture
def vault(pool: ConnectionPool, key_file: Path) -> Vault:
    return open_vault(pool, key_file)
