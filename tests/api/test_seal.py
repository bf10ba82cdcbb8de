"""The seal over HTTP: its files for anybody and nothing beside them, its state, a proof for who may see the event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from api.headers import CONTENT_SECURITY_POLICY
from ledger.seal.hashing import SHA256
from ledger.seal.note import Note, Signer
from ledger.seal.proof import Proof
from ledger.seal.sealer import SealRefused
from tests.api.county import COUNTY, NEIGHBOUR, TOWNSHIP, County
from tests.api.test_cases import found, overpaid

__all__ = ["overpaid"]


@pytest.fixture
def sealed(paid: County) -> County:
    paid.seal()
    return paid


@pytest.fixture
def broken(sealed: County) -> Iterator[County]:
    """A sealed county for tests that break it; without its key nothing is sealed, and so refused, when it is closed."""
    yield sealed
    key_file = sealed.books.sealing.key_file
    assert key_file
    key_file.unlink()


def test_a_witness_without_a_token_reads_every_file_of_the_seal_and_just_these_bytes(sealed: County) -> None:
    folder, witness = sealed.books.seal_folder.path, sealed.anybody()
    names = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()]
    shown = sorted(name for name in names if not Path(name).name.startswith("."))
    assert {"checkpoint", "checkpoint.sm3", "log.vkey"} < set(shown)
    assert {name.split("/")[0] for name in shown} >= {"tile", "sm3", "checkpoints"}
    for name in shown:
        answer = witness.get(f"/seal/{name}")
        assert answer.content == (folder / name).read_bytes(), name
        is_tile = "tile/" in name
        assert answer.headers["Content-Type"] == (
            "application/octet-stream" if is_tile else "text/plain; charset=utf-8"
        )
        kept = "public, max-age=31536000, immutable" if is_tile else "no-store"
        assert answer.headers["Cache-Control"] == kept
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_witness_can_follow_a_change_of_the_key(sealed: County) -> None:
    rotations = sealed.books.seal_folder.path / "rotations"
    assert sealed.anybody().get("/seal/rotations").status_code == 404
    rotations.write_bytes(b"the events that changed it")
    assert sealed.anybody().get("/seal/rotations").content == rotations.read_bytes()
    rotations.unlink()


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".lock",
        "checkpoint/",
        "checkpoints",
        "checkpoints/0",
        "checkpoints/%2e%2e/checkpoint",
        "..%2fkeys%2fvault.key",
        "%2e%2e/keys/vault.key",
        "tile/0/..%2f..%2f..%2fkeys%2fvault.key",
        "tile/entries/000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/0/x000/000",
        "tile/0/٠٠٠",
        "tile/0/000%00",
        "/etc/passwd",
    ],
)
def test_no_name_leads_to_anything_else(sealed: County, name: str) -> None:
    # Where a name could lead, should it be taken as a path.
    (sealed.books.seal_folder.path.parent / "keys").mkdir(exist_ok=True)
    answer = sealed.anybody().get(f"/seal/{name}")
    assert answer.status_code == 404, name
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_state_says_how_far_and_by_whom(paid: County) -> None:
    auditor = paid.client("audit")
    before = auditor.get("/api/v1/seal").json()
    assert (before["standing"], before["sealed"], before["unsealed"]) == ("none", 0, before["head"])
    paid.seal()
    state = auditor.get("/api/v1/seal").json()
    held = paid.books.seal_folder.checkpoint()
    assert (state["standing"], state["sealed"], state["unsealed"]) == ("current", state["head"], 0)
    assert (state["root"], state["origin"]) == (held.root.hex(), held.origin)
    assert state["root_sm3"] not in (None, state["root"])
    assert [key["vkey"] for key in state["keys"]] == list(map(str, paid.books.seal_folder.keys()))
    paid.grant("新财〔2025〕9号", 100_00)
    later = auditor.get("/api/v1/seal").json()
    assert (later["standing"], later["sealed"]) == ("behind", held.size)
    assert later["unsealed"] > 0


def test_the_state_names_who_cosigned_and_when(sealed: County) -> None:
    folder = sealed.books.seal_folder
    witness = Signer("audit.example", "witness", Ed25519PrivateKey.generate())
    note = folder.note()
    cosigned = note.with_signatures([witness.sign(note.text, at_second=1_767_225_600)])
    folder.add_cosignatures([(cosigned, SHA256)], witness.verifier)
    (seen,) = sealed.client("audit").get("/api/v1/seal").json()["witnesses"]
    assert (seen["name"], seen["is_valid"]) == ("audit.example", True)
    assert seen["cosigned_at"] == "2026-01-01T00:00:00Z"
    assert "audit.example" in sealed.logged_in("viewer").get("/").text


def test_what_the_sealer_refused_is_an_alarm_on_the_first_page(broken: County) -> None:
    with psycopg.connect(broken.books.database.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        broken.grant("新财〔2025〕9号", 100_00)
        position = broken.books.seal_folder.checkpoint().size + 1
        conn.execute("update book.event set payload = payload || ' '::bytea where position = %s", [position])
    with pytest.raises(SealRefused):
        broken.seal()
    state = broken.client("audit").get("/api/v1/seal").json()
    assert (state["standing"], state["refused"]["position"]) == ("refused", position)
    page = broken.logged_in("viewer").get("/").text
    assert "封存被拒" in page
    assert f"<b>{position}</b>" in page
    assert broken.anybody().get("/seal/refused").status_code == 404


@pytest.mark.parametrize("grows_again", [False, True], ids=["shorter", "regrown"])
def test_a_log_that_lost_its_end_is_an_alarm_on_the_first_page(broken: County, grows_again: bool) -> None:
    viewer, size = broken.logged_in("viewer"), broken.books.seal_folder.checkpoint().size
    assert "已封存" in viewer.get("/").text
    assert 'role="alert"' not in viewer.get("/").text
    with psycopg.connect(broken.books.database.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("delete from book.event where position >= %s", [size])
        if grows_again:
            conn.execute(
                "insert into book.event (position, topic, recorded_at, tags, payload, leaf) "
                "select %s, topic, recorded_at, tags, payload, leaf from book.event where position = 2",
                [size],
            )
    assert broken.client("audit").get("/api/v1/seal").json()["standing"] == "parted"
    page = viewer.get("/").text
    assert "日志与封存不符" in page
    assert 'role="alert"' in page


def test_a_checkpoint_that_cannot_be_read_is_an_alarm_and_no_fault(broken: County) -> None:
    (broken.books.seal_folder.path / "checkpoint").write_text("nothing\n")
    assert broken.client("audit").get("/api/v1/seal").json()["standing"] == "damaged"
    assert 'role="alert"' in broken.logged_in("viewer").get("/").text
    answer = broken.client("audit").get("/api/v1/events/3/proof")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/seal_damaged")
    keys = broken.books.seal_folder.path / "log.vkey"
    held = keys.read_text()
    keys.write_text("nothing\n")
    assert broken.logged_in("audit").get("/proof").status_code == 200
    assert broken.client("audit").get("/api/v1/seal").json()["standing"] == "damaged"
    keys.write_text(held)


def test_a_proof_leads_from_the_bytes_to_the_signed_root(sealed: County) -> None:
    auditor, keys = sealed.client("audit"), sealed.books.seal_folder.keys()
    for position in range(1, sealed.books.seal_folder.checkpoint().size + 1):
        given = auditor.get(f"/api/v1/events/{position}/proof").json()
        entry = bytes.fromhex(given["header_hex"]) + given["payload"].encode()
        assert SHA256.leaf(entry).hex() == given["leaf"]
        assert given["index"] == given["position"] - 1 == position - 1
        hashes = tuple(bytes.fromhex(one) for one in given["hashes"])
        whole = Proof(given["index"], hashes, Note.parse(given["checkpoint"].encode()))
        assert whole.check(SHA256.leaf(entry), keys) == sealed.books.seal_folder.checkpoint()
        file = auditor.get(f"/api/v1/events/{position}/proof.tlog-proof")
        assert Proof.parse(file.content) == whole
        assert f"event-{position}.tlog-proof" in file.headers["Content-Disposition"]


def test_an_event_that_was_changed_after_it_was_sealed_no_longer_gives_its_leaf(broken: County) -> None:
    with psycopg.connect(broken.books.database.url, autocommit=True) as conn:
        conn.execute("set session_replication_role = replica")
        conn.execute("update book.event set payload = payload || '\\xff'::bytea where position = 3")
    given = broken.client("audit").get("/api/v1/events/3/proof").json()
    assert SHA256.leaf(bytes.fromhex(given["header_hex"]) + given["payload"].encode()).hex() != given["leaf"]
    assert broken.logged_in("audit").get("/proof?position=3").status_code == 200


PROOFS = ("/api/v1/events/{}/proof", "/api/v1/events/{}/proof.tlog-proof")
PAGES = ("/proof?position={}", "/events/{}/proof.json", "/events/{}/proof.tlog-proof")


def _answers(county: County, region: str, position: int, role: str = "audit") -> set[int]:
    program, person = county.client(role, region), county.logged_in(role, region)
    asked = [(program, path) for path in PROOFS] + [(person, path) for path in PAGES]
    return {client.get(path.format(position)).status_code for client, path in asked}


def test_an_event_that_is_not_sealed_yet_has_no_proof_yet(sealed: County) -> None:
    answer = sealed.grant("新财〔2025〕9号", 100_00)
    position = answer.json()["position"]
    refused = sealed.client("audit").get(f"/api/v1/events/{position}/proof")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not_sealed")
    assert "尚未封存" in refused.json()["detail_zh"]
    assert _answers(sealed, COUNTY, position) == {409}
    sealed.seal()
    assert sealed.client("audit").get(f"/api/v1/events/{position}/proof").status_code == 200


def test_a_proof_is_for_those_who_may_see_the_event(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    county.register("H-here", TOWNSHIP, 1)
    county.register("H-there", "620199002", 2)
    events = county.client("audit").get("/api/v1/events").json()["items"]
    here, there = (one["position"] for one in events if one["household"])
    county.seal()
    assert _answers(county, TOWNSHIP, here, "civil_affairs") == {200}
    for position in (1, 2, there, 10**6):
        assert _answers(county, TOWNSHIP, position, "civil_affairs") == {404}
    assert _answers(county, NEIGHBOUR, here) == {404}


def test_a_step_of_a_confidential_case_is_proved_to_discipline_alone(overpaid: County) -> None:
    discipline = overpaid.client("discipline", staff="G041")
    body = {"findings": [found(overpaid)["id"]], "is_confidential": True, "unit_region": TOWNSHIP, "reason": "线索"}
    opened = discipline.post("/api/v1/cases", json=body)
    assert opened.status_code == 201, opened.text
    position = opened.json()["position"]
    overpaid.seal()
    assert _answers(overpaid, COUNTY, position, "discipline") == {200}
    assert _answers(overpaid, COUNTY, position, "audit") == {404}


def test_without_a_token_there_is_no_proof(sealed: County) -> None:
    nobody: TestClient = sealed.anybody()
    assert {nobody.get(path.format(3)).status_code for path in PROOFS} == {401}
    assert {nobody.get(path.format(3)).status_code for path in PAGES} == {303}
