"""The vault of a book, taken away and brought back still sealed: rows as CSV, and the documents' files.

Whoever has the archive and not the vault's master key learns from them how many people there are, and nothing else.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from ledger.archive.errors import ArchiveMisuse
from ledger.archive.manifest import FileEntry, Manifest, inside

# In the order in which rows refer to each other, with the columns that they are kept with.
_TABLES = {
    "key_check": "only_row, check_value",
    "subject": "token, kind, lookup, cipher, wrapped_key, sealed, shredded_at",
    "link": "person, token",
    "restriction": "person",
    "access_record": "position, act, tokens, withheld, officer, purpose, at",
}
_DOCUMENTS = "documents"
_LEVEL = 4


def vault_files(conn: psycopg.Connection[Any]) -> Iterator[tuple[str, bytes]]:
    """``vault/<table>.csv.gz`` of every table, from one moment; ``conn`` may read the vault."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        for table, listed in _TABLES.items():
            key = listed.partition(",")[0]
            statement = f"copy (select {listed} from vault.{table} order by {key}) to stdout (format csv, header)"
            with conn.cursor().copy(statement.encode()) as rows:
                content = b"".join(bytes(row) for row in rows)
            yield f"vault/{table}.csv.gz", gzip.compress(content, _LEVEL, mtime=0)


def document_files(data: Path) -> Iterator[tuple[str, bytes]]:
    """The sealed documents beside a book; a draft that is just being written is not one."""
    for path in sorted((data / _DOCUMENTS).glob("*/*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"{_DOCUMENTS}/{path.parent.name}/{path.name}", path.read_bytes()


def has_vault(manifest: Manifest) -> bool:
    return any(one.path.startswith("vault/") for one in manifest.files)


def bring_back_vault(conn: psycopg.Connection[Any], folder: Path) -> None:
    """Fills the empty vault of a new book; ``conn`` is the owner's, in the caller's transaction.

    Raises:
        ArchiveMisuse: the vault is not empty.
    """
    for table, listed in _TABLES.items():
        found = conn.execute(f"select exists (select from vault.{table})".encode()).fetchone()
        if found and found[0]:
            raise ArchiveMisuse("目标账本的保险库不是空的", "the vault of the target is not empty")
        content = gzip.decompress((folder / "vault" / f"{table}.csv.gz").read_bytes())
        with conn.cursor().copy(f"copy vault.{table} ({listed}) from stdin (format csv, header)".encode()) as rows:
            rows.write(content)
    conn.execute(
        "select setval(pg_get_serial_sequence('vault.access_record', 'position'), "
        "(select coalesce(max(position), 0) + 1 from vault.access_record), false)"
    )


def bring_back_documents(manifest: Manifest, folder: Path, data: Path) -> int:
    """Copies the sealed documents beside the new book, for its owner alone; how many there are."""
    entries: list[FileEntry] = [one for one in manifest.files if one.path.startswith(f"{_DOCUMENTS}/")]
    for entry in entries:
        target = inside(data, entry.path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(inside(folder, entry.path).read_bytes())
        target.chmod(0o600)
    return len(entries)
