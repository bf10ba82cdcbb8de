"""``add-checkpoint`` as c2sp.org/tlog-witness says: each of its statuses for each of its reasons."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.witness_service import create_witness_service
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.note import Note, NoteError, Signature
from ledger.seal.witness import Witness
from ledger.seal.witness_wire import MOST_BYTES, Submitted, answer
from tests.seal.logs import Log, signer

NOW = 1_763_776_800
EXAMPLE = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "log").grow(300).grow(400)


@pytest.fixture
def witness(tmp_path: Path, log: Log) -> Witness:
    return Witness.init(tmp_path / "witness", "audit.example", log.key)


def request(log: Log, old: int, size: int) -> Submitted:
    return Submitted(old, log.folder.consistency(old, size), log.folder.note(size=size))


def test_the_texts_example_is_read_and_written() -> None:
    submitted = Submitted.parse(EXAMPLE.encode())
    assert (submitted.old, len(submitted.proof), len(submitted.note.signatures)) == (20852014, 4, 2)
    assert submitted.encode() == EXAMPLE.encode()


def test_a_log_that_grows_is_cosigned(log: Log, witness: Witness) -> None:
    for old, size in ((0, 300), (300, 300), (300, 400)):
        said = answer(witness, request(log, old, size).encode(), NOW + size)
        assert said.status == 200
        note = Note.parse(log.folder.note(size=size).encode() + said.body)
        assert note.signers([witness.verifier]) == {witness.verifier: NOW + size}


def test_each_tree_has_its_own_memory(log: Log, witness: Witness) -> None:
    for tree_hash in (SHA256, SM3):
        asked = Submitted(0, [], log.folder.note(tree_hash, 300))
        assert answer(witness, asked.encode(), NOW).status == 200


def test_the_service_carries_requests_and_answers_as_they_are(log: Log, witness: Witness) -> None:
    with TestClient(create_witness_service(witness)) as client:
        said = client.post("/add-checkpoint", content=request(log, 0, 300).encode())
        assert (said.status_code, said.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
        note = Note.parse(log.folder.note(size=300).encode() + said.content)
        assert list(note.signers([witness.verifier])) == [witness.verifier]
        stale = client.post("/add-checkpoint", content=request(log, 0, 400).encode())
        assert (stale.status_code, stale.headers["Content-Type"], stale.text) == (409, "text/x.tlog.size", "300\n")
        assert client.post("/add-checkpoint", content=b"nonsense").status_code == 400
        assert client.post("/add-checkpoint", content=b"0" * (MOST_BYTES + 1)).status_code == 413


def test_an_unknown_log_is_404(witness: Witness) -> None:
    assert answer(witness, EXAMPLE.encode(), NOW).status == 404


def test_a_signature_that_is_not_the_logs_is_403(log: Log, witness: Witness) -> None:
    note = log.folder.note(size=300)
    stranger = Note(note.text, (signer("stranger").renamed(log.origin).sign(note.text),))
    forged = Note(note.text, (Signature(log.origin, log.key.id, b"x" * 64),))
    for signed in (stranger, forged):
        assert answer(witness, Submitted(0, [], signed).encode(), NOW).status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n{note}",
        b"old -1\n\n{note}",
        b"new 0\n\n{note}",
        b"old 0\nAAAA\n\n{note}",
        b"old 0\nnot base64\n\n{note}",
        b"old 0\n{hashes}\n\n{note}",
        b"old 0\n\nno note",
        b"old 0\n\nlog\n7\nAAAA\n\n" + "— x AAAAAAAA\n".encode(),
        b"old 401\n\n{note}",
        b"old 0\n\n{note}" + b"x" * 200_000,
    ],
)
def test_what_is_not_written_as_it_should_be_is_400(log: Log, witness: Witness, body: bytes) -> None:
    hashes = b"\n".join([base64.b64encode(b"x" * 32)] * 64)
    sent = body.replace(b"{note}", log.folder.note(size=400).encode()).replace(b"{hashes}", hashes)
    assert answer(witness, sent, NOW).status == 400


def test_another_size_than_was_last_seen_is_409_and_says_which(log: Log, witness: Witness) -> None:
    assert answer(witness, request(log, 0, 300).encode(), NOW).status == 200
    for old, size in ((0, 400), (200, 400)):
        said = answer(witness, request(log, old, size).encode(), NOW)
        assert (said.status, said.content_type, said.body) == (409, "text/x.tlog.size", b"300\n")


def test_another_root_of_the_same_size_is_409_and_kept(log: Log, witness: Witness, tmp_path: Path) -> None:
    answer(witness, request(log, 0, 300).encode(), NOW)
    forged = Log(tmp_path / "forged", word="rewritten").grow(300)
    assert answer(witness, request(forged, 300, 300).encode(), NOW).status == 409
    (kept,) = (witness.folder / "refused").iterdir()
    assert str(forged.folder.note()) in kept.read_text(encoding="utf-8")


def test_a_proof_that_leads_elsewhere_is_422(log: Log, witness: Witness, tmp_path: Path) -> None:
    answer(witness, request(log, 0, 300).encode(), NOW)
    forged = Log(tmp_path / "forged", word="rewritten").grow(400)
    good = request(log, 300, 400)
    wrong = [
        request(forged, 300, 400),
        good._replace(proof=good.proof[:-1]),
        good._replace(proof=[*good.proof, b"x" * 32]),
        Submitted(300, [b"x" * 32], log.folder.note(size=300)),
    ]
    for asked in wrong:
        assert answer(witness, asked.encode(), NOW).status == 422
    assert answer(witness, good.encode(), NOW).status == 200


def test_a_first_proof_is_empty(log: Log, witness: Witness) -> None:
    asked = Submitted(0, [b"x" * 32], log.folder.note(size=300))
    assert answer(witness, asked.encode(), NOW).status == 422


def test_a_request_that_is_none_is_told() -> None:
    with pytest.raises(NoteError):
        Submitted.parse(b"\xff\xfe\n\n\xff")
