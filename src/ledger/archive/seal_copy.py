"""The seal of a book as files of an archive: the tiles of both trees up to one size, the keys and the checkpoints."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import TREES, SealFolder
from ledger.seal.hashing import SM3, TreeHash
from ledger.seal.note import NoteError
from ledger.seal.tiles import WIDTH, tile_path

# Keys, and the events by which they changed; what a witness last signed may be of an earlier size.
BESIDE = ("log.vkey", "rotations", "witness.vkey", "checkpoint.witnessed")


def sealed_files(seal: SealFolder, size: int, before: int = 0) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file that a copy of the seal at ``size`` has and one at ``before`` lacks.

    Raises:
        ledger.seal.tiles.TileMissing: a tile is lost.
    """
    for tree_hash in TREES:
        yield from _tiles(seal, tree_hash, size, before)
    for path in sorted((seal.path / "checkpoints").iterdir()):
        number = path.name.partition(".")[0]
        if number.isdecimal() and int(number) <= size:
            yield f"checkpoints/{path.name}", path.read_bytes()
    for name in BESIDE:
        if (data := seal.read(name)) is not None:
            yield name, data
    for tree_hash in TREES:
        ending = f".{tree_hash.name}" if tree_hash is SM3 else ""
        yield f"checkpoint{ending}", latest_note(seal, size, tree_hash)


def latest_note(seal: SealFolder, size: int, tree_hash: TreeHash) -> bytes:
    """The checkpoint of a size as it stands now: with all cosignatures, where it is still the latest."""
    try:
        note = seal.note(tree_hash)
        if Checkpoint.parse(note.text).size == size:
            return note.encode()
    except NoteError:
        pass
    return seal.note(tree_hash, size).encode()


def _tiles(seal: SealFolder, tree_hash: TreeHash, size: int, before: int) -> Iterator[tuple[str, bytes]]:
    tiles = seal.tiles(tree_hash)
    below = "sm3/" if tree_hash is SM3 else ""
    level = 0
    while size >> (8 * level):
        count, held = size >> (8 * level), before >> (8 * level)
        for index in range(held // WIDTH, (count + WIDTH - 1) // WIDTH):
            width = min(count - index * WIDTH, WIDTH)
            data = b"".join(tiles.hashes(level, index * WIDTH, index * WIDTH + width))
            yield below + tile_path(level, index, width), data
        level += 1
