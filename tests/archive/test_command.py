"""The commands as people type them: archive, restore, bundle; what they say and how they end."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from ledger.cli import app
from ledger.vault import Kind
from ledger.vault.documents import hash_of
from ledger.vault.errors import KeyFileError
from projections.open_book import Place, open_book
from tests.archive.shelf import Shelf, rows_of, signer
from tests.archive.test_refused import as_superuser
from tests.story import Story, decision, grant, household, receipt

NAME = "韩示例龘"


@dataclass
class Site:
    """A book in one database with its data folder, and room for another."""

    folder: Path
    url: str
    other_url: str

    def run(self, *words: str, data: str = "data", role: str = "audit", text: str | None = None) -> Result:
        url = self.url if data == "data" else self.other_url
        place = ["--data", str(self.folder / data), "--database", url, "--today", "2025-03-01"]
        before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()
        try:
            return CliRunner().invoke(app, [*place, "--staff", "S001", "--role", role, *words], input=text)
        finally:
            signal.signal(signal.SIGTERM, before)
            structlog.configure(**logging)

    @property
    def archive(self) -> str:
        return str(self.folder / "归档")


@pytest.fixture
def site(database_url: str, other_url: str, tmp_path: Path) -> Site:
    """A county's book with one household, whose head the vault knows."""
    with open_book(Place(tmp_path / "data", database_url), "lanzhou-new-area") as books:
        person = books.vault.refer(Kind.PERSON, ["620199199001010016"])["620199199001010016"]
        name = books.vault.refer(Kind.NAME, [NAME])[NAME]
        story = Story(books.book, books.engine, books.policy)
        story.decided(grant(), receipt(), household(person=person, name=name), decision())
        books.documents.put(b"a scan")
    return Site(tmp_path, database_url, other_url)


def test_a_book_is_archived_and_restored(site: Site) -> None:
    told = site.run("archive", site.archive)
    assert told.exit_code == 0, told.output
    assert "本次新增 6 条" in told.stdout
    told = site.run("restore", site.archive, "--checkpoint", str(site.folder / "data/seal/checkpoint"), data="new")
    assert told.exit_code == 0, told.output
    assert rows_of(site.other_url) == rows_of(site.url)
    assert "只宜查阅" in told.output
    with psycopg.connect(site.url) as one, psycopg.connect(site.other_url) as other:
        policies = [conn.execute("select * from projection.policy").fetchall() for conn in (one, other)]
    assert policies[0] == policies[1] != []
    funds = [json.loads(site.run("funds", "--json", data=data).stdout) for data in ("data", "new")]
    assert funds[0] == funds[1]
    again = site.run("restore", site.archive, data="new")
    assert (again.exit_code, "已有账本" in again.output) == (2, True)


def test_the_vault_comes_back_sealed(site: Site) -> None:
    assert site.run("archive", site.archive, "--with-vault").exit_code == 0
    told = site.run("restore", site.archive, "--vault", data="new")
    assert told.exit_code == 0, told.output
    assert "主密钥" in told.output
    assert isinstance(site.run("funds", data="new").exception, KeyFileError), "without its key it is not opened"
    (site.folder / "new/keys").mkdir()
    (site.folder / "data/keys/vault.key").rename(site.folder / "new/keys/vault.key")
    with open_book(Place(site.folder / "new", site.other_url)) as books:
        token = books.vault.find(Kind.NAME, NAME)
        assert token
        assert books.vault.reveal([token], officer="S001", purpose="恢复核对") == {token: NAME}
        assert books.documents.get(hash_of(b"a scan")) == b"a scan"


def test_a_vault_that_is_not_there_is_not_asked_for(site: Site) -> None:
    assert site.run("archive", site.archive).exit_code == 0
    told = site.run("restore", site.archive, "--vault", data="new")
    assert (told.exit_code, "没有保险库" in told.output) == (2, True)


def test_a_missing_tail_is_refused(site: Site) -> None:
    assert site.run("archive", site.archive).exit_code == 0
    with open_book(Place(site.folder / "data", site.url)) as books:
        Story(books.book, books.engine, books.policy).observed(grant(5, "财社〔2025〕9号"))
    note = (site.folder / "data/seal/checkpoint").read_text()
    told = site.run("restore", site.archive, "--checkpoint", "-", data="new", text=note)
    assert told.exit_code == 3
    assert "第 7 号事件:归档缺尾部" in told.output
    assert rows_of(site.other_url) == []
    assert not (site.folder / "new").exists()


@pytest.mark.parametrize("wrong", [["--checkpoint", "nothing.txt"], ["--key", "no-key"], ["--checkpoint", "-"]])
def test_what_is_known_from_outside_must_be_readable(site: Site, wrong: list[str]) -> None:
    assert site.run("archive", site.archive).exit_code == 0
    assert site.run("restore", site.archive, *wrong, data="new").exit_code in (2, 4)


def test_a_signing_key_of_another_book_is_seen(site: Site) -> None:
    from ledger.seal.keys import make_key

    assert site.run("archive", site.archive).exit_code == 0
    make_key(site.folder / "new/keys/seal.key")
    told = site.run("restore", site.archive, data="new")
    assert (told.exit_code, "不是这本账的" in told.output) == (2, True)


def test_a_book_that_fails_is_not_archived(site: Site) -> None:
    as_superuser(Shelf(site.url, site.folder, signer()), "delete from book.event where position = 4")
    told = site.run("archive", site.archive)
    assert (told.exit_code, "第 4 号事件" in told.output) == (3, True)
    taken = site.run("archive", "--as-is", str(site.folder / "取证"))
    assert (taken.exit_code, "与封存不符 1 处" in taken.output) == (3, True)
    assert (site.folder / "取证/found.csv").exists()


class TestBundles:
    """Who may have what."""

    def test_names_are_for_roles_that_may_and_on_record(self, site: Site) -> None:
        out = site.folder / "包"
        words = ("bundle", "--subject", "household:H1", str(out))
        assert site.run(*words, "--reveal", "--purpose", "核查", role="finance").exit_code == 2
        assert site.run(*words, "--reveal").exit_code == 2
        assert not out.exists()
        told = site.run(*words, "--reveal", "--purpose", "核查")
        assert told.exit_code == 0, told.output
        assert NAME in (out / "names.csv").read_text(encoding="utf-8-sig")
        with psycopg.connect(site.url) as conn:
            records = conn.execute("select act, officer, purpose from vault.access_record").fetchall()
        assert records == [("reveal", "S001", "核查")]

    def test_without_names_nothing_is_revealed(self, site: Site) -> None:
        told = site.run("bundle", "--year", "2025", str(site.folder / "包"))
        assert told.exit_code == 0, told.output
        assert not (site.folder / "包/names.csv").exists()
        with psycopg.connect(site.url) as conn:
            assert conn.execute("select count(*) from vault.access_record").fetchone() == (0,)

    @pytest.mark.parametrize(
        "wrong",
        [["--region", "62019"], ["--subject", "H1"], ["--positions", "x"], ["--positions", "9-3"], ["--year", "25"]],
    )
    def test_what_is_asked_for_must_be_readable(self, site: Site, wrong: list[str]) -> None:
        told = site.run("bundle", *wrong, str(site.folder / "包"))
        assert told.exit_code == 2, told.output
        assert not (site.folder / "包").exists()
