"""The checkpoints in a seal folder, as they are read before any of them is believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.archive.manifest import regular
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import TREES, SealFolder
from ledger.seal.hashing import SHA256, SM3, TreeHash
from ledger.seal.note import Note, NoteError
from ledger.verify.report import Discrepancy, Tally

# The last one that a witness signed, which proofs may carry.
_WITNESSED = "checkpoint.witnessed"


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint and the file it stands in."""

    file: str
    tree_hash: TreeHash
    note: Note
    checkpoint: Checkpoint


def kept_checkpoints(seal: SealFolder, tally: Tally) -> list[Kept]:
    """Every checkpoint of both trees, by size; what is none, or lacks its twin or its place, goes to ``tally``.

    Listed before the latest is read: a sealer at work writes a checkpoint into the list first.
    """
    sizes = seal.sizes()
    found: list[Kept] = []
    for tree_hash in TREES:
        ending = f".{tree_hash.name}" if tree_hash is SM3 else ""
        latest = _latest(seal.path, f"checkpoint{ending}", tree_hash, sizes, tally)
        beyond = [latest.checkpoint.size] if latest and latest.checkpoint.size > max(sizes, default=0) else []
        for size in (*sizes, *beyond):
            one = _read(seal.path, f"checkpoints/{size}{ending}", tree_hash, tally)
            if one and one.checkpoint.size != size:
                tally.add(_wrong(one.file, "文件名与所写条数不同", "it is of another size than its name says"))
            elif one:
                found.append(one)
                if latest and latest.checkpoint.size == size and latest.note.text != one.note.text:
                    tally.add(_wrong(latest.file, "与同一条数的检查点不同", "it is not the checkpoint of that size"))
        found += [latest] if latest else []
    if (seal.path / _WITNESSED).exists() and (witnessed := _read(seal.path, _WITNESSED, SHA256, tally)):
        found.append(witnessed)
    return sorted(found, key=lambda one: one.checkpoint.size)


def _latest(folder: Path, file: str, tree_hash: TreeHash, sizes: list[int], tally: Tally) -> Kept | None:
    if not sizes and not (folder / file).exists():
        return None
    one = _read(folder, file, tree_hash, tally)
    if one and one.checkpoint.size < max(sizes, default=0):
        tally.add(_wrong(file, "不是最新的检查点", "a later checkpoint was signed"))
    return one


def _read(folder: Path, file: str, tree_hash: TreeHash, tally: Tally) -> Kept | None:
    tally.count("checkpoint")
    try:
        note = Note.parse(regular(folder / file).read_bytes())
        return Kept(file, tree_hash, note, Checkpoint.parse(note.text))
    except OSError:
        tally.add(_wrong(file, "检查点缺失", "the checkpoint is missing"))
    except NoteError as error:
        tally.add(_wrong(file, error.zh, error.en))
    return None


def _wrong(file: str, zh: str, en: str) -> Discrepancy:
    return Discrepancy("checkpoint", zh, en, file=file)
