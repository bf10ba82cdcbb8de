"""The page docs/seal.md is enough to check a seal: its vectors, by an implementation made from its words alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.commands import sealing, witnessing

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "seal.md").read_text(encoding="utf-8")
Hash = Callable[[bytes], bytes]
HASHES: dict[str, Hash] = {
    "sha256": lambda data: hashlib.sha256(data).digest(),
    "sm3": lambda data: hashlib.new("sm3", data).digest(),
}
every_hash = pytest.mark.parametrize("name", HASHES)


def blocks(kind: str, page: str = PAGE) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)


def said(block: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block.splitlines())


SEVEN, THREE = map(said, blocks("vector"))


def leaf(h: Hash, entry: bytes) -> bytes:
    return h(b"\x00" + entry)


def node(h: Hash, left: bytes, right: bytes) -> bytes:
    return h(b"\x01" + left + right)


def root(h: Hash, leaves: list[bytes]) -> bytes:
    if len(leaves) <= 1:
        return leaves[0] if leaves else h(b"")
    k = 1
    while 2 * k < len(leaves):
        k = 2 * k
    return node(h, root(h, leaves[:k]), root(h, leaves[k:]))


def is_included(h: Hash, m: int, n: int, r: bytes, proof: list[bytes], top: bytes) -> bool:
    f, s = m, n - 1
    for p in proof:
        if s == 0:
            return False
        if f % 2 or f == s:
            r = node(h, p, r)
            while f % 2 == 0 and f != 0:
                f, s = f // 2, s // 2
        else:
            r = node(h, r, p)
        f, s = f // 2, s // 2
    return m < n and s == 0 and r == top


def continues(h: Hash, m: int, n: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:
    if m & (m - 1) == 0:
        proof = [old, *proof]
    f, s = m - 1, n - 1
    while f % 2:
        f, s = f // 2, s // 2
    a = b = proof[0]
    for p in proof[1:]:
        if s == 0:
            return False
        if f % 2 or f == s:
            a, b = node(h, p, a), node(h, p, b)
            while f % 2 == 0 and f != 0:
                f, s = f // 2, s // 2
        else:
            b = node(h, b, p)
        f, s = f // 2, s // 2
    return (a, b, s) == (old, new, 0)


def hashes(text: str) -> list[bytes]:
    return [bytes.fromhex(one) for one in text.split()]


@every_hash
def test_the_tree_of_seven(name: str) -> None:
    h = HASHES[name]
    leaves = [leaf(h, bytes([n])) for n in range(7)]
    top = bytes.fromhex(SEVEN[f"{name} root"])
    assert root(h, leaves) == top
    path = hashes(SEVEN[f"{name} inclusion of index 4"])
    assert [m for m in range(9) if is_included(h, m, 7, leaves[4], path, top)] == [4]
    for m, n in ((3, 7), (4, 6)):
        proof = hashes(SEVEN[f"{name} consistency {m} to {n}"])
        assert continues(h, m, n, root(h, leaves[:m]), root(h, leaves[:n]), proof)
        assert not continues(h, m, n, leaves[0], root(h, leaves[:n]), proof)


def entries() -> list[bytes]:
    page = (DOCS / "log-format.md").read_text(encoding="utf-8")
    vectors = [said(block) for block in blocks("vector", page)[:3]]
    return [bytes.fromhex(one["header"]) + one["payload"].encode() for one in vectors]


@every_hash
def test_the_log_of_three(name: str) -> None:
    h = HASHES[name]
    leaves = [leaf(h, entry) for entry in entries()]
    assert leaves == hashes(THREE[f"{name} leaves"])
    assert root(h, leaves).hex() == THREE[f"{name} root"]


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def vkey(name: str, kind: int, public: bytes) -> str:
    return f"{name}+{key_id(name, kind, public).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"


def public_of(byte: int) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32).public_key().public_bytes_raw()


def test_the_keys() -> None:
    origin = f"mingzhang/{hashes(THREE['sha256 leaves'])[0].hex()[:16]}"
    assert THREE["log"] == vkey(origin, 1, public_of(1))
    assert THREE["log in the SM3 tree"] == vkey(f"{origin}/sm3", 1, public_of(1))
    assert THREE["witness"] == vkey("audit.example", 4, public_of(2))
    head, seed = THREE["private"].rsplit("+", 1)
    assert head == f"PRIVATE+KEY+mingzhang+{key_id('mingzhang', 1, public_of(1)).hex()}"
    assert base64.b64decode(seed) == b"\x01" * 33


@pytest.mark.parametrize(("block", "name"), list(zip(blocks("note"), HASHES, strict=True)))
def test_the_checkpoints(block: str, name: str) -> None:
    text, _, below = block.rpartition("\n\n")
    text += "\n"
    origin, size, top, end = text.split("\n")
    assert (size, end, base64.b64decode(top).hex()) == ("3", "", THREE[f"{name} root"])
    assert origin.endswith("/sm3") == (name == "sm3")
    for line, kind, byte in zip(below.splitlines(), (1, 4), (1, 2), strict=True):
        dash, signed_by, written = line.split(" ")
        raw = base64.b64decode(written)
        assert (dash, raw[:4]) == ("—", key_id(signed_by, kind, public_of(byte)))
        over = text.encode()
        if kind == 4:
            assert int.from_bytes(raw[4:12], "big") == 1763776800
            over = b"cosignature/v1\ntime 1763776800\n" + over
        else:
            assert signed_by == origin
        Ed25519PublicKey.from_public_bytes(public_of(byte)).verify(raw[-64:], over)


def test_the_proof() -> None:
    (block,) = blocks("proof")
    head, _, note = block.partition("\n\n")
    first, index, *written = head.split("\n")
    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 1")
    assert note == blocks("note")[0]
    h = HASHES["sha256"]
    path = [base64.b64decode(one) for one in written]
    assert is_included(h, 1, 3, leaf(h, entries()[1]), path, bytes.fromhex(THREE["sha256 root"]))


def test_every_command_of_the_page_is_there() -> None:
    named = {(group, word) for group, word in re.findall(r"mingzhang[^|`\n]*? (seal|witness) ([a-z][a-z-]+)", PAGE)}
    there = {("seal", command.name or command.callback.__name__) for command in sealing.app.registered_commands}  # type: ignore[union-attr]
    there |= {("witness", command.name or command.callback.__name__) for command in witnessing.app.registered_commands}  # type: ignore[union-attr]
    assert named <= there
    assert {word for group, word in there if group == "witness"} <= set(re.findall(r"[a-z-]+", PAGE))
