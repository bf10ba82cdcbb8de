"""The seal folder: the tiles of both trees, the log's public keys, and every checkpoint that was ever signed.

It lies outside the database, so that whoever changes the one has not changed the other. An archive holds a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.hashing import SHA256, SM3, TreeHash
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.proof import Proof
from ledger.seal.tiles import Tiles, write_file
from ledger.seal.tree import consistency_proof, inclusion_proof

TREES = (SHA256, SM3)


class NotSealed(LookupError):
    """There is no checkpoint yet."""


class SealFolder:
    """What the sealer writes and everybody else reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tiles(self, tree_hash: TreeHash = SHA256) -> Tiles:
        return Tiles(self.path / "sm3" if tree_hash is SM3 else self.path, tree_hash)

    def keys(self) -> list[VerifierKey]:
        """The log's public keys, the oldest first; the last one signs now.

        Raises:
            NoteError: the file ``log.vkey`` does not hold keys.
        """
        file = self.path / "log.vkey"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return [VerifierKey.parse(line) for line in lines if line.strip()]

    def write_keys(self, keys: list[VerifierKey]) -> None:
        write_file(self.path / "log.vkey", "".join(f"{key}\n" for key in keys).encode())

    def note(self, tree_hash: TreeHash = SHA256, size: int | None = None) -> Note:
        """The latest checkpoint as it was signed, or the one of a size.

        Raises:
            NotSealed: there is none.
            NoteError: the file is no note.
        """
        ending = f".{tree_hash.name}" if tree_hash is SM3 else ""
        name = f"checkpoint{ending}" if size is None else f"checkpoints/{size}{ending}"
        try:
            return Note.parse((self.path / name).read_bytes())
        except FileNotFoundError:
            raise NotSealed("账本尚未封存 / the book is not sealed yet") from None

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
