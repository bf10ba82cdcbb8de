"""A new book from an archive: the same bytes at the same positions, through the same door as every event."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog

from ledger.archive.checking import CheckedArchive, Progress
from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.log_part import Entry, part_path, read_part
from ledger.archive.manifest import inside
from ledger.archive.vault_rows import bring_back_documents, bring_back_vault
from ledger.book.canonical import FORMAT
from ledger.book.database import APP_ROLE
from ledger.book.stored import read_stored
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.tiles import write_file
from ledger.seal.tree import Frontier

log = structlog.get_logger()

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_EPOCH_MICROSECONDS = 946_684_800_000_000
_TEXT_OID = 25
_NULL = struct.pack(">i", -1)
# Rows handed to the server together.
_ROWS = 200
_SEAL = ("tile/", "sm3/", "checkpoints/")
_SEAL_FILES = frozenset(
    {"checkpoint", "checkpoint.sm3", "checkpoint.witnessed", "log.vkey", "rotations", "witness.vkey"}
)

_length = struct.Struct(">I")
_start = struct.Struct(f">{len(FORMAT)}sqq")
_row_start = struct.Struct(">hiq").pack
_array_start = struct.Struct(">iiiiii").pack
_instant = struct.Struct(">iq").pack
_empty_array = struct.pack(">iiii", 12, 0, 0, _TEXT_OID)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back: events, whether with the vault, and how many documents."""

    events: int
    has_vault: bool
    documents: int


def holds_events(url: str) -> bool:
    """Whether a database holds a book, or a vault that is in use."""
    with psycopg.connect(url, autocommit=True) as conn:
        for table in ("book.event", "vault.subject"):
            found = conn.execute("select to_regclass(%s) is not null", [table]).fetchone()
            if found and found[0]:
                row = conn.execute(f"select exists (select from {table})".encode()).fetchone()
                if row and row[0]:
                    return True
    return False


def restore_book(
    archive: CheckedArchive,
    url: str,
    data: Path,
    seal: SealFolder,
    *,
    with_vault: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Fills an empty, migrated database (``url`` is the owner's) and the seal folder; all of it or nothing.

    Before it is committed the log is read back and its root compared with the checkpoint.

    Raises:
        ArchiveRefused: what the database holds afterwards does not give the root.
        ArchiveMisuse: the database is not empty.
    """
    documents = 0
    with psycopg.connect(url, options="-c client_encoding=UTF8 -c timezone=UTC") as conn, conn.transaction():
        conn.execute(f"set local role {APP_ROLE}".encode())
        _refuse_if_filled(conn)
        _copy_log(conn, archive, progress)
        _compare_root(conn, archive)
        conn.execute("reset role")
        if with_vault:
            bring_back_vault(conn, archive.folder)
            documents = bring_back_documents(archive.manifest, archive.folder, data)
        # Before the commit: a book without its seal would be sealed anew, under a name of its own.
        _bring_back_seal(archive, seal)
    log.info("restored", size=archive.manifest.size)
    return Restored(archive.manifest.size, with_vault, documents)


def _refuse_if_filled(conn: psycopg.Connection[Any]) -> None:
    conn.execute("select pg_advisory_xact_lock(book.append_lock())")
    row = conn.execute("select exists (select from book.event)").fetchone()
    if row and row[0]:
        raise ArchiveMisuse("目标数据库里已有账本", "the database holds a book already")


def _copy_log(conn: psycopg.Connection[Any], archive: CheckedArchive, progress: Progress | None) -> None:
    conn.execute("set local work_mem = '64MB'")
    for part in archive.manifest.parts:
        entries = read_part(inside(archive.folder, part_path(*part)).read_bytes())
        # A COPY a part: the trigger that indexes tags holds the rows of one statement.
        with conn.cursor().copy("copy book.event from stdin (format binary)") as copy:
            for block in _blocks(entries):
                copy.write(block)
        if progress:
            progress(part.last, archive.manifest.size)


def _blocks(entries: Iterator[Entry]) -> Iterator[bytes]:
    rows = [_SIGNATURE]
    for entry in entries:
        rows.append(_row(entry))
        if len(rows) >= _ROWS:
            yield b"".join(rows)
            rows.clear()
    yield b"".join([*rows, _TRAILER])


def _row(entry: Entry) -> bytes:
    """An event as a row of a binary COPY: a header has its texts and tags as PostgreSQL wants them."""
    header, payload = entry
    _, position, recorded_at = _start.unpack_from(header)
    tags_at = _end_of_sized(header, _start.size)
    (count,) = _length.unpack_from(header, tags_at)
    key_at = tags_at + 4
    for _ in range(count):
        key_at = _end_of_sized(header, key_at)
    tags, key = header[tags_at + 4 : key_at], header[key_at:]
    return b"".join(
        (
            _row_start(7, 8, position),
            header[_start.size : tags_at],
            _instant(8, recorded_at - _EPOCH_MICROSECONDS),
            _array_start(len(tags) + 20, 1, 0, _TEXT_OID, count, 1) if count else _empty_array,
            tags,
            _length.pack(len(payload)),
            payload,
            _length.pack(32),
            SHA256.leaf(header + payload),
            key if len(key) > 4 else _NULL,
        )
    )


def _end_of_sized(header: bytes, at: int) -> int:
    (length,) = _length.unpack_from(header, at)
    return at + 4 + int(length)


def _compare_root(conn: psycopg.Connection[Any], archive: CheckedArchive) -> None:
    """What the database says that it holds, byte by byte."""
    tree = Frontier()
    sealed = archive.seal.leaves(0, archive.manifest.size)
    for event in read_stored(conn):
        leaf = SHA256.leaf(event.entry)
        if event.position != tree.size + 1 or leaf != event.leaf or leaf != next(sealed, b""):
            raise ArchiveRefused("写入后读出的内容不同", "the database gives back something else", tree.size + 1)
        tree.add(leaf)
    if tree.root() != archive.checkpoint.root:
        raise ArchiveRefused("写入后读出的根哈希不符", "the database gives back another root", tree.size + 1)


def _bring_back_seal(archive: CheckedArchive, seal: SealFolder) -> None:
    with seal.alone():
        for entry in archive.manifest.files:
            if entry.path in _SEAL_FILES or entry.path.startswith(_SEAL):
                target = inside(seal.path, entry.path)
                data = inside(archive.folder, entry.path).read_bytes()
                if not target.is_file() or target.read_bytes() != data:
                    write_file(target, data, is_flushed=False)
