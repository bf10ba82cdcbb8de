"""The sealer: rehashes what was recorded since it last signed, grows the trees, and signs their roots.

It runs beside the writers and never before them: an append waits for no hash but its own leaf. What it has signed it
never contradicts: a log that became shorter, or whose bytes do not give their leaf, is not signed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog

from ledger.book.stored import Stored, read_stored
from ledger.seal.checkpoint import Checkpoint, origin_of
from ledger.seal.folder import TREES, NotSealed, SealFolder
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.note import NoteError, Signer
from ledger.seal.tiles import TileMissing

log = structlog.get_logger()

# A first seal of millions signs as it goes, so that it can be broken off.
SIGN_EVERY = 262_144

Progress = Callable[[int, int], None]


class SealRefused(RuntimeError):
    """The log is not what it should be at ``position``, and was not signed."""

    def __init__(self, position: int, zh: str, en: str) -> None:
        self.position, self.zh, self.en = position, zh, en
        super().__init__(f"第 {position} 号事件:{zh},不予封存 / event {position}: {en}; not sealed")


class Sealer:
    """Seals one log into one folder with one key. ``signer`` goes by the log's name, whatever its own."""

    def __init__(self, folder: SealFolder, signer: Signer) -> None:
        self.folder = folder
        self.signer = signer

    def seal(self, conn: psycopg.Connection[Any], progress: Progress | None = None) -> Checkpoint | None:
        """Signs the log as far as it goes; ``conn`` may read ``book.event``. None where nothing is new.

        Raises:
            SealRefused: an event's bytes do not give its leaf, positions have a hole, or sealed events are gone.
            NoteError: the folder's own checkpoint is not signed by a key of the log.
        """
        with self._alone():
            head = _head(conn)
            before = self._signed()
            size = before.size if before else 0
            if head < size:
                raise SealRefused(
                    head + 1, f"已封存 {size} 条,现只有 {head} 条", f"{size} were sealed and {head} are there"
                )
            if head == size:
                return None
            trees = self._trees(conn, before)
            signed = before
            while trees[0].size < head:
                self._grow(conn, trees, min(trees[0].size + SIGN_EVERY, head))
                signed = self._sign(trees, signed or before, conn)
                if progress:
                    progress(trees[0].size, head)
            return signed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.path.mkdir(parents=True, exist_ok=True)
        with (self.folder.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _signed(self) -> Checkpoint | None:
        try:
            note = self.folder.note()
        except NotSealed:
            return None
        held = Checkpoint.parse(note.text)
        keys = [*self.folder.keys(), self.signer.renamed(held.origin).verifier]
        if not note.signers(keys):
            raise NoteError("封存文件夹中的检查点不是本账的密钥所签", "the checkpoint at hand is by none of our keys")
        return held

    def _trees(self, conn: psycopg.Connection[Any], before: Checkpoint | None) -> list[GrowingTree]:
        """Both trees as they were signed; from the log, should tiles be lost."""
        size = before.size if before else 0
        try:
            trees = [GrowingTree(self.folder.tiles(tree_hash), size) for tree_hash in TREES]
        except TileMissing:
            log.warning("tiles are lost and made again from the log", size=size)
            trees = [GrowingTree(self.folder.tiles(tree_hash)) for tree_hash in TREES]
            self._grow(conn, trees, size)
        if before and trees[0].root() != before.root:
            raise SealRefused(
                size, "封存过的内容与已签的根哈希不符", "what was sealed no longer gives the root that was signed"
            )
        return trees

    def _grow(self, conn: psycopg.Connection[Any], trees: list[GrowingTree], upto: int) -> None:
        sha256, sm3 = trees
        for event in read_stored(conn, sha256.size, upto):
            entry = event.entry
            leaf = SHA256.leaf(entry)
            if event.position != sha256.size + 1 or not event.header or leaf != event.leaf:
                raise _refused(event, sha256.size + 1)
            sha256.add(leaf)
            sm3.add(SM3.leaf(entry))
        if sha256.size != upto:
            raise SealRefused(sha256.size + 1, "缺少该事件", "it is missing")

    def _sign(self, trees: list[GrowingTree], before: Checkpoint | None, conn: psycopg.Connection[Any]) -> Checkpoint:
        origin = before.origin if before else origin_of(next(read_stored(conn, 0, 1)).leaf)
        for tree, tree_hash in reversed(list(zip(trees, TREES, strict=True))):
            tree.flush()
            checkpoint = Checkpoint(origin + tree_hash.suffix, tree.size, tree.root())
            # The SHA-256 checkpoint last: where it is, the other is as well.
            self.folder.write_note(checkpoint.signed_by(self.signer), tree_hash)
        log.info("sealed", size=checkpoint.size)
        return checkpoint


def _refused(event: Stored, due: int) -> SealRefused:
    if event.position != due:
        return SealRefused(
            due, f"缺少该事件(其后是第 {event.position} 号)", f"it is missing ({event.position} follows)"
        )
    return SealRefused(due, "内容与其哈希不符", "its bytes do not give its hash")


def _head(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
    return int(row[0]) if row else 0
