"""A part of the book with a proof for every event, to be handed to whoever may have just that part."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import psycopg
import structlog

from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.log_part import header_of
from ledger.archive.manifest import BUNDLE, FileEntry, Manifest, Part, write_manifest
from ledger.archive.readme import bundle_readme
from ledger.archive.rulebook import Named, RuleFile, rulebook
from ledger.archive.seal_copy import BESIDE, latest_note
from ledger.archive.tables import TableWriter
from ledger.archive.writing import Progress, signed_checkpoint
from ledger.book.stored import Stored, read_stored
from ledger.intake.rejects import no_formula
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.note import Signer
from ledger.seal.tiles import write_file
from ledger.seal.tree import ProofError, check_inclusion, inclusion_proof

log = structlog.get_logger()

EVENTS = "events.jsonl"
NAMES = "names.csv"
# What the vault gives in place of a person, a name, an account or a text.
_PSEUDONYM = re.compile(r'"([pnat][a-z2-7]{20})"')
# Chosen positions this close are read in one go, with what lies between.
_GAP = 2_000
# As many roots of subtrees as neighbouring proofs share.
_ROOTS_HELD = 65_536
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Pseudonyms to what they stand for, on record in the vault.
Reveal = Callable[[Sequence[str]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Bundled:
    """What was written: ``left`` of the chosen events are not sealed yet; ``names`` were revealed."""

    manifest: Manifest
    events: int
    left: int
    names: int
    missing: tuple[str, ...]


def write_bundle(
    conn: psycopg.Connection[Any],
    seal: SealFolder,
    folder: Path,
    positions: Sequence[int],
    *,
    asked: dict[str, Any],
    signer: Signer | None = None,
    rules: Iterable[RuleFile] = (),
    reveal: Reveal | None = None,
    progress: Progress | None = None,
) -> Bundled:
    """Writes the events at ``positions`` (in order) that are sealed; ``asked`` is what they were chosen by.

    Without ``reveal`` nothing in the folder says who anybody is.

    Raises:
        ArchiveMisuse: the folder is there already, or nothing is left to be written.
        ArchiveRefused: an event is not what was sealed.
        ledger.seal.folder.NotSealed, ledger.seal.note.NoteError: there is no checkpoint by the log's key.
    """
    held = signed_checkpoint(seal)
    chosen = [position for position in positions if position <= held.size]
    if not chosen:
        raise ArchiveMisuse("没有选中任何已封存的事件", "no event that is sealed was chosen")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArchiveMisuse(f"“{folder}”已存在,取证包须写到新文件夹", f"{folder} is there already: name a new folder")
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        bundle = _Bundle(beside, seal, held)
        bundle.take(conn, chosen, progress)
        done = bundle.finish(asked, signer, rules, reveal, len(positions) - len(chosen))
        if folder.is_dir():
            folder.rmdir()
        beside.replace(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    log.info("bundled", events=done.events, revealed=done.names)
    return done


@dataclass(slots=True)
class _Bundle:
    """The folder as it is filled."""

    folder: Path
    seal: SealFolder
    held: Checkpoint
    files: list[FileEntry] = field(default_factory=list)
    named: Named = field(default_factory=Named)
    tokens: set[str] = field(default_factory=set)
    span: Part = field(default_factory=lambda: Part(0, 0))
    events: int = 0

    def take(self, conn: psycopg.Connection[Any], chosen: Sequence[int], progress: Progress | None) -> None:
        """Writes ``events.jsonl`` and the tables."""
        self.folder.mkdir(parents=True)
        subtree = lru_cache(_ROOTS_HELD)(self.seal.tiles().subtree)
        tables = TableWriter(self.folder / "tables", chosen[0])
        with (self.folder / EVENTS).open("w", encoding="utf-8", newline="\n") as out:
            for event in _stored(conn, chosen):
                proof = inclusion_proof(event.position - 1, self.held.size, subtree)
                self._event(event, proof, out)
                tables.add(event.position, event.topic, event.recorded_at, event.payload)
                if progress and self.events % 50_000 == 0:
                    progress(self.events, len(chosen))
        if self.events != len(chosen):
            raise ArchiveRefused("选中的事件有缺失", "events that were chosen are missing")
        self.span = Part(chosen[0], chosen[-1])
        for path in [self.folder / EVENTS, *tables.close(chosen[-1])]:
            self.files.append(FileEntry.of(path.relative_to(self.folder).as_posix(), path.read_bytes()))

    def _event(self, event: Stored, proof: list[bytes], out: IO[str]) -> None:
        leaf = SHA256.leaf(event.entry)
        try:
            if not event.header or leaf != event.leaf:
                raise ProofError("its bytes do not give its hash")
            check_inclusion(leaf, event.position - 1, self.held.size, proof, self.held.root)
            line = line_of(event, leaf, proof)
        except (ProofError, UnicodeDecodeError):
            raise ArchiveRefused("内容与封存时不同", "it is not what was sealed", event.position) from None
        out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.named.look_at(event.topic, event.payload)
        self.tokens.update(_PSEUDONYM.findall(line["payload"]))
        self.events += 1

    def finish(
        self, asked: dict[str, Any], signer: Signer | None, rules: Iterable[RuleFile], reveal: Reveal | None, left: int
    ) -> Bundled:
        """Writes everything else, the manifest last."""
        self._keep("checkpoint", latest_note(self.seal, self.held.size, SHA256))
        for name in BESIDE:
            if name != "checkpoint.witnessed" and (data := self.seal.read(name)) is not None:
                self._keep(name, data)
        book = rulebook(self.named, (one for one in rules if (one.rule, one.sha256) in self.named.rules))
        for path, data in book.contents.items():
            self._keep(path, data)
        names = reveal(sorted(self.tokens)) if reveal else {}
        if reveal:
            self._keep(NAMES, _as_csv(names))
            (self.folder / NAMES).chmod(0o600)
        extra = {"asked": asked, "events": self.events, "has_names": reveal is not None}
        extra |= {"policies": book.policies, "rules": book.rules}
        manifest = Manifest(BUNDLE, self.held.origin, self.held.size, self.held.root, (), (self.span,), (), extra)
        readme = bundle_readme(manifest.with_files(self.files), self.seal.keys())
        self._keep("README.md", readme.encode())
        manifest = manifest.with_files(self.files)
        write_manifest(self.folder, manifest, signer)
        return Bundled(manifest, self.events, left, len(names), tuple(book.missing))

    def _keep(self, path: str, data: bytes) -> None:
        write_file(self.folder / path, data, is_flushed=False)
        self.files.append(FileEntry.of(path, data))


def line_of(event: Stored, leaf: bytes, proof: Sequence[bytes]) -> dict[str, Any]:
    """An event as a line of ``events.jsonl`` has it: all that its header and payload say, its leaf, its proof."""
    header = header_of(event.header)
    recorded_at = _EPOCH + timedelta(microseconds=event.recorded_at)
    return {
        "position": event.position,
        "topic": event.topic,
        "recorded_at": recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "tags": list(header.tags),
        "key": str(UUID(bytes=header.key)) if header.key else None,
        "payload": event.payload.decode(),
        "leaf": leaf.hex(),
        "proof": [base64.b64encode(one).decode() for one in proof],
    }


def _stored(conn: psycopg.Connection[Any], chosen: Sequence[int]) -> Iterator[Stored]:
    """The chosen events in order, read in as few goes as they lie together."""
    start = 0
    for end in range(1, len(chosen) + 1):
        if end == len(chosen) or chosen[end] - chosen[end - 1] > _GAP:
            wanted = set(chosen[start:end])
            for event in read_stored(conn, chosen[start] - 1, chosen[end - 1]):
                if event.position in wanted:
                    yield event
            start = end


def _as_csv(names: dict[str, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["化名 pseudonym", "原值 value"])
    writer.writerows((pseudonym, no_formula(value)) for pseudonym, value in sorted(names.items()))
    return out.getvalue().encode("utf-8-sig")
