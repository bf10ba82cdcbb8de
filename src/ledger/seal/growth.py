"""A tree that grows on disk: leaves go in by the thousand, tiles come out, and its root is at hand."""

from __future__ import annotations

from ledger.seal.tiles import WIDTH, Tiles
from ledger.seal.tree import join, whole_subtrees


class GrowingTree:
    """The tree of ``size`` leaves whose tiles are in ``tiles``.

    Only the rightmost tile of each level is held; ``flush`` writes those that are not full.
    """

    def __init__(self, tiles: Tiles, size: int = 0) -> None:
        """Goes on from a tree of ``size`` leaves.

        Raises:
            ledger.seal.tiles.TileMissing: its right edge is not on disk.
        """
        self._tiles = tiles
        self._hash = tiles.tree_hash
        self.size = size
        self._edge: list[list[bytes]] = []
        while size:
            self._edge.append(tiles.hashes(len(self._edge), size - size % WIDTH, size))
            size //= WIDTH

    def add(self, leaf: bytes) -> None:
        """The hash of the next leaf."""
        if not self._edge:
            self._edge.append([])
        edge = self._edge[0]
        edge.append(leaf)
        self.size += 1
        if len(edge) == WIDTH:
            self._carry(0)

    def _carry(self, level: int) -> None:
        full = self._edge[level]
        self._tiles.write(level, (self.size // WIDTH**level) // WIDTH - 1, full)
        self._edge[level] = []
        if level + 1 == len(self._edge):
            self._edge.append([])
        above = self._edge[level + 1]
        above.append(self._hash.whole(full))
        if len(above) == WIDTH:
            self._carry(level + 1)

    def root(self) -> bytes:
        """The root over all leaves so far."""
        roots = [
            self._hash.whole(edge[start:end])
            for edge in reversed(self._edge)
            for start, end in whole_subtrees(0, len(edge))
        ]
        return join(roots, self._hash)

    def flush(self) -> None:
        """Writes the tiles that are not full, as a checkpoint of this size needs them."""
        for level, edge in enumerate(self._edge):
            if edge:
                self._tiles.write(level, self.size // WIDTH ** (level + 1), edge)
