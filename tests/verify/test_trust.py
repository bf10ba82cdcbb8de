"""What a verifier knows from elsewhere: the log's key through its rotations, witnesses, checkpoints that were kept."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from ledger.seal.note import Note, Signer
from ledger.verify import whole_log
from ledger.verify.live import verify_live
from ledger.verify.trust import OutsideNote, Trust
from ledger.verify.whole_log import How
from tests.verify.tampered_book import TamperedBook, Workshop, signer
from tests.verify.test_tamper import verified


@pytest.fixture
def book(shop: Workshop) -> TamperedBook:
    book = shop.book(300, random.Random(4))
    book.sealed(shop.signer)
    return book


def cosigned(note: Note, *witnesses: Signer) -> Note:
    return note.with_signatures([one.sign(note.text, 1_760_000_000) for one in witnesses])


def put(book: TamperedBook, note: Note) -> None:
    for name in ("checkpoint", "checkpoints/300"):
        (book.seal / name).write_bytes(note.encode())


def test_the_key_is_known_or_taken_on_trust(book: TamperedBook) -> None:
    (key,) = book.folder.keys()
    assert [one.is_known for one in verified(book).keys] == [False]
    assert [one.is_known for one in verified(book, Trust(key=key)).keys] == [True]
    assert verified(book, Trust(key=key.renamed("mingzhang"))).is_good
    wrong = verified(book, Trust(key=signer().verifier.renamed(key.name)))
    assert {one.check for one in wrong.discrepancies} == {"log_key", "signature"}
    other_log = verified(book, Trust(key=key.renamed("mingzhang/0000000000000000")))
    assert "log_key" in {one.check for one in other_log.discrepancies}


def test_a_rotated_key_is_followed(book: TamperedBook) -> None:
    first, new = book.folder.keys()[0], signer()
    book.rotated(new)
    report = verified(book, Trust(key=first))
    assert report.is_good, report.discrepancies
    assert [one.since for one in report.keys] == [1, 301]
    assert verified(book, Trust(key=new.verifier)).is_good
    assert not verified(book, Trust(key=signer().verifier)).is_good


def test_a_checkpoint_by_the_old_key_after_the_rotation_is_nobodys(book: TamperedBook) -> None:
    book.rotated(signer())
    held = book.folder.checkpoint()
    for name in ("checkpoint", "checkpoints/302"):
        (book.seal / name).write_bytes(held.signed_by(book.shop.signer).encode())
    assert {one.file for one in verified(book).discrepancies} == {"checkpoint", "checkpoints/302"}


def test_as_many_witnesses_as_asked_for_must_have_signed(book: TamperedBook) -> None:
    finance, audit, stranger = (signer(name, "witness") for name in ("finance.example", "audit.example", "x.example"))
    put(book, cosigned(book.note, finance, audit, stranger))
    keys = (finance.verifier, audit.verifier)
    report = verified(book, Trust(witnesses=keys, quorum=2))
    assert report.is_good
    assert {(one.name, one.size) for one in report.witnesses} == {("finance.example", 300), ("audit.example", 300)}
    third = signer("third.example", "witness").verifier
    lacking = verified(book, Trust(witnesses=(*keys, third), quorum=3))
    assert [one.check for one in lacking.discrepancies] == ["witness"]


def test_a_cosignature_that_is_not_the_witnesss_is_found(book: TamperedBook) -> None:
    finance = signer("finance.example", "witness")
    put(book, cosigned(book.note, finance))
    line = str(book.note).splitlines()[-1]
    forged = str(book.note).replace(line, line[:-6] + ("AAAA" if line[-6:-2] != "AAAA" else "BBBB") + line[-2:])
    put(book, Note.parse(forged.encode()))
    assert "witness" in {one.check for one in verified(book, Trust(witnesses=(finance.verifier,))).discrepancies}


def test_an_older_checkpoint_kept_elsewhere_is_a_beginning(book: TamperedBook) -> None:
    kept = OutsideNote("kept", book.note)
    rows = book.rows()
    book.put([*rows, replace(rows[-1], position=301, key=None).with_leaf()])
    book.sealed(book.shop.signer)
    report = verified(book, Trust(outside=(kept,)))
    assert report.is_good
    assert dict(report.tally.checked)["outside"] == 1


def test_a_checkpoint_of_another_log_or_by_nobody_is_told(book: TamperedBook, shop: Workshop) -> None:
    held = book.folder.checkpoint()
    nobodys = OutsideNote("nobodys", held.signed_by(signer()))
    other = OutsideNote("other", replace(held, origin="mingzhang/0000000000000000").signed_by(shop.signer))
    for note in (nobodys, other):
        (one,) = verified(book, Trust(outside=(note,))).discrepancies
        assert (one.check, one.file) == ("outside", note.name)


def test_a_book_without_a_seal_is_said_to_be_none(shop: Workshop) -> None:
    book = shop.book(20, random.Random(5))
    report = verify_live(shop.url, shop.folder / "nowhere", how=How(workers=1))
    assert report.is_good
    assert report.sealed_size == 0
    assert "尚未封存" in report.remarks[0][0]
    assert not verify_live(shop.url, shop.folder / "nowhere", Trust(key=book.folder.keys()[0])).is_good


def test_several_processes_find_what_one_finds(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    book = shop.book(1500, random.Random(6))
    book.sealed(shop.signer)
    rows = [row for row in book.rows() if row.position not in range(250, 520)]
    rows[600] = replace(rows[600], payload=b"{}")
    book.put(rows)
    monkeypatch.setattr(whole_log, "PIECE_EVENTS", 256)
    alone = verified(book)
    monkeypatch.setattr(whole_log, "_ALONE_EVENTS", 0)
    together = verify_live(shop.url, book.seal, how=How(workers=2))
    assert together.discrepancies == alone.discrepancies
    assert together.checks() == alone.checks()
    assert [(one.position, one.upto) for one in alone.discrepancies] == [(250, 519), (rows[600].position, None)]


def test_a_key_used_twice_is_found_where_the_index_that_forbids_it_is_gone(book: TamperedBook) -> None:
    rows, conn = book.rows(), book.shop.conn
    at = next(n for n, row in enumerate(rows) if row.key)
    conn.execute("drop index book.event_key")
    try:
        assert verified(book).is_good
        book.put([*rows, replace(rows[at], position=301, recorded_at=rows[-1].recorded_at).with_leaf()])
        (one,) = verified(book).discrepancies
    finally:
        book.put(rows)
        conn.execute("create unique index event_key on book.event (key) where key is not null")
    assert (one.check, one.position) == ("key", 301)


def test_events_of_many_tags_have_all_of_them_indexed(book: TamperedBook) -> None:
    rows = book.rows()
    many = replace(rows[-1], position=301, tags=[f"household:H{n}" for n in range(9)], key=None)
    book.put([*rows, many.with_leaf()])
    assert verified(book).is_good
    book.shop.conn.execute("delete from book.event_tag where position = 301 and tag = 'household:H7'")
    assert [(one.check, one.position) for one in verified(book).discrepancies] == [("tag", 301)]
