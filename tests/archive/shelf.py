"""A county's book with its seal and a shelf of archives: taken away, tampered with, brought back."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.archive.checking import CheckedArchive, Outside, check_archive
from ledger.archive.log_part import part_path, read_part
from ledger.archive.manifest import MANIFEST, FileEntry, Manifest, write_manifest
from ledger.archive.restoring import restore_book
from ledger.archive.rulebook import RuleFile
from ledger.archive.writing import Archived, archive_book
from ledger.book.book import Book
from ledger.book.database import Database
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.note import Note, Signer
from ledger.seal.sealer import Sealer
from projections.engine import Engine
from projections.rules import load_rules
from tests.story import Story


def signer(secret: int = 1) -> Signer:
    return Signer("mingzhang", "log", Ed25519PrivateKey.from_private_bytes(bytes([secret]) * 32))


def rows_of(url: str) -> list[tuple[Any, ...]]:
    """Every row of the log, every column."""
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(
            "select position, topic, recorded_at, tags, payload, leaf, key from book.event order by position"
        ).fetchall()


@dataclass
class Shelf:
    """The book of ``url``, its seal folder, and the folder of its archive."""

    url: str
    place: Path
    key: Signer

    @property
    def seal_folder(self) -> SealFolder:
        return SealFolder(self.place / "seal")

    @property
    def folder(self) -> Path:
        return self.place / "archive"

    @property
    def manifest(self) -> Manifest:
        return Manifest.parse((self.folder / MANIFEST).read_bytes())

    def seal(self) -> Checkpoint:
        with psycopg.connect(self.url, autocommit=True) as conn:
            Sealer(self.seal_folder, self.key).seal(conn)
        return self.seal_folder.checkpoint()

    def note(self, size: int | None = None) -> Note:
        """What somebody outside keeps."""
        return self.seal_folder.note(size=size)

    def archive(self, progress: Callable[[int, int], None] | None = None) -> Archived:
        """Seals and archives, as the command does."""
        self.seal()
        return self.archive_sealed(progress)

    def archive_sealed(self, progress: Callable[[int, int], None] | None = None) -> Archived:
        with psycopg.connect(self.url, autocommit=True) as conn:
            rules = [RuleFile(rule.rule, rule.sql) for rule in load_rules()]
            return archive_book(conn, self.seal_folder, self.folder, signer=self.key, rules=rules, progress=progress)

    def check(self, outside: Outside | None = None) -> CheckedArchive:
        return check_archive(self.folder, outside)

    def restore(self, url: str, outside: Outside | None = None) -> Story:
        """The book that the archive gives, in another database and with a seal folder of its own."""
        database = Database(url, max_connections=2)
        restore_book(self.check(outside), url, self.place / "data", SealFolder(self.place / "new-seal"))
        engine = Engine(database)
        story = Story.begin(Book(database), engine, "lanzhou-new-area")
        engine.catch_up()
        return story

    def part_files(self) -> list[Path]:
        return [self.folder / part_path(*part) for part in self.manifest.parts]

    def rewrite_part(self, nth: int, change: Callable[[list[tuple[bytes, bytes]]], None]) -> None:
        """Changes the events of a part, as somebody does who knows the format and mends the manifest."""
        path = self.part_files()[nth]
        entries = [(entry.header, entry.payload) for entry in read_part(path.read_bytes())]
        change(entries)
        path.write_bytes(gzip.compress(b"".join(framed(entries)), mtime=0))
        self.mend(path)

    def mend(self, *paths: Path, key: Signer | None = None) -> None:
        """Makes the manifest say what the files are now, with the note of ``key`` or with none."""
        entries = [FileEntry.of(path.relative_to(self.folder).as_posix(), path.read_bytes()) for path in paths]
        write_manifest(self.folder, self.manifest.with_files(entries), key)

    def say(self, **changes: Any) -> None:
        """Makes the manifest say something else."""
        write_manifest(self.folder, replace(self.manifest, **changes), None)


def framed(entries: Sequence[tuple[bytes, bytes]]) -> Iterator[bytes]:
    for header, payload in entries:
        yield from (struct.pack(">I", len(header)), header, struct.pack(">I", len(payload)), payload)
