"""The key is changed: an event says so, both keys sign once, and who trusted the first can follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.book.book import Book
from ledger.decide.seal_key import RotateSealKey, RotationRequest
from ledger.decide.slice import Asked
from ledger.policy import load_pack
from ledger.seal.checkpoint import verified
from ledger.seal.cosigning import cosign
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.keys import SealError
from ledger.seal.note import Note, NoteError, Signer
from ledger.seal.rotation import KeyTerm, rotation_of, trusted_keys, verified_in_term
from ledger.seal.sealer import Sealer
from ledger.seal.witness import Witness, WitnessRefused
from tests.seal.conftest import Record
from tests.seal.logs import signer

Conn = psycopg.Connection[Any]
FIRST, SECOND, THIRD = signer("first"), signer("second"), signer("third")
NOW = 1_763_776_800


@pytest.fixture
def sealer(folder: SealFolder) -> Sealer:
    return Sealer(folder, FIRST)


def rotate(book: Book, old: Signer, new: Signer) -> int:
    asked = Asked("G001", "operator", "decided", load_pack("lanzhou-new-area"))
    fields = {"old_key": old.verifier.material, "new_key": new.verifier.material, "rotated_on": "2025-03-01"}
    return book.do(lambda: RotateSealKey(RotationRequest.model_validate(fields), asked)).position


def terms_of(folder: SealFolder) -> list[KeyTerm]:
    return trusted_keys(folder.keys()[0], folder.rotations())


def test_the_key_passes_on_and_the_chain_leads_from_the_first(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(10)
    sealer.seal(conn)
    at = [rotate(book, FIRST, SECOND)]
    record(5)
    Sealer(folder, FIRST, SECOND).seal(conn)
    at.append(rotate(book, SECOND, THIRD))
    Sealer(folder, SECOND, THIRD).seal(conn)
    record(5)
    Sealer(folder, THIRD).seal(conn)
    origin = folder.checkpoint().origin
    keys = [one.renamed(origin).verifier for one in (FIRST, SECOND, THIRD)]
    assert folder.keys() == keys
    assert terms_of(folder) == [KeyTerm(keys[0], 1), KeyTerm(keys[1], at[0]), KeyTerm(keys[2], at[1])]
    signers = {size: list(folder.note(size=size).signers(keys)) for size in folder.sizes()}
    assert signers == {
        10: keys[:1],
        at[0]: keys[:2],
        16: keys[1:2],
        at[1]: keys[1:],
        22: keys[2:],
    }
    for size in folder.sizes():
        for tree_hash in (SHA256, SM3):
            held = verified_in_term(folder.note(tree_hash, size), terms_of(folder), tree_hash)
            assert held.size == size
    folder.proof(3).check(next(folder.leaves(2, 3)), [terms_of(folder)[-1].key])


def test_the_old_key_alone_stops_before_the_event(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    """A server that still has the old key in memory seals nothing beyond, whenever it comes."""
    record(10)
    sealer.seal(conn)
    record(3)
    position = rotate(book, FIRST, SECOND)
    record(3)
    for key in (FIRST, FIRST):
        with pytest.raises(SealError, match=f"event {position}"):
            Sealer(folder, key).seal(conn)
    assert folder.sizes() == [10, position - 1]
    with pytest.raises(SealError, match="not the one that seals"):
        Sealer(folder, SECOND).seal(conn)
    with pytest.raises(SealError):
        Sealer(folder, FIRST, THIRD).seal(conn)
    Sealer(folder, FIRST, SECOND).seal(conn)
    assert folder.sizes() == [10, position - 1, position, position + 3]


def test_a_rotation_that_was_broken_off_is_finished(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(10)
    sealer.seal(conn)
    position = rotate(book, FIRST, SECOND)
    assert rotate(book, FIRST, SECOND) == position, "asked again, it is on record once"
    monkeypatch.setattr(SealFolder, "write_note", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Sealer(folder, FIRST, SECOND).seal(conn)
    monkeypatch.undo()
    with pytest.raises(SealError):
        Sealer(folder, FIRST).seal(conn)
    Sealer(folder, FIRST, SECOND).seal(conn)
    record(2)
    # Signed by both, but the key file was not yet replaced when it ended.
    Sealer(folder, FIRST, SECOND).seal(conn)
    record(2)
    Sealer(folder, SECOND).seal(conn)
    assert folder.sizes() == [10, position, position + 2, position + 4]
    for size in folder.sizes():
        verified_in_term(folder.note(size=size), terms_of(folder))


def test_lost_names_of_keys_are_written_again(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(3)
    sealer.seal(conn)
    rotate(book, FIRST, SECOND)
    Sealer(folder, FIRST, SECOND).seal(conn)
    keys = folder.keys()
    (folder.path / "log.vkey").unlink()
    record(1)
    Sealer(folder, SECOND).seal(conn)
    assert folder.keys() == keys


def test_a_key_that_no_event_names_is_nobodys(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(10)
    sealer.seal(conn)
    rotate(book, FIRST, SECOND)
    Sealer(folder, FIRST, SECOND).seal(conn)
    first = folder.keys()[0]
    (rotation,) = folder.rotations()
    third = THIRD.renamed(first.name).verifier
    assert trusted_keys(third, [rotation]) == [KeyTerm(third, 1)]
    assert trusted_keys(first, [rotation, rotation]) == terms_of(folder)
    note, terms = folder.note(), terms_of(folder)
    for alone in note.signatures:
        with pytest.raises(NoteError, match="no trusted key"):
            verified_in_term(Note(note.text, (alone,)), terms)
    stranger = THIRD.renamed(first.name)
    with pytest.raises(NoteError, match="no trusted key"):
        verified(Note(note.text, (stranger.sign(note.text),)), folder.keys())


def test_after_a_lost_key_a_new_folder_is_sealed_with_a_new_key(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, tmp_path: Path
) -> None:
    """The rotations on record are those of the lost chain; the new key's begins with itself."""
    record(10)
    sealer.seal(conn)
    rotate(book, FIRST, SECOND)
    Sealer(folder, FIRST, SECOND).seal(conn)
    record(3)
    anew = SealFolder(tmp_path / "anew")
    Sealer(anew, THIRD).seal(conn)
    assert anew.checkpoint().origin == folder.checkpoint().origin
    assert anew.keys() == [THIRD.renamed(anew.checkpoint().origin).verifier]
    verified_in_term(anew.note(), trusted_keys(anew.keys()[0], folder.rotations()))


def test_an_event_is_read_from_its_bytes(
    book: Book, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    from ledger.book.stored import read_stored

    record(2)
    position = rotate(book, FIRST, SECOND)
    found = [rotation_of(event.entry) for event in read_stored(conn)]
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert (found[2].position, found[2].old) == (position, FIRST.verifier.material)


class TestWitness:
    @pytest.fixture
    def witness(self, conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, tmp_path: Path) -> Witness:
        record(10)
        sealer.seal(conn)
        witness = Witness.init(tmp_path / "witness", "audit.example", folder.keys()[0])
        cosign(witness, folder, NOW)
        return witness

    def test_it_follows_the_event_to_the_new_key(
        self, book: Book, conn: Conn, record: Record, folder: SealFolder, witness: Witness
    ) -> None:
        rotate(book, FIRST, SECOND)
        Sealer(folder, FIRST, SECOND).seal(conn)
        rotate(book, SECOND, THIRD)
        record(7)
        Sealer(folder, SECOND, THIRD).seal(conn)
        notes = cosign(witness, folder, NOW)
        assert len(notes) == 2
        assert witness.key_of(folder.checkpoint().origin) == folder.keys()[-1]

    def test_a_key_without_the_event_is_refused(
        self, book: Book, conn: Conn, record: Record, folder: SealFolder, witness: Witness
    ) -> None:
        rotate(book, FIRST, SECOND)
        Sealer(folder, FIRST, SECOND).seal(conn)
        record(7)
        Sealer(folder, SECOND).seal(conn)
        (folder.path / "rotations").unlink()
        with pytest.raises(WitnessRefused, match="no trusted key") as caught:
            cosign(witness, folder, NOW)
        assert caught.value.reason == "unsigned"

    def test_an_event_that_the_old_key_did_not_sign_is_refused(
        self, book: Book, conn: Conn, record: Record, folder: SealFolder, witness: Witness
    ) -> None:
        """Somebody with the database and a key of his own, but not with the log's key."""
        position = rotate(book, FIRST, SECOND)
        Sealer(folder, FIRST, SECOND).seal(conn)
        for tree_hash in (SHA256, SM3):
            note = folder.note(tree_hash, position)
            by_second = SECOND.renamed(folder.checkpoint(tree_hash).origin)
            folder.write_note(Note(note.text, (by_second.sign(note.text),)), tree_hash)
        record(7)
        Sealer(folder, SECOND).seal(conn)
        with pytest.raises(WitnessRefused, match="not proven by the old one") as caught:
            cosign(witness, folder, NOW)
        assert caught.value.reason == "unsigned"
        assert witness.key_of(folder.checkpoint().origin) == folder.keys()[0]
