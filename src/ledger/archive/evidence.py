"""A book that fails, taken away as it is: every row that is there, the seal that it contradicts, and where they part.

Evidence, and no archive to go on from: nothing of it is mended, no tables are made, and ``restore`` does not take it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ledger.archive.begun import alone
from ledger.archive.errors import ArchiveMisuse
from ledger.archive.log_part import LogPart, part_path
from ledger.archive.manifest import ARCHIVE, FileEntry, Manifest, Part, write_manifest
from ledger.archive.readme import evidence_readme
from ledger.book.stored import Stored, read_stored
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.note import NoteError, Signer
from ledger.seal.tiles import TileMissing, Tiles, write_file

FOUND = "found.csv"
_COLUMNS = ("position", "upto", "reason_zh", "reason_en", "stored_leaf", "computed_leaf", "sealed_leaf")
_LOWEST = -(2**63)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the book is not what was sealed; ``upto`` ends a hole. The leaves are in hex, empty where there is none."""

    position: int
    upto: int
    reason_zh: str
    reason_en: str
    stored_leaf: str = ""
    computed_leaf: str = ""
    sealed_leaf: str = ""


@dataclass(frozen=True, slots=True)
class TakenAsIs:
    """How many rows were taken, and how many differences there are; ``first`` is the first of them."""

    manifest: Manifest
    events: int
    differences: int
    first: Found | None


def archive_as_is(
    conn: psycopg.Connection[Any], seal: SealFolder, folder: Path, *, signer: Signer | None = None
) -> TakenAsIs:
    """Writes everything that is in ``book.event`` and in the seal folder, and ``found.csv`` with what does not agree.

    Raises:
        ArchiveMisuse: the folder is not empty.
    """
    with alone(folder):
        if any(folder.iterdir()):
            raise ArchiveMisuse("取证须写到空文件夹", "evidence is written to an empty folder")
        held = _checkpoint(seal)
        taking = _Taking(folder, seal, held)
        with (folder / FOUND).open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            for one in taking.differences(conn):
                writer.writerow([getattr(one, name) for name in _COLUMNS])
        files = [*taking.files, FileEntry.of(FOUND, (folder / FOUND).read_bytes()), *_seal_as_it_is(seal, folder)]
        extra = {"as_is": True, "events": taking.events, "differences": taking.count}
        manifest = Manifest(ARCHIVE, held.origin, held.size, held.root, tuple(taking.parts), (), (), extra)
        manifest = manifest.with_files(files)
        readme = evidence_readme(manifest).encode()
        write_file(folder / "README.md", readme)
        manifest = manifest.with_files([FileEntry.of("README.md", readme)])
        write_manifest(folder, manifest, signer)
    return TakenAsIs(manifest, taking.events, taking.count, taking.first)


def _checkpoint(seal: SealFolder) -> Checkpoint:
    try:
        return seal.checkpoint()
    except (NotSealed, NoteError):
        return Checkpoint("", 0, b"")


class _Taking:
    """One pass over the rows: they are filed, and what does not agree is given."""

    def __init__(self, folder: Path, seal: SealFolder, held: Checkpoint) -> None:
        self._folder = folder
        self._tiles = seal.tiles()
        self._size = held.size
        self.files: list[FileEntry] = []
        self.parts: list[Part] = []
        self.events = 0
        self.count = 0
        self.first: Found | None = None

    def differences(self, conn: psycopg.Connection[Any]) -> Iterator[Found]:
        for one in self._compared(conn):
            self.count += 1
            self.first = self.first or one
            yield one

    def _compared(self, conn: psycopg.Connection[Any]) -> Iterator[Found]:
        part, first, last = LogPart(), 1, 0
        for event in read_stored(conn, _LOWEST):
            if event.position > last + 1:
                yield Found(last + 1, event.position - 1, "缺少这些事件", "these events are missing")
            yield from self._of_event(event)
            if part.is_empty:
                first = event.position
            part.add(event)
            self.events += 1
            last = event.position
            if part.is_full:
                self._file(part, Part(first, last))
                part = LogPart()
        if not part.is_empty:
            self._file(part, Part(first, last))
        if last < self._size:
            yield Found(last + 1, self._size, "封存过的事件不见了", "sealed events are gone")

    def _of_event(self, event: Stored) -> Iterator[Found]:
        computed = SHA256.leaf(event.entry).hex() if event.header else ""
        sealed = _sealed(self._tiles, event.position) if event.position <= self._size else ""
        leaves = (event.leaf.hex(), computed, sealed)
        place = (event.position, event.position)
        if event.position < 1:
            yield Found(*place, "没有这样的位置", "there is no such position", *leaves)
        elif not computed:
            yield Found(*place, "不是本程序写得出的行", "no row that the program writes", *leaves)
        elif computed != event.leaf.hex():
            yield Found(*place, "内容与其哈希不符", "its bytes do not give its hash", *leaves)
        if sealed and computed and sealed != computed:
            yield Found(*place, "内容与封存时不同", "it is not what was sealed", *leaves)

    def _file(self, part: LogPart, span: Part) -> None:
        path = part_path(*span)
        self.files.append(FileEntry.of(path, part.write(self._folder / path)))
        self.parts.append(span)


def _sealed(tiles: Tiles, position: int) -> str:
    try:
        return tiles.hashes(0, position - 1, position)[0].hex() if position > 0 else ""
    except TileMissing:
        return ""


def _seal_as_it_is(seal: SealFolder, folder: Path) -> Iterator[FileEntry]:
    """The whole seal folder, whatever state it is in."""
    for path in sorted(seal.path.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            data, name = path.read_bytes(), path.relative_to(seal.path).as_posix()
            write_file(folder / name, data, is_flushed=False)
            yield FileEntry.of(name, data)
