"""Signing keys as files: one line ``PRIVATE+KEY+name+hash+base64``, as the signed notes of Go have it, readable by its
owner alone. The log signs with one, every witness with one of its own; neither lies in the database.
"""

from __future__ import annotations

import base64
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.private_file import write_once
from ledger.seal.note import KeyKind, NoteError, Signer, VerifierKey, unbase64

LOG_KEY_NAME = "mingzhang"
_MARK = "PRIVATE+KEY+"
_KINDS: dict[int, KeyKind] = {1: "log", 4: "witness"}
_NOTICE = (
    "# 明账封存签名密钥：外泄则他人可代签，请离线备份，勿与数据库同机保管备份。"
    "Whoever has it can sign for the log; keep an offline copy.\n"
)


class SealError(RuntimeError):
    """Something is missing or wrong of what sealing needs (a key, a folder); says in both languages what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")


def read_key(path: Path) -> Signer:
    """The signing key in a file.

    Raises:
        SealError: there is none, it cannot be read, others may read it, or it is no key.
    """
    try:
        with path.open("rb") as file:
            _refuse_if_exposed(path, os.fstat(file.fileno()).st_mode)
            return _parse(path, file.read().decode("utf-8", "replace"))
    except OSError as error:
        raise SealError(
            f"读不到签名密钥文件 {path}({error.strerror})；由他处封存时请用 --seal-key none",
            f"the signing key {path} cannot be read ({error.strerror}); "
            "say --seal-key none where another process seals",
        ) from None


def make_key(path: Path, name: str = LOG_KEY_NAME, kind: KeyKind = "log") -> Signer:
    """A new key in a new file (0600); a key that is there already is left and read.

    Raises:
        SealError: the file cannot be written, or what is there is no key that may be used.
    """
    if not path.exists():
        try:
            write_once(path, _content(private_line(Signer(name, kind, Ed25519PrivateKey.generate()))))
        except OSError as error:
            raise SealError(
                f"无法写签名密钥文件 {path}({error.strerror})；由他处封存时请用 --seal-key none",
                f"the signing key {path} cannot be written ({error.strerror}); "
                "say --seal-key none where another process seals",
            ) from None
    return read_key(path)


def replace_key(path: Path, new: Path) -> Path:
    """The key in ``new`` takes the place of that in ``path``; returns where the old one lies from now on."""
    old = path.with_name(f"{path.name}.{read_key(path).verifier.id.hex()}")
    successor = private_line(read_key(new))
    if not old.exists():
        os.link(path, old)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    write_once(draft, _content(successor))
    draft.replace(path)
    new.unlink()
    return old


def private_line(signer: Signer) -> str:
    """``PRIVATE+KEY+name+hash+base64``, where the hash is that of the public key."""
    public = signer.verifier
    typed = public.typed[:1] + signer.private.private_bytes_raw()
    return f"{_MARK}{signer.name}+{public.id.hex()}+{base64.b64encode(typed).decode()}"


def read_verifier(text_or_file: str) -> VerifierKey:
    """A public key as typed, or the last one of a file such as ``log.vkey``: that which signs now.

    Raises:
        NoteError: it is neither.
    """
    path = Path(text_or_file)
    with suppress(OSError, UnicodeDecodeError):
        if path.is_file():
            lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            if lines and lines[-1].startswith(_MARK):
                raise NoteError(f"{path} 是私钥,不要外传;这里要公钥", f"{path} is a private key: give the public one")
            if not lines:
                raise NoteError(f"{path} 是空的,里面没有公钥", f"{path} is empty: there is no public key in it")
            return VerifierKey.parse(lines[-1])
    if "+" not in text_or_file:
        raise NoteError(
            f"“{text_or_file}”既不是文件,也不是公钥", f"{text_or_file!r} is neither a file nor a public key"
        )
    return VerifierKey.parse(text_or_file)


def _content(line: str) -> bytes:
    return f"{_NOTICE}{line}\n".encode()


def _parse(path: Path, text: str) -> Signer:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    parts = lines[0].removeprefix(_MARK).split("+", 2) if len(lines) == 1 and lines[0].startswith(_MARK) else []
    if len(parts) == 3:
        with suppress(NoteError, ValueError, KeyError):
            raw = unbase64(parts[2])
            signer = Signer(parts[0], _KINDS[raw[0]], Ed25519PrivateKey.from_private_bytes(raw[1:]))
            if signer.verifier.id.hex() == parts[1]:
                return signer
    raise SealError(
        f"{path} 不是完整的签名密钥文件；请从备份恢复", f"{path} is no whole signing key; restore it from its backup"
    )


def _refuse_if_exposed(path: Path, mode: int) -> None:
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SealError(
            f"签名密钥文件 {path} 的权限为 {stat.S_IMODE(mode):04o}，他人可以接触；"
            "确认未外泄后执行 chmod 600，否则更换密钥",
            f"the signing key {path} has mode {stat.S_IMODE(mode):04o}, so others may reach it; "
            "run chmod 600 if it has not leaked, else rotate it",
        )
