"""Signed notes (c2sp.org/signed-note): a text and the signatures under it, by Ed25519 keys that have names.

Two kinds of signature: a log's own, over the text, and a witness's (c2sp.org/tlog-cosignature), over the instant at
which it looked and the text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ALGORITHMS: dict[str, int] = {"log": 1, "witness": 4}
_KINDS = {number: kind for kind, number in _ALGORITHMS.items()}
_NAME = re.compile(r"[^\s+]+")
_MOST_SIGNATURES = 64
_MOST_BYTES = 1_000_000
_DASH = "— "

KeyKind = Literal["log", "witness"]


class NoteError(ValueError):
    """A note, a key or a signature is not what it should be; says in both languages why."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")


def is_name(text: str) -> bool:
    """Whether a key may be called so."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name: who signs, as whom. Written ``name+hash+base64`` (a *vkey*)."""

    name: str
    kind: KeyKind
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Reads ``name+hash+base64``.

        Raises:
            NoteError: it is not one, or its hash is another key's.
        """
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise NoteError("公钥须写成“名称+哈希+Base64”", "a public key is written name+hash+base64")
        raw = unbase64(parts[2])
        kind = _KINDS.get(raw[0]) if raw else None
        if kind is None or len(raw) != 33:
            raise NoteError("不支持这种公钥", "this kind of public key is not supported")
        key = cls(parts[0], "log" if kind == "log" else "witness", raw[1:])
        if parts[1] != key.id.hex():
            raise NoteError("公钥与其哈希不符", "the public key does not match its hash")
        return key

    @property
    def typed(self) -> bytes:
        """The byte that says which kind of key it is, and the 32 bytes of the public key."""
        return bytes([_ALGORITHMS[self.kind]]) + self.public

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.typed).digest()[:4]

    @property
    def material(self) -> str:
        """The key without its name: 44 characters of base64, as an event names it."""
        return _base64(self.typed)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{self.material}"

    def renamed(self, name: str) -> VerifierKey:
        """The same key under another name."""
        return VerifierKey(name, self.kind, self.public)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: who claims to have signed, and the bytes of the signature."""

    name: str
    key_id: bytes
    signed: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_base64(self.key_id + self.signed)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Reads a signed note.

        Raises:
            NoteError: it is none.
        """
        text, signatures = _parted(data)
        return cls(text, tuple(map(_signature, signatures)))

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{one}\n" for one in self.signatures)

    def encode(self) -> bytes:
        return str(self).encode()

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """The note with further signatures; one that is there already, by name and key, is replaced."""
        held = {(one.name, one.key_id): one for one in (*self.signatures, *more)}
        return Note(self.text, tuple(held.values()))

    def signers(self, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int | None]:
        """Which of these keys signed the note, and for a witness when (seconds since 1970 UTC).

        Raises:
            NoteError: a signature claims to be by one of these keys and is not.
        """
        known = {(key.name, key.id): key for key in keys}
        found: dict[VerifierKey, int | None] = {}
        for one in self.signatures:
            if key := known.get((one.name, one.key_id)):
                found[key] = _check(key, one, self.text)
        return found


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    kind: KeyKind
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def renamed(self, name: str) -> Signer:
        """The same key under another name."""
        return Signer(name, self.kind, self.private)

    def sign(self, text: str, at_second: int | None = None) -> Signature:
        """Signs a text; a witness says when it looked (``at_second``, seconds since 1970 UTC)."""
        key = self.verifier
        if self.kind == "log":
            return Signature(self.name, key.id, self.private.sign(text.encode()))
        when = at_second or 0
        signed = self.private.sign(_cosigned(text, when))
        return Signature(self.name, key.id, struct.pack(">Q", when) + signed)


def _check(key: VerifierKey, one: Signature, text: str) -> int | None:
    public = Ed25519PublicKey.from_public_bytes(key.public)
    try:
        if key.kind == "log":
            public.verify(one.signed, text.encode())
            return None
        if len(one.signed) != 72:
            raise InvalidSignature
        (when,) = struct.unpack(">Q", one.signed[:8])
        if when >= 2**63:
            raise InvalidSignature
        public.verify(one.signed[8:], _cosigned(text, when))
        return int(when)
    except InvalidSignature:
        raise NoteError(f"{key.name} 的签名无效", f"the signature of {key.name} is not valid") from None


def _cosigned(text: str, when: int) -> bytes:
    return f"cosignature/v1\ntime {when}\n{text}".encode()


def _parted(data: bytes) -> tuple[str, list[str]]:
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteError("签名文本不是 UTF-8", "the note is not UTF-8") from None
    text, blank, below = whole.rpartition("\n\n")
    # A text that ends with blank lines of its own keeps its newline.
    if len(data) > _MOST_BYTES or not blank or not below.endswith("\n"):
        raise NoteError("不是签名文本", "it is no signed note")
    if any(ord(c) < 0x20 and c != "\n" for c in whole):
        raise NoteError("签名文本中有控制字符", "the note holds control characters")
    lines = below[:-1].split("\n")
    if len(lines) > _MOST_SIGNATURES:
        raise NoteError("签名过多", "the note has too many signatures")
    return text + "\n", lines


def _signature(line: str) -> Signature:
    name, space, signed = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _NAME.fullmatch(name):
        raise NoteError("签名行的写法不对", "a signature line is not written as it should be")
    raw = unbase64(signed)
    if len(raw) < 5:
        raise NoteError("签名过短", "a signature is too short")
    return Signature(name, raw[:4], raw[4:])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def unbase64(text: str) -> bytes:
    """The bytes that a text of canonical base64 stands for.

    Raises:
        NoteError: it is none.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("不是 Base64", "it is not base64") from None
    # The same bytes could otherwise be written in several ways.
    if _base64(raw) != text:
        raise NoteError("不是规范的 Base64", "it is not canonical base64")
    return raw
