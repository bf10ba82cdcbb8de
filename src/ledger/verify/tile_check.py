"""The leaves that the log gives, beside those in the tile files: where they part, and the roots of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ledger.archive.manifest import regular
from ledger.seal.hashing import HASH_BYTES, TreeHash
from ledger.seal.tiles import WIDTH, tile_path
from ledger.verify.report import Discrepancy, Tally

TILE_BYTES = WIDTH * HASH_BYTES
# In the place of an event that is gone: no event gives it.
NO_LEAF = bytes(HASH_BYTES)


@dataclass(slots=True)
class Row:
    """The leaf hashes of one tile, one after the other: as the log gives them, and as the tile file has them."""

    log: bytes
    sealed: bytes


class Differing(NamedTuple):
    """A tile file (its path from ``folder``) and how many of its leaves the log gives otherwise."""

    file: str
    leaves: int


@dataclass(slots=True)
class TileCheck:
    """Tiles of one tree, in order. ``folder`` holds ``tile/``; ``sealed_size`` leaves must be in it.

    ``log_roots`` are those of whole tiles; ``sealed_roots`` only of tiles that say otherwise, by their number.
    ``rows`` are the tiles in which a checkpoint of ``ends`` ends. ``differing`` says of tiles whose leaves are not
    all as the log gives them in which file they stand and how many they are; ``positions`` are the first of them.
    """

    folder: Path
    tree_hash: TreeHash
    sealed_size: int
    ends: frozenset[int]
    most: int
    tally: Tally
    log_roots: list[bytes] = field(default_factory=list)
    sealed_roots: dict[int, bytes] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    differing: dict[int, Differing] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)

    @classmethod
    def over(cls, folder: Path, tree_hash: TreeHash, sealed_size: int, sizes: Iterable[int], tally: Tally) -> TileCheck:
        """For the checkpoints of ``sizes``."""
        ends = frozenset(size // WIDTH for size in sizes if size % WIDTH)
        return cls(folder, tree_hash, sealed_size, ends, tally.most, tally)

    def take(self, number: int, leaves: list[bytes]) -> set[int]:
        """The next tile's leaves as the log gives them, 256 or the last ones; those (from 0) that are not as sealed."""
        log = b"".join(leaves)
        held, name = self._held(number)
        same = min(len(held), len(log))
        is_alike = log[:same] == held[:same]
        if not self.tree_hash.suffix:
            self.tally.count("sealed", same // HASH_BYTES)
        differing = set() if is_alike else self._differing(number, name, leaves, held)
        sealed = log if is_alike else held[: len(log)] + log[len(held) :]
        if len(log) == TILE_BYTES:
            self.log_roots.append(self.tree_hash.whole(leaves))
            if not is_alike:
                self.sealed_roots[number] = self.tree_hash.whole(_hashes(sealed))
        if number in self.ends:
            self.rows[number] = Row(log, sealed)
        return differing

    def _differing(self, number: int, name: str, leaves: list[bytes], held: bytes) -> set[int]:
        pairs = enumerate(zip(leaves, _hashes(held), strict=False))
        # A hole is said to be one, and not to differ.
        differing = {at for at, (ours, theirs) in pairs if ours not in (theirs, NO_LEAF)}
        self.differing[number] = Differing(name, len(differing))
        room = self.most - len(self.positions)
        self.positions += [number * WIDTH + at + 1 for at in sorted(differing)[:room]]
        return differing

    def _held(self, number: int) -> tuple[bytes, str]:
        """What the widest file of a tile holds and its name; nothing where it is lost or not of whole hashes."""
        due = min(WIDTH, max(0, self.sealed_size - number * WIDTH))
        self.tally.count("tile", 1 if due else 0)
        data, name = widest(self.folder, 0, number)
        if len(data) < due * HASH_BYTES:
            self.tally.add(lost_tile(self.tree_hash, tile_path(0, number, due)))
        return data, name


def widest(folder: Path, level: int, number: int) -> tuple[bytes, str]:
    """The bytes of the widest file of a tile and its name; empty where there is none whose length fits its name."""
    full = tile_path(level, number)
    # Nearly every tile is full, and a folder that is not there need not be asked for.
    for width in chain([WIDTH], _narrower(folder / f"{full}.p")):
        name = tile_path(level, number, width)
        try:
            with regular(folder / name).open("rb") as file:
                data = file.read()
        except OSError:
            continue
        if len(data) == width * HASH_BYTES:
            return data, name
    return b"", ""


def _narrower(folder: Path) -> Iterator[int]:
    """The widths of a tile's files that are not full, widest first."""
    try:
        names = [entry.name for entry in folder.iterdir()]
    except OSError:
        return
    yield from sorted((int(name) for name in names if is_width(name)), reverse=True)


def is_width(name: str) -> bool:
    return name.isascii() and name.isdecimal() and name[0] != "0" and int(name) < WIDTH


def lost_tile(tree_hash: TreeHash, path: str) -> Discrepancy:
    return Discrepancy(
        "tile", "文件缺失或长度不对", "the tile is missing or of another length", file=file_name(tree_hash, path)
    )


def file_name(tree_hash: TreeHash, path: str) -> str:
    """A tile's path within the seal folder."""
    return f"sm3/{path}" if tree_hash.suffix else path


def _hashes(data: bytes) -> list[bytes]:
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
