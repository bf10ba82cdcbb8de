"""What people ask for as tables of the file: funds, cap, alerts, posting, and what the file is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ledger.version import product_version
from projections.evaluation import Row

if TYPE_CHECKING:
    from projections.replay.replaying import Replayed

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "funds": {
        "region": "text", "category": "text", "level": "text", "year": "int", "issued_fen": "bigint",
        "received_fen": "bigint", "settled_fen": "bigint", "in_transit_fen": "bigint", "services_fen": "bigint",
        "other_fen": "bigint", "passed_down_fen": "bigint", "recovered_fen": "bigint", "available_fen": "bigint",
    },
    "cap": {
        "region": "text", "year": "int", "jurisdiction": "text", "force": "text", "base_fen": "bigint",
        "limit_fen": "bigint", "committed_fen": "bigint", "spent_fen": "bigint", "headroom_fen": "bigint",
        "policy_version": "text", "source": "json",
    },
    "alerts": {
        "id": "text", "rule": "text", "name": "text", "kind": "text", "severity": "text", "subject": "text",
        "refs": "text[]", "amount_fen": "bigint", "found_on": "date", "evidence": "bigint[]", "policy": "json",
        "law": "text", "status": "text",
    },
}  # fmt: skip


def keep(book: Replayed) -> None:
    """Writes the tables into the database that the book was replayed in."""
    for name, rows in book.tables.items():
        write_rows(book.conn, name, COLUMNS[name.partition("_")[0]], rows)
    book.conn.execute("create or replace table posting as select * from known.posting order by position, account")
    _write_about(book, "about")


def keep_elsewhere(book: Replayed, out: Path) -> None:
    """Writes the tables into a file of their own, where what they were made of stays in the archive."""
    book.conn.execute(f"attach '{str(out).replace(chr(39), chr(39) * 2)}' as kept")
    for name, rows in book.tables.items():
        write_rows(book.conn, f"kept.{name}", COLUMNS[name], rows)
    _write_about(book, "kept.about")
    book.conn.execute("detach kept")


def write_rows(conn: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """A table of rows that Python holds; one JSON text goes in, for DuckDB binds a row of values slowly."""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    conn.execute(f"create or replace table {table} ({typed})")
    shape = json.dumps([{name: _json_type(kind) for name, kind in columns.items()}])
    text = json.dumps([{name: row[name] for name in columns} for row in rows], ensure_ascii=False, default=str)
    conn.execute(
        f"insert into {table} select row.* from (select unnest(from_json($1::json, $2)) as row)", [text, shape]
    )


def _json_type(kind: str) -> Any:
    return [_json_type(kind.removesuffix("[]"))] if kind.endswith("[]") else kind.upper().replace("TEXT", "VARCHAR")


def _write_about(book: Replayed, table: str) -> None:
    manifest = _manifest(book.archive)
    told = {
        "origin": manifest.get("origin"),
        "size": manifest.get("size", book.head),
        "root": manifest.get("root"),
        "as_of": book.as_of,
        "known_at": min(book.known_at, book.head),
        "policy": book.policy.name if book.policy else None,
        "policy_version": book.policy.version if book.policy else None,
        "policy_sha256": book.policy.sha256 if book.policy else None,
        "product_version": product_version(),
        "skipped_rules": json.dumps(dict(book.skipped), ensure_ascii=False) if book.skipped else None,
        "note": "由归档重算,不是账本本身 / derived again from an archive; the log is the record",
    }
    kinds = {"size": "bigint", "known_at": "bigint", "as_of": "date"}
    write_rows(book.conn, table, {name: kinds.get(name, "text") for name in told}, [told])


def _manifest(archive: Path) -> dict[str, Any]:
    """What the archive says of the log; nothing where it has no manifest."""
    try:
        content: dict[str, Any] = json.loads((archive / "manifest.json").read_bytes())
    except FileNotFoundError:
        return {}
    return content
