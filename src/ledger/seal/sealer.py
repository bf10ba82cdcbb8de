"""The sealer: rehashes what was recorded since it last signed, grows the trees, and signs their roots.

It runs beside the writers and never before them: an append waits for no hash but its own leaf. What it has signed it
never contradicts: a log that became shorter, or whose bytes do not give their leaf, is not signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog

from ledger.book.stored import Stored, read_stored
from ledger.seal.checkpoint import Checkpoint, origin_of, verified
from ledger.seal.folder import TREES, NotSealed, Refused, SealFolder
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.keys import SealError
from ledger.seal.note import Note, NoteError, Signer
from ledger.seal.rotation import TOPIC, Rotation, key_of, rotation_of
from ledger.seal.tiles import TileMissing
from ledger.seal.tree import Frontier, ProofError, check_inclusion, inclusion_proof

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
    """Seals one log into one folder with one key, which goes by the log's name, whatever its own.

    With ``successor`` it passes on to that key where the log says so.
    """

    def __init__(self, folder: SealFolder, signer: Signer, successor: Signer | None = None) -> None:
        self.folder = folder
        self.signer = signer
        self.successor = successor

    def seal(self, conn: psycopg.Connection[Any], progress: Progress | None = None) -> Checkpoint | None:
        """Signs the log as far as it goes; ``conn`` may read ``book.event``. None where nothing is new.

        Raises:
            SealRefused: an event's bytes do not give its leaf, positions have a hole, or sealed events are gone.
            SealError: the key at hand is not the log's.
            NoteError: the folder's own checkpoint is not signed by a key of the log.
        """
        with self.folder.alone():
            try:
                signed = self._seal(conn, progress)
            except SealRefused as refused:
                at = datetime.now(UTC).isoformat(timespec="seconds")
                self.folder.write_refused(Refused(refused.position, refused.zh, refused.en, at))
                log.error("the seal is refused", position=refused.position, reason=refused.en)
                raise
            self.folder.write_refused(None)
            return signed

    def _seal(self, conn: psycopg.Connection[Any], progress: Progress | None) -> Checkpoint | None:
        head = _head(conn)
        before = self._signed()
        size = before.size if before else 0
        if head < size:
            raise SealRefused(
                head + 1, f"已封存 {size} 条,现只有 {head} 条", f"{size} were sealed and {head} are there"
            )
        if head == size:
            return None
        origin = before.origin if before else origin_of(next(read_stored(conn, 0, 1)).leaf)
        self._name_key(conn, origin, size)
        trees = self._trees(conn, before)
        rotations = _rotations(conn, size, head)
        signed = before
        while trees[0].size < head:
            upto = min(trees[0].size + SIGN_EVERY, head)
            # The rotation of another key (of a chain that was lost) is nothing to this one.
            ours = (one for one in rotations if one.old == self.signer.verifier.material)
            due = next((one for one in ours if trees[0].size < one.position <= upto), None)
            if due:
                may_pass_on = self.successor is not None and self.successor.verifier.material == due.new
                upto = due.position if may_pass_on else due.position - 1
            self._grow(conn, trees, upto)
            if trees[0].size > (signed.size if signed else 0):
                signed = self._sign(trees, origin, due if due and upto == due.position else None)
            if progress:
                progress(trees[0].size, head)
            if due and upto < due.position:
                raise SealError(
                    f"第 {due.position} 号事件起更换了封存密钥;请用 seal rotate 完成更换,或改用新密钥",
                    f"the key changes with event {due.position}: finish with seal rotate, or use the new key",
                )
        return signed

    def _signed(self) -> Checkpoint | None:
        """The latest checkpoint, and that it is by the key at hand: which may by now be the successor."""
        try:
            note = self.folder.note()
        except NotSealed:
            return None
        origin = Checkpoint.parse(note.text).origin
        named = self.folder.keys()[-1:]
        if self.successor and [self.successor.verifier.material] == [key.material for key in named]:
            try:
                held = verified(note, [self.successor.renamed(origin).verifier])
            except NoteError:
                pass
            else:
                self.signer, self.successor = self.successor, None
                return held
        elif named and named[0].material != self.signer.verifier.material:
            raise SealError(
                f"所用密钥不是本账封存密钥({named[0]});更换密钥须用 seal rotate",
                f"the key at hand is not the one that seals this log ({named[0]}); change it with seal rotate",
            )
        return verified(note, [self.signer.renamed(origin).verifier])

    def _name_key(self, conn: psycopg.Connection[Any], origin: str, size: int) -> None:
        """Says in ``log.vkey`` whose key it is; a lost file is written again from the rotations on record."""
        if not self.folder.keys():
            keys = [self.signer.renamed(origin).verifier]
            for one in reversed(_rotations(conn, 0, size)):
                if one.new == keys[0].material:
                    keys.insert(0, key_of(origin, one.old))
            self.folder.write_keys(keys)

    def _trees(self, conn: psycopg.Connection[Any], before: Checkpoint | None) -> list[GrowingTree]:
        """Both trees as they were signed; from the log, should tiles be lost."""
        if before is None:
            return [GrowingTree(self.folder.tiles(tree_hash)) for tree_hash in TREES]
        try:
            trees = [GrowingTree(self.folder.tiles(tree_hash), before.size) for tree_hash in TREES]
            if [tree.root() for tree in trees] == [before.root, self.folder.checkpoint(SM3, before.size).root]:
                self._check_ends(conn, before)
                return trees
        except (TileMissing, NotSealed, NoteError, ProofError):
            pass
        log.warning("what is sealed is hashed again, for it is not what the tiles say", size=before.size)
        self._rehash(conn, before)
        trees = [GrowingTree(self.folder.tiles(tree_hash)) for tree_hash in TREES]
        self._grow(conn, trees, before.size)
        for tree in trees:
            tree.flush()
        return trees

    def _check_ends(self, conn: psycopg.Connection[Any], before: Checkpoint) -> None:
        """Raises ProofError unless the first and the last sealed event are there: another log is seen at once."""
        for index in {0, before.size - 1}:
            event = next(read_stored(conn, index, index + 1), None)
            proof = inclusion_proof(index, before.size, self.folder.tiles().subtree)
            check_inclusion(SHA256.leaf(event.entry) if event else b"", index, before.size, proof, before.root)

    def _rehash(self, conn: psycopg.Connection[Any], before: Checkpoint) -> None:
        """Checks all that is sealed before any tile is touched: what the tiles say may be evidence."""
        tree, parted = Frontier(), before.size
        kept = _as_far_as_there(self.folder.leaves(0, before.size))
        for event in read_stored(conn, 0, before.size):
            leaf = _leaf_of(event, tree.size + 1)
            tree.add(leaf)
            if next(kept, leaf) != leaf:
                parted = min(parted, tree.size)
        if tree.size != before.size:
            raise SealRefused(tree.size + 1, "缺少该事件", "it is missing")
        if tree.root() != before.root:
            raise SealRefused(
                parted, "封存过的内容与已签的根哈希不符", "what was sealed no longer gives the root that was signed"
            )

    def _grow(self, conn: psycopg.Connection[Any], trees: list[GrowingTree], upto: int) -> None:
        sha256, sm3 = trees
        for event in read_stored(conn, sha256.size, upto):
            sha256.add(_leaf_of(event, sha256.size + 1))
            sm3.add(SM3.leaf(event.entry))
        if sha256.size != upto:
            raise SealRefused(sha256.size + 1, "缺少该事件", "it is missing")

    def _sign(self, trees: list[GrowingTree], origin: str, due: Rotation | None) -> Checkpoint:
        """Signs both trees; where the key changes with the last event, with both keys, and goes on with the new one."""
        signers = [self.signer]
        if due and self.successor:
            signers.append(self.successor)
            self.folder.write_rotations([*(one for one in self.folder.rotations() if one.position < due.position), due])
            successor = key_of(origin, due.new)
            earlier = self.folder.keys()
            self.folder.write_keys([*(key for key in earlier if key != successor), successor])
        for tree, tree_hash in reversed(list(zip(trees, TREES, strict=True))):
            tree.flush()
            checkpoint = Checkpoint(origin + tree_hash.suffix, tree.size, tree.root())
            signatures = [one.renamed(checkpoint.origin).sign(checkpoint.text) for one in signers]
            # The SHA-256 checkpoint last: where it is, the other is as well.
            self.folder.write_note(Note(checkpoint.text, tuple(signatures)), tree_hash)
        if due and self.successor:
            self.signer, self.successor = self.successor, None
        log.info("sealed", size=checkpoint.size)
        return checkpoint


def _leaf_of(event: Stored, due: int) -> bytes:
    """The leaf that the event's own bytes give, if it is the one that is due."""
    if event.position != due:
        zh, en = f"缺少该事件(其后是第 {event.position} 号)", f"it is missing ({event.position} follows)"
        raise SealRefused(due, zh, en)
    leaf = SHA256.leaf(event.entry)
    if not event.header or leaf != event.leaf:
        raise SealRefused(due, "内容与其哈希不符", "its bytes do not give its hash")
    return leaf


def _as_far_as_there(leaves: Iterator[bytes]) -> Iterator[bytes]:
    with suppress(TileMissing):
        yield from leaves


def _head(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
    return int(row[0]) if row else 0


def _rotations(conn: psycopg.Connection[Any], after: int, upto: int) -> list[Rotation]:
    """The rotations that the log names, ``after < position <= upto``."""
    found = conn.execute(
        "select position from book.event where topic = %s and position > %s and position <= %s order by position",
        [TOPIC, after, upto],
    )
    events = [next(read_stored(conn, position - 1, position)) for (position,) in found.fetchall()]
    return [rotation for event in events if (rotation := rotation_of(event.entry))]
