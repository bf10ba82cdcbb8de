"""The facts of an archive in DuckDB: as tables of the file, or as views that read its Parquet where it lies."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path

import duckdb

from projections.replay.schema import fact_columns


class NotAnArchive(ValueError):
    """A folder that holds no tables of a book."""

    def __init__(self, archive: Path) -> None:
        super().__init__(
            f"“{archive}”不是归档(没有 tables 目录),请核对路径 / {archive} is no archive: it has no folder tables"
        )


def load_facts(
    conn: duckdb.DuckDBPyConnection, archive: Path, *, as_tables: bool, wanted: Container[str] | None = None
) -> int:
    """Makes schema ``fact``, one table an event class (or those ``wanted`` alone); the position of the last event.

    Raises:
        NotAnArchive: the folder has no tables.
    """
    tables = archive / "tables"
    if not tables.is_dir():
        raise NotAnArchive(archive)
    conn.execute("create schema fact")
    head = 0
    for name, columns in fact_columns().items():
        parts = sorted((tables / name).glob("*.parquet"), key=_first_position)
        head = max([head, *(int(part.stem.partition("-")[2]) for part in parts)])
        if wanted is not None and name not in wanted:
            continue
        typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        if not parts:
            conn.execute(f"create table fact.{name} ({typed})")
            continue
        kind = "table" if as_tables else "view"
        try:
            conn.execute(f"create {kind} fact.{name} as {_typed(columns)} from {_source(parts)}")
        except duckdb.BinderException:
            # An older version wrote these parts, and lacks columns that came later: they are NULL in them.
            conn.execute(f"create {kind} fact.{name} as {_typed(columns)} from ({_lacking(conn, parts, columns)})")
    return head


def _first_position(part: Path) -> int:
    return int(part.stem.partition("-")[0])


def _typed(columns: dict[str, str]) -> str:
    return "select " + ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())


def _source(parts: Iterable[Path]) -> str:
    listed = ", ".join("'" + str(part).replace("'", "''") + "'" for part in parts)
    return f"read_parquet([{listed}], union_by_name = true)"


def _lacking(conn: duckdb.DuckDBPyConnection, parts: Iterable[Path], columns: dict[str, str]) -> str:
    """A query over some parts that has every column, also those that no part has."""
    source = _source(parts)
    held = {row[0] for row in conn.execute(f"describe select * from {source}").fetchall()}
    missing = "".join(f", null as {column}" for column in columns if column not in held)
    return f"select *{missing} from {source}"
