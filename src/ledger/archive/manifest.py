"""The manifest: which files an archive or a bundle consists of, by their SHA-256, and which log they are of."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.seal.note import Note, Signer, VerifierKey
from ledger.seal.tiles import write_file

ARCHIVE = "mingzhang-archive-1"
BUNDLE = "mingzhang-bundle-1"
MANIFEST = "manifest.json"
NOTE = "manifest.note"
_BLOCK = 1 << 20


class Part(NamedTuple):
    """Positions ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the folder: its path with ``/``, the SHA-256 of its bytes in hex, and how many there are."""

    path: str
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, path: str, data: bytes) -> FileEntry:
        return cls(path, hashlib.sha256(data).hexdigest(), len(data))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``manifest.json`` says.

    ``size`` and ``root`` are those of the checkpoint; ``parts`` and ``tables`` say which positions the files of the
    log and of the tables hold. ``extra`` is what an archive or a bundle says beyond that, as it stands in the JSON.
    """

    format: str
    origin: str
    size: int
    root: bytes
    parts: tuple[Part, ...] = ()
    tables: tuple[Part, ...] = ()
    files: tuple[FileEntry, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def with_files(self, more: Iterable[FileEntry]) -> Manifest:
        """The manifest with further files; one of the same path is replaced."""
        held = {one.path: one for one in (*self.files, *more)}
        return replace(self, files=tuple(held[path] for path in sorted(held)))

    def encode(self) -> bytes:
        content: dict[str, Any] = {"format": self.format, "origin": self.origin, "size": self.size}
        content["root"] = base64.b64encode(self.root).decode()
        content |= self.extra
        for name in ("parts", "tables"):
            content[name] = [part._asdict() for part in getattr(self, name)]
        content["files"] = [asdict(one) for one in self.files]
        # One line a member of a list: people compare two manifests with diff.
        lines = [f"{json.dumps(name)}: {_written(value)}" for name, value in content.items()]
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Reads a manifest.

        Raises:
            ArchiveRefused: it is none, or of a version that this program does not know.
        """
        try:
            content = json.loads(data)
            known = {"format", "origin", "size", "root", "parts", "tables", "files"}
            if content["format"] not in (ARCHIVE, BUNDLE) or type(content["size"]) is not int:
                raise ValueError
            return cls(
                format=content["format"],
                origin=str(content["origin"]),
                size=content["size"],
                root=base64.b64decode(content["root"], validate=True),
                parts=tuple(Part(int(one["first"]), int(one["last"])) for one in content["parts"]),
                tables=tuple(Part(int(one["first"]), int(one["last"])) for one in content["tables"]),
                files=tuple(
                    FileEntry(str(one["path"]), str(one["sha256"]), int(one["size_bytes"])) for one in content["files"]
                ),
                extra={name: value for name, value in content.items() if name not in known},
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise ArchiveRefused("清单读不懂(manifest.json)", "manifest.json is none that this program knows") from None


def _written(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def note_text(origin: str, manifest: bytes) -> str:
    """What the log signs of a manifest: a text that can never be taken for a checkpoint."""
    digest = base64.b64encode(hashlib.sha256(manifest).digest()).decode()
    return f"mingzhang-manifest-1\n{origin}\n{digest}\n"


def write_manifest(folder: Path, manifest: Manifest, signer: Signer | None) -> None:
    """Writes ``manifest.json`` and its note, when everything that it names is on the disk."""
    os.sync()
    data = manifest.encode()
    # The note of the manifest that was there before says nothing of this one.
    (folder / NOTE).unlink(missing_ok=True)
    write_file(folder / MANIFEST, data)
    if signer is not None:
        text = note_text(manifest.origin, data)
        write_file(folder / NOTE, Note(text, (signer.renamed(manifest.origin).sign(text),)).encode())


def is_signed(folder: Path, origin: str, keys: Iterable[VerifierKey]) -> bool:
    """Whether one of the log's keys signed this manifest; false where there is no note.

    Raises:
        ArchiveRefused: there is a note of another manifest.
        ledger.seal.note.NoteError: the note is none, or its signature is not valid.
    """
    path = folder / NOTE
    if not path.is_file():
        return False
    note = Note.parse(path.read_bytes())
    if note.text != note_text(origin, (folder / MANIFEST).read_bytes()):
        raise ArchiveRefused(
            "清单签名与清单不符,清单被改动过", "manifest.note is of another manifest.json: it was changed"
        )
    return bool(note.signers(key.renamed(origin) for key in keys))


def check_file(folder: Path, entry: FileEntry) -> None:
    """Checks one file against the manifest.

    Raises:
        ArchiveRefused: it is missing, or its bytes are others.
    """
    digest, size_bytes = hashlib.sha256(), 0
    try:
        with regular(inside(folder, entry.path)).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size_bytes += len(block)
    except (OSError, ValueError):
        raise ArchiveRefused(f"缺少文件 {entry.path}", f"the file {entry.path} is missing") from None
    if (digest.hexdigest(), size_bytes) != (entry.sha256, entry.size_bytes):
        raise differs(entry.path)


def regular(path: Path) -> Path:
    """The path, of a file that ends.

    Raises:
        FileNotFoundError: there is none, or a link, a pipe or the like.
    """
    if path.is_symlink() or not path.is_file():
        raise FileNotFoundError(path)
    return path


def no_archive(folder: Path) -> ArchiveMisuse:
    """A folder has no manifest."""
    return ArchiveMisuse(
        f"“{folder}”里没有归档(缺 {MANIFEST})", f"there is no archive in {folder}: it has no {MANIFEST}"
    )


def differs(path: str) -> ArchiveRefused:
    """A file is not the one that the manifest names."""
    return ArchiveRefused(f"文件 {path} 与清单不符,被改动过", f"the file {path} is not the one in the manifest")


def inside(folder: Path, path: str) -> Path:
    """The path of a file that a manifest names.

    Raises:
        ArchiveRefused: the name leads out of the folder.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in path or "\\" in path:
        raise ArchiveRefused(f"清单中的路径 {path!r} 不合规", f"the manifest names the path {path!r}")
    return folder.joinpath(*parts)
