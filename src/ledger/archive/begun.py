"""What an archive folder holds already, so that a run adds to it and never writes over it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.manifest import ARCHIVE, MANIFEST, Manifest, check_file, inside, is_signed
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.tiles import write_file
from ledger.seal.tree import root_at

# As far as a run came that was broken off: a manifest that nobody but the next run reads.
UNFINISHED = "unfinished.json"
_GROWING = ("log", "tables")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the folder, which is made where there is none, against another run.

    Raises:
        ArchiveMisuse: another run writes to it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise ArchiveMisuse(
            f"无法使用文件夹“{folder}”:{error.strerror}", f"the folder {folder} cannot be used: {error.strerror}"
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ArchiveMisuse("另一程序正在写这个归档", "another run is writing to this archive") from None
    finally:
        os.close(handle)


def begun(folder: Path, seal: SealFolder, held: Checkpoint) -> Manifest:
    """What is in the folder, checked: an archive of this log, one that was broken off, or nothing.

    Raises:
        ArchiveMisuse: something else is in the folder.
        ArchiveRefused: it holds another log, one that parts from this, more of it than was sealed, or was changed.
    """
    manifest = _read(folder)
    if manifest is None:
        return Manifest(ARCHIVE, held.origin, 0, b"")
    if manifest.format != ARCHIVE or manifest.extra.get("as_is"):
        raise ArchiveMisuse("该文件夹不是可续写的归档", "this folder is no archive that can be added to")
    if manifest.origin != held.origin:
        raise ArchiveRefused(
            f"该归档属于另一本账({manifest.origin})", f"the archive is of another log ({manifest.origin})"
        )
    if manifest.size > held.size:
        raise ArchiveRefused(
            f"归档已有 {manifest.size} 条,而账本只封存到 {held.size} 条",
            f"the archive holds {manifest.size} events and the book was sealed to {held.size}",
            held.size + 1,
        )
    if manifest.size and root_at(manifest.size, seal.tiles().subtree) != manifest.root:
        raise parted(folder, seal, manifest.size)
    for entry in manifest.files:
        check_file(folder, entry)
    _sweep(folder, manifest)
    return manifest


def _read(folder: Path) -> Manifest | None:
    unfinished, finished = folder / UNFINISHED, folder / MANIFEST
    if unfinished.is_file():
        return Manifest.parse(unfinished.read_bytes())
    if finished.is_file():
        manifest = Manifest.parse(finished.read_bytes())
        is_signed(folder, manifest.origin, SealFolder(folder).keys())
        return manifest
    if any(folder.iterdir()):
        raise ArchiveMisuse(
            f"“{folder}”不是空文件夹,也不是归档", f"{folder} is neither empty nor an archive: name another folder"
        )
    return None


def parted(folder: Path, seal: SealFolder, size: int) -> ArchiveRefused:
    """At which position an archive of ``size`` events parts from the seal, by the leaves of both."""
    ours = seal.leaves(0, size)
    theirs = SealFolder(folder).leaves(0, size)
    position = None
    with suppress(LookupError):
        position = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=True), 1) if a != b), None)
    return ArchiveRefused("归档与账本从此处分叉", "the archive and the book part here", position)


def write_unfinished(folder: Path, manifest: Manifest) -> None:
    write_file(folder / UNFINISHED, manifest.encode())


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Removes the parts that a broken-off run wrote and no manifest names: they are made again."""
    named = {inside(folder, one.path) for one in manifest.files}
    for top in _GROWING:
        for path in sorted((folder / top).rglob("*")):
            if path.is_file() and path not in named:
                path.unlink()


def finished_size(folder: Path) -> int:
    """How many events the folder's last whole archive has: as far as its tiles go."""
    path = folder / MANIFEST
    return Manifest.parse(path.read_bytes()).size if path.is_file() else 0
