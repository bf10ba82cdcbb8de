"""Whether an archive is what was sealed, before anything is built from it: every byte, its root, and its signatures.

The first event that is not as it was sealed is named. What an archive says of itself only proves that it belongs
together: a checkpoint or a key from outside proves that it is the book's, and that its tail is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.log_part import BrokenPart, Entry, part_path, read_part
from ledger.archive.manifest import (
    ARCHIVE,
    MANIFEST,
    FileEntry,
    Manifest,
    Part,
    check_file,
    differs,
    inside,
    is_signed,
    no_archive,
    regular,
)
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.rotation import TOPIC, KeyTerm, Rotation, rotation_of, trusted_keys, verified_in_term
from ledger.seal.tiles import TileMissing
from ledger.seal.tree import Frontier

Progress = Callable[[int, int], None]
_TOPIC = TOPIC.encode()


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known from elsewhere: a checkpoint that somebody kept, the log's key, the site's own seal folder."""

    note: Note | None = None
    key: VerifierKey | None = None
    seal: SealFolder | None = None


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """An archive that is whole. ``keys`` sign its checkpoints, each from its position on."""

    folder: Path
    manifest: Manifest
    checkpoint: Checkpoint
    keys: tuple[KeyTerm, ...]
    is_manifest_signed: bool

    @property
    def seal(self) -> SealFolder:
        return SealFolder(self.folder)


def read_manifest(folder: Path) -> Manifest:
    """What an archive says that it is.

    Raises:
        ArchiveMisuse: the folder holds no archive, or evidence of a book that failed.
        ArchiveRefused: its manifest cannot be read.
    """
    try:
        manifest = Manifest.parse(regular(folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise no_archive(folder) from None
    if manifest.format != ARCHIVE or manifest.extra.get("as_is"):
        raise ArchiveMisuse("这是取证包,不是整本账的归档", "this is a bundle or evidence, no archive of a whole book")
    return manifest


def check_archive(folder: Path, outside: Outside | None = None, progress: Progress | None = None) -> CheckedArchive:
    """Checks an archive from beginning to end.

    Raises:
        ArchiveMisuse: the folder holds no archive.
        ArchiveRefused: it is not what was sealed, or not what is known from outside; where, as far as it can be told.
        ledger.seal.note.NoteError: a signature or a key is not what it should be.
    """
    outside = outside or Outside()
    manifest = read_manifest(folder)
    seal = SealFolder(folder)
    note = seal.note()
    held = Checkpoint.parse(note.text)
    if (held.origin, held.size, held.root) != (manifest.origin, manifest.size, manifest.root):
        raise ArchiveRefused("清单与检查点不是同一状态", "the manifest is not of the checkpoint in the archive")
    asked = Checkpoint.parse(outside.note.text) if outside.note else None
    _refuse_missing_tail(held, asked, outside.seal)
    parts = {part_path(*part) for part in manifest.parts}
    for entry in manifest.files:
        if entry.path not in parts:
            check_file(folder, entry)
    walk = _Walk(manifest, seal, outside.seal, asked.size if asked else 0, progress)
    walk.along(folder)
    if walk.tree.root() != held.root:
        raise ArchiveRefused("归档的内容与检查点的根哈希不符", "the events do not give the root of the checkpoint")
    terms = _terms(seal, held, walk, outside.key)
    verified_in_term(note, terms)
    if outside.note and asked:
        _compare(outside.note, asked, walk, terms)
    signed = is_signed(folder, manifest.origin, [term.key for term in terms])
    return CheckedArchive(folder, manifest, held, tuple(terms), signed)


def _refuse_missing_tail(held: Checkpoint, asked: Checkpoint | None, seal: SealFolder | None) -> None:
    """The cheapest check, and the most telling one: whether somebody knows of more events than there are."""
    known = [(asked, "外部检查点", "the checkpoint from outside")] if asked else []
    if seal is not None and (ours := _latest(seal)):
        known.append((ours, "本机的封存文件夹", "the seal folder here"))
    for one, zh, en in known:
        if one.origin != held.origin:
            raise ArchiveRefused(
                f"归档是另一本账的({held.origin};{zh}是 {one.origin})",
                f"the archive is of another log ({held.origin}; {en} is of {one.origin})",
            )
        if one.size > held.size:
            raise ArchiveRefused(
                f"归档缺尾部:{zh}有 {one.size} 条,归档只有 {held.size} 条",
                f"the tail is missing: {en} knows {one.size} events, the archive has {held.size}",
                held.size + 1,
            )


def _latest(seal: SealFolder) -> Checkpoint | None:
    try:
        return seal.checkpoint()
    except NotSealed:
        return None


@dataclass(slots=True)
class _Walk:
    """Goes along the log's parts and compares every event with the leaf that was sealed."""

    manifest: Manifest
    seal: SealFolder
    ours: SealFolder | None
    asked_size: int
    progress: Progress | None
    tree: Frontier = field(default_factory=Frontier)
    asked_root: bytes = b""
    rotations: list[Rotation] = field(default_factory=list)
    rotated_roots: dict[int, bytes] = field(default_factory=dict)

    def along(self, folder: Path) -> None:
        """Raises ArchiveRefused at the first event that is missing, or is not what was sealed."""
        entries = {one.path: one for one in self.manifest.files}
        sealed = _leaves(self.seal, self.manifest.size)
        ours = _leaves(self.ours, self._size_of_ours()) if self.ours else iter(())
        for part in self.manifest.parts:
            if part.first != self.tree.size + 1:
                raise _missing(self.tree.size + 1)
            self._part(folder, part, entries.get(part_path(*part)), sealed, ours)
            if self.progress:
                self.progress(self.tree.size, self.manifest.size)
        if self.tree.size != self.manifest.size:
            raise _missing(self.tree.size + 1)

    def _size_of_ours(self) -> int:
        latest = _latest(self.ours) if self.ours else None
        return latest.size if latest else 0

    def _part(
        self, folder: Path, part: Part, named: FileEntry | None, sealed: Iterator[bytes], ours: Iterator[bytes]
    ) -> None:
        path = inside(folder, part_path(*part))
        if named is None or not path.is_file():
            raise _missing(self.tree.size + 1)
        data = path.read_bytes()
        try:
            for entry in read_part(data):
                if self.tree.size == part.last:
                    raise ArchiveRefused(f"{named.path} 中有多余的事件", f"{named.path} holds more than it says")
                self._event(entry, sealed, ours)
        except BrokenPart:
            raise ArchiveRefused(
                f"{named.path} 自此读不出来", f"{named.path} cannot be read from here on", self.tree.size + 1
            ) from None
        if self.tree.size != part.last:
            raise _missing(self.tree.size + 1)
        if hashlib.sha256(data).hexdigest() != named.sha256:
            raise differs(named.path)

    def _event(self, entry: Entry, sealed: Iterator[bytes], ours: Iterator[bytes]) -> None:
        position = self.tree.size + 1
        leaf = SHA256.leaf(entry.header + entry.payload)
        if leaf != next(sealed):
            raise ArchiveRefused("内容与封存时不同", "it is not what was sealed", position)
        if leaf != next(ours, leaf):
            raise ArchiveRefused(
                "与本机封存文件夹中的不同", "it is not what the seal folder here says that was sealed", position
            )
        self.tree.add(leaf)
        if position == self.asked_size:
            self.asked_root = self.tree.root()
        if _TOPIC in entry.header and (rotation := rotation_of(entry.header + entry.payload)):
            self.rotations.append(rotation)
            self.rotated_roots[position] = self.tree.root()


def _leaves(seal: SealFolder, size: int) -> Iterator[bytes]:
    try:
        yield from seal.leaves(0, size)
    except TileMissing as error:
        raise ArchiveRefused(f"缺少瓦片 {error}", f"a tile is missing: {error}") from None


def _missing(position: int) -> ArchiveRefused:
    return ArchiveRefused("归档中缺少该事件", "it is missing in the archive", position)


def _terms(seal: SealFolder, held: Checkpoint, walk: _Walk, known: VerifierKey | None) -> list[KeyTerm]:
    """The keys of the log from its first on; where one followed another, both must have signed at that event."""
    keys = seal.keys()
    if not keys:
        raise NoteError("归档中没有账本公钥(log.vkey)", "the archive has no log.vkey")
    terms = trusted_keys(keys[0].renamed(held.origin), walk.rotations)
    if known is not None and all(term.key.material != known.material for term in terms):
        raise NoteError("归档不是所给公钥(--key)那本账的", "the archive is not of the log whose key was given (--key)")
    if [key.material for key in keys] != [term.key.material for term in terms]:
        zh, en = "log.vkey 中的公钥与更换密钥的事件不符", "log.vkey has other keys than the events that changed them"
        raise NoteError(zh, en)
    for term in terms[1:]:
        turned = verified_in_term(seal.note(size=term.since), terms)
        if turned.root != walk.rotated_roots[term.since]:
            raise ArchiveRefused(
                "更换密钥时的检查点与内容不符", "the checkpoint of the rotation is of other events", term.since
            )
    return terms


def _compare(note: Note, asked: Checkpoint, walk: _Walk, terms: list[KeyTerm]) -> None:
    verified_in_term(note, terms)
    if asked.size and asked.root != walk.asked_root:
        raise ArchiveRefused(
            f"归档的前 {asked.size} 条与外部检查点不符,二者已分叉",
            f"the first {asked.size} events are not those of the checkpoint from outside: the two part before",
        )
