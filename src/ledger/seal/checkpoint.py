"""Checkpoints (c2sp.org/tlog-checkpoint): which log, how many leaves, and the root over them, as a note's text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.seal.hashing import HASH_BYTES, SHA256, TreeHash
from ledger.seal.note import Note, NoteError, Signer, VerifierKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log ``origin`` with its first ``size`` events has the root ``root`` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads the text of a note.

        Raises:
            NoteError: it is no checkpoint of ours: three lines, without extensions.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise NoteError("不是检查点", "it is no checkpoint")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError):
            root = b""
        if len(root) != HASH_BYTES or base64.b64encode(root).decode() != lines[2]:
            raise NoteError("检查点的根哈希不对", "the checkpoint's root is not 32 bytes of base64")
        return cls(lines[0], int(lines[1]), root)

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed_by(self, signer: Signer) -> Note:
        """The checkpoint as a note, signed by the log under its name."""
        return Note(self.text, (signer.renamed(self.origin).sign(self.text),))


def verified(note: Note, keys: Iterable[VerifierKey], tree_hash: TreeHash = SHA256) -> Checkpoint:
    """What a note says that one of the log's keys signed; keys go by the log's name, as ``log.vkey`` has them.

    Raises:
        NoteError: none of them signed it under that name, a signature is not valid, or it is no checkpoint.
    """
    held = Checkpoint.parse(note.text)
    ours = [key.renamed(key.name + tree_hash.suffix) for key in keys if key.kind == "log"]
    if not any(key.name == held.origin for key in note.signers(ours)):
        raise NoteError("检查点没有本账可信密钥的签名", "no trusted key of the log signed the checkpoint")
    return held


def origin_of(first_leaf: bytes, tree_hash: TreeHash = SHA256) -> str:
    """A log's name, from the leaf at its first position: nobody needs to hand names out."""
    return f"mingzhang/{first_leaf.hex()[:16]}{tree_hash.suffix}"
