"""When the log's key is changed: an event names the new key, and a checkpoint of just that size bears both signatures.

Whoever trusts the log's first key follows the events to the one that signs now; a key that no event names is nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.book.canonical import FORMAT
from ledger.events.book import SealKeyRotated
from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.hashing import SHA256, TreeHash
from ledger.seal.note import Note, NoteError, VerifierKey, unbase64

TOPIC = SealKeyRotated.TOPIC
_SIZED_BYTES = 4


class Rotation(NamedTuple):
    """At ``position`` the log says that ``new`` follows ``old``; ``entry`` is header || payload of that event."""

    position: int
    old: str
    new: str
    entry: bytes


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """``key`` signs the checkpoints of ``since`` events and more, until the next term begins."""

    key: VerifierKey
    since: int


def rotation_of(entry: bytes) -> Rotation | None:
    """The rotation that an event is, from its header || payload (docs/log-format.md); None for every other event.

    Raises:
        NoteError: it is one, and does not say of which keys.
    """
    at = len(FORMAT) + 16
    topic, at = _sized(entry, at)
    if not entry.startswith(FORMAT) or topic != TOPIC.encode():
        return None
    count = int.from_bytes(entry[at : at + _SIZED_BYTES], "big")
    at += _SIZED_BYTES
    for _ in range(count + 1):
        _, at = _sized(entry, at)
        if at > len(entry):
            raise NoteError("更换密钥的事件不完整", "the event of a rotation ends before its time")
    position = int.from_bytes(entry[len(FORMAT) : len(FORMAT) + 8], "big")
    try:
        said = json.loads(entry[at:])
        return Rotation(position, str(said["old_key"]), str(said["new_key"]), entry)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NoteError("更换密钥的事件读不懂", "the event of a rotation says nothing of keys") from None


def _sized(entry: bytes, at: int) -> tuple[bytes, int]:
    end = at + _SIZED_BYTES + int.from_bytes(entry[at : at + _SIZED_BYTES], "big")
    return entry[at + _SIZED_BYTES : end], end


def key_of(origin: str, material: str) -> VerifierKey:
    """The log's key that an event names by its 44 characters.

    Raises:
        NoteError: it is no key of a log.
    """
    raw = unbase64(material)
    if len(raw) != 33 or raw[0] != 1:
        raise NoteError("不支持这种公钥", "this kind of public key is not supported")
    return VerifierKey(origin, "log", raw[1:])


def trusted_keys(first: VerifierKey, rotations: Iterable[Rotation]) -> list[KeyTerm]:
    """The keys that follow from the log's first one by the rotations on record, in the order of the log.

    A rotation of another key than the one in force counts for nothing: it is no act of whoever held that key.

    Raises:
        NoteError: a rotation names what is no key.
    """
    terms = [KeyTerm(first, 1)]
    for one in rotations:
        if one.old == terms[-1].key.material:
            terms.append(KeyTerm(key_of(first.name, one.new), one.position))
    return terms


def verified_in_term(note: Note, terms: Sequence[KeyTerm], tree_hash: TreeHash = SHA256) -> Checkpoint:
    """What a note says that the key in force at its size signed; at the size of a rotation, both keys.

    Raises:
        NoteError: a signature is missing or not valid.
    """
    size = Checkpoint.parse(note.text).size
    begun = [n for n, term in enumerate(terms) if term.since <= max(size, 1)]
    now = begun[-1] if begun else 0
    held = verified(note, [terms[now].key], tree_hash)
    if now and terms[now].since == size:
        verified(note, [terms[now - 1].key], tree_hash)
    return held
