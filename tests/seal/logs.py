"""Logs for tests of the seal that need no database: entries go in, tiles and signed checkpoints come out."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.seal.checkpoint import Checkpoint, origin_of
from ledger.seal.folder import TREES, SealFolder
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256
from ledger.seal.note import KeyKind, Signer, VerifierKey


def signer(word: str = "seal", name: str = "mingzhang", kind: KeyKind = "log") -> Signer:
    """A key that is the same for the same word."""
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(word.encode().ljust(32, b".")))


class Log:
    """A log of entries, sealed with a key into a folder."""

    def __init__(self, path: Path, key: Signer | None = None, word: str = "event") -> None:
        self.folder = SealFolder(path)
        self.signer = key or signer()
        self.word = word
        self.trees = [GrowingTree(self.folder.tiles(tree_hash), 0) for tree_hash in TREES]

    def entry(self, index: int) -> bytes:
        return f"{self.word} {index}".encode() if index else b"the first"

    @property
    def origin(self) -> str:
        return origin_of(SHA256.leaf(self.entry(0)))

    @property
    def key(self) -> VerifierKey:
        return self.signer.renamed(self.origin).verifier

    def grow(self, size: int) -> Log:
        """Grows to a size, and seals it."""
        for index in range(self.trees[0].size, size):
            for tree, tree_hash in zip(self.trees, TREES, strict=True):
                tree.add(tree_hash.leaf(self.entry(index)))
        for tree, tree_hash in zip(self.trees, TREES, strict=True):
            tree.flush()
            checkpoint = Checkpoint(self.origin + tree_hash.suffix, size, tree.root())
            self.folder.write_note(checkpoint.signed_by(self.signer), tree_hash)
        self.folder.write_keys([self.key])
        return self
