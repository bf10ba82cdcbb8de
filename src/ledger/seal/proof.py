"""A proof that an event is in the log, as a file (c2sp.org/tlog-proof): index, hashes, checkpoint."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.hashing import HASH_BYTES, SHA256, TreeHash
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.tree import check_inclusion

_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
SUFFIX = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """That the leaf ``index`` (position − 1) is in the tree of the checkpoint ``note``."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        """Reads a ``.tlog-proof`` file; extra data in it is ignored.

        Raises:
            NoteError: it is none.
        """
        try:
            head, blank, below = data.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise NoteError("证明文件不是 UTF-8", "the proof is not UTF-8") from None
        lines = head.split("\n")
        if not blank or lines[0] != _FIRST:
            raise NoteError("不是证明文件", "it is no proof file")
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        index = _INDEX.fullmatch(rest[0]) if rest else None
        if index is None:
            raise NoteError("证明文件缺少序号", "the proof has no index")
        return cls(int(index[1]), tuple(map(_hash, rest[1:])), Note.parse(below.encode()))

    def __str__(self) -> str:
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.hashes)
        return f"{_FIRST}\nindex {self.index}\n{hashes}\n{self.note}"

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(self.note.text)

    def check(self, leaf: bytes, keys: Iterable[VerifierKey], tree_hash: TreeHash = SHA256) -> Checkpoint:
        """Checks that ``leaf`` stands at ``index`` in a tree that one of ``keys`` (as in ``log.vkey``) signed.

        Raises:
            NoteError: none of the keys signed the checkpoint, or a signature is not valid.
            ledger.seal.tree.ProofError: the proof does not lead to the checkpoint's root.
        """
        held = verified(self.note, keys, tree_hash)
        check_inclusion(leaf, self.index, held.size, self.hashes, held.root, tree_hash)
        return held


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != HASH_BYTES or base64.b64encode(raw).decode() != line:
        raise NoteError("证明中的哈希写法不对", "a hash of the proof is not 32 bytes of base64")
    return raw
