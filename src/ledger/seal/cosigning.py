"""What a witness does with a log that it can read: follow its keys, prove that it grew, and sign both of its trees."""

from __future__ import annotations

from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.folder import TREES, NotSealed, SealFolder
from ledger.seal.hashing import SHA256, TreeHash
from ledger.seal.keys import SealError
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.rotation import Rotation, key_of
from ledger.seal.tiles import TileMissing
from ledger.seal.tree import ProofError, check_inclusion, inclusion_proof
from ledger.seal.witness import Witness, WitnessRefused


def cosign(witness: Witness, source: SealFolder, at_second: int) -> list[tuple[Note, TreeHash]]:
    """Cosigns the latest checkpoint of both trees; returns them with the witness's signature.

    Raises:
        WitnessRefused: the log is not known, not signed, shorter than it was, or another one.
        SealError, NotSealed, NoteError: what a proof needs is not there.
    """
    latest = _latest(witness, source)
    try:
        _follow_keys(witness, source, latest, at_second)
        return [(_step(witness, source, tree_hash, latest.size, at_second), tree_hash) for tree_hash in TREES]
    except TileMissing as missing:
        raise SealError(f"缺少证明所需的瓦片 {missing}", f"a tile that the proof needs is missing: {missing}") from None


def _latest(witness: Witness, source: SealFolder) -> Checkpoint:
    """The latest checkpoint, which lies there twice: as the latest, and under its size."""
    note = source.note()
    latest = Checkpoint.parse(note.text)
    try:
        is_kept = source.note(size=latest.size).text == note.text
    except NotSealed:
        is_kept = False
    if not is_kept:
        zh, en = f"checkpoint 与 checkpoints/{latest.size} 不符", f"checkpoint is not checkpoints/{latest.size}"
        raise WitnessRefused("unsigned", zh, en, witness.last(latest.origin, SHA256), note)
    return latest


def _step(witness: Witness, source: SealFolder, tree_hash: TreeHash, size: int, at_second: int) -> Note:
    """Has the checkpoint of ``size`` events signed, with the proof from what the witness last saw."""
    note = source.note(tree_hash, size)
    origin = Checkpoint.parse(note.text).origin.removesuffix(tree_hash.suffix)
    last = witness.last(origin, tree_hash)
    known = Checkpoint.parse(last.text).size if last else 0
    if size < known:
        zh, en = f"日志由 {known} 条退回到 {size} 条", f"the log went back from {known} events to {size}"
        raise WitnessRefused("rollback", zh, en, last, note)
    proof = source.consistency(known, size, tree_hash)
    return note.with_signatures([witness.add_checkpoint(known, proof, note, at_second)])


def _follow_keys(witness: Witness, source: SealFolder, latest: Checkpoint, at_second: int) -> None:
    """Trusts a new key where the log says so in an event under the old key's signature."""
    for rotation in source.rotations():
        key = witness.key_of(latest.origin)
        if key is None or rotation.old != key.material or rotation.position > latest.size:
            continue
        try:
            successor = _proven(source, rotation, key)
        except (NotSealed, NoteError, ProofError) as error:
            zh, en = "更换密钥没有原密钥的证明", f"the new key is not proven by the old one ({error})"
            last = witness.last(latest.origin, SHA256)
            raise WitnessRefused("unsigned", zh, en, last, source.note()) from None
        _step(witness, source, SHA256, rotation.position, at_second)
        witness.trust(successor)


def _proven(source: SealFolder, rotation: Rotation, key: VerifierKey) -> VerifierKey:
    """The key that follows: both keys signed the checkpoint whose last event says so."""
    note = source.note(size=rotation.position)
    held = verified(note, [key])
    successor = key_of(key.name, rotation.new)
    verified(note, [successor])
    index = rotation.position - 1
    proof = inclusion_proof(index, held.size, source.tiles().subtree)
    check_inclusion(SHA256.leaf(rotation.entry), index, held.size, proof, held.root)
    return successor
