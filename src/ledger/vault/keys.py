"""The master key: one file outside the database, from which every other key of the vault is derived."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.private_file import write_once
from ledger.vault.ciphers import CipherName
from ledger.vault.errors import KeyFileError

MASTER_BYTES = 32
MARK = "mingzhang-vault-key-1"
NOTICE = (
    "# 明账保险库主密钥：遗失则无人可还原，外泄则人人可还原；请离线备份。Keep an offline copy; show it to nobody.\n"
)


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The keys derived from one 32-byte master by HKDF-SHA-256 (RFC 5869), each for a single use."""

    master: bytes = field(repr=False)

    def wrapping(self, cipher: CipherName) -> bytes:
        """The key that wraps the subjects' own keys, `cipher.key_bytes` long."""
        return self._derive(f"wrapping {cipher}", cipher.key_bytes)

    def lookup(self) -> bytes:
        """The HMAC-SHA-256 key that finds a value without storing it, 32 bytes."""
        return self._derive("lookup", 32)

    def row_key(self) -> bytes:
        """The secret behind the idempotency keys of file rows, 32 bytes."""
        return self._derive("row key", 32)

    def documents(self) -> bytes:
        """The key that seals documents beside the book, 32 bytes; a cipher of shorter keys takes its beginning."""
        return self._derive("documents", 32)

    def check_value(self) -> bytes:
        """32 bytes that tell this master from another and nothing else about it."""
        return self._derive("check", 32)

    def _derive(self, use: str, length: int) -> bytes:
        return HKDF(SHA256(), length, salt=None, info=f"{MARK} {use}".encode()).derive(self.master)


def load_keys(path: Path, *, may_make: bool = True) -> MasterKeys:
    """Read the master key at `path`, making it (mode 0600) if there is none and `may_make`.

    Never overwrites. KeyFileError if it is missing and may not be made, if group or others have any right to it,
    or if it does not hold a key.
    """
    if may_make and not path.exists():
        write_once(path, f"{NOTICE}{MARK} {os.urandom(MASTER_BYTES).hex()}\n".encode())
    try:
        with path.open("rb") as file:
            _refuse_if_exposed(path, os.fstat(file.fileno()).st_mode)
            return MasterKeys(_parse(path, file.read()))
    except FileNotFoundError:
        raise KeyFileError(
            f"找不到保险库主密钥文件 {path}，而保险库中已有内容；请从备份恢复该文件，切勿另建。",
            f"The vault's master key file {path} is missing while the vault is in use; "
            "restore it from its backup, do not make another.",
        ) from None


def _refuse_if_exposed(path: Path, mode: int) -> None:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(
            f"保险库主密钥文件 {path} 的权限为 {stat.S_IMODE(mode):04o}，他人可以接触；"
            f"请确认未外泄，再执行 chmod 600 {path}。",
            f"The vault's master key file {path} has mode {stat.S_IMODE(mode):04o}, so others may reach it; "
            f"make sure that it has not leaked, then run chmod 600 {path}.",
        )


def _parse(path: Path, content: bytes) -> bytes:
    lines = [line for line in content.decode("utf-8", "replace").splitlines() if not line.startswith("#")]
    mark, _, digits = (lines[0] if len(lines) == 1 else "").partition(" ")
    with suppress(ValueError):
        master = bytes.fromhex(digits)
        if mark == MARK and len(master) == MASTER_BYTES:
            return master
    raise KeyFileError(
        f"{path} 不是完整的保险库主密钥文件；请从备份恢复。",
        f"{path} is not a whole vault master key file; restore it from its backup.",
    )
