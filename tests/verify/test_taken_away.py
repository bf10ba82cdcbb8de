"""Archives and bundles, verified with nothing else at hand: whole ones pass, and what was changed in one is named."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ledger.archive.bundling import write_bundle
from ledger.archive.errors import ArchiveMisuse
from ledger.archive.manifest import FileEntry, Manifest, write_manifest
from ledger.archive.writing import archive_book
from ledger.verify.archived import verify_folder
from ledger.verify.report import Report
from ledger.verify.trust import OutsideNote, Trust
from ledger.verify.whole_log import How
from tests.verify.tampered_book import TamperedBook, Workshop, signer

SIZE = 300
PAYMENTS = f"tables/payment_instructed/1-{SIZE}.parquet"


@pytest.fixture
def book(shop: Workshop) -> TamperedBook:
    book = shop.book(SIZE, random.Random(8))
    book.sealed(shop.signer)
    return book


@pytest.fixture
def archive(book: TamperedBook, tmp_path: Path) -> Path:
    archive_book(book.shop.conn, book.folder, tmp_path / "archive", signer=book.shop.signer)
    return tmp_path / "archive"


@pytest.fixture
def bundle(book: TamperedBook, tmp_path: Path) -> Path:
    positions = [1, 2, 5, 17, 256, 257, SIZE]
    write_bundle(book.shop.conn, book.folder, tmp_path / "bundle", positions, asked={}, signer=book.shop.signer)
    return tmp_path / "bundle"


def verified(folder: Path, trust: Trust | None = None) -> Report:
    return verify_folder(folder, trust, How(workers=1))


def said(report: Report) -> set[tuple[str, int | None, str | None]]:
    return {(one.check, one.position, one.file) for one in report.discrepancies}


def signed_again(folder: Path, book: TamperedBook, *paths: str) -> None:
    """The manifest made to fit what is there now, and signed by the log's own key: the most careful forger."""
    held = Manifest.parse((folder / "manifest.json").read_bytes())
    entries = [FileEntry.of(path, (folder / path).read_bytes()) for path in paths]
    write_manifest(folder, held.with_files(entries), book.shop.signer)


def test_an_archive_passes(archive: Path, book: TamperedBook) -> None:
    report = verified(archive, Trust(key=book.folder.keys()[0]))
    assert report.is_good, report.discrepancies
    assert (report.kind, report.size, report.sealed_size) == ("archive", SIZE, SIZE)
    checked = report.tally.checked
    assert checked["table"] == checked["position"] == SIZE
    assert checked["policy"] == 1


def test_a_changed_cell_of_a_table_is_named_by_position_and_column(archive: Path, book: TamperedBook) -> None:
    held = archive / PAYMENTS
    with duckdb.connect() as conn:
        conn.execute("set timezone = 'UTC'")
        conn.execute(f"create table t as select * from read_parquet('{held}')")
        (position,) = conn.execute("select position from t order by position limit 1 offset 40").fetchone() or (0,)
        conn.execute(f"update t set amount_fen = amount_fen + 1 where position = {position}")
        conn.execute(f"copy (select * from t order by position) to '{held}' (format parquet)")
    assert said(verified(archive)) == {("file", None, PAYMENTS), ("table", position, PAYMENTS)}
    signed_again(archive, book, PAYMENTS)
    (one,) = verified(archive).discrepancies
    assert (one.check, one.position, "amount_fen" in one.zh) == ("table", position, True)


def test_a_changed_event_is_named_though_the_manifest_fits(archive: Path, book: TamperedBook) -> None:
    path = f"log/000000000001-{SIZE:012d}.gz"
    data = gzip.decompress((archive / path).read_bytes())
    row = book.rows()[77]
    assert data.count(row.payload) == 1
    (archive / path).write_bytes(gzip.compress(data.replace(row.payload, row.payload.replace(b"G001", b"G002"))))
    signed_again(archive, book, path)
    assert said(verified(archive)) == {("sealed", 78, None)}


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _changed(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("path", "change", "check"),
    [
        (PAYMENTS, Path.unlink, "table"),
        (PAYMENTS, _cut_off, "table"),
        ("README.md", _changed, "file"),
        ("log.vkey", Path.unlink, "file"),
        ("checkpoint", _changed, "checkpoint"),
        ("tile/0/000", _cut_off, "tile"),
        ("tile/1/000.p/1", Path.unlink, "tile"),
    ],
)
def test_a_lost_or_changed_file_is_named(archive: Path, path: str, change: Callable[[Path], None], check: str) -> None:
    change(archive / path)
    found = said(verified(archive))
    assert {("file", None, path)} <= found
    assert check in {one for one, _, _ in found}


def test_a_file_that_nobody_named_is_found(archive: Path) -> None:
    (archive / "tables" / "more.parquet").write_bytes(b"")
    (archive / "unfinished.json").write_bytes(b"{}")
    assert {file for _, _, file in said(verified(archive))} == {"tables/more.parquet", "unfinished.json"}


def test_a_changed_manifest_is_no_longer_signed(archive: Path) -> None:
    path = archive / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"is_named": true', b'"is_named": false'))
    assert said(verified(archive)) == {("file", None, "manifest.note")}
    path.write_bytes(b"{}")
    assert said(verified(archive)) == {("file", None, "manifest.json")}


def test_a_policy_that_is_not_the_one_adopted_is_named(archive: Path, book: TamperedBook) -> None:
    (path,) = (one for one in (archive / "policy").glob("lanzhou-new-area-*.json"))
    _changed(path)
    name = f"policy/{path.name}"
    signed_again(archive, book, name)
    assert said(verified(archive)) == {("policy", None, name)}


def test_an_archive_of_a_shorter_book_misses_its_tail(archive: Path, book: TamperedBook) -> None:
    kept = OutsideNote("kept", book.note)
    book.put(book.rows()[:200])
    book.seal_again(book.shop.signer)
    shutil.rmtree(archive)
    archive_book(book.shop.conn, book.folder, archive, signer=book.shop.signer)
    assert verified(archive).is_good
    assert verified(archive, Trust(outside=(kept,))).first_position == 201


def test_a_bundle_passes(bundle: Path, book: TamperedBook) -> None:
    report = verified(bundle, Trust(key=book.folder.keys()[0], outside=(OutsideNote("kept", book.note),)))
    assert report.is_good, report.discrepancies
    assert (report.kind, report.size, report.tally.checked["proof"]) == ("bundle", 7, 7)
    assert not verified(bundle, Trust(key=signer().verifier)).is_good


@pytest.mark.parametrize("member", ["payload", "recorded_at", "tags", "key", "leaf", "proof", "topic", "position"])
def test_a_changed_line_of_a_bundle_is_named(bundle: Path, book: TamperedBook, member: str) -> None:
    path = bundle / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    event = json.loads(lines[3])
    other = json.loads(lines[4])
    event[member] = ["x"] if member == "tags" else 18 if member == "position" else other[member]
    if member in ("key", "recorded_at", "topic"):
        event[member] = {
            "key": "00000000-0000-0000-0000-000000000001",
            "recorded_at": "2000-01-01T00:00:00.000000Z",
            "topic": "payment.settled.v1",
        }[member]
    lines[3] = json.dumps(event, ensure_ascii=False)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    signed_again(bundle, book, "events.jsonl")
    assert said(verified(bundle)) == {("proof", event["position"], "events.jsonl")}


def test_a_bundle_without_one_of_its_events_is_found(bundle: Path, book: TamperedBook) -> None:
    path = bundle / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3] + lines[4:]))
    signed_again(bundle, book, "events.jsonl")
    found = {(check, position) for check, position, _ in said(verified(bundle))}
    assert found == {("file", None), ("table", 17)}


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMisuse):
        verify_folder(tmp_path)


def test_an_archive_does_not_become_evidence_to_have_its_tables_believed(archive: Path) -> None:
    said_so = json.loads((archive / "manifest.json").read_bytes()) | {"as_is": True}
    (archive / "manifest.json").write_text(json.dumps(said_so), encoding="utf-8")
    report = verified(archive)
    assert report.kind == "evidence"
    assert {"manifest.note", PAYMENTS} <= {one.file for one in report.discrepancies}


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "checkpoint", "tables/more"])
def test_a_pipe_or_a_link_without_end_is_not_read(archive: Path, name: str) -> None:
    (archive / name).unlink(missing_ok=True)
    os.mkfifo(archive / name)
    if name == "manifest.json":
        with pytest.raises(ArchiveMisuse):
            verified(archive)
        return
    assert name in {one.file for one in verified(archive).discrepancies}
    (archive / name).unlink()
    (archive / name).symlink_to("/dev/zero")
    assert name in {one.file for one in verified(archive).discrepancies}


@pytest.mark.parametrize("value", ["1e400", "[" * 5_000, '"\\ud800"', "null"])
def test_a_hostile_manifest_is_one_that_nobody_knows(archive: Path, value: str) -> None:
    text = (archive / "manifest.json").read_text(encoding="utf-8")
    (archive / "manifest.json").write_text(
        re.sub(r'"size": [0-9]+', lambda _: f'"size": {value}', text, count=1), encoding="utf-8"
    )
    assert said(verified(archive)) == {("file", None, "manifest.json")}


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", 5), ("topic", 5), ("payload", None), ("tags", 5), ("position", "1"), ("position", 10**30), ("proof", 1)],
)
def test_a_hostile_line_of_a_bundle_is_not_proven(bundle: Path, field: str, value: object) -> None:
    lines = (bundle / "events.jsonl").read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {field: value})
    lines[2] = "[" * 100_000
    (bundle / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = verified(bundle)
    assert sum(one.check == "proof" for one in report.discrepancies) == 2, report.discrepancies
