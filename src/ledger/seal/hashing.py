"""The two hash functions of the tree, used as RFC 6962 section 2.1 says: 0x00 before a leaf, 0x01 before two nodes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SM3 as CRYPTOGRAPHY_SM3
from cryptography.hazmat.primitives.hashes import Hash

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class TreeHash:
    """A hash function as the tree uses it; ``suffix`` follows the log's name in the checkpoints made with it."""

    name: str
    suffix: str
    digest: Callable[[bytes], bytes]

    def leaf(self, entry: bytes) -> bytes:
        """The hash of an entry (header || payload), 32 bytes."""
        return self.digest(b"\x00" + entry)

    def node(self, left: bytes, right: bytes) -> bytes:
        return self.digest(b"\x01" + left + right)

    def whole(self, hashes: Sequence[bytes]) -> bytes:
        """The root over a power of two of hashes, a level at a time: what sealing spends its time with."""
        digest = self.digest
        while len(hashes) > 1:
            hashes = [digest(b"\x01" + left + right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
        return hashes[0]

    def empty(self) -> bytes:
        """The root of a tree without leaves."""
        return self.digest(b"")


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _sm3_of_python() -> Callable[[bytes], bytes]:
    # Copying a hash that has begun is faster than looking the function up by its name each time.
    begun = hashlib.new("sm3")

    def digest(data: bytes) -> bytes:
        hashing = begun.copy()
        hashing.update(data)
        return hashing.digest()

    return digest


def _sm3_of_cryptography(data: bytes) -> bytes:
    """SM3 for a Python whose own OpenSSL was built without it."""
    hashing = Hash(CRYPTOGRAPHY_SM3())
    hashing.update(data)
    return hashing.finalize()


SHA256 = TreeHash("sha256", "", _sha256)
SM3 = TreeHash("sm3", "/sm3", _sm3_of_python() if "sm3" in hashlib.algorithms_available else _sm3_of_cryptography)
