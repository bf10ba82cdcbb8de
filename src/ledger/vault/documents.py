"""Documents beside the book: each under the hash of its bytes, sealed, written once and never over another.

A scan holds what a text holds, and more: names, faces, account numbers. What lies on the disk opens with the vault's
master key alone. A file is one line that names its format and cipher, and the sealed bytes.
"""

import hashlib
import re
from pathlib import Path

from ledger.private_file import write_once
from ledger.vault.ciphers import CipherName, aead, seal, unseal
from ledger.vault.errors import SealBrokenError, VaultError

MOST_BYTES = 20_000_000
_MARK = "mingzhang-document-1"
_HASH = re.compile(r"[0-9a-f]{64}")


class DocumentError(VaultError):
    """A document that cannot be kept, or is not there."""


def hash_of(content: bytes) -> str:
    """The SHA-256 in hex of a document that may be kept. DocumentError if it has no bytes or more than `MOST_BYTES`."""
    if not 0 < len(content) <= MOST_BYTES:
        raise DocumentError(
            f"文件为空或超过 {MOST_BYTES // 1_000_000} MB，不能保存。",
            f"The document is empty or larger than {MOST_BYTES // 1_000_000} MB and cannot be kept.",
        )
    return hashlib.sha256(content).hexdigest()


class Documents:
    """The documents of one book in a folder of its own (mode 0700), under `ab/<sha256 of the plain bytes>`."""

    def __init__(self, folder: Path, secret: bytes, cipher: CipherName = CipherName.AES_256_GCM) -> None:
        self._folder = folder
        self._secret = secret
        self._cipher = cipher

    def put(self, content: bytes) -> str:
        """Keeps the bytes, on the disk when this returns; their SHA-256 in hex. What is there already stays.

        DocumentError if they are none or more than `MOST_BYTES`.
        """
        sha256 = hash_of(content)
        path = self._path(sha256)
        if not path.exists():
            write_once(path, self._sealed(content, sha256))
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash. DocumentError if there are none; SealBrokenError if they are not as they were."""
        try:
            head, _, sealed = self._path(sha256).read_bytes().partition(b"\n")
        except FileNotFoundError:
            raise _missing(sha256) from None
        mark, _, cipher = head.decode("ascii", "replace").partition(" ")
        if mark != _MARK or cipher not in set(CipherName):
            raise _altered()
        content = self._opened(CipherName(cipher), sealed, sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _altered()
        return content

    def _path(self, sha256: str) -> Path:
        # What is asked for becomes a path: nothing but a hash does.
        if not _HASH.fullmatch(sha256):
            raise _missing("")
        return self._folder / sha256[:2] / sha256

    def _key(self, cipher: CipherName) -> bytes:
        return self._secret[: cipher.key_bytes]

    def _sealed(self, content: bytes, sha256: str) -> bytes:
        line = f"{_MARK} {self._cipher}"
        return f"{line}\n".encode() + seal(aead(self._cipher, self._key(self._cipher)), content, sha256.encode())

    def _opened(self, cipher: CipherName, sealed: bytes, sha256: str) -> bytes:
        return unseal(aead(cipher, self._key(cipher)), sealed, sha256.encode())


def _missing(sha256: str) -> DocumentError:
    return DocumentError(
        f"没有这份文件（{sha256[:12] or '编号不是哈希值'}）；请从备份恢复 documents 目录。",
        f"There is no such document ({sha256[:12] or 'not a hash'}); restore the documents folder from its backup.",
    )


def _altered() -> SealBrokenError:
    return SealBrokenError(
        "文件被改动，与登记的哈希值不符；请停止使用并从备份核对。",
        "The document was altered and is not what its hash says; stop and compare with a backup.",
    )
