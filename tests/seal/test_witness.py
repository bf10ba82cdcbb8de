"""A witness: signs a log that grew, and keeps both notes of one that went back, forked or was replaced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.seal import witness as witness_module
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.cosigning import cosign
from ledger.seal.folder import TREES
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.keys import SealError
from ledger.seal.note import NoteError, VerifierKey
from ledger.seal.witness import Witness, WitnessRefused
from tests.seal.logs import Log, signer

NOW = 1_763_776_800


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log").grow(300)


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Witness:
    return Witness.init(tmp_path / "witness", "audit.example", log.key)


def test_it_cosigns_a_log_that_grows_in_both_trees(log: Log, witness: Witness) -> None:
    for size in (300, 300, 301, 512, 2000):
        notes = cosign(witness, log.grow(size).folder, NOW + size)
        for note, tree_hash in notes:
            signers = note.signers([witness.verifier, log.key.renamed(log.origin + tree_hash.suffix)])
            assert list(signers.values()) == [None, NOW + size]
            assert Checkpoint.parse(note.text) == log.folder.checkpoint(tree_hash, size)
            last = witness.last(log.origin, tree_hash)
            assert last is not None
            assert witness.verifier in last.signers([witness.verifier])
    assert witness.origins() == [log.origin]


def test_it_remembers_when_it_is_opened_again(log: Log, witness: Witness) -> None:
    cosign(witness, log.grow(400).folder, NOW)
    again = Witness(witness.folder)
    assert again.verifier == witness.verifier
    assert again.last(log.origin, SHA256) == witness.last(log.origin, SHA256)


def refusal(witness: Witness, log: Log) -> WitnessRefused:
    with pytest.raises(WitnessRefused) as caught:
        cosign(witness, log.folder, NOW + 1)
    return caught.value


def test_a_log_that_went_back_is_refused_with_both_notes(log: Log, witness: Witness, tmp_path: Path) -> None:
    shutil.copytree(log.folder.path, tmp_path / "backup")
    cosign(witness, log.grow(400).folder, NOW)
    restored = Log(tmp_path / "backup")
    refused = refusal(witness, restored)
    assert refused.reason == "rollback"
    kept = witness.keep_refusal(refused).read_text(encoding="utf-8")
    assert str(witness.last(log.origin, SHA256)) in kept
    assert str(restored.folder.note()) in kept


@pytest.mark.parametrize("size", [300, 301, 1000])
def test_another_history_is_refused_whoever_signs_it(log: Log, witness: Witness, tmp_path: Path, size: int) -> None:
    """Log and checkpoints replaced together, with the right key: only somebody outside remembers."""
    cosign(witness, log.folder, NOW)
    forged = Log(tmp_path / "forged", word="rewritten").grow(size)
    assert forged.origin == log.origin
    refused = refusal(witness, forged)
    assert refused.reason == "fork"
    assert refused.is_split == (size == 300)
    assert refused.held == witness.last(log.origin, SHA256)
    assert refused.offered == forged.folder.note()
    cosign(witness, log.grow(500).folder, NOW)


def test_another_history_of_the_sm3_tree_is_seen_too(log: Log, witness: Witness, tmp_path: Path) -> None:
    cosign(witness, log.folder, NOW)
    forged = Log(tmp_path / "forged", word="rewritten").grow(300)
    shutil.copytree(forged.folder.path / "sm3", log.folder.path / "sm3", dirs_exist_ok=True)
    log.folder.write_note(forged.folder.note(SM3), SM3)
    refused = refusal(witness, log)
    assert (refused.reason, refused.held) == ("fork", witness.last(log.origin, SM3))


def test_a_log_that_is_replaced_by_another_is_not_known(log: Log, witness: Witness, tmp_path: Path) -> None:
    other = Log(tmp_path / "other")
    other.entry = lambda index: f"another book {index}".encode()  # type: ignore[method-assign]
    assert refusal(witness, other.grow(300)).reason == "unknown"
    other_key = Log(tmp_path / "other key", signer("another")).grow(300)
    assert refusal(witness, other_key).reason == "unsigned"


def test_what_it_signed_is_on_disk_before_it_is_handed_out(
    log: Log, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It crashes between the two: the next run knows what was signed, and signs no other history of that size."""

    def crash(path: Path, data: bytes) -> None:
        witness_module_write(path, data)
        raise KeyboardInterrupt

    witness_module_write = witness_module.write_file
    cosign(witness, log.folder, NOW)
    monkeypatch.setattr(witness_module, "write_file", crash)
    with pytest.raises(KeyboardInterrupt):
        cosign(witness, log.grow(400).folder, NOW)
    monkeypatch.undo()
    again = Witness(witness.folder)
    last = again.last(log.origin, SHA256)
    assert last is not None
    assert Checkpoint.parse(last.text).size == 400
    assert refusal(again, Log(tmp_path / "forged", word="rewritten").grow(401)).reason == "fork"
    assert len(cosign(again, log.folder, NOW)) == len(TREES)


def test_a_lost_tile_is_no_evidence(log: Log, witness: Witness) -> None:
    cosign(witness, log.folder, NOW)
    log.grow(600)
    shutil.rmtree(log.folder.path / "tile")
    with pytest.raises(SealError, match="tile"):
        cosign(witness, log.folder, NOW)


def test_it_knows_several_logs_and_only_one_key_of_each(log: Log, witness: Witness, tmp_path: Path) -> None:
    other = Log(tmp_path / "other")
    other.entry = lambda index: f"another book {index}".encode()  # type: ignore[method-assign]
    other.grow(7)
    Witness.init(witness.folder, "audit.example", other.key)
    assert sorted(Witness(witness.folder).origins()) == sorted([log.origin, other.origin])
    cosign(witness, other.folder, NOW)
    cosign(witness, log.folder, NOW)
    with pytest.raises(SealError, match="another key"):
        Witness.init(witness.folder, "audit.example", VerifierKey(log.origin, "log", b"x" * 32))
    with pytest.raises(SealError, match=r"audit\.example"):
        Witness.init(witness.folder, "finance.example", log.key)
    with pytest.raises(NoteError):
        Witness.init(tmp_path / "spaced", "audit office", log.key)


def test_the_log_takes_its_signature_in(log: Log, witness: Witness) -> None:
    log.grow(400)
    notes = cosign(witness, log.folder, NOW)
    log.grow(410)
    assert log.folder.add_cosignatures(notes, witness.verifier) == 400
    assert log.folder.witness_keys() == [witness.verifier]
    proof = log.folder.proof(17, 400)
    assert witness.verifier in proof.note.signers([witness.verifier])
    assert log.folder.checkpoint().size == 410, "the latest checkpoint stays the latest"
    stranger = signer("stranger", "stranger.example", "witness").verifier
    with pytest.raises(NoteError, match="did not sign"):
        log.folder.add_cosignatures(notes, stranger)


def test_an_older_cosignature_does_not_take_the_place_of_a_newer_one(log: Log, witness: Witness) -> None:
    older = cosign(witness, log.folder, NOW)
    log.grow(log.folder.checkpoint().size + 100)
    log.folder.add_cosignatures(cosign(witness, log.folder, NOW), witness.verifier)
    file = log.folder.path / "checkpoint"
    before = (log.folder.read("checkpoint.witnessed"), file.stat().st_mtime_ns)
    log.folder.add_cosignatures(older, witness.verifier)
    assert (log.folder.read("checkpoint.witnessed"), file.stat().st_mtime_ns) == before


def test_a_checkpoint_that_is_not_the_one_of_its_size_is_refused(log: Log, witness: Witness) -> None:
    file = log.folder.path / "checkpoint"
    size, text = log.folder.checkpoint().size, file.read_text(encoding="utf-8")
    for changed in (
        text.replace(f"\n{size}\n", f"\n{size + 1}\n"),
        text.replace("\n", "\nA", 2).replace("\nA", "\n", 1),
    ):
        file.write_text(changed, encoding="utf-8")
        with pytest.raises((WitnessRefused, NoteError)):
            cosign(witness, log.folder, NOW)
