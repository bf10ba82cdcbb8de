"""A bundle: a part of a book whose every event comes with the proof that it is in the log."""

from __future__ import annotations

import base64
import json
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import duckdb

from ledger.archive.bundling import EVENTS
from ledger.archive.manifest import Manifest, regular
from ledger.archive.rulebook import Named
from ledger.book.canonical import header_bytes, leaf_hash, microseconds
from ledger.book.stored import Stored
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.note import Note, NoteError
from ledger.seal.rotation import KeyTerm, verified_in_term
from ledger.seal.tree import ProofError, check_inclusion
from ledger.verify.payload import noncanonical
from ledger.verify.remarks import Remark, of_seal
from ledger.verify.report import Discrepancy, Report, Tally, Witnessed
from ledger.verify.taken_away import check_manifest, check_rules, check_tables
from ledger.verify.trust import Trust, last_key
from ledger.verify.verdict import too_few_witnesses

# What a line may hold in the place of what it should.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error)


def verify_bundle(folder: Path, manifest: Manifest, trust: Trust, tally: Tally, begun: float) -> Report:
    """Verifies every event by its proof, and the checkpoint that all proofs lead to."""
    seal = SealFolder(folder)
    note, held = _checkpoint(seal, tally)
    terms, keys = last_key(seal, manifest.origin, trust, tally)
    witnesses: tuple[Witnessed, ...] = ()
    if note is not None and held is not None:
        _check_note(note, held, terms, trust, tally)
        witnesses = _witnesses(note, held, trust, tally)
    events = _Events(folder, held, tally)
    events.check()
    if events.count != manifest.extra.get("events"):
        tally.add(Discrepancy("file", "事件数与清单不同", "the manifest says another number of events", file=EVENTS))
    remarks: list[Remark] = [*of_seal(trust, is_sealed=held is not None)]
    remarks += check_manifest(folder, manifest, held, terms, tally)
    remarks += check_rules(folder, events.named.policies, events.named.rules, tally)
    if not tally.wrong["proof"]:
        try:
            check_tables(folder, manifest.tables, events.stored(), tally)
        except (ValueError, LookupError, duckdb.Error):
            remarks.append(("未核对数据表", "the tables were not compared"))
    return Report(
        kind="bundle",
        origin=manifest.origin,
        size=events.count,
        sealed_size=held.size if held else 0,
        root=held.root if held else None,
        tally=tally,
        keys=keys,
        witnesses=witnesses,
        remarks=tuple(remarks),
        seconds=time.perf_counter() - begun,
    )


def _checkpoint(seal: SealFolder, tally: Tally) -> tuple[Note | None, Checkpoint | None]:
    tally.count("checkpoint")
    try:
        note = seal.note()
        return note, Checkpoint.parse(note.text)
    except NotSealed:
        tally.add(Discrepancy("checkpoint", "检查点缺失", "the checkpoint is missing", file="checkpoint"))
    except NoteError as error:
        tally.add(Discrepancy("checkpoint", error.zh, error.en, file="checkpoint"))
    return None, None


def _check_note(note: Note, held: Checkpoint, terms: list[KeyTerm], trust: Trust, tally: Tally) -> None:
    tally.count("signature")
    try:
        verified_in_term(note, terms)
    except (NoteError, IndexError):
        zh, en = "没有本账可信密钥的有效签名", "no trusted key of the log signed it, or not this"
        tally.add(Discrepancy("signature", zh, en, file="checkpoint"))
    for one in trust.outside:
        kept = Checkpoint.parse(one.note.text)
        tally.count("outside")
        if kept.origin == held.origin and kept.size == held.size and kept.root != held.root:
            zh, en = "与取证包的检查点不同", "the checkpoint of the bundle is another one of that size"
            tally.add(Discrepancy("outside", zh, en, file=one.name))
        elif kept.origin != held.origin:
            tally.add(Discrepancy("outside", "属于另一本账", "it is of another log", file=one.name))


def _witnesses(note: Note, held: Checkpoint, trust: Trust, tally: Tally) -> tuple[Witnessed, ...]:
    try:
        found = note.signers(trust.witnesses)
    except NoteError as error:
        tally.add(Discrepancy("witness", error.zh, error.en, file="checkpoint"))
        found = {}
    tally.count("witness", len(found))
    if len(found) < trust.quorum:
        tally.add(too_few_witnesses(trust.quorum, len(found)))
    return tuple(Witnessed(key.name, held.size, at_second or 0) for key, at_second in found.items())


@dataclass(slots=True)
class _Events:
    """The lines of ``events.jsonl``."""

    folder: Path
    held: Checkpoint | None
    tally: Tally
    count: int = 0
    named: Named = field(default_factory=Named)

    def check(self) -> None:
        """Checks every line by its leaf and its proof."""
        last = 0
        for number, line in enumerate(self._lines(), 1):
            self.count += 1
            self.tally.count("proof")
            try:
                event = _event(line)
                self._proven(event, json.loads(line)["proof"])
                self.named.look_at(event.topic, event.payload)
            except (*_UNREADABLE, ProofError):
                self._add("proof", _position(line), f"第 {number} 行没有得到证明", f"line {number} is not proven")
                continue
            if event.position <= last:
                self._add("position", event.position, "次序不对", "it is not in order")
            last = event.position
            for _ in noncanonical([event]):
                self._add("payload", event.position, "正文不是规范写法", "its payload is not canonical JSON")

    def stored(self) -> Iterator[Stored]:
        """The events as they would be read from a log."""
        for line in self._lines():
            with suppress(*_UNREADABLE):
                yield _event(line)

    def _lines(self) -> Iterator[bytes]:
        try:
            with regular(self.folder / EVENTS).open("rb") as file:
                yield from file
        except FileNotFoundError:
            return

    def _proven(self, event: Stored, proof: list[str]) -> None:
        if self.held is None or leaf_hash(event.header, event.payload) != event.leaf:
            raise ProofError("its bytes do not give its leaf")
        hashes = [base64.b64decode(one, validate=True) for one in proof]
        check_inclusion(event.leaf, event.position - 1, self.held.size, hashes, self.held.root)

    def _add(self, check: str, position: int | None, zh: str, en: str) -> None:
        self.tally.add(Discrepancy(check, zh, en, position, file=EVENTS))


def _event(line: bytes) -> Stored:
    """A line as the row that it was.

    Raises:
        _UNREADABLE: it is no such line.
    """
    said = json.loads(line)
    instant = datetime.strptime(said["recorded_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    key = UUID(said["key"]).bytes if said["key"] is not None else None
    header = header_bytes(said["position"], said["topic"], instant, said["tags"], key)
    payload = said["payload"].encode()
    return Stored(said["position"], said["topic"], microseconds(instant), header, payload, bytes.fromhex(said["leaf"]))


def _position(line: bytes) -> int | None:
    try:
        position = json.loads(line)["position"]
    except _UNREADABLE:
        return None
    return position if type(position) is int else None
