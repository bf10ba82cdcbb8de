"""Taking a whole book away: its log in parts, its tables, its seal, its rules, and what an auditor needs to read it.

One pass over the log in constant memory. Every event is checked against its bytes and against the leaf that was
sealed, and in the end the root against the checkpoint: what is archived is what was signed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import structlog

from ledger.archive.begun import UNFINISHED, alone, begun, finished_size, write_unfinished
from ledger.archive.errors import ArchiveRefused
from ledger.archive.log_part import LogPart, part_path
from ledger.archive.manifest import FileEntry, Manifest, Part, write_manifest
from ledger.archive.readme import archive_readme
from ledger.archive.rulebook import Named, RuleFile, rulebook
from ledger.archive.seal_copy import sealed_files
from ledger.archive.tables import TableWriter
from ledger.book.stored import Stored, read_stored
from ledger.events import UnknownTopic
from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.note import Signer
from ledger.seal.tiles import write_file
from ledger.seal.tree import Frontier

log = structlog.get_logger()

# A part of the tables: larger than one of the log, since a file an event class is made of each.
STEP_EVENTS = 262_144
# What the writing thread may have before it: as many parts are held in memory.
_MOST_WAITING = 2

Progress = Callable[[int, int], None]
# Further files, such as the vault's rows: path and bytes.
Keepsakes = Callable[[], Iterable[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a run did: events written now, those recorded but not sealed yet, versions of rules not at hand."""

    manifest: Manifest
    added: int
    unsealed: int
    missing: tuple[str, ...]


def archive_book(
    conn: psycopg.Connection[Any],
    seal: SealFolder,
    folder: Path,
    *,
    signer: Signer | None = None,
    rules: Iterable[RuleFile] = (),
    keepsakes: Keepsakes = tuple,
    progress: Progress | None = None,
) -> Archived:
    """Writes the book as far as it is sealed, or adds to an archive what was sealed since.

    ``conn`` may read ``book.event``; ``signer`` is the log's key where it is at hand; ``rules`` are those of today.

    Raises:
        ArchiveRefused: an event is not what was sealed, or the folder holds another log, a fork, or was changed.
        ledger.archive.errors.ArchiveMisuse: the folder cannot be used.
        ledger.seal.folder.NotSealed: there is no checkpoint yet.
        ledger.seal.note.NoteError: the checkpoint is by none of the log's keys.
    """
    held = signed_checkpoint(seal)
    with alone(folder):
        before = begun(folder, seal, held)
        tree = Frontier(SHA256, before.size, seal.tiles().subtree)
        writer = _Writer(folder, before)
        # Closed whatever happens: a connection with an open COPY waits for itself.
        with closing(_sealed_events(conn, seal, tree, held)) as events:
            writer.take(events, tree, held.size, progress)
        manifest, missing = _finished(writer, seal, held, rules, keepsakes)
        write_manifest(folder, manifest, signer)
        (folder / UNFINISHED).unlink(missing_ok=True)
    row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
    log.info("archived", size=held.size, added=held.size - before.size)
    return Archived(manifest, held.size - before.size, (row[0] if row else 0) - held.size, tuple(missing))


def signed_checkpoint(seal: SealFolder) -> Checkpoint:
    """The latest checkpoint of a seal folder, signed by a key of the log.

    Raises:
        ledger.seal.folder.NotSealed: there is none.
        ledger.seal.note.NoteError: none of the log's keys signed it.
    """
    return verified(seal.note(), seal.keys())


def _sealed_events(
    conn: psycopg.Connection[Any], seal: SealFolder, tree: Frontier, held: Checkpoint
) -> Generator[Stored, None, None]:
    """The events from where the tree stands up to the checkpoint, each as it was sealed; the tree grows by them."""
    sealed = seal.leaves(tree.size, held.size)
    for event in read_stored(conn, tree.size, held.size):
        if event.position != tree.size + 1:
            raise _missing(tree.size + 1)
        leaf = SHA256.leaf(event.entry)
        if not event.header or leaf != event.leaf:
            raise ArchiveRefused("内容与其哈希不符", "its bytes do not give its hash", event.position)
        if leaf != next(sealed):
            raise ArchiveRefused("内容与封存时不同", "it is not what was sealed", event.position)
        tree.add(leaf)
        yield event
    if tree.size != held.size:
        raise _missing(tree.size + 1)
    if tree.root() != held.root:
        raise ArchiveRefused("封存的叶子与已签的根哈希不符", "the sealed leaves do not give the root that was signed")


def _missing(position: int) -> ArchiveRefused:
    return ArchiveRefused("缺少该事件", "it is missing", position)


class _Writer:
    """Files the events; a thread of its own compresses and writes, in order, and keeps the manifest."""

    def __init__(self, folder: Path, before: Manifest) -> None:
        self.folder = folder
        self.manifest = before
        self.named = Named.of_json(before.extra)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: list[Future[None]] = []

    def take(self, events: Iterator[Stored], tree: Frontier, size: int, progress: Progress | None) -> None:
        """Writes every event, a step at a time; after each, a run that is broken off can go on."""
        write_unfinished(self.folder, self.manifest)
        with self._thread:
            while tree.size < size:
                self._step(events, tree, min(tree.size + STEP_EVENTS, size))
                if progress:
                    progress(tree.size, size)
            # What comes after the last event is the check of the root.
            next(events, None)
            self._wait(0)

    def _step(self, events: Iterator[Stored], tree: Frontier, upto: int) -> None:
        first = part_first = tree.size + 1
        tables = TableWriter(self.folder / "tables", first)
        part = LogPart()
        for event in events:
            part.add(event)
            # What a newer program wrote has no table here; its bytes are in the log like any other's.
            with suppress(UnknownTopic):
                tables.add(event.position, event.topic, event.recorded_at, event.payload)
            self.named.look_at(event.topic, event.payload)
            if part.is_full or tree.size == upto:
                self._submit(self._write_part, part, Part(part_first, tree.size))
                part, part_first = LogPart(), tree.size + 1
            if tree.size == upto:
                break
        self._submit(self._write_step, tables, Part(first, tree.size), tree.root(), self.named.as_json())

    def _submit(self, job: Callable[..., None], *given: Any) -> None:
        self._wait(_MOST_WAITING)
        self._waiting.append(self._thread.submit(job, *given))

    def _wait(self, most: int) -> None:
        while len(self._waiting) > most:
            self._waiting.pop(0).result()

    def _write_part(self, part: LogPart, span: Part) -> None:
        path = part_path(*span)
        entry = FileEntry.of(path, part.write(self.folder / path))
        manifest = self.manifest.with_files([entry])
        self.manifest = replace(manifest, parts=(*manifest.parts, span))

    def _write_step(self, tables: TableWriter, span: Part, root: bytes, named: dict[str, Any]) -> None:
        entries = [self._entry_of(path) for path in tables.close(span.last)]
        manifest = self.manifest.with_files(entries)
        self.manifest = replace(
            manifest, size=span.last, root=root, tables=(*manifest.tables, span), extra={**manifest.extra, **named}
        )
        write_unfinished(self.folder, self.manifest)

    def _entry_of(self, path: Path) -> FileEntry:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            return FileEntry.of(path.relative_to(self.folder).as_posix(), file.read())


def _finished(
    writer: _Writer,
    seal: SealFolder,
    held: Checkpoint,
    rules: Iterable[RuleFile],
    keepsakes: Keepsakes,
) -> tuple[Manifest, list[str]]:
    """The manifest with everything that is not log or table, which is written here."""
    folder, manifest = writer.folder, writer.manifest
    book = rulebook(writer.named, rules, frozenset(one.path for one in manifest.files))
    extra = {"policies": book.policies, "rules": book.rules}
    manifest = replace(manifest, size=held.size, root=held.root, extra=extra)
    files: list[FileEntry] = []

    def keep(path: str, data: bytes, *, is_flushed: bool = False) -> None:
        write_file(folder / path, data, is_flushed=is_flushed)
        files.append(FileEntry.of(path, data))

    for source in (sealed_files(seal, held.size, finished_size(folder)), book.contents.items(), keepsakes()):
        for path, data in source:
            keep(path, data)
    manifest = manifest.with_files(files)
    readme = archive_readme(manifest, seal.keys(), has_vault=any(one.path.startswith("vault/") for one in files))
    keep("README.md", readme.encode())
    return manifest.with_files(files), book.missing
