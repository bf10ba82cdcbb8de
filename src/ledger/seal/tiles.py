"""The tree on disk as C2SP tlog tiles (c2sp.org/tlog-tiles): files of up to 256 hashes, each written once.

A tile of level L holds the roots of whole subtrees of 256**L leaves. A tile that is not full yet has its width in its
name; it may stay when the full one comes.
"""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from ledger.seal.hashing import HASH_BYTES, SHA256, TreeHash

WIDTH = 256
_HELD = 512


class TileMissing(LookupError):
    """A tile is not there, or is shorter than its name says."""


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """``tile/0/x001/x234/067`` and, where it is not full, ``tile/0/000.p/17``."""
    return f"tile/{level}/{index_path(index)}" + ("" if width == WIDTH else f".p/{width}")


def index_path(index: int) -> str:
    """1234067 -> ``x001/x234/067``."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


class Tiles:
    """The tiles of one tree in a folder.

    ``subtree`` serves proofs and roots; it reads tiles only, so that a tree of millions needs a few dozen files.
    """

    def __init__(self, folder: Path, tree_hash: TreeHash = SHA256) -> None:
        self.folder = folder
        self.tree_hash = tree_hash
        self._held: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def subtree(self, start: int, end: int) -> bytes:
        """The root of a whole subtree of the leaves ``[start, end)``.

        Raises:
            TileMissing: a tile that it needs is not there.
        """
        height = (end - start).bit_length() - 1
        level, within = divmod(height, 8)
        first = start >> (8 * level)
        return self.tree_hash.whole(self.hashes(level, first, first + (1 << within)))

    def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """The hashes ``[start, end)`` of a level.

        Raises:
            TileMissing: a tile is not there or too short.
        """
        found: list[bytes] = []
        while start < end:
            index, at = divmod(start, WIDTH)
            upto = min(end - index * WIDTH, WIDTH)
            data = self._read(level, index, upto)
            found += [data[n * HASH_BYTES : (n + 1) * HASH_BYTES] for n in range(at, upto)]
            start = index * WIDTH + upto
        return found

    def _read(self, level: int, index: int, width: int) -> bytes:
        key = (level, index)
        data = self._held.get(key, b"")
        if len(data) < width * HASH_BYTES:
            data = self._load(level, index, width)
            self._held[key] = data
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
        return data

    def _load(self, level: int, index: int, width: int) -> bytes:
        full = self.folder / tile_path(level, index)
        if full.is_file():
            return _of_length(full, WIDTH)
        part = self.folder / tile_path(level, index, width)
        if width < WIDTH and part.is_file():
            return _of_length(part, width)
        # Another checkpoint's wider part holds the same hashes and more.
        wider = [w for w in _widths(part.parent) if w > width]
        if not wider:
            raise TileMissing(tile_path(level, index, width))
        return _of_length(part.parent / str(min(wider)), min(wider))

    def write(self, level: int, index: int, hashes: Sequence[bytes]) -> None:
        """Writes a tile, whole or in part, unless it is there already.

        One that says something else was torn or tampered with: the hashes at hand come from the log itself.
        """
        path = self.folder / tile_path(level, index, len(hashes))
        data = b"".join(hashes)
        self._held.pop((level, index), None)
        if not path.is_file() or path.read_bytes() != data:
            # Not waited for: the log gives a lost tile again, and the signed root says whether it is the same.
            write_file(path, data, is_flushed=False)


def write_file(path: Path, data: bytes, *, is_flushed: bool = True) -> None:
    """Writes a file that others find whole or not at all; flushed, it outlives a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with beside.open("wb") as file:
        file.write(data)
        if is_flushed:
            file.flush()
            os.fsync(file.fileno())
    beside.replace(path)
    if is_flushed:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _of_length(path: Path, width: int) -> bytes:
    data = path.read_bytes()
    if len(data) != width * HASH_BYTES:
        raise TileMissing(f"{path.name}: {len(data)} bytes, not {width * HASH_BYTES}")
    return data


def _widths(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    return [int(entry.name) for entry in folder.iterdir() if re.fullmatch(r"[1-9][0-9]{0,2}", entry.name)]
