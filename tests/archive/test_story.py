"""A book is taken away and brought back: the same bytes, the same root, the same answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent

from ledger.archive import writing
from ledger.archive.begun import UNFINISHED
from ledger.archive.checking import Outside, check_archive
from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.log_part import read_part
from ledger.archive.manifest import Part
from ledger.archive.writing import archive_book
from ledger.book.canonical import content_of, microseconds, payload_bytes
from ledger.book.database import Database
from ledger.book.recorder import BookRecorder
from ledger.events import UPCASTERS
from ledger.policy import load_pack
from ledger.seal.folder import NotSealed, SealFolder
from tests.archive.shelf import Shelf, rows_of, signer
from tests.cases.told import seen
from tests.story import Story, bank, grant, line


def answers(story: Story) -> object:
    return story.funds(), story.cap(), story.found("over_standard"), story.found("unpaid", "2025-12-31")


def test_what_is_brought_back_is_the_same_book(shelf: Shelf, story: Story, other_url: str) -> None:
    done = shelf.archive()
    head = len(rows_of(shelf.url))
    assert (done.added, done.unsealed, done.missing) == (head, 0, ())
    assert [part.last for part in done.manifest.parts] == [10, 20, head]
    again = shelf.restore(other_url, Outside(shelf.note(), shelf.key.verifier))
    assert rows_of(other_url) == rows_of(shelf.url)
    assert answers(again) == answers(story)
    assert again.found("over_standard"), "a history with something in it"
    restored = SealFolder(shelf.place / "new-seal")
    assert restored.note() == shelf.note()
    assert restored.proof(3).check(rows_of(other_url)[2][5], restored.keys())
    again.book.database.close()


def test_sealing_goes_on_where_it_stood(shelf: Shelf, other_url: str) -> None:
    before = shelf.seal()
    shelf.archive()
    again = shelf.restore(other_url)
    again.observed(grant(5, "财社〔2025〕9号"))
    new = replace(shelf, url=other_url)
    sealed = SealFolder(shelf.place / "new-seal")
    (shelf.place / "seal").rename(shelf.place / "lost")
    sealed.path.rename(shelf.place / "seal")
    after = new.seal()
    assert (after.origin, after.size > before.size) == (before.origin, True)
    again.book.database.close()


def test_a_later_run_adds_parts_and_leaves_the_others_alone(shelf: Shelf, story: Story, other_url: str) -> None:
    first = shelf.archive()
    held = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in parts_of(shelf.folder)}
    assert shelf.archive().added == 0
    story.observed(line("H2", 700, "2025-03", "B3", 1), bank(700, "B3", 1))
    second = shelf.archive()
    assert second.added > 0
    assert second.manifest.parts[: len(first.manifest.parts)] == first.manifest.parts
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in held} == held
    again = shelf.restore(other_url, Outside(shelf.note(first.manifest.size)))
    assert rows_of(other_url) == rows_of(shelf.url)
    again.book.database.close()


@pytest.mark.parametrize("steps_done", [1, 2])
def test_a_run_that_was_broken_off_is_gone_on_with(
    shelf: Shelf, story: Story, monkeypatch: pytest.MonkeyPatch, steps_done: int
) -> None:
    monkeypatch.setattr(writing, "STEP_EVENTS", 7)

    def stop(done: int, total: int) -> None:
        if done >= 7 * steps_done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.archive(stop)
    assert (shelf.folder / UNFINISHED).exists()
    stray = shelf.folder / "log" / "000000000099-000000000100.gz"
    stray.write_bytes(b"half of a part")
    story.observed(grant(5, "财社〔2025〕9号"))
    done = shelf.archive()
    assert 0 < done.added < done.manifest.size
    assert not stray.exists()
    assert not (shelf.folder / UNFINISHED).exists()
    assert shelf.check().manifest.parts[:2] == (Part(1, 7), Part(8, 14))
    assert sorted(parts_of(shelf.folder)) == sorted(
        shelf.folder / one.path for one in done.manifest.files if one.path.startswith(("log/", "tables/"))
    )


def test_only_what_is_sealed_is_archived(shelf: Shelf, story: Story) -> None:
    sealed = shelf.seal()
    story.observed(grant(5, "财社〔2025〕9号"))
    done = shelf.archive_sealed()
    assert (done.manifest.size, done.unsealed) == (sealed.size, 1)


def test_a_book_that_was_never_sealed_is_not_archived(shelf: Shelf) -> None:
    with pytest.raises(NotSealed):
        shelf.archive_sealed()


def test_an_archive_knows_its_rules(shelf: Shelf, story: Story) -> None:
    story.book.record([seen(rule="gone", rule_version="ab" * 32)], [None], None)
    done = shelf.archive()
    assert done.missing == ("gone " + "ab" * 32,)
    pack = load_pack("lanzhou-new-area")
    adopted = next(one for one in done.manifest.extra["policies"] if one["is_named"])
    assert adopted["sha256"] == pack.sha256
    hashes = {one.path: one.sha256 for one in done.manifest.files}
    assert [hashes[path] for path in adopted["files"] if path.endswith(".json")] == [pack.sha256]
    for rule in done.manifest.extra["rules"]:
        assert [hashes[path] for path in rule["files"]] == ([rule["sha256"]] if rule["name"] != "gone" else [])
    assert "gone `abab" in (shelf.folder / "README.md").read_text(encoding="utf-8")


def test_events_of_older_and_newer_programs_keep_their_bytes(
    shelf: Shelf, story: Story, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UPCASTERS, "_steps", {})
    monkeypatch.setattr(UPCASTERS, "_topics", {})
    UPCASTERS.add("entitlement.approved.v0", "entitlement.approved.v1", lambda held: held | {"programme": "特困供养"})
    approved = next(row for row in rows_of(shelf.url) if row[1] == "entitlement.approved.v1")
    old = {name: value for name, value in content_of(approved[4]).items() if name != "programme"}
    story.book.recorder.append(
        [
            DCBEvent("entitlement.approved.v0", payload_bytes(old), ["household:H1"]),
            DCBEvent("news.from_the_future.v1", b'{"what":"nobody knows"}', []),
        ]
    )
    head = story.book.recorder.head()
    shelf.archive()
    lifted = duckdb.sql(
        f"select programme from read_parquet('{shelf.folder}/tables/assistance_approved/*') where position = {head - 1}"
    ).fetchall()
    assert lifted == [("特困供养",)]
    again = shelf.restore(other_url)
    assert rows_of(other_url) == rows_of(shelf.url)
    again.book.database.close()


def test_an_event_longer_than_two_bytes_can_say(shelf: Shelf, story: Story, other_url: str) -> None:
    refs = tuple(f"household:{nth:06d}{'户' * 60}" for nth in range(1000))
    story.book.record([seen(refs=refs)], [None], None)
    assert len(rows_of(shelf.url)[-1][4]) > 65_535
    shelf.archive()
    again = shelf.restore(other_url)
    assert rows_of(other_url) == rows_of(shelf.url)
    again.book.database.close()


def test_the_tables_hold_what_the_log_holds(shelf: Shelf) -> None:
    shelf.archive()
    rows = duckdb.sql(
        "select position, epoch_us(recorded_at), batch_no, line_no, amount_fen from "
        f"read_parquet('{shelf.folder}/tables/payment_instructed/*.parquet') order by position"
    ).fetchall()
    stored = [row for row in rows_of(shelf.url) if row[1] == "payment.instructed.v1"]
    said = [content_of(row[4]) for row in stored]
    assert [row[0] for row in rows] == [row[0] for row in stored]
    assert [row[1] for row in rows] == [microseconds(row[2]) for row in stored]
    assert [row[2:] for row in rows] == [(one["batch_no"], one["line_no"], one["amount_fen"]) for one in said]


class TestAnotherFolder:
    """What an archive is never added to."""

    def test_a_folder_with_something_else_in_it(self, shelf: Shelf) -> None:
        shelf.folder.mkdir()
        (shelf.folder / "notes.txt").write_text("mine")
        with pytest.raises(ArchiveMisuse):
            shelf.archive()
        assert (shelf.folder / "notes.txt").read_text() == "mine"

    def test_an_archive_of_another_book(self, shelf: Shelf, other_url: str, tmp_path: Path) -> None:
        shelf.archive()
        database = Database(other_url)
        other = Shelf(other_url, tmp_path / "other", signer(2))
        BookRecorder(database).append([DCBEvent("book.opened.v1", b"{}", [])])
        other.seal()
        with psycopg.connect(other_url, autocommit=True) as conn, pytest.raises(ArchiveRefused, match="another log"):
            archive_book(conn, other.seal_folder, shelf.folder, signer=other.key)
        database.close()

    def test_an_archive_that_was_changed(self, shelf: Shelf) -> None:
        shelf.archive()
        part = shelf.part_files()[1]
        part.write_bytes(part.read_bytes() + b"\0")
        with pytest.raises(ArchiveRefused, match="000000000011"):
            shelf.archive()

    def test_a_book_that_was_set_back(self, shelf: Shelf, story: Story) -> None:
        """An older backup of database and seal: the archive knows more."""
        size = shelf.archive().manifest.size
        cut_seal(shelf, 5)
        with pytest.raises(ArchiveRefused) as refused:
            shelf.archive_sealed()
        assert (refused.value.position, size > 5) == (6, True)

    def test_a_book_that_became_another(self, shelf: Shelf, story: Story) -> None:
        """Somebody changed an event and sealed everything anew with the log's own key."""
        shelf.archive()
        rewrite(shelf, 7)
        (shelf.place / "seal").rename(shelf.place / "old-seal")
        with pytest.raises(ArchiveRefused) as refused:
            shelf.archive()
        assert refused.value.position == 7


def cut_seal(shelf: Shelf, size: int) -> None:
    """The seal as it was when the book had so many events."""
    (shelf.place / "seal").rename(shelf.place / "later-seal")
    with psycopg.connect(shelf.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("delete from book.event where position > %s", [size])
    shelf.seal()


def rewrite(shelf: Shelf, position: int) -> None:
    """A database superuser changes an event, and its leaf with it."""
    with psycopg.connect(shelf.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute(
            "update book.event set payload = payload || ' '::bytea, leaf = book.leaf_of(position, topic, recorded_at, "
            "tags, key, payload || ' '::bytea) where position = %s",
            [position],
        )


def parts_of(folder: Path) -> list[Path]:
    return [path for top in ("log", "tables") for path in (folder / top).rglob("*") if path.is_file()]


def test_parts_say_the_events_in_order(shelf: Shelf) -> None:
    shelf.archive()
    entries = [entry for path in shelf.part_files() for entry in read_part(path.read_bytes())]
    assert [entry.payload for entry in entries] == [row[4] for row in rows_of(shelf.url)]
    assert check_archive(shelf.folder).is_manifest_signed
