"""Sealing and witnessing as people type them: after an import, by a process of its own, over HTTP."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import structlog

from ledger.cli import main
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.cosigning import cosign
from ledger.seal.folder import SealFolder
from ledger.seal.keys import make_key
from ledger.seal.note import Note, VerifierKey
from ledger.seal.sealing import Sealing, SealingThread
from ledger.seal.source import open_source
from ledger.seal.state import state_of
from ledger.seal.witness import Witness
from projections.open_book import OpenBook
from tests.seal.logs import Log

GRANTS = "文号,下达日期,资金级次,资金类别,预算年度,区划代码,金额,摘要\n"


@dataclass(frozen=True, slots=True)
class Said:
    exit_code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """``mingzhang`` on a data folder and a database of its own, from typed words to the exit code."""
    before, logging = signal.getsignal(signal.SIGTERM), structlog.get_config()
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        place = ["--data", str(tmp_path / "data"), "--database", database_url]
        monkeypatch.setattr(sys, "argv", ["mingzhang", *place, "--staff", "G007", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)
    structlog.configure(**logging)


@pytest.fixture
def folder(tmp_path: Path) -> SealFolder:
    return SealFolder(tmp_path / "data" / "seal")


def grant_file(tmp_path: Path, number: int) -> str:
    row = f"财社〔2025〕{number}号,2025-01-02,中央,困难群众救助补助资金,2025,620199,1000.00,\n"
    path = tmp_path / f"资金下达{number}.csv"
    path.write_text(GRANTS + row, encoding="utf-8")
    return str(path)


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> None:
    """A new book with one file in it."""
    said = run("import", grant_file(tmp_path, 1), "--jurisdiction", "lanzhou-new-area")
    assert said.exit_code == 0, said


def tamper(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute(statement.encode())


def test_an_import_is_sealed_with_what_the_rules_found(imported: None, run: Run, folder: SealFolder) -> None:
    said = run("seal", "status", "--json")
    state = json.loads(said.out)
    assert (said.exit_code, state["unsealed"], state["refused"]) == (0, 0, None)
    assert state["sealed"] == state["head"] == folder.checkpoint().size
    assert state["root"] == folder.checkpoint().root.hex()
    assert run("seal").out.startswith("没有新事件")
    note = folder.note().encode()
    assert run("funds").exit_code == 0
    assert folder.note().encode() == note, "who only reads seals nothing"


def test_an_import_into_a_changed_log_is_loud(
    imported: None, run: Run, folder: SealFolder, database_url: str, tmp_path: Path
) -> None:
    tamper(database_url, "update book.event set payload = payload || ' '::bytea where position = 1")
    said = run("import", grant_file(tmp_path, 2))
    assert said.exit_code == 3
    assert "资金下达2.csv" in said.out, "what was imported is shown all the same"
    assert "第 1 号事件" in said.err
    assert "event 1" in said.err
    status = run("seal", "status")
    assert status.exit_code == 3
    assert "拒绝封存 / refused: 1:" in status.out
    assert run("seal").exit_code == 3


def test_what_is_only_tried_is_not_sealed(imported: None, run: Run, folder: SealFolder, tmp_path: Path) -> None:
    note = folder.note().encode()
    assert run("import", "--dry-run", grant_file(tmp_path, 2)).exit_code == 0
    assert folder.note().encode() == note


def test_another_process_may_seal(run: Run, folder: SealFolder, tmp_path: Path) -> None:
    said = run("--seal-key", "none", "import", grant_file(tmp_path, 1), "--jurisdiction", "lanzhou-new-area")
    assert said.exit_code == 0
    assert not folder.path.exists()
    assert not (tmp_path / "data" / "keys" / "seal.key").exists()
    assert run("--seal-key", "none", "seal").exit_code == 4
    elsewhere, key = tmp_path / "sealer" / "seal", tmp_path / "sealer" / "seal.key"
    sealed = run("--seal", str(elsewhere), "--seal-key", str(key), "seal")
    assert sealed.exit_code == 0, sealed
    assert SealFolder(elsewhere).checkpoint().size > 3


def test_a_key_that_others_may_read_stops_before_anything_is_recorded(
    imported: None, run: Run, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "data" / "keys" / "seal.key").chmod(0o644)
    said = run("import", grant_file(tmp_path, 2))
    assert said.exit_code == 4
    assert "chmod 600" in said.err
    with psycopg.connect(database_url) as conn:
        assert conn.execute(
            "select count(*) from book.event where tags @> array['document:财社〔2025〕2号']"
        ).fetchone() == (0,)


def test_a_lost_key_is_not_replaced_by_a_new_one(imported: None, run: Run, folder: SealFolder, tmp_path: Path) -> None:
    (tmp_path / "data" / "keys" / "seal.key").rename(tmp_path / "kept")
    size = folder.checkpoint().size
    assert run("import", grant_file(tmp_path, 2)).exit_code == 0
    assert folder.checkpoint().size == size
    said = run("seal")
    assert said.exit_code == 4
    assert "docs/seal.md" in said.err
    (tmp_path / "kept").rename(tmp_path / "data" / "keys" / "seal.key")
    assert run("seal").exit_code == 0
    assert folder.checkpoint().size > size


def test_the_key_is_rotated_at_one_place(imported: None, run: Run, folder: SealFolder, tmp_path: Path) -> None:
    assert run("seal", "rotate", "--new-key", str(tmp_path / "new.key")).exit_code == 2, (
        "a mistyped path changes no key"
    )
    assert run("seal", "key", "--make", str(tmp_path / "new.key")).exit_code == 0
    said = run("seal", "rotate", "--new-key", str(tmp_path / "new.key"))
    assert said.exit_code == 0, said
    first, second = folder.keys()
    assert list(folder.note().signers([first, second])) == [first, second]
    assert run("import", grant_file(tmp_path, 2)).exit_code == 0
    assert list(folder.note().signers([first, second])) == [second]
    assert run("seal", "key").out.splitlines() == [str(first), str(second)]


def test_the_key_is_rotated_in_two_halves(imported: None, run: Run, folder: SealFolder, tmp_path: Path) -> None:
    """Who may record has no key, and who has the keys may not record."""
    new = str(tmp_path / "new.key")
    public = run("seal", "key", "--make", new).out.strip()
    assert run("seal", "rotate", "--new-key", new, "--recorded").exit_code == 4, "nothing is on record yet"
    assert run("--seal-key", "none", "seal", "rotate", "--record-only", public).exit_code == 0
    assert run("seal").exit_code == 4, "the old key alone does not go beyond"
    said = run("seal", "rotate", "--new-key", new, "--recorded")
    assert said.exit_code == 0, said
    assert str(folder.keys()[1]) == public
    again = run("seal", "rotate", "--record-only", str(folder.keys()[0]))
    assert again.exit_code == 2
    assert "已用过" in again.err


def test_a_witness_signs_and_the_log_takes_it_in(imported: None, run: Run, folder: SealFolder, tmp_path: Path) -> None:
    w, vkey = str(tmp_path / "审计"), str(tmp_path / "审计" / "witness.vkey")
    assert run("witness", "init", w, "--name", "audit.620199", "--log", str(folder.path / "log.vkey")).exit_code == 0
    assert run("witness", "cosign", w, "--log", str(folder.path)).exit_code == 0
    assert json.loads(run("seal", "status", "--json").out)["witnesses"][0]["valid"]
    run("import", grant_file(tmp_path, 2))
    out = tmp_path / "见证.note"
    assert run("witness", "cosign", w, "--log", str(folder.path), "--out", str(out)).exit_code == 0
    assert len(folder.note().signatures) == 1
    assert run("seal", "add-cosignature", str(out), "--witness", vkey).exit_code == 0
    witness = VerifierKey.parse(Path(vkey).read_text())
    proof = folder.proof(2)
    assert witness in proof.note.signers([witness])
    assert "audit.620199" in run("witness", "status", w).out


def test_a_witness_refuses_a_restored_backup_with_both_notes(
    imported: None, run: Run, folder: SealFolder, tmp_path: Path
) -> None:
    w = str(tmp_path / "纪检")
    shutil.copytree(folder.path, tmp_path / "backup")
    run("import", grant_file(tmp_path, 2))
    run("witness", "init", w, "--name", "discipline.620199", "--log", str(folder.path / "log.vkey"))
    assert run("witness", "cosign", w, "--log", str(folder.path)).exit_code == 0
    said = run("witness", "cosign", w, "--log", str(tmp_path / "backup"))
    assert said.exit_code == 3
    assert str(SealFolder(tmp_path / "backup").note()) in said.out
    assert folder.note().text in said.out
    (kept,) = (tmp_path / "纪检" / "refused").iterdir()
    assert folder.note().text in kept.read_text(encoding="utf-8")
    assert "refused" in run("witness", "status", w).out
    assert run("witness", "cosign", w, "--log", str(tmp_path / "nowhere")).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("init", "w", "--name", "audit a", "--log", "log.vkey"), "不能含空格"),
        (("init", "w", "--name", "audit", "--log", "nowhere.vkey"), "既不是文件,也不是公钥"),
        (("init", "w", "--name", "audit", "--log", "empty.vkey"), "里面没有公钥"),
        (("cosign", "nowhere", "--log", "."), "请先 mingzhang witness init"),
        (("status", "nowhere"), "请先 mingzhang witness init"),
        (("cosign", "audit", "--log", "nowhere"), "里没有检查点"),
    ],
)
def test_what_is_typed_wrongly_for_a_witness_is_wrong_usage(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "log.vkey").write_text(f"{make_key(tmp_path / 'some.key').verifier}\n", encoding="utf-8")
    (tmp_path / "empty.vkey").touch()
    assert run("witness", "init", "audit", "--name", "audit", "--log", "log.vkey").exit_code == 0
    assert "密钥未变" in run("witness", "init", "audit", "--name", "audit", "--log", "log.vkey").out
    done = run("witness", *words)
    in_one_line = re.sub(r"[\s│]", "", done.err)
    assert (done.exit_code, said.replace(" ", "") in in_one_line) == (2, True), done.err
    assert not (tmp_path / "w").exists()


def test_a_log_is_witnessed_over_http(tmp_path: Path) -> None:
    log = Log(tmp_path / "log").grow(300)
    witness = Witness.init(tmp_path / "witness", "audit.example", log.key)
    handler = partial(_Quiet, directory=str(log.folder.path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        for size in (300, 700, 70_000):
            log.grow(size)
            # A log may take its narrow tiles away once the full one is there.
            shutil.rmtree(log.folder.path / "tile" / "0" / "000.p", ignore_errors=True)
            notes = cosign(witness, open_source(url), 1_763_776_800)
            assert [Checkpoint.parse(note.text).size for note, _ in notes] == [size, size]
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_while_it_serves_the_book_is_sealed_by_and_by(opened: OpenBook, tmp_path: Path) -> None:
    from tests.seal.conftest import deaths

    folder = SealFolder(tmp_path / "served")
    sealing = Sealing(folder, tmp_path / "served.key")
    with SealingThread(sealing, opened.database, seconds=0.05):
        for count in (1, 30):
            head = opened.book.record(deaths(count), [None] * count, None)
            until = time.monotonic() + 60
            while state_of(folder, head).size < head and time.monotonic() < until:
                time.sleep(0.02)
            assert folder.checkpoint().size == head
    assert folder.keys() == [make_key(tmp_path / "served.key").verifier.renamed(folder.checkpoint().origin)]
    assert isinstance(folder.note(), Note)
