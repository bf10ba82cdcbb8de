"""The seal folder: the tiles of both trees, the log's public keys, and every checkpoint that was ever signed.

It lies outside the database, so that whoever changes the one has not changed the other. An archive holds a copy.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.hashing import SHA256, SM3, TreeHash
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.proof import Proof
from ledger.seal.rotation import Rotation, rotation_of
from ledger.seal.tiles import Tiles, write_file
from ledger.seal.tree import consistency_proof, inclusion_proof

TREES = (SHA256, SM3)


class NotSealed(LookupError):
    """There is no checkpoint yet."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What the sealer last refused to sign: which event, why, and when it said so (ISO 8601, UTC)."""

    position: int
    zh: str
    en: str
    refused_at: str


class SealFolder:
    """What the sealer writes and everybody else reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> bytes | None:
        """The bytes of a file of the folder; None where there is none."""
        path = self.path / name
        # A pipe would never end.
        return path.read_bytes() if path.is_file() else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Whoever writes here is alone with the folder meanwhile."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def tiles(self, tree_hash: TreeHash = SHA256) -> Tiles:
        return Tiles(self.path / "sm3" if tree_hash is SM3 else self.path, tree_hash)

    def keys(self) -> list[VerifierKey]:
        """The log's public keys, the oldest first; the last one signs now.

        Raises:
            NoteError: the file ``log.vkey`` does not hold keys.
        """
        return self._keys("log.vkey")

    def write_keys(self, keys: list[VerifierKey]) -> None:
        write_file(self.path / "log.vkey", "".join(f"{key}\n" for key in keys).encode())

    def witness_keys(self) -> list[VerifierKey]:
        """The public keys of the witnesses whose cosignatures were taken in here."""
        return self._keys("witness.vkey")

    def _keys(self, name: str) -> list[VerifierKey]:
        lines = (self.read(name) or b"").decode("utf-8", "replace").splitlines()
        return [VerifierKey.parse(line) for line in lines if line.strip()]

    def rotations(self) -> list[Rotation]:
        """The events by which the log's key was changed, with their bytes, in the order of the log.

        Raises:
            NoteError: the file ``rotations`` does not hold such events.
        """
        found = []
        for line in (self.read("rotations") or b"").splitlines():
            try:
                rotation = rotation_of(base64.b64decode(line, validate=True))
            except ValueError:
                rotation = None
            if rotation is None:
                raise NoteError("rotations 文件读不懂", "the file rotations holds something else")
            found.append(rotation)
        return found

    def write_rotations(self, rotations: list[Rotation]) -> None:
        lines = [base64.b64encode(one.entry) + b"\n" for one in sorted(rotations)]
        write_file(self.path / "rotations", b"".join(lines))

    def refused(self) -> Refused | None:
        """What the sealer refused to sign, until it signs again."""
        said = self.read("refused")
        return Refused(**json.loads(said)) if said else None

    def write_refused(self, refused: Refused | None) -> None:
        if refused is None:
            (self.path / "refused").unlink(missing_ok=True)
        else:
            write_file(self.path / "refused", json.dumps(asdict(refused), ensure_ascii=False).encode())

    def note(self, tree_hash: TreeHash = SHA256, size: int | None = None) -> Note:
        """The latest checkpoint as it was signed, or the one of a size.

        Raises:
            NotSealed: there is none.
            NoteError: the file is no note.
        """
        ending = f".{tree_hash.name}" if tree_hash is SM3 else ""
        name = f"checkpoint{ending}" if size is None else f"checkpoints/{size}{ending}"
        data = self.read(name)
        if data is None:
            raise NotSealed("账本尚未封存 / the book is not sealed yet")
        return Note.parse(data)

    def checkpoint(self, tree_hash: TreeHash = SHA256, size: int | None = None) -> Checkpoint:
        """What the latest checkpoint says, or that of a size.

        Raises:
            NotSealed: there is none.
            NoteError: the file is no checkpoint.
        """
        return Checkpoint.parse(self.note(tree_hash, size).text)

    def sizes(self) -> list[int]:
        """The sizes at which the log was sealed, in order."""
        folder = self.path / "checkpoints"
        names = (entry.name for entry in folder.iterdir()) if folder.is_dir() else ()
        return sorted(int(name) for name in names if name.isdecimal())

    def write_note(self, note: Note, tree_hash: TreeHash = SHA256) -> None:
        """Keeps a signed checkpoint, and makes it the latest unless a larger one is there."""
        held = Checkpoint.parse(note.text)
        ending = f".{tree_hash.name}" if tree_hash is SM3 else ""
        write_file(self.path / "checkpoints" / f"{held.size}{ending}", note.encode())
        try:
            latest = self.checkpoint(tree_hash).size
        except (NotSealed, NoteError):
            latest = 0
        if held.size >= latest:
            write_file(self.path / f"checkpoint{ending}", note.encode())

    def add_cosignatures(self, notes: list[tuple[Note, TreeHash]], witness: VerifierKey) -> int:
        """Takes in what a witness signed of checkpoints that are here; returns their size.

        Raises:
            NotSealed: there is no checkpoint of that size.
            NoteError: the checkpoint here says something else, or the witness did not sign.
        """
        with self.alone():
            size = 0
            for cosigned, tree_hash in notes:
                size = Checkpoint.parse(cosigned.text).size
                held = self.note(tree_hash, size)
                if held.text != cosigned.text:
                    raise NoteError("见证的检查点与此处的不同", "the cosigned checkpoint is another than that here")
                if witness not in cosigned.signers([witness]):
                    raise NoteError("其中没有该见证人的签名", "the witness did not sign it")
                mine = [one for one in cosigned.signatures if (one.name, one.key_id) == (witness.name, witness.id)]
                self._sign_again(held.with_signatures(mine), tree_hash)
            keys = self.witness_keys()
            if witness not in keys:
                write_file(self.path / "witness.vkey", "".join(f"{key}\n" for key in [*keys, witness]).encode())
            # What proofs may carry when the log has grown on since.
            before = self.read("checkpoint.witnessed")
            if before is None or Checkpoint.parse(Note.parse(before).text).size <= size:
                write_file(self.path / "checkpoint.witnessed", self.note(SHA256, size).encode())
            return size

    def _sign_again(self, note: Note, tree_hash: TreeHash) -> None:
        """Keeps a checkpoint with more signatures; the latest stays as old as it is, for its age is told."""
        file = self.path / f"checkpoint{'' if tree_hash is SHA256 else f'.{tree_hash.name}'}"
        told = file.stat()
        self.write_note(note, tree_hash)
        os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))

    def proof(self, position: int, size: int | None = None) -> Proof:
        """That the event at a position is in the latest checkpoint's tree, or in that of ``size`` events.

        Raises:
            NotSealed: the position is not sealed, or there is no checkpoint of that size.
            ledger.seal.tiles.TileMissing: a tile is lost.
        """
        note = self.note(size=size)
        held = Checkpoint.parse(note.text)
        if not 1 <= position <= held.size:
            raise NotSealed(f"第 {position} 号事件尚未封存 / event {position} is not sealed yet")
        hashes = inclusion_proof(position - 1, held.size, self.tiles().subtree)
        return Proof(position - 1, tuple(hashes), note)

    def consistency(self, first: int, second: int, tree_hash: TreeHash = SHA256) -> list[bytes]:
        """That the log of ``second`` events begins with that of ``first``."""
        return consistency_proof(first, second, self.tiles(tree_hash).subtree, tree_hash)

    def leaves(self, start: int, end: int, tree_hash: TreeHash = SHA256) -> Iterator[bytes]:
        """The leaf hashes ``[start, end)`` as they were sealed (index = position − 1)."""
        tiles = self.tiles(tree_hash)
        for first in range(start, end, 256):
            yield from tiles.hashes(0, first, min(first + 256, end))
