"""Time-stamps by an authority of our own: OpenSSL behind a small HTTP server."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ledger.seal.keys import SealError
from ledger.seal.note import NoteError
from ledger.seal.timestamp import check_timestamp, load_roots, timestamp
from tests.seal.logs import Log

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamp]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=60)


def authority(folder: Path, name: str) -> Path:
    """An authority's key and certificate, and the root that vouches for it."""
    folder.mkdir(parents=True)
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    for who, subject in (("ca", f"/CN={name} root"), ("tsa", f"/CN={name}")):
        key, request, issued = (str(folder / f"{who}.{ending}") for ending in ("key", "csr", "pem"))
        openssl("genrsa", "-out", key, "2048")
        openssl("req", "-new", "-key", key, "-subj", subject, "-config", str(config), "-out", request)
        by = ["-signkey", key] if who == "ca" else ["-CA", str(folder / "ca.pem"), "-CAkey", str(folder / "ca.key")]
        serial = ["-set_serial", "1" if who == "ca" else "2", "-days", "30", "-sha256"]
        extensions = ["-extfile", str(config), "-extensions", who]
        openssl("x509", "-req", "-in", request, *by, *serial, *extensions, "-out", issued)
    return folder


class Server(ThreadingHTTPServer):
    folder: Path
    answer: bytes | None = None


class Stamper(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        folder, body = self.server.folder, self.rfile.read(int(self.headers["Content-Length"]))
        (folder / "query.tsq").write_bytes(body)
        words = ["ts", "-reply", "-queryfile", str(folder / "query.tsq"), "-config", str(folder / "openssl.cnf")]
        if self.server.answer is None:
            openssl(*words, "-section", "stamp", "-out", str(folder / "answer.tsr"))
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        self.wfile.write(self.server.answer or (folder / "answer.tsr").read_bytes())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here, which these tests take for an authority")
    server = Server(("127.0.0.1", 0), Stamper)
    server.folder = authority(tmp_path_factory.mktemp("tsa") / "ours", "Authority")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server: Server) -> str:
    server.answer = None
    return f"http://127.0.0.1:{server.server_port}/"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log").grow(300)


def test_the_checkpoint_is_stamped_and_the_stamp_is_checked(log: Log, server: Server, url: str) -> None:
    roots = load_roots(server.folder / "ca.pem")
    size, at = timestamp(log.folder, url, roots)
    assert size == 300
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
    data = (log.folder.path / "checkpoints" / "300.tsr").read_bytes()
    assert check_timestamp(data, log.folder.note().text, roots) == at
    assert log.folder.sizes() == [300]
    # Another program says so too.
    (server.folder / "text").write_text(log.folder.note().text, encoding="utf-8")
    (server.folder / "stored.tsr").write_bytes(data)
    words = ["-data", str(server.folder / "text"), "-in", str(server.folder / "stored.tsr")]
    openssl("ts", "-verify", *words, "-CAfile", str(server.folder / "ca.pem"))


def test_a_stamp_of_another_text_or_by_another_authority_is_none(
    log: Log, server: Server, url: str, tmp_path: Path
) -> None:
    timestamp(log.folder, url)
    data = (log.folder.path / "checkpoints" / "300.tsr").read_bytes()
    roots = load_roots(server.folder / "ca.pem")
    with pytest.raises(NoteError, match="not valid"):
        check_timestamp(data, log.grow(301).folder.note().text, roots)
    others = load_roots(authority(tmp_path / "other", "Another") / "ca.pem")
    with pytest.raises(NoteError, match="not valid"):
        check_timestamp(data, log.folder.note(size=300).text, others)
    for at in range(60, len(data), 97):
        with pytest.raises(NoteError):
            check_timestamp(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], log.folder.note(size=300).text, roots)


def test_an_answer_that_is_none_or_to_another_question_is_not_kept(log: Log, server: Server, url: str) -> None:
    timestamp(log.folder, url)
    data = (log.folder.path / "checkpoints" / "300.tsr").read_bytes()
    log.grow(301)
    for answer, said in ((data, "another request"), (b"nothing", "no time-stamp"), (b"", "no time-stamp")):
        server.answer = answer or b"\x00"
        with pytest.raises(NoteError, match=said):
            timestamp(log.folder, url)
    assert not (log.folder.path / "checkpoints" / "301.tsr").exists()


def test_an_authority_that_cannot_be_reached_is_told(log: Log, tmp_path: Path) -> None:
    with pytest.raises(SealError, match="cannot be reached"):
        timestamp(log.folder, "http://127.0.0.1:9/")
    with pytest.raises(SealError, match="http or https"):
        timestamp(log.folder, "file:///etc/hostname")
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(SealError, match="no certificates"):
        load_roots(tmp_path / "empty.pem")
