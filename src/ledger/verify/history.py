"""The trees over a whole log, put together from its pieces: one as the log gives it, one as the tile files have it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ledger.archive.manifest import regular
from ledger.seal.hashing import HASH_BYTES, TreeHash
from ledger.seal.tiles import WIDTH, tile_path
from ledger.seal.tree import root_at
from ledger.verify.report import Discrepancy, Tally
from ledger.verify.tile_check import TILE_BYTES, Differing, Row, TileCheck, file_name, is_width, lost_tile, widest

_TILE = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]+))?")


class Roots(NamedTuple):
    """The roots at one size: of the log as it is, and of the tile files."""

    log: bytes
    sealed: bytes


class TreeAbove:
    """What stands above the tiles of leaves: ``levels[n]`` holds the roots of whole subtrees of 256**(n + 1) leaves."""

    def __init__(self, tree_hash: TreeHash) -> None:
        self._hash = tree_hash
        self.levels: list[list[bytes]] = [[]]

    def add(self, root: bytes) -> None:
        """The root of the next tile of leaves."""
        level = self.levels[0]
        level.append(root)
        above = 0
        while len(level) % WIDTH == 0:
            above += 1
            if above == len(self.levels):
                self.levels.append([])
            self.levels[above].append(self._hash.whole(level[-WIDTH:]))
            level = self.levels[above]

    def root(self, size: int, row: bytes) -> bytes:
        """The root over the first ``size`` leaves; ``row`` holds those of the tile in which they end."""
        return root_at(size, partial(self._subtree, row), self._hash)

    def _subtree(self, row: bytes, start: int, end: int) -> bytes:
        height = (end - start).bit_length() - 1
        if height < 8:
            at = start % WIDTH
            return self._hash.whole([row[n * HASH_BYTES : (n + 1) * HASH_BYTES] for n in range(at, at + end - start)])
        level, within = divmod(height - 8, 8)
        first = start >> (8 * level + 8)
        return self._hash.whole(self.levels[level][first : first + (1 << within)])


class History:
    """One tree of the log, in both its forms, and where they part."""

    def __init__(self, tree_hash: TreeHash, folder: Path, most: int) -> None:
        """``folder`` holds ``tile/``."""
        self.tree_hash = tree_hash
        self.folder = folder
        self.log = TreeAbove(tree_hash)
        self.sealed = TreeAbove(tree_hash)
        self.roots: dict[int, Roots] = {}
        self.differing: dict[int, Differing] = {}
        self.positions: list[int] = []
        self._most = most

    def take(self, sizes: tuple[int, ...], checked: TileCheck) -> None:
        """The next piece; pieces come in order, without a gap between them."""
        for number, root in enumerate(checked.log_roots, len(self.log.levels[0])):
            self.log.add(root)
            self.sealed.add(checked.sealed_roots.get(number, root))
        for size in sizes:
            row = checked.rows.get(size // WIDTH, Row(b"", b""))
            self.roots[size] = Roots(self.log.root(size, row.log), self.sealed.root(size, row.sealed))
        self.differing |= checked.differing
        self.positions += checked.positions[: self._most - len(self.positions)]

    def check_files(self, sealed_size: int, tally: Tally) -> None:
        """Checks every tile file above the leaves, and that narrower files of a tile are its beginning."""
        for level, number, width, name in _files(self.folder):
            is_row = not level and width == WIDTH
            tally.count("tile", 0 if is_row else 1)
            if not (self._is_row(name) if is_row else self._is_right(level, number, width, name)):
                tally.add(
                    Discrepancy(
                        "tile", "内容与日志不符", "it is not what the log gives", file=file_name(self.tree_hash, name)
                    )
                )
        level = 1
        while count := sealed_size >> (8 * level):
            for number in range((count + WIDTH - 1) // WIDTH):
                due = min(WIDTH, count - number * WIDTH)
                if len(widest(self.folder, level, number)[0]) < due * HASH_BYTES:
                    tally.add(lost_tile(self.tree_hash, tile_path(level, number, due)))
            level += 1

    def _is_row(self, name: str) -> bool:
        """A whole tile of leaves was read beside the log, unless its length is not that of one."""
        return (self.folder / name).stat().st_size == TILE_BYTES

    def _is_right(self, level: int, number: int, width: int, name: str) -> bool:
        try:
            data = regular(self.folder / name).read_bytes()
        except OSError:
            return False
        if len(data) != width * HASH_BYTES:
            return False
        if not level:
            return widest(self.folder, 0, number)[0].startswith(data)
        return any(_agrees(tree.levels, level, number, data) for tree in (self.log, self.sealed))


def _agrees(levels: list[list[bytes]], level: int, number: int, data: bytes) -> bool:
    """As far as the log goes: what is beyond its end is said of the log."""
    known = levels[level - 1] if level <= len(levels) else []
    due = b"".join(known[number * WIDTH : (number + 1) * WIDTH])[: len(data)]
    return data.startswith(due)


def _files(folder: Path) -> Iterator[tuple[int, int, int, str]]:
    """Level, number, width and path (from ``folder``) of every tile file."""
    top = folder / "tile"
    for place, _, names in os.walk(top):
        below = Path(place).relative_to(top).as_posix()
        for name in names:
            found = _TILE.fullmatch(f"{below}/{name}")
            if found and (found[3] is None or is_width(found[3])):
                number = int(found[2].replace("x", "").replace("/", ""))
                yield int(found[1]), number, int(found[3] or WIDTH), f"tile/{found[0]}"
