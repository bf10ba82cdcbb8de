#!/usr/bin/env python3
"""明账归档与取证包的独立核对程序:一个文件,只用 Python 标准库,不用明账的任何代码。
A second verifier of Mingzhang's archives and bundles: one file, the standard library only, none of Mingzhang's code.

It was written from docs/log-format.md, docs/seal.md and docs/archive-format.md alone, and goes through them in this
order, after the two algorithms that Python may lack. Python 3.9 or later; nothing is installed, nothing is written.

    python verify.py FOLDER [--key VKEY|FILE] [--checkpoint FILE]… [--witness VKEY|FILE]… [--sm3] [--json]

Exit codes: 0 everything holds · 3 something does not · 2 wrong usage.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import io
import itertools
import json
import os
import re
import stat
import struct
import sys
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

LARGEST = 1 << 26  # bytes of a file that is read at once; more is refused
LONGEST = 1 << 24  # bytes of an event, or of a line of a bundle
BLOCK = 1 << 20  # bytes read at a time
TOLD = 200  # discrepancies of a kind that are told one by one; all are counted


# Ed25519 (RFC 8032) and SM3 (GB/T 32905-2016).

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)
Point = tuple[int, int, int, int]  # X, Y, Z, T, where x = X/Z, y = Y/Z and xy = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def added(one: Point, other: Point) -> Point:
    """The sum of two points (RFC 8032, 5.1.4)."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * CURVE_D * one[3] * other[3] % PRIME, 2 * one[2] * other[2]
    e, f, g, h = (b - a) % PRIME, (d - c) % PRIME, (d + c) % PRIME, (b + a) % PRIME
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def point(data: bytes) -> Point | None:
    """The point that 32 bytes stand for (RFC 8032, 5.1.3), or None; only the one right spelling of a point will do."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(data) != 32 or y >= PRIME:
        return None
    u, v = (y * y - 1) % PRIME, (CURVE_D * y * y + 1) % PRIME
    x = u * v**3 * pow(u * v**7, (PRIME - 5) // 8, PRIME) % PRIME
    if v * x * x % PRIME != u:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if v * x * x % PRIME != u or (x == 0 and sign):
        return None
    x = PRIME - x if x & 1 != sign else x
    return x, y, 1, x * y % PRIME


def point_bytes(one: Point) -> bytes:
    """The 32 bytes that stand for a point (RFC 8032, 5.1.2)."""
    z = pow(one[2], PRIME - 2, PRIME)
    return (one[1] * z % PRIME | (one[0] * z % PRIME & 1) << 255).to_bytes(32, "little")


BASE = (4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")


@functools.lru_cache(maxsize=64)
def multiples(key: bytes) -> tuple[tuple[Point, ...], ...] | None:
    """0 to 15 times 16^i times the point, for every i: with them a point is multiplied by additions alone.

    None if the bytes are no point, or one of the eight (of order 8 or less) under which anybody can sign.
    """
    one = point(key)
    rows: list[tuple[Point, ...]] = []
    while one is not None and len(rows) < 64:
        row = [NEUTRAL]
        while len(row) < 16:
            row.append(added(row[-1], one))
        rows.append(tuple(row))
        one = added(row[-1], one)
    return tuple(rows) if rows and rows[0][8][0] != 0 else None


def times(rows: Sequence[Sequence[Point]], number: int) -> Point:
    """The point of the table, times a number below 2^256."""
    total = NEUTRAL
    for i, row in enumerate(rows):
        total = added(total, row[number >> 4 * i & 15])
    return total


def is_signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is the key's (RFC 8032, 5.1.7): R = S·B − h·A, with S below the order."""
    rows, base = multiples(key), multiples(BASE)
    s = int.from_bytes(signature[32:], "little")
    if rows is None or base is None or len(signature) != 64 or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return point_bytes(added(times(base, s), times(rows, 8 * ORDER - h))) == signature[:32]


def rolled(word: int, by: int) -> int:
    """32 bits, rolled to the left."""
    by %= 32
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def sm3_in_python(data: bytes) -> bytes:
    """The SM3 hash (GB/T 32905-2016, 5), for a Python whose hashlib lacks it; slow."""
    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + struct.pack(">Q", 8 * len(data))
    for start in range(0, len(padded), 64):
        w = list(struct.unpack_from(">16I", padded, start))
        for j in range(16, 68):
            mixed = w[j - 16] ^ w[j - 9] ^ rolled(w[j - 3], 15)
            w.append(mixed ^ rolled(mixed, 15) ^ rolled(mixed, 23) ^ rolled(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            turned = rolled(a, 12)
            ss1 = rolled((turned + e + rolled(0x79CC4519 if j < 16 else 0x7A879D8A, j)) & 0xFFFFFFFF, 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & g
            tt1 = (ff + d + (ss1 ^ turned) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, rolled(b, 9), c
            e, f, g, h = tt2 ^ rolled(tt2, 9) ^ rolled(tt2, 17), e, rolled(f, 19), g
        state = [state[i] ^ new for i, new in enumerate((a, b, c, d, e, f, g, h))]
    return struct.pack(">8I", *state)


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def sm3(data: bytes) -> bytes:
    """SM3, from hashlib where it is there."""
    return hashlib.new("sm3", data).digest() if HAS_SM3 else sm3_in_python(data)


try:
    HAS_SM3 = bool(hashlib.new("sm3"))
except ValueError:
    HAS_SM3 = False


# What is found.


class Wrong(Exception):
    """Something does not hold; the message says what, in Chinese and English."""


class Discrepancy(NamedTuple):
    """What does not hold, and at which position (or between which two) or in which file."""

    check: str
    message: str
    position: int | None = None
    upto: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        span = "" if self.upto in (None, self.position) else f"–{self.upto}"
        place = [f"位置 position {self.position}{span}"] if self.position is not None else []
        return f"{' · '.join([*place, *([self.file] if self.file else [])]) or self.check}: {self.message}"


CHECKS = {
    "file": "文件的哈希与清单 files, by the manifest",
    "event": "事件的字节、位置、时间、写法 events: bytes, position, time, form",
    "tile": "树的分片 tiles",
    "root": "检查点的根 roots of checkpoints",
    "signature": "日志的签名 signatures of the log",
    "cosignature": "见证人的签名 cosignatures of witnesses",
    "outside": "外部的检查点 checkpoints from outside",
    "proof": "包含证明 inclusion proofs",
    "rulebook": "事件所指的政策和规则 policies and rules that events name",
}


class Report:
    """What was checked, how often, and all that does not hold."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(CHECKS, 0)
        self.wrong_counts = dict.fromkeys(CHECKS, 0)
        self.found: list[Discrepancy] = []
        self.notes: list[str] = []
        self.facts: dict[str, Any] = {"kind": "?", "origin": "?", "size": 0}

    def wrong(self, check: str, what: object, at: int | None = None, upto: int | None = None, file: str = "") -> None:
        """Adds a discrepancy."""
        self.wrong_counts[check] += 1
        if self.wrong_counts[check] <= TOLD:
            self.found.append(Discrepancy(check, str(what), at, upto, shown(file) or None))

    def first_position(self) -> int | None:
        """The first position that is named: as one that differs, or else as one after which a root does."""
        placed = [one for one in self.found if one.position is not None]
        exact = [one for one in placed if one.check not in ("root", "outside")]
        return min((one.position for one in exact or placed if one.position is not None), default=None)


def shown(text: object) -> str:
    """A text that came from outside, fit to be printed: no control characters, not endless."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)[:300])


def progress(items: Iterator[Any], what: str) -> Iterator[Any]:
    """The same items; every two seconds stderr says how many there were."""
    told = time.monotonic()
    for count, item in enumerate(items):
        if not count & 1023 and time.monotonic() - told > 2:
            told = time.monotonic()
            print(f"{what} {count:,} …", file=sys.stderr)
        yield item


# docs/log-format.md


class Header(NamedTuple):
    """What stands in a header, but for the key."""

    position: int
    recorded_at: int
    topic: str


def header_of(data: bytes) -> Header:
    """Reads a header to its last byte (“The header”). Raises Wrong, struct.error, UnicodeError."""
    magic, position, recorded_at, length = struct.unpack_from(">3sqqI", data)
    at = 23 + length
    topic = data[23:at].decode()
    (tags,) = struct.unpack_from(">I", data, at)
    at += 4
    for _ in range(tags):
        (length,) = struct.unpack_from(">I", data, at)
        data[at + 4 : at + 4 + length].decode()
        at += 4 + length
    (length,) = struct.unpack_from(">I", data, at)
    if magic != b"MZ1" or length not in (0, 16) or len(data) != at + 4 + length:
        raise Wrong("事件头不合格式 / the header is not of the format")
    return Header(position, recorded_at, topic)


def header_bytes(header: Header, tags: Sequence[str], key: bytes) -> bytes:
    """Makes a header (“The header”); the key is empty where there is none."""

    def sized(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    start = b"MZ1" + struct.pack(">qq", header.position, header.recorded_at) + sized(header.topic.encode())
    return start + struct.pack(">I", len(tags)) + b"".join(sized(tag.encode()) for tag in tags) + sized(key)


STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
INTEGER = "(?:-?[1-9][0-9]*|0)"
ARRAY = rf"\[(?:{STRING}(?:,{STRING})*|{INTEGER}(?:,{INTEGER})*)?\]"
VALUE = re.compile(rf":(?:{STRING}|{INTEGER}|true|false|{ARRAY})")
NAME = '"([a-z0-9_]+)":'
NAMES = re.compile(rf"\{{(?:{NAME}(?:,{NAME})*)?\}}")


def is_canonical(payload: bytes) -> bool:
    """Whether a payload is written in the one way there is (“The payload”).

    Every ``:value`` is taken out. What is left must be the names in order, and of each name a value must have been
    taken: most events have the same names, so that these are judged once.
    """
    try:
        names, count = VALUE.subn(":", payload.decode())
    except UnicodeDecodeError:
        return False
    return (_members(names) if len(names) < 8192 else _members.__wrapped__(names)) == count


@functools.lru_cache(maxsize=4096)
def _members(names: str) -> int:
    """How many names there are, or −1 if they are not in order."""
    found = re.findall(NAME, names)
    return len(found) if NAMES.fullmatch(names) and found == sorted(set(found)) else -1


# docs/seal.md

Hash = Callable[[bytes], bytes]


def node_of(hash_of: Hash, hashes: Sequence[bytes]) -> bytes:
    """The node over 2^k hashes (“The tree”)."""
    while len(hashes) > 1:
        hashes = [hash_of(b"\x01" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def root_of(hash_of: Hash, levels: Sequence[Sequence[bytes]]) -> bytes:
    """The root of a tree (“The tree”) of which these are the hashes in the last tile of each level, from level 0."""
    root = b""
    for hashes in levels:
        end, width = len(hashes), 1
        while end:
            if end & width:
                node = node_of(hash_of, hashes[end - width : end])
                root = hash_of(b"\x01" + node + root) if root else node
                end -= width
            width *= 2
    return root or hash_of(b"")


def proven_root(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads (“Inclusion proof”), or None where it leads nowhere."""
    at, last, root = index, size - 1, leaf
    for other in proof:
        if last <= 0:
            return None
        if at & 1 or at == last:
            root = sha256(b"\x01" + other + root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = sha256(b"\x01" + root + other)
        at, last = at >> 1, last >> 1
    return root if last == 0 and index < size else None


def base64_of(text: str) -> bytes:
    """Reads padded, canonical base64. Raises Wrong."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if base64.b64encode(data).decode() != text:
        raise Wrong("base64 不规范 / the base64 is not canonical")
    return data


class Key(NamedTuple):
    """A public key: of a log (kind 1) or of a witness (kind 4)."""

    name: str
    kind: int
    public: bytes

    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public)[:4]


def key_of(vkey: str, kind: int) -> Key:
    """Reads a public key (“Signed notes”). Raises Wrong."""
    name, key_id, encoded = [*vkey.split("+", 2), "", ""][:3]
    data = base64_of(encoded)
    key = Key(name, kind, data[1:])
    if not re.fullmatch(r"\S+", name) or data[:1] != bytes([kind]) or key_id != key.id().hex():
        raise Wrong("不是这一类公钥 / this is no public key of that kind")
    if multiples(key.public) is None:
        raise Wrong("公钥不是可用的曲线点 / the public key is no point of use on the curve")
    return key


class Note(NamedTuple):
    """A text and the signatures under it: name, key id, signature."""

    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signers(self, keys: Sequence[Key]) -> list[Key]:
        """Which of the keys signed it (“Signed notes”). Raises Wrong if one of them did, but not validly."""
        found = []
        for name, key_id, signature in self.signatures:
            for key in keys:
                if (key.name, key.id()) == (name, key_id):
                    bare, text = signature, self.text
                    if key.kind == 4:
                        bare, seconds = signature[8:], int.from_bytes(signature[:8], "big")
                        text = b"cosignature/v1\ntime %d\n" % seconds + text
                    if (key.kind == 4 and seconds >= 1 << 63) or not is_signed(key.public, bare, text):
                        raise Wrong(f"{shown(name)} 的签名无效 / the signature is not valid")
                    found.append(key)
        return found


def note_of(data: bytes) -> Note:
    """Reads a signed note (“Signed notes”). Raises Wrong."""
    try:
        text, parting, lines = data[:1_000_001].decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise Wrong("不是 UTF-8 / this is not UTF-8") from None
    if not parting or lines[-1:] != "\n" or re.search(r"[\x00-\x09\x0b-\x1f]", text + lines) or len(data) > 1_000_000:
        raise Wrong("不是签名文本 / this is no signed note")
    matches = [re.fullmatch(r"— ([^\s+]+) (\S+)", line) for line in lines[:-1].split("\n")]
    signatures = [(match[1], base64_of(match[2])) for match in matches if match]
    if len(signatures) != len(matches) or len(matches) > 64 or any(len(data) <= 4 for _, data in signatures):
        raise Wrong("签名行不合格式 / a line of a signature is not of the format")
    return Note(f"{text}\n".encode(), [(name, data[:4], data[4:]) for name, data in signatures])


class Checkpoint(NamedTuple):
    """A checkpoint, and the file that it stood in."""

    file: str
    origin: str
    size: int
    root: bytes
    note: Note
    is_outside: bool = False

    def is_sm3(self) -> bool:
        return self.origin.endswith("/sm3")

    def signers(self, keys: Sequence[Key]) -> set[bytes]:
        """Which of the log's keys signed it, under its first line (“Checkpoints”). Raises Wrong."""
        return {key.public for key in self.note.signers([key._replace(name=self.origin) for key in keys])}


def checkpoint_of(file: str, data: bytes, *, is_outside: bool = False) -> Checkpoint:
    """Reads a checkpoint (“Checkpoints”). Raises Wrong."""
    note = note_of(data)
    match = re.fullmatch("([^\n]+)\n(0|[1-9][0-9]{0,17})\n([^\n]{44})\n", note.text.decode())
    if not match or len(root := base64_of(match[3])) != 32:
        raise Wrong("不是检查点 / this is no checkpoint")
    return Checkpoint(file, match[1], int(match[2]), root, note, is_outside)


class Tiles:
    """The tiles of one tree, in their files (“Tiles”)."""

    def __init__(self, folder: Folder, top: str) -> None:
        self.folder, self.top = folder, top
        self.hash_of: Hash = sm3 if top.startswith("sm3") else sha256
        self.widths: dict[tuple[int, int], list[int]] = {}
        for path in folder.sizes:
            match = re.fullmatch(rf"{top}/([0-9]{{1,2}})/((?:x?[0-9]{{3}}/?)+)(?:\.p/([0-9]{{1,3}}))?", path)
            if match:
                level, number, width = int(match[1]), int(re.sub("[x/]", "", match[2])), int(match[3] or 256)
                if path == self.path(level, number, width):
                    self.widths.setdefault((level, number), []).append(width)

    def path(self, level: int, number: int, width: int) -> str:
        digits = str(number).zfill(-(-len(str(number)) // 3) * 3)
        groups = "/x".join(digits[i : i + 3] for i in range(0, len(digits), 3))
        head, slash, last = f"x{groups}".rpartition("/x")
        name = f"{head}/{last}" if slash else digits
        return f"{self.top}/{level}/{name}" + (f".p/{width}" if width < 256 else "")

    def read(self, level: int, number: int, width: int) -> bytes | None:
        """The hashes in one file; None if it is not as long as its name says."""
        data = self.folder.read(self.path(level, number, width))
        return data if len(data) == 32 * width else None

    def missing(self, size: int) -> Iterator[str]:
        """The files that a tree of this size needs and that are not there."""
        for level in range(8):
            count = size >> 8 * level
            for number in range(-(-count // 256)):
                width = min(256, count - number * 256)
                if not any(held >= width for held in self.widths.get((level, number), [])):
                    yield self.path(level, number, width)

    def root(self, size: int) -> bytes | None:
        """The root of the first leaves, as the hashes in the files give it; None if some are not there."""
        levels: list[list[bytes]] = []
        while size >> 8 * len(levels):
            number, width = divmod(size >> 8 * len(levels), 256)
            held = max(self.widths.get((len(levels), number), [0]))
            data = (self.read(len(levels), number, held) if held >= width else None) if width else b""
            if data is None:
                return None
            levels.append([data[i : i + 32] for i in range(0, 32 * width, 32)])
        return root_of(self.hash_of, levels)


class Tree:
    """One pass over the leaves of a log: its tiles are compared with the files, its roots with the checkpoints."""

    def __init__(self, tiles: Tiles, claims: Sequence[Checkpoint], report: Report) -> None:
        self.tiles, self.report, self.hash_of = tiles, report, tiles.hash_of
        self.claims = {claim.size: [one for one in claims if one.size == claim.size] for claim in claims}
        self.count, self.is_whole = 0, True  # leaves, up to the first that is missing
        self.number, self.leaves = 0, [b""] * 0  # of the tile that is being filled; b"" is a leaf that is missing
        self.upper: list[list[bytes]] = []  # hashes in the last tile of level 1, 2, …
        self.differing: dict[int, str] = {}  # position of a leaf → tile that has another
        self.upper_differing: dict[str, int] = {}  # tile → last position under the first hash that differs
        self.matched: list[Checkpoint] = []
        self.mismatched: list[Checkpoint] = []
        self.compare_roots()

    def add(self, position: int, leaf: bytes) -> None:
        """The next leaf; where one is left out, the tree has no roots from there on."""
        number, index = divmod(position - 1, 256)
        if number != self.number:
            self.fill()
            self.number, self.leaves = number, []
        if position == self.count + 1:
            self.count = position
            self.leaves.append(leaf)
            if position in self.claims:
                self.compare_roots()
        else:
            self.is_whole = False
            self.leaves += [*[b""] * (index - len(self.leaves)), leaf]

    def fill(self) -> None:
        """The tile is left behind: it is compared, and if it is full, it becomes a hash of the level above."""
        level, number, hashes = 0, self.number, self.leaves
        self.compare_tile(level, number, hashes)
        while self.is_whole and len(hashes) == 256:
            if level == len(self.upper):
                self.upper.append([])
            above = self.upper[level]
            above.append(node_of(self.hash_of, hashes))
            level, number, hashes = level + 1, number >> 8, above
            if len(above) == 256:
                self.compare_tile(level, number, above)
                self.upper[level - 1] = []

    def compare_tile(self, level: int, number: int, hashes: Sequence[bytes]) -> None:
        """The hashes of a tile, with those in each file of it."""
        for width in self.tiles.widths.get((level, number), []):
            path, data = self.tiles.path(level, number, width), self.tiles.read(level, number, width)
            self.report.counts["tile"] += 1
            if data is None:
                self.report.wrong("tile", "长度与名称不符 / is not as long as its name says", file=path)
            elif data != b"".join(hashes[:width]):
                for i, own in enumerate(hashes[:width]):
                    if own and own != data[32 * i : 32 * i + 32]:
                        place = (number * 256 + i + 1) << 8 * level
                        if level:
                            self.upper_differing.setdefault(path, place)
                        elif len(self.differing) < 8 * TOLD:
                            self.differing.setdefault(place, path)

    def compare_roots(self) -> None:
        """The root of the leaves so far, with those of the checkpoints of that size."""
        for claim in self.claims.get(self.count, []):
            self.report.counts["outside" if claim.is_outside else "root"] += 1
            same = root_of(self.hash_of, [self.leaves, *self.upper]) == claim.root
            (self.matched if same else self.mismatched).append(claim)

    def end(self) -> None:
        """The log ends: says which positions and files are not as they were signed.

        A leaf that differs from its tile was changed in the log, unless a signed root over it is as it should be: then
        the tile was. A root that differs where no leaf does says only that something up to there was changed.
        """
        self.fill()
        for level, hashes in enumerate(self.upper, 1):
            self.compare_tile(level, self.count >> 8 * (level + 1), hashes)
        proven = max((one.size for one in self.matched), default=0)
        changed = {position: path for position, path in self.differing.items() if position > proven}
        of_tiles = {path for position, path in self.differing.items() if position <= proven}
        located = bool(changed) or not self.is_whole
        of_tiles |= {path for path, upto in self.upper_differing.items() if upto <= proven or not located}
        for position, path in sorted(changed.items()):
            self.report.wrong(
                "event", "字节不是封存时的 / the bytes are not those that were sealed", position, file=path
            )
        for path in sorted(of_tiles):
            self.report.wrong("tile", "与日志不符 / is not that of the log", file=path)
        for claim in self.mismatched:
            # What matches inside proves nothing against a checkpoint from outside: both may have been forged.
            good = [one.size for one in self.matched if one.size < claim.size and one.is_outside >= claim.is_outside]
            at, upto = (None, None) if located else (max(good, default=0) + 1, claim.size)
            kind = "outside" if claim.is_outside else "root"
            self.report.wrong(kind, "日志的根是另一个 / the log has another root", at, upto, claim.file)
            located = located or not claim.is_outside


# docs/archive-format.md


class Folder:
    """The regular files of an archive or a bundle, and nothing that lies elsewhere."""

    def __init__(self, root: str, report: Report) -> None:
        self.root = root
        self.sizes: dict[str, int] = {}  # path → bytes
        self.digests: dict[str, str] = {}  # path of a policy or rule → SHA-256
        waiting = [""]
        while waiting:
            inner = waiting.pop()
            try:
                found = [(inner + one.name, one.stat(follow_symlinks=False)) for one in os.scandir(f"{root}/{inner}")]
            except OSError:
                found = []
                report.wrong("file", "文件夹读不了 / the folder cannot be read", file=inner)
            for path, told in found:
                is_junction = getattr(told, "st_file_attributes", 0) & 0x400  # a link of Windows
                if stat.S_ISDIR(told.st_mode) and not is_junction:
                    waiting.append(f"{path}/")
                elif stat.S_ISREG(told.st_mode) and not is_junction:
                    self.sizes[path] = told.st_size
                else:
                    report.wrong("file", "是链接或特殊文件,未读 / is a link or special, and was not read", file=path)

    def open(self, path: str) -> BinaryIO:
        """Opens a file. Raises Wrong if it is not there."""
        if path not in self.sizes:
            raise Wrong("文件不在 / the file is missing")
        try:
            return open(f"{self.root}/{path}", "rb")
        except OSError:
            raise Wrong("文件读不了 / the file cannot be read") from None

    def read(self, path: str) -> bytes:
        """The bytes of a file. Raises Wrong if it is not there, or larger than any should be."""
        with self.open(path) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Wrong("文件过大 / the file is too large")
        return data

    def sha256(self, path: str) -> str:
        """The SHA-256 of a file of any length, in hex. Raises Wrong."""
        digest = hashlib.sha256()
        with self.open(path) as file:
            while block := file.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()


def json_of(data: bytes, **types: type) -> dict[str, Any]:
    """Reads a JSON object and sees that it has these members, of exactly these types. Raises Wrong."""
    try:
        # Integers that long are refused below; Python would take hours over some.
        said = json.loads(data.decode(), parse_int=lambda digits: int(digits[:99]))
    except (ValueError, RecursionError):
        said = None
    return typed(said, **types)


def typed(said: Any, **types: type) -> dict[str, Any]:
    """An object with these members of exactly these types; integers are from 0 to 2^63 − 1. Raises Wrong."""
    if type(said) is not dict:
        raise Wrong("不是 JSON 对象 / this is no JSON object")
    for name, kind in types.items():
        value: Any = said.get(name)
        if type(value) is not kind or (type(value) is int and not 0 <= value < 1 << 63):
            raise Wrong(f"成员 {name} 缺失或类型不对 / the member is missing or of another type")
    return said


class Manifest:
    """What an archive or a bundle says of itself (“manifest.json”)."""

    def __init__(self, data: bytes) -> None:
        self.said, self.sha256 = json_of(data, format=str), sha256(data)
        if self.said["format"] not in ("mingzhang-archive-1", "mingzhang-bundle-1"):
            raise Wrong("不是归档或取证包的清单 / this is no manifest of an archive or a bundle")
        self.is_bundle = self.said["format"] == "mingzhang-bundle-1"
        self.is_as_is = self.said.get("as_is") is True
        if not self.is_as_is:
            typed(self.said, origin=str, size=int, root=str, policies=list, rules=list)
        self.files = self.listed("files", path=str, sha256=str, size_bytes=int)
        self.parts = self.listed("parts", first=int, last=int)
        self.versions = {kind: self.listed(kind, sha256=str, files=list) for kind in ("policies", "rules")}

    def listed(self, name: str, **types: type) -> list[dict[str, Any]]:
        return [typed(one, **types) for one in typed({name: [], **self.said}, **{name: list})[name]]


def check_files(folder: Folder, manifest: Manifest, report: Report) -> None:
    """The folder holds the files of the manifest, byte for byte, and no others (“manifest.json”)."""
    said = {"manifest.json", "manifest.note"}
    for entry in progress(iter(manifest.files), "文件 files"):
        path = entry["path"]
        report.counts["file"] += 1
        if path in said:
            report.wrong("file", "清单里重复 / stands twice in the manifest", file=path)
        elif path not in folder.sizes:
            report.wrong("file", "文件不在 / the file is missing", file=path)
        else:
            digest = folder.sha256(path)
            if (folder.sizes[path], digest) != (entry["size_bytes"], entry["sha256"]):
                report.wrong("file", "与清单不同 / differs from the manifest", file=path)
            if path.startswith(("policy/", "rules/")):
                folder.digests[path] = digest
        said.add(path)
    for path in sorted(folder.sizes.keys() - said):
        report.wrong("file", "不在清单里 / is not in the manifest", file=path)


def unpacked(folder: Folder, path: str) -> Iterator[bytes]:
    """The bytes of a file that is one gzip member, a block at a time. Raises Wrong."""
    reader = zlib.decompressobj(31)
    with folder.open(path) as file:
        while not reader.eof:
            packed = reader.unconsumed_tail or file.read(BLOCK)
            try:
                block = reader.decompress(packed, BLOCK)
            except zlib.error:
                raise Wrong("压缩数据已损坏 / the compressed data is broken") from None
            if not packed and not block:
                raise Wrong("压缩数据中断 / the compressed data stops midway")
            yield block
        if reader.unused_data or file.read(1):
            raise Wrong("压缩数据之后还有数据 / something follows the compressed data")


def entries_in(folder: Folder, path: str) -> Iterator[tuple[bytes, bytes]]:
    """The header and the payload of every event of a part (“log/<first>-<last>.gz”). Raises Wrong."""
    data, at, needed = b"", 0, 8
    for block in unpacked(folder, path):
        data, at = data[at:] + block, 0
        while len(data) - at >= needed:
            middle = at + 4 + int.from_bytes(data[at : at + 4], "big")
            end = middle + 4 + int.from_bytes(data[middle : middle + 4], "big")
            if end - at > LONGEST:
                raise Wrong("事件过长 / the event is too long")
            if end > len(data):
                needed = max(middle + 4, end) - at
                break
            yield data[at + 4 : middle], data[middle + 4 : end]
            at, needed = end, 8
    if at != len(data):
        raise Wrong("最后一个事件不完整 / the last event is not whole")


class Log:
    """Events as they come: each by itself, its place in the order, and what it names."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.position = self.recorded_at = 0  # of the last event
        self.origin: str | None = None
        self.rotations: list[tuple[int, list[Any], bytes]] = []  # position, old and new key, entry
        self.named: dict[tuple[str, str], int] = {}  # a policy's or rule's hash → the first event that names it

    def check(self, header: Header, entry: bytes, payload: bytes, leaf: bytes) -> None:
        """One event, after its position was checked (docs/log-format.md, “What is stored”, “The payload”)."""
        self.report.counts["event"] += 1
        if header.recorded_at < self.recorded_at:
            self.report.wrong("event", "记录时间早于前一个 / was recorded before the last one", header.position)
        if not is_canonical(payload):
            self.report.wrong("event", "载荷写法不规范 / the payload is not canonical", header.position)
        elif header.topic.startswith(("book.", "finding.")):
            self.name(header, json_of(payload), entry)
        if header.position == 1:
            self.origin = f"mingzhang/{leaf.hex()[:16]}"
        self.position, self.recorded_at = header.position, header.recorded_at

    def name(self, header: Header, said: dict[str, Any], entry: bytes) -> None:
        """What an event names (“policy/, rules/”; docs/seal.md, “The chain of keys”)."""
        if header.topic == "book.policy_adopted.v1":
            self.named.setdefault(("policies", str(said.get("sha256"))), header.position)
        elif header.topic.startswith("finding.") and "rule_version" in said:
            self.named.setdefault(("rules", str(said["rule_version"])), header.position)
        elif header.topic == "book.seal_key_rotated.v1":
            self.rotations.append((header.position, [said.get("old_key"), said.get("new_key")], entry))

    def check_entry(self, path: str, head: bytes, payload: bytes, trees: Sequence[Tree], sealed: int) -> None:
        """One event of a part: it has the next position, and becomes a leaf of the trees."""
        due = self.position + 1
        try:
            header = header_of(head)
        except (Wrong, struct.error, UnicodeDecodeError):
            self.report.wrong("event", "事件头不合格式 / the header is not of the format", due, file=path)
            self.position = due
            return
        if header.position < due:
            self.report.wrong("event", f"此处是 {header.position} / here stands another", due, file=path)
            return
        if header.position > due:
            self.report.wrong("event", "事件缺失 / events are missing", due, header.position - 1, path)
        entry = head + payload
        leaf = sha256(b"\x00" + entry)
        self.check(header, entry, payload, leaf)
        if header.position <= sealed:
            for tree in trees:
                tree.add(header.position, leaf if tree.hash_of is sha256 else sm3(b"\x00" + entry))


def check_log(folder: Folder, manifest: Manifest, trees: Sequence[Tree], sealed: int, report: Report) -> Log:
    """Every event in order, and the trees over them (“How to verify an archive”, 5 and 6)."""
    log, paths = Log(report), []
    for part in manifest.parts:
        path, first = f"log/{part['first']:012d}-{part['last']:012d}.gz", 0
        paths.append(path)
        try:
            for head, payload in progress(entries_in(folder, path), f"{path}: 事件 events"):
                log.check_entry(path, head, payload, trees, sealed)
                first = first or log.position
        except Wrong as wrong:
            report.wrong("event", wrong, log.position + 1, file=path)
        if (first, log.position) != (part["first"], part["last"]):
            report.wrong("file", "起止与名称不符 / does not begin and end as its name says", file=path)
    for path in folder.sizes.keys() - paths:
        if path.startswith("log/"):
            report.wrong("file", "不在分件之列 / is none of the parts", file=path)
    if log.position < sealed:
        report.wrong("event", "已封存的末尾缺失 / the end of what was sealed is missing", log.position + 1, sealed)
    elif log.position > sealed:
        what = "在检查点之后,未封存 / come after the checkpoint, and are not sealed"
        if manifest.is_as_is:
            report.notes.append(f"{sealed + 1}–{log.position}: {what}")
        else:
            report.wrong("event", what, sealed + 1, log.position)
    for tree in trees:
        tree.end()
    return log


class Seal:
    """The keys, checkpoints and cosignatures of a folder, and those from outside (docs/seal.md, “The seal folder”)."""

    def __init__(self, folder: Folder, manifest: Manifest, asked: Asked, report: Report) -> None:
        self.folder, self.manifest, self.asked, self.report = folder, manifest, asked, report
        keys = self.keys_in("log.vkey", 1)
        self.keys = keys[-1:] if manifest.is_bundle else keys  # a bundle cannot show how the key was changed
        shown_keys = self.keys_in("witness.vkey", 4) if "witness.vkey" in folder.sizes else []
        self.witnesses = list(dict.fromkeys([*asked.witnesses, *shown_keys]))
        self.held: dict[str, Checkpoint] = {}
        self.signers: dict[str, set[bytes]] = {}  # file of a checkpoint → keys of the log that signed it
        self.cosigned: dict[Key, int] = {}  # witness → size of the largest checkpoint that it signed
        for path in progress(iter(sorted(folder.sizes)), "检查点 checkpoints"):
            match = re.fullmatch(r"checkpoint(?:\.witnessed|s/([0-9]{1,18}))?(\.sm3)?", path)
            if match:
                self.take(path, match[1], bool(match[2]))
        self.sealed = max((one.size for one in self.held.values() if not one.is_sm3()), default=0)

    def wrong(self, file: str, what: object, check: str = "signature") -> None:
        self.report.wrong(check, what, file=file)

    def keys_in(self, path: str, kind: int) -> list[Key]:
        """The public keys in a file."""
        try:
            *lines, rest = self.folder.read(path).decode(errors="replace").split("\n")
            if rest or not lines:
                raise Wrong("不是公钥文件 / this is no file of public keys")
            return [key_of(line, kind) for line in lines]
        except Wrong as wrong:
            self.wrong(path, wrong)
            return []

    def take(self, path: str, number: str | None, is_sm3: bool) -> None:
        """A checkpoint of the folder, if a key of the log signed it (docs/seal.md, “Checkpoints”)."""
        try:
            found = checkpoint_of(path, self.folder.read(path))
            self.signers[path] = found.signers(self.keys)
            if number not in (None, str(found.size)) or found.is_sm3() != is_sm3:
                raise Wrong("与文件名不符 / is not what its name says")
            if not self.signers[path]:
                raise Wrong("没有日志密钥的签名 / no key of the log signed it")
            self.held[path] = found
            self.report.counts["signature"] += 1
            self.take_cosignatures(found)
        except Wrong as wrong:
            self.wrong(path, wrong)

    def take_cosignatures(self, found: Checkpoint) -> bool:
        """Whether witnesses signed it (docs/seal.md, “Signed notes”). Raises Wrong if one did, but not validly."""
        signers = found.note.signers(self.witnesses)
        for witness in signers:
            self.report.counts["cosignature"] += 1
            self.cosigned[witness] = max(found.size, self.cosigned.get(witness, 0))
        return any(witness in self.asked.witnesses for witness in signers)

    def claims(self, *, is_sm3: bool) -> list[Checkpoint]:
        """All checkpoints of one tree."""
        return [one for one in (*self.held.values(), *self.asked.checkpoints) if one.is_sm3() == is_sm3]

    def check_latest(self) -> None:
        """No checkpoint is missing, and the latest is the one that the manifest names (“How to verify”, 3)."""
        sizes = {one.size for path, one in self.held.items() if path in ("checkpoint", "checkpoint.sm3")}
        for path in self.folder.sizes:
            match = re.fullmatch(r"checkpoints/([0-9]{1,18})(\.sm3)?", path)
            # The SM3 checkpoint is written first, so that the last one may stand alone.
            if match and (not match[2] or int(match[1]) <= self.sealed):
                sizes.add(int(match[1]))
        twins = [f"checkpoints/{size}{ending}" for size in sorted(sizes) for ending in ("", ".sm3")]
        for path in ["checkpoint"] if self.manifest.is_bundle else ["checkpoint", "checkpoint.sm3", *twins]:
            if path not in self.folder.sizes:
                self.wrong(path, "检查点不在 / the checkpoint is missing")
        for ending in ("", ".sm3"):
            one = self.held.get(f"checkpoint{ending}")
            twin = self.held.get(f"checkpoints/{one.size}{ending}", one) if one else None
            if one and twin and (one.size != self.sealed or one.note.text != twin.note.text):
                self.wrong(one.file, "不是最新的检查点 / is not the latest checkpoint")
        latest, said = self.held.get("checkpoint"), self.manifest.said
        if latest and not self.manifest.is_as_is:
            root = base64.b64encode(latest.root).decode()
            if (latest.origin, latest.size, root) != (said["origin"], said["size"], said["root"]):
                self.wrong("manifest.json", "说的不是这个检查点 / names another log, size or root than the checkpoint")

    def check_keys(self, rotations: Sequence[tuple[int, list[Any], bytes]]) -> None:
        """Every checkpoint is signed by the key in force at its size (docs/seal.md, “The chain of keys”)."""
        texts = [base64.b64encode(b"\x01" + key.public).decode() for key in self.keys]
        followed, places, lines = texts[:1], list[int](), set[bytes]()
        for position, (old, new), entry in rotations:
            if [old] == followed[-1:]:  # of any other key it counts for nothing
                followed.append(new)
                places.append(position)
                lines.add(base64.b64encode(entry))
        if followed != texts:
            self.wrong("log.vkey", "与更换密钥的事件不符 / has not the keys of the events by which they were changed")
        held = set(self.folder.read("rotations").split() if "rotations" in self.folder.sizes else [])
        if not lines <= held <= {base64.b64encode(entry) for _, _, entry in rotations}:
            self.wrong("rotations", "与日志中的事件不符 / has not the events of the log")
        for number, position in enumerate(places):
            for path in (f"checkpoints/{position}", f"checkpoints/{position}.sm3"):
                if not {key.public for key in self.keys[number : number + 2]} <= self.signers.get(path, set()):
                    what = "更换密钥处须新旧两把密钥都签 / the old and the new key must both have signed"
                    self.report.wrong("signature", what, at=position, file=path)
        for path in self.held:
            number = sum(position <= self.held[path].size for position in places)
            if not {key.public for key in self.keys[number : number + 1]} & self.signers[path]:
                self.wrong(path, "不是当时有效的密钥所签 / is not signed by the key that was in force")

    def check_origin(self, origin: str | None) -> None:
        """All is of the log that begins with this event (docs/seal.md, “Checkpoints”)."""
        origin = origin or next((one.origin.removesuffix("/sm3") for one in self.held.values()), None)
        for one in (*self.held.values(), *self.asked.checkpoints):
            if origin and one.origin.removesuffix("/sm3") != origin:
                self.wrong(one.file, "是另一个日志的 / is of another log", "outside" if one.is_outside else "signature")
        given = [self.asked.key] if self.asked.key and self.asked.key.name != "mingzhang" else []
        if origin and any(key.name != origin for key in (*self.keys, *given)):
            self.wrong("log.vkey", "是另一个日志的公钥 / is the key of another log")

    def check_outside(self) -> None:
        """What others know: the key, the witnesses, and checkpoints that they kept (“How to verify”, 3)."""
        given = [self.asked.key] if self.asked.key else []
        for key in given:
            if key.public not in [one.public for one in self.keys]:
                self.wrong("log.vkey", "不是所给的公钥 / is not the key that was given")
        for outside in self.asked.checkpoints:
            try:
                if not self.take_cosignatures(outside) | bool(outside.signers([*self.keys, *given])):
                    raise Wrong("没有已知密钥的签名 / no key that is known signed it")
            except Wrong as wrong:
                self.wrong(outside.file, wrong, "outside")
            if outside.size > self.sealed and not self.manifest.is_bundle:
                what = "记得更多的事件 / knows of more events"
                self.report.wrong("outside", what, self.sealed + 1, outside.size, outside.file)
        for witness in self.asked.witnesses:
            if witness not in self.cosigned:
                self.wrong("checkpoint", f"没有 {shown(witness.name)} 的签名 / is not cosigned by it", "cosignature")
        for witness, size in self.cosigned.items():
            whose = "所给公钥 key given" if witness in self.asked.witnesses else "公钥未经证实 key only from the folder"
            self.report.notes.append(f"见证人 witness {shown(witness.name)}: 1–{size} ({whose})")
        if not (given or self.asked.witnesses or self.asked.checkpoints):
            what = "没有外部的公钥或检查点,只说明各部分彼此相符 / nothing from outside: it only belongs together"
            self.report.notes.append(what)

    def check_manifest(self) -> None:
        """The log signed the manifest (“manifest.note”)."""
        if "manifest.note" not in self.folder.sizes:
            self.report.notes.append("清单没有签名 / the manifest is not signed")
            return
        try:
            note, origin = note_of(self.folder.read("manifest.note")), str(self.manifest.said.get("origin"))
            digest = base64.b64encode(self.manifest.sha256).decode()
            if note.text.decode() != f"mingzhang-manifest-1\n{origin}\n{digest}\n":
                raise Wrong("签的不是这份清单 / signs another manifest")
            if not note.signers([key._replace(name=origin) for key in self.keys]):
                raise Wrong("没有日志密钥的签名 / no key of the log signed it")
            self.report.counts["signature"] += 1
        except Wrong as wrong:
            self.wrong("manifest.note", wrong)


def check_rulebook(folder: Folder, manifest: Manifest, log: Log, report: Report) -> None:
    """Policies and rules have the hashes that the events name (“policy/, rules/”)."""
    if manifest.is_as_is and "policies" not in manifest.said:
        return
    absent = 0
    for kind, ending in (("policies", ".json"), ("rules", ".sql")):
        known = {version["sha256"]: version["files"] for version in manifest.versions[kind]}
        for (of, digest), position in log.named.items():
            if of == kind:
                report.counts["rulebook"] += 1
                absent += known.get(digest) == []
                if digest not in known:
                    report.wrong("rulebook", f"清单里没有 / not in the manifest: {shown(digest)}", position)
        for digest, files in known.items():
            held = [folder.digests.get(path) for path in files if isinstance(path, str) and path.endswith(ending)]
            if files and held != [digest]:
                report.wrong("rulebook", "文件的哈希不是所说的 / has not the hash that is said", file=str(files[0]))
    if absent:
        report.notes.append(f"{absent} 个所指的版本归档时已不在 / {absent} versions named were not at hand")


def check_bundle(folder: Folder, manifest: Manifest, seal: Seal, report: Report) -> Log:
    """Every event of a bundle, by its leaf and its proof (“events.jsonl”)."""
    log, count, latest = Log(report), 0, seal.held.get("checkpoint")
    try:
        with folder.open("events.jsonl") as file:
            for line in progress(iter(lambda: file.readline(LONGEST), b""), "事件 events"):
                count += 1
                check_line(log, line, latest, f"events.jsonl:{count}")
    except Wrong as wrong:
        report.wrong("file", wrong, file="events.jsonl")
    if count != manifest.said.get("events"):
        report.wrong("file", "事件数与清单不同 / has another number of events than the manifest", file="events.jsonl")
    for outside in seal.asked.checkpoints:
        if latest and outside.size == latest.size:
            report.counts["outside"] += 1
            if outside.root != latest.root:
                report.wrong("outside", "根与取证包的不同 / has another root than the bundle", file=outside.file)
        else:
            what = "大小不同,只有整本日志才能比较 / of another size: only a whole log can be compared with it"
            report.notes.append(f"{shown(outside.file)} ({outside.size}): {what}")
    return log


def check_line(log: Log, line: bytes, latest: Checkpoint | None, place: str) -> None:
    """One event of a bundle."""
    try:
        types = {"position": int, "topic": str, "recorded_at": str, "tags": list, "payload": str, "proof": list}
        said = json_of(line, leaf=str, **types)
        header, head = header_said(said)
        payload, proof = said["payload"].encode(), [base64_of(str(one)) for one in said["proof"]]
    except (Wrong, ValueError) as wrong:
        log.report.wrong("event", wrong if isinstance(wrong, Wrong) else "不合格式 / is not of the format", file=place)
        return
    leaf = sha256(b"\x00" + head + payload)
    if header.position <= log.position or line[-1:] != b"\n":
        log.report.wrong("event", "各行不按位置排列 / the lines are not in order", header.position, file=place)
    if leaf.hex() != said["leaf"]:
        log.report.wrong("event", "字节与叶子哈希不符 / the bytes do not give the leaf", header.position, file=place)
    log.report.counts["proof"] += 1
    if latest and proven_root(leaf, header.position - 1, latest.size, proof) != latest.root:
        log.report.wrong("proof", "证明不通向检查点的根 / does not lead to the root", header.position, file=place)
    log.check(header, head + payload, payload, leaf)


def header_said(said: dict[str, Any]) -> tuple[Header, bytes]:
    """The header that a line of a bundle says. Raises ValueError where it cannot be one."""
    at, key, tags = said["recorded_at"], said.get("key"), said["tags"]
    since = datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ") - datetime(1970, 1, 1)
    if (
        len(at) != 27
        or not at.isascii()
        or not (key is None or str(uuid.UUID(str(key))) == key)
        or {type(tag) for tag in tags} - {str}
    ):
        raise ValueError
    header = Header(said["position"], since // timedelta(microseconds=1), said["topic"])
    return header, header_bytes(header, tags, uuid.UUID(key).bytes if key else b"")


# The program.


class Asked(NamedTuple):
    """What the command line asks for."""

    folder: str
    key: Key | None
    checkpoints: list[Checkpoint]
    witnesses: list[Key]
    is_sm3: bool
    is_json: bool


def asked_of(arguments: Sequence[str]) -> Asked:
    """Reads the command line; where it is wrong, the program ends with 2."""
    parser = argparse.ArgumentParser(
        prog="verify.py", description="核对明账的归档或取证包 / verifies an archive or a bundle"
    )
    parser.add_argument("folder", metavar="FOLDER", help="归档或取证包 / the archive or the bundle")
    parser.add_argument(
        "--key", metavar="VKEY|FILE", help="另行得到的日志公钥 / the log's public key, got in another way"
    )
    parser.add_argument(
        "--checkpoint", metavar="FILE", action="append", default=[], help="自己保存的检查点 / one you kept"
    )
    parser.add_argument(
        "--witness",
        metavar="VKEY|FILE",
        action="append",
        default=[],
        help="见证人公钥,须有其签名 / who must have signed",
    )
    parser.add_argument("--sm3", action="store_true", help="由日志重算 SM3 树 / make the SM3 tree from the log as well")
    parser.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    told = parser.parse_args(arguments)
    if not os.path.isdir(told.folder):
        parser.error(f"不是文件夹 / no folder: {shown(told.folder)}")
    if not any(os.path.exists(os.path.join(told.folder, name)) for name in ("manifest.json", "checkpoint", "log.vkey")):
        parser.error(f"不是归档或取证包 / no archive and no bundle: {shown(told.folder)}")
    checkpoints = []
    try:
        key = key_of(typed_or_kept(told.key), 1) if told.key else None
        witnesses = [key_of(typed_or_kept(vkey), 4) for vkey in told.witness]
        for path in told.checkpoint:
            with open(path, "rb") as file:
                checkpoints.append(checkpoint_of(path, file.read(BLOCK), is_outside=True))
    except (Wrong, OSError) as wrong:
        parser.error(shown(wrong))
    is_sm3 = told.sm3 or any(one.is_sm3() for one in checkpoints)
    return Asked(told.folder, key, checkpoints, witnesses, is_sm3, told.json)


def typed_or_kept(vkey: str) -> str:
    """A public key as typed, or the last one in a file such as log.vkey: the one that signs now."""
    if not os.path.isfile(vkey):
        return vkey.strip()
    with open(vkey, encoding="utf-8", errors="replace") as file:
        return (file.read(BLOCK).split() or [""])[-1]


def checked(asked: Asked) -> Report:
    """The report on a folder, whatever is in it."""
    report = Report()
    try:
        check(asked, report)
    except (Wrong, OSError, MemoryError) as wrong:
        report.wrong("file", f"无法读完 / cannot be read to the end: {shown(wrong)}")
    return report


def check(asked: Asked, report: Report) -> None:
    """Every check of docs/archive-format.md, “How to verify an archive”."""
    folder = Folder(asked.folder, report)
    try:
        manifest = Manifest(folder.read("manifest.json"))
    except Wrong as wrong:
        report.wrong("file", wrong, file="manifest.json")
        return
    if "unfinished.json" in folder.sizes:
        report.wrong("file", "归档没有写完 / the archive was not finished", file="unfinished.json")
    check_files(folder, manifest, report)
    seal = Seal(folder, manifest, asked, report)
    seal.check_latest()
    if manifest.is_bundle:
        log = check_bundle(folder, manifest, seal, report)
    else:
        log = check_log(folder, manifest, trees_of(folder, seal, report), seal.sealed, report)
        seal.check_keys([rotation for rotation in log.rotations if rotation[0] <= seal.sealed])
    seal.check_origin(log.origin)
    seal.check_outside()
    seal.check_manifest()
    check_rulebook(folder, manifest, log, report)
    report.notes.append(
        "tables/ 只核对了哈希,mingzhang verify 与日志逐行比较 / tables/ was checked by its hashes alone"
    )
    kind, origin = "bundle" if manifest.is_bundle else "archive", shown(manifest.said.get("origin"))
    report.facts = {"kind": kind, "origin": origin, "size": seal.sealed}


def trees_of(folder: Folder, seal: Seal, report: Report) -> list[Tree]:
    """The trees to be made from the log, after all tiles were seen to be there (docs/seal.md, “Tiles”)."""
    trees = []
    for top, is_sm3 in (("tile", False), ("sm3/tile", True)):
        tiles, claims = Tiles(folder, top), seal.claims(is_sm3=is_sm3)
        for path in itertools.islice(tiles.missing(seal.sealed), TOLD):
            report.wrong("tile", "分片不在 / the tile is missing", file=path)
        if not is_sm3 or seal.asked.is_sm3:
            trees.append(Tree(tiles, claims, report))
        elif HAS_SM3:
            report.notes.append(
                "SM3 的根由其分片算出,--sm3 由日志重算 / SM3 roots: from the tiles; --sm3: from the log"
            )
            for claim in claims:
                report.counts["root"] += 1
                if tiles.root(claim.size) != claim.root:
                    report.wrong("root", "SM3 分片的根是另一个 / the SM3 tiles have another root", file=claim.file)
        else:
            report.notes.append("SM3 树未核对,用 --sm3 / the SM3 tree was not checked: use --sm3")
    return trees


def main() -> int:
    """Runs the program; the report goes to stdout."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    asked, begun = asked_of(sys.argv[1:]), time.monotonic()
    report = checked(asked)
    count, found = sum(report.wrong_counts.values()), report.found
    facts, seconds = report.facts, time.monotonic() - begun
    if asked.is_json:
        told = {"is_good": not count, **facts, "first_position": report.first_position(), "checks": report.counts}
        told |= {"discrepancy_count": count, "discrepancies": [one._asdict() for one in found], "notes": report.notes}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        verdict = f"不符:{count} 处 / DOES NOT HOLD: {count}" if count else "相符 / HOLDS"
        print(f"{verdict} · {facts['kind']} {facts['origin']} 1–{facts['size']} · {seconds:.1f} s")
        print(*(f"{report.counts[check]:>14,}  {name}" for check, name in CHECKS.items()), sep="\n")
        print(*(f"  ✗ {one}" for one in found), *(f"  · {note}" for note in report.notes), sep="\n")
    return 3 if count else 0


if __name__ == "__main__":
    sys.exit(main())
