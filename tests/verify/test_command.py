"""``mingzhang verify`` as people type it: one page, one line that says it all, and an exit code."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from ledger.cli import app
from projections.open_book import Place, open_book
from tests.story import Story, decision, grant, household, line, receipt
from tests.verify.tampered_book import signer


@dataclass
class Site:
    """A sealed book of a few events, and somebody with the right to everything in its database."""

    data: Path
    url: str

    def verify(self, *words: str) -> Result:
        place = ["--data", str(self.data), "--database", self.url, "--today", "2025-03-01"]
        return CliRunner().invoke(app, [*place, "verify", *words])

    def tamper(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True, options="-c session_replication_role=replica") as conn:
            conn.execute(statement.encode())


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()
    with open_book(Place(tmp_path / "data", database_url), "lanzhou-new-area") as books:
        Story(books.book, books.engine, books.policy).decided(grant(), receipt(), household(), decision(), line())
        books.engine.catch_up()
        with books.database.connection() as conn:
            Place(tmp_path / "data").sealing.seal(conn)
    yield Site(tmp_path / "data", database_url)
    signal.signal(signal.SIGTERM, before)
    structlog.configure(**logging)


def test_a_book_passes(site: Site) -> None:
    done = site.verify("--log-only")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("通过 / pass:账本的 8 条事件全部相符")


def test_a_changed_figure_of_a_projection_is_named(site: Site) -> None:
    site.tamper("update fact.household_registered set bank = 'another' where position = 5")
    failed = site.verify("--json")
    assert failed.exit_code == 3
    found = json.loads(failed.stdout)["discrepancies"]
    assert {one["check"] for one in found} == {"projection"}
    assert ("fact.household_registered", 5) in {(one["file"], one["position"]) for one in found}


def test_a_changed_event_is_named_in_the_first_line(site: Site) -> None:
    site.tamper("update book.event set payload = replace(payload::text, '1', '2')::bytea where position = 4")
    failed = site.verify("--log-only")
    assert failed.exit_code == 3
    assert failed.stdout.startswith("不通过 / fail")
    assert "第 4 条" in failed.stdout.splitlines()[0]
    assert "position 4" in failed.stdout.splitlines()[0]
    told = json.loads(site.verify("--log-only", "--json").stdout)
    assert (told["passed"], told["discrepancies"][0]["position"]) == (False, 4)
    assert "日志有误,未核对投影" in site.verify().stdout


def test_guards_that_are_off_are_remarked(site: Site) -> None:
    site.tamper("alter table book.event disable trigger event_immutable")
    try:
        done = site.verify("--log-only")
    finally:
        site.tamper("alter table book.event enable trigger event_immutable")
    assert done.exit_code == 0
    assert "触发器已停用" in done.stdout


def test_what_is_known_from_elsewhere_comes_from_files(site: Site, tmp_path: Path) -> None:
    seal = site.data / "seal"
    (tmp_path / "kept").write_bytes((seal / "checkpoint").read_bytes())
    known = ("--key", str(seal / "log.vkey"), "--checkpoint", str(tmp_path / "kept"))
    done = site.verify("--log-only", *known)
    assert done.exit_code == 0, done.output
    assert "已与外部核对" in done.stdout
    assert "注意" not in done.stdout
    site.tamper("delete from book.event where position = 8; delete from book.event_tag where position = 8")
    assert "第 8 条" in site.verify("--log-only", *known).stdout.splitlines()[0]


def test_every_witness_that_is_named_must_have_signed(site: Site) -> None:
    stranger = str(signer("audit.example", "witness").verifier)
    done = site.verify("--log-only", "--witness", stranger)
    assert (done.exit_code, "见证" in done.stdout) == (3, True), done.output
    assert site.verify("--log-only", "--witness", stranger, "--quorum", "0").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "nonsense"),
        ("--witness", "nonsense"),
        ("--checkpoint", "/nowhere/at/all"),
        ("--quorum", "1"),
    ],
)
def test_wrong_usage_is_said(site: Site, words: tuple[str, ...]) -> None:
    assert site.verify("--log-only", *words).exit_code == 2


def test_a_folder_of_something_else_is_wrong_usage(site: Site, tmp_path: Path) -> None:
    assert site.verify(str(tmp_path)).exit_code == 2


def test_an_archive_and_a_bundle_are_verified_by_their_folder(site: Site, tmp_path: Path) -> None:
    place = ["--data", str(site.data), "--database", site.url, "--today", "2025-03-01"]
    archive, evidence = tmp_path / "archive", tmp_path / "evidence"
    for words in (["archive", str(archive)], ["archive", "--as-is", str(evidence)]):
        CliRunner().invoke(app, [*place, *words])
    for folder in (archive, evidence):
        done = site.verify(str(folder), "--key", str(archive / "log.vkey"))
        assert done.exit_code == 0, done.output
    path = next((archive / "log").iterdir())
    path.write_bytes(path.read_bytes()[:-20])
    assert site.verify(str(archive)).exit_code == 3
