"""How far a book is sealed, for people: what ``mingzhang seal status`` says."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.folder import NotSealed, Refused, SealFolder
from ledger.seal.hashing import SM3
from ledger.seal.note import Note, NoteError, VerifierKey


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A cosignature: by whom, of how many events, when (UTC), and whether the key in ``witness.vkey`` confirms it."""

    name: str
    size: int
    at: datetime | None
    is_valid: bool


@dataclass(frozen=True, slots=True)
class SealState:
    """``size`` of ``head`` events are sealed. ``trouble`` says why the folder cannot be trusted as it is."""

    head: int
    size: int = 0
    origin: str | None = None
    root: bytes | None = None
    sm3_root: bytes | None = None
    key: VerifierKey | None = None
    witnesses: tuple[Witnessed, ...] = ()
    refused: Refused | None = None
    trouble: NoteError | None = None

    @property
    def is_alarming(self) -> bool:
        """Whether somebody must look: the sealer refused, the folder is wrong, or sealed events are gone."""
        return bool(self.refused or self.trouble or self.size > self.head)


def state_of(folder: SealFolder, head: int) -> SealState:
    """How far a log whose last position is ``head`` is sealed; nothing is hashed for it."""
    refused = folder.refused()
    try:
        keys = folder.keys()
        note = folder.note()
        held = verified(note, keys[-1:])
        return SealState(
            head=head,
            size=held.size,
            origin=held.origin,
            root=held.root,
            sm3_root=_sm3_root(folder, held.size),
            key=keys[-1],
            witnesses=_witnesses(folder),
            refused=refused,
        )
    except NotSealed:
        return SealState(head, refused=refused)
    except NoteError as trouble:
        return SealState(head, refused=refused, trouble=trouble)


def _sm3_root(folder: SealFolder, size: int) -> bytes | None:
    try:
        return folder.checkpoint(SM3, size).root
    except NotSealed:
        return None


def _witnesses(folder: SealFolder) -> tuple[Witnessed, ...]:
    data = folder.read("checkpoint.witnessed")
    if data is None:
        return ()
    note = Note.parse(data)
    size = Checkpoint.parse(note.text).size
    keys = {(key.name, key.id): key for key in folder.witness_keys()}
    found = []
    for one in note.signatures:
        if one.name == Checkpoint.parse(note.text).origin:
            continue
        key = keys.get((one.name, one.key_id))
        seconds = struct.unpack(">Q", one.signed[:8])[0] if len(one.signed) == 72 else None
        at = datetime.fromtimestamp(seconds, UTC) if seconds is not None and seconds < 2**33 else None
        found.append(Witnessed(one.name, size, at, key is not None and _signed(note, key)))
    return tuple(found)


def _signed(note: Note, key: VerifierKey) -> bool:
    try:
        return key in note.signers([key])
    except NoteError:
        return False
