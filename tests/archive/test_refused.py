"""What is not, byte for byte, what was sealed is refused, with the first position that parts, and nothing is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ledger.archive.checking import Outside
from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.evidence import FOUND, archive_as_is
from ledger.archive.log_part import BrokenPart, Entry, header_of, read_part
from ledger.archive.manifest import MANIFEST, NOTE, FileEntry, Manifest
from ledger.book.database import Database
from ledger.book.recorder import BookRecorder
from ledger.events.book import SealKeyRotated
from ledger.seal.folder import SealFolder
from ledger.seal.note import Note, NoteError, Signer
from ledger.seal.sealer import Sealer
from tests.archive.shelf import Shelf, rows_of, signer
from tests.archive.test_story import cut_seal, rewrite
from tests.story import Story, grant

Tamper = Callable[[Shelf], None]
Entries = list[tuple[bytes, bytes]]


def change_payload(entries: Entries) -> None:
    header, payload = entries[2]
    entries[2] = (header, payload.replace(b'"', b"'", 1))


def change_date(entries: Entries) -> None:
    header, payload = entries[2]
    entries[2] = (header[:18] + bytes([header[18] ^ 1]) + header[19:], payload)


def cut_out(entries: Entries) -> None:
    del entries[2]


def swap(entries: Entries) -> None:
    entries[2], entries[3] = entries[3], entries[2]


def insert(entries: Entries) -> None:
    entries.insert(2, entries[0])


def in_part(change: Callable[[Entries], None]) -> Tamper:
    """Somebody who knows the format changes a part and mends the manifest."""
    return lambda shelf: shelf.rewrite_part(1, change)


def swap_parts(shelf: Shelf) -> None:
    first, second, _ = shelf.part_files()
    held = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(held)
    shelf.mend(first, second)


def lose_the_last_part(shelf: Shelf) -> None:
    shelf.part_files()[-1].unlink()


def say_nothing_of_the_last_part(shelf: Shelf) -> None:
    last = shelf.part_files()[-1]
    last.unlink()
    manifest = shelf.manifest
    kept = tuple(one for one in manifest.files if not one.path.endswith(last.name))
    shelf.say(parts=manifest.parts[:-1], files=kept)


def cut_the_end_off(shelf: Shelf) -> None:
    last = shelf.part_files()[-1]
    last.write_bytes(last.read_bytes()[:-40])
    shelf.mend(last)


def end_with_less(shelf: Shelf) -> None:
    shelf.rewrite_part(2, lambda entries: entries.pop() and None)


POSITIONS: list[tuple[Tamper, int]] = [
    (in_part(change_payload), 13),
    (in_part(change_date), 13),
    (in_part(cut_out), 13),
    (in_part(swap), 13),
    (in_part(insert), 13),
    (swap_parts, 1),
    (lose_the_last_part, 21),
    (say_nothing_of_the_last_part, 21),
    (end_with_less, 0),
]


@pytest.mark.parametrize(("tamper", "position"), POSITIONS)
def test_the_position_is_named(shelf: Shelf, other_url: str, tamper: Tamper, position: int) -> None:
    head = shelf.archive().manifest.size
    tamper(shelf)
    with pytest.raises(ArchiveRefused) as refused:
        shelf.restore(other_url)
    assert refused.value.position == (position or head)
    assert f"第 {position or head} 号事件" in str(refused.value)
    assert rows_of(other_url) == []
    assert not (shelf.place / "new-seal").exists()


def test_every_byte_of_a_part_counts(shelf: Shelf) -> None:
    """One flipped bit anywhere in a file is found, with or without a mended manifest."""
    shelf.archive()
    path = shelf.part_files()[1]
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        with pytest.raises(ArchiveRefused) as refused:
            shelf.check()
        assert refused.value.position is None or 11 <= refused.value.position <= 21


def test_a_part_that_ends_too_early(shelf: Shelf) -> None:
    shelf.archive()
    cut_the_end_off(shelf)
    with pytest.raises(ArchiveRefused) as refused:
        shelf.check()
    assert refused.value.position is not None
    assert refused.value.position > 20


def test_a_part_that_holds_more_than_it_says(shelf: Shelf) -> None:
    shelf.archive()
    shelf.rewrite_part(2, lambda entries: entries.append(entries[0]))
    with pytest.raises(ArchiveRefused, match="more than it says"):
        shelf.check()


def test_a_part_of_another_book(shelf: Shelf, story: Story) -> None:
    shelf.archive()
    ours = shelf.part_files()[1].read_bytes()
    rewrite(shelf, 11)
    fork = replace(shelf, place=shelf.place / "fork")
    fork.archive()
    theirs = fork.part_files()[1]
    assert theirs.name == shelf.part_files()[1].name
    assert theirs.read_bytes() != ours
    shelf.part_files()[1].write_bytes(theirs.read_bytes())
    shelf.mend(shelf.part_files()[1])
    with pytest.raises(ArchiveRefused) as refused:
        shelf.check()
    assert refused.value.position == 11


@pytest.mark.parametrize(
    "path", ["tile/0/000.p/*", "policy/*.json", "rules/unpaid*", "README.md", "tables/*/*", "log.vkey"]
)
def test_a_file_that_was_changed_is_named(shelf: Shelf, path: str) -> None:
    shelf.archive()
    file = next(iter(sorted(shelf.folder.glob(path))))
    file.write_bytes(file.read_bytes()[:-1] + b"\n\n")
    with pytest.raises((ArchiveRefused, NoteError)) as refused:
        shelf.check()
    assert file.name in str(refused.value) or path == "log.vkey"


def test_a_tile_that_was_changed_with_the_manifest(shelf: Shelf) -> None:
    shelf.archive()
    (tile,) = (shelf.folder / "tile" / "0").rglob("[1-9]*")
    data = tile.read_bytes()
    tile.write_bytes(data[: 32 * 4] + bytes(32) + data[32 * 5 :])
    shelf.mend(tile)
    with pytest.raises(ArchiveRefused) as refused:
        shelf.check()
    assert refused.value.position == 5


def test_a_manifest_that_was_changed(shelf: Shelf) -> None:
    shelf.archive()
    path = shelf.folder / MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"is_named": true', b'"is_named":  true', 1))
    with pytest.raises(ArchiveRefused, match=NOTE):
        shelf.check()
    (shelf.folder / NOTE).unlink()
    assert not shelf.check().is_manifest_signed


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "log/../../outside", "log//x", ""])
def test_a_manifest_that_leads_elsewhere(shelf: Shelf, path: str) -> None:
    shelf.archive()
    manifest = shelf.manifest
    shelf.say(files=(*manifest.files, FileEntry(path, "0" * 64, 1)))
    with pytest.raises(ArchiveRefused, match="path"):
        shelf.check()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format":"mingzhang-archive-9"}', b"\xff"])
def test_a_manifest_that_is_none(shelf: Shelf, content: bytes) -> None:
    shelf.archive()
    (shelf.folder / MANIFEST).write_bytes(content)
    with pytest.raises(ArchiveRefused):
        shelf.check()


def test_a_folder_that_holds_no_archive(shelf: Shelf) -> None:
    shelf.folder.mkdir()
    with pytest.raises(ArchiveMisuse):
        shelf.check()


class TestAgainstTheOutside:
    """An archive that belongs together still has to be the book's, and whole."""

    def test_a_missing_tail_is_refused(self, shelf: Shelf, story: Story, other_url: str) -> None:
        """Last month's archive, restored against this month's checkpoint."""
        size = shelf.archive().manifest.size
        story.observed(grant(5, "财社〔2025〕9号"))
        shelf.seal()
        with pytest.raises(ArchiveRefused) as refused:
            shelf.restore(other_url, Outside(shelf.note()))
        assert refused.value.position == size + 1
        assert "缺尾部" in str(refused.value)
        assert rows_of(other_url) == []

    def test_the_seal_folder_that_is_left_knows_the_tail(self, shelf: Shelf, story: Story) -> None:
        """The database is lost and the seal folder beside it is not."""
        size = shelf.archive().manifest.size
        story.observed(grant(5, "财社〔2025〕9号"))
        shelf.seal()
        with pytest.raises(ArchiveRefused) as refused:
            shelf.check(Outside(seal=shelf.seal_folder))
        assert refused.value.position == size + 1

    def test_a_book_written_anew_by_who_has_the_key(self, shelf: Shelf) -> None:
        kept = shelf.seal() and shelf.note()
        rewrite(shelf, 7)
        fork = replace(shelf, place=shelf.place / "fork")
        fork.archive()
        assert fork.check().is_manifest_signed, "nothing in the archive itself gives it away"
        with pytest.raises(ArchiveRefused, match="part before"):
            fork.check(Outside(kept))
        with pytest.raises(ArchiveRefused) as refused:
            fork.check(Outside(kept, seal=shelf.seal_folder))
        assert refused.value.position == 7

    def test_an_older_checkpoint_is_a_beginning(self, shelf: Shelf, story: Story) -> None:
        shelf.seal()
        kept = shelf.note()
        story.observed(grant(5, "财社〔2025〕9号"))
        shelf.archive()
        assert shelf.check(Outside(kept, shelf.key.verifier)).checkpoint.size > 0

    def test_another_key(self, shelf: Shelf) -> None:
        shelf.archive()
        with pytest.raises(NoteError, match="--key"):
            shelf.check(Outside(key=signer(2).verifier))

    def test_a_key_that_followed_another(self, shelf: Shelf, story: Story) -> None:
        """Who knows the first key, or the one that signs now, knows the log; nobody else's key is one of it."""
        shelf.seal()
        kept, (old, new) = shelf.note(), (shelf.key, signer(2))
        rotate(shelf, story, new)
        story.observed(grant(5, "财社〔2025〕9号"))
        shelf.key = new
        shelf.archive()
        for key in (old, new):
            assert shelf.check(Outside(kept, key.verifier)).keys[-1].key.material == new.verifier.material
        with pytest.raises(NoteError):
            shelf.check(Outside(kept, signer(3).verifier))
        turned = shelf.folder / "checkpoints" / str(len(rows_of(shelf.url)) - 1)
        note = Note.parse(turned.read_bytes())
        turned.write_bytes(Note(note.text, note.signatures[1:]).encode())
        shelf.mend(turned)
        with pytest.raises(NoteError):
            shelf.check(Outside(key=old.verifier))

    def test_a_checkpoint_that_the_log_did_not_sign(self, shelf: Shelf) -> None:
        shelf.archive()
        held = shelf.seal_folder.checkpoint()
        forged = held.signed_by(signer(2))
        with pytest.raises(NoteError):
            shelf.check(Outside(forged))
        changed = Note(forged.text, shelf.note().signatures)
        assert shelf.check(Outside(changed)).checkpoint == held, "the same text by the same key is the same note"

    def test_a_checkpoint_of_another_log(self, shelf: Shelf, other_url: str, tmp_path: Path) -> None:
        shelf.archive()
        database = Database(other_url)
        from eventsourcing.dcb.api import DCBEvent

        BookRecorder(database).append([DCBEvent("book.opened.v1", b"{}", [])])
        other = Shelf(other_url, tmp_path / "other", shelf.key)
        other.seal()
        with pytest.raises(ArchiveRefused, match="another log"):
            shelf.check(Outside(other.note()))
        database.close()


class TestTheBookItself:
    """A book that fails is not archived, and may be taken away as evidence."""

    @pytest.mark.parametrize(
        ("statement", "position"),
        [
            ("update book.event set payload = payload || ' '::bytea where position = 9", 9),
            ("update book.event set recorded_at = recorded_at + interval '1 us' where position = 9", 9),
            ("update book.event set tags = tags || '{x}'::text[] where position = 9", 9),
            ("delete from book.event where position = 9", 9),
            ("delete from book.event where position > 20", 21),
            ("update book.event set leaf = sha256(payload) where position = 9", 9),
        ],
    )
    def test_is_refused_with_its_position(self, shelf: Shelf, statement: str, position: int) -> None:
        shelf.seal()
        as_superuser(shelf, statement)
        with pytest.raises(ArchiveRefused) as refused:
            shelf.archive_sealed()
        assert refused.value.position == position
        assert not (shelf.folder / MANIFEST).exists()

        with psycopg.connect(shelf.url, autocommit=True) as conn:
            taken = archive_as_is(conn, shelf.seal_folder, shelf.place / "evidence", signer=shelf.key)
        assert taken.first is not None
        assert taken.first.position == position
        lines = (shelf.place / "evidence" / FOUND).read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == taken.differences + 1
        assert rows_in(shelf.place / "evidence") == [row[4] for row in rows_of(shelf.url)]
        with pytest.raises(ArchiveMisuse):
            replace(shelf, place=shelf.place / "evidence").check()

    def test_an_event_written_anew_with_its_leaf(self, shelf: Shelf) -> None:
        shelf.seal()
        rewrite(shelf, 9)
        with pytest.raises(ArchiveRefused, match="not what was sealed") as refused:
            shelf.archive_sealed()
        assert refused.value.position == 9

    def test_a_seal_that_was_changed(self, shelf: Shelf) -> None:
        shelf.seal()
        cut_seal(shelf, 12)
        forged = SealFolder(shelf.place / "seal")
        forged.write_note(Note(forged.note().text, ()))
        with pytest.raises(NoteError):
            shelf.archive_sealed()

    def test_evidence_of_a_sound_book_has_nothing_to_say(self, shelf: Shelf) -> None:
        shelf.seal()
        with psycopg.connect(shelf.url, autocommit=True) as conn:
            taken = archive_as_is(conn, shelf.seal_folder, shelf.place / "evidence")
        assert (taken.differences, taken.first) == (0, None)


def rotate(shelf: Shelf, story: Story, new: Signer) -> None:
    """The log says that another key follows, and both sign that."""
    said = {"origin": "decided", "recorded_by": "system", "recorded_role": "system", "rotated_on": "2025-06-01"}
    keys = {"old_key": shelf.key.verifier.material, "new_key": new.verifier.material}
    story.book.record([SealKeyRotated.model_validate(said | keys)], [None], None)
    with psycopg.connect(shelf.url, autocommit=True) as conn:
        Sealer(shelf.seal_folder, shelf.key, new).seal(conn)


def as_superuser(shelf: Shelf, statement: str) -> None:
    with psycopg.connect(shelf.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute(statement.encode())


def rows_in(folder: Path) -> list[bytes]:
    manifest = Manifest.parse((folder / MANIFEST).read_bytes())
    paths = sorted(one.path for one in manifest.files if one.path.startswith("log/"))
    return [entry.payload for path in paths for entry in read_part((folder / path).read_bytes())]


class TestAHeader:
    """What is read out of a header, or not."""

    def test_says_what_was_stored(self, shelf: Shelf) -> None:
        shelf.archive()
        entries = [entry for path in shelf.part_files() for entry in read_part(path.read_bytes())]
        said = [header_of(entry.header) for entry in entries]
        assert [(one.position, one.topic, list(one.tags), one.key or None) for one in said] == [
            (row[0], row[1], row[3], row[6].bytes if row[6] else None) for row in rows_of(shelf.url)
        ]

    def test_that_is_cut_off_is_none(self, shelf: Shelf) -> None:
        shelf.archive()
        entry = next(read_part(shelf.part_files()[0].read_bytes()))
        for length in range(len(entry.header)):
            with pytest.raises(ValueError, match=r"header|format"):
                header_of(entry.header[:length])
        with pytest.raises(ValueError, match="header"):
            header_of(entry.header + b"\0")

    def test_a_part_with_a_length_beyond_everything(self) -> None:
        import gzip

        with pytest.raises(BrokenPart):
            list(read_part(gzip.compress(b"\xff\xff\xff\xff")))
        assert list(read_part(gzip.compress(b"\0\0\0\0\0\0\0\0"))) == [Entry(b"", b"")]
