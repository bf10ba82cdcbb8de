"""What a verifier knows from elsewhere, and which keys of a log follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import TREES, NotSealed, SealFolder
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.rotation import KeyTerm, Rotation, rotation_of, trusted_keys, verified_in_term
from ledger.verify.report import Discrepancy, KeyUsed, Tally

_FILE = "log.vkey"


@dataclass(frozen=True, slots=True)
class OutsideNote:
    """A checkpoint that somebody else kept; ``name`` is the file it came in, without folders."""

    name: str
    note: Note

    @classmethod
    def read(cls, path: Path) -> OutsideNote:
        """Reads a note from a file.

        Raises:
            NoteError: it is no checkpoint.
            OSError: the file cannot be read.
        """
        note = Note.parse(path.read_bytes())
        Checkpoint.parse(note.text)
        return cls(path.name, note)


@dataclass(frozen=True, slots=True)
class Trust:
    """Known from outside: the log's key, the witnesses' keys and how many must have signed, checkpoints kept."""

    key: VerifierKey | None = None
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    outside: tuple[OutsideNote, ...] = ()


def key_terms(
    seal: SealFolder, origin: str, rotations: list[bytes], trust: Trust, tally: Tally
) -> tuple[list[KeyTerm], tuple[KeyUsed, ...]]:
    """The keys that sign for the log, by the first of the folder or the one known from outside.

    ``rotations`` are the entries (header || payload) of the events that say so. What does not fit goes to ``tally``.
    """
    held = _held(seal, tally)
    turns = _rotations(rotations, tally)
    terms = _follow(held[0].renamed(origin), turns, tally) if held else []
    if trust.key is not None:
        is_of_this_log = trust.key.name == origin or not trust.key.name.startswith("mingzhang/")
        if not is_of_this_log or all(term.key.material != trust.key.material for term in terms):
            tally.add(_wrong("不是您给出的账本公钥", "it is not the log's key that you gave"))
            terms = _follow(trust.key.renamed(origin), turns, Tally())
    _check_handed_over(seal, terms, tally)
    known = {term.key.material for term in terms}
    for key in held:
        if key.material not in known or key.name != origin:
            tally.add(_wrong(f"公钥 {key.id.hex()} 不是本账的", f"the key {key.id.hex()} is none of this log"))
    _check_rotations(seal, turns, tally)
    tally.count("log_key", len(held))
    return terms, tuple(
        KeyUsed(str(term.key), term.key.id.hex(), term.since, is_known=trust.key is not None) for term in terms
    )


def last_key(seal: SealFolder, origin: str, trust: Trust, tally: Tally) -> tuple[list[KeyTerm], tuple[KeyUsed, ...]]:
    """The key that signs a bundle: the last of its folder, for a bundle cannot show how the key was handed over."""
    held = [key.renamed(origin) for key in _held(seal, tally)[-1:]]
    tally.count("log_key", len(held))
    if trust.key is not None and all(key.material != trust.key.material for key in held):
        tally.add(_wrong("不是您给出的账本公钥", "it is not the log's key that you gave"))
        held = [trust.key.renamed(origin)]
    used = tuple(KeyUsed(str(key), key.id.hex(), 1, is_known=trust.key is not None) for key in held)
    return [KeyTerm(key, 1) for key in held], used


def _check_handed_over(seal: SealFolder, terms: list[KeyTerm], tally: Tally) -> None:
    """Whoever writes the log can name a key of their own in it: it counts where the key before it signed that event."""
    sealed = max(seal.sizes(), default=0)
    for term in terms[1:]:
        for tree_hash in TREES if term.since <= sealed else ():
            try:
                verified_in_term(seal.note(tree_hash, term.since), terms, tree_hash)
            except (NotSealed, NoteError, OSError):
                ending = tree_hash.suffix.replace("/", ".")
                zh, en = "旧密钥没有签过更换密钥的事件", "the key before did not sign the event that replaced it"
                tally.add(Discrepancy("log_key", zh, en, term.since, file=f"checkpoints/{term.since}{ending}"))


def _held(seal: SealFolder, tally: Tally) -> list[VerifierKey]:
    try:
        return seal.keys()
    except (NoteError, UnicodeDecodeError, OSError):
        tally.add(_wrong("公钥文件读不懂", "the keys cannot be read"))
        return []


def _rotations(entries: list[bytes], tally: Tally) -> list[Rotation]:
    try:
        return [turn for entry in entries if (turn := rotation_of(entry))]
    except NoteError as error:
        tally.add(_wrong(error.zh, error.en))
        return []


def _check_rotations(seal: SealFolder, turns: list[Rotation], tally: Tally) -> None:
    """The folder keeps the events of rotations for those who have no log; they must be those of the log."""
    try:
        is_right = all(one in turns for one in seal.rotations())
    except NoteError:
        is_right = False
    if not is_right:
        zh, en = "不是日志中更换密钥的事件", "they are not the rotations of the log"
        tally.add(Discrepancy("log_key", zh, en, file="rotations"))


def _follow(first: VerifierKey, turns: list[Rotation], tally: Tally) -> list[KeyTerm]:
    try:
        return trusted_keys(first, turns)
    except NoteError as error:
        tally.add(_wrong(error.zh, error.en))
        return [KeyTerm(first, 1)]


def _wrong(zh: str, en: str) -> Discrepancy:
    return Discrepancy("log_key", zh, en, file=_FILE)
