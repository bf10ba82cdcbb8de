"""The sealer on a real database: signs what is there, refuses what was changed, goes on after what was lost."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.stored import read_stored
from ledger.seal import sealer as sealer_module
from ledger.seal.checkpoint import origin_of, verified
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.keys import SealError
from ledger.seal.note import NoteError
from ledger.seal.sealer import Sealer, SealRefused
from ledger.seal.state import state_of
from ledger.seal.tree import check_consistency, root_of
from tests.seal.conftest import Record
from tests.seal.logs import signer

Conn = psycopg.Connection[Any]


def entries(conn: Conn) -> list[bytes]:
    return [event.entry for event in read_stored(conn)]


def test_it_signs_both_trees_over_the_stored_bytes(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    assert sealer.seal(conn) is None, "an empty log has no name yet"
    record(300)
    held = sealer.seal(conn)
    assert held is not None
    assert sealer.seal(conn) is None
    leaves = [SHA256.leaf(entry) for entry in entries(conn)]
    assert held == verified(folder.note(), folder.keys())
    assert (held.size, held.root, held.origin) == (300, root_of(leaves), origin_of(leaves[0]))
    sm3 = verified(folder.note(SM3), folder.keys(), SM3)
    assert (sm3.size, sm3.origin) == (300, f"{held.origin}/sm3")
    assert sm3.root == root_of([SM3.leaf(entry) for entry in entries(conn)], SM3)
    assert list(folder.leaves(0, 300)) == leaves
    for position in (1, 17, 256, 257, 300):
        folder.proof(position).check(leaves[position - 1], folder.keys())


def test_every_checkpoint_continues_the_one_before(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    for count in (1, 1, 254, 1, 300):
        record(count)
        sealer.seal(conn)
    assert folder.sizes() == [1, 2, 256, 257, 557]
    for tree_hash in (SHA256, SM3):
        held = [folder.checkpoint(tree_hash, size) for size in folder.sizes()]
        for old in held:
            for new in held[held.index(old) :]:
                proof = folder.consistency(old.size, new.size, tree_hash)
                check_consistency(old.size, new.size, old.root, new.root, proof, tree_hash)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 699), max_size=5, unique=True))
def test_in_any_batches_it_comes_to_the_same_root(
    conn: Conn, record: Record, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    row = conn.execute("select count(*) from book.event").fetchone()
    head = 700 if row and row[0] else record(700)
    folder = SealFolder(tmp_path_factory.mktemp("seal"))
    for size in sorted([*cuts, head]):
        sealer_module_head = sealer_module._head
        sealer_module._head = lambda _, size=size: size  # type: ignore[assignment, misc]
        try:
            Sealer(folder, signer()).seal(conn)
        finally:
            sealer_module._head = sealer_module_head
    assert folder.checkpoint().root == root_of([SHA256.leaf(entry) for entry in entries(conn)])
    assert folder.sizes() == sorted({*cuts, head})


def test_a_long_first_seal_signs_as_it_goes_and_can_be_broken_off(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer_module, "SIGN_EVERY", 100)
    record(250)
    seen: list[tuple[int, int]] = []

    def stop(done: int, due: int) -> None:
        seen.append((done, due))
        if done == 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealer.seal(conn, stop)
    assert (seen, folder.sizes()) == ([(100, 250), (200, 250)], [100, 200])
    sealer.seal(conn)
    assert folder.sizes() == [100, 200, 250]


@pytest.mark.parametrize(
    ("tampering", "position"),
    [
        ("update book.event set payload = payload || ' '::bytea where position = 150", 150),
        ("update book.event set payload = payload || ' '::bytea where position = 101", 101),
        ("update book.event set recorded_at = recorded_at + interval '1 us' where position = 150", 150),
        ("update book.event set tags = array['x'] where position = 150", 150),
        ("update book.event set topic = 'x.v1' where position = 150", 150),
        ("update book.event set leaf = sha256('') where position = 150", 150),
        ("update book.event set tags = array[['a']] where position = 150", 150),
        ("delete from book.event where position = 150", 150),
        ("delete from book.event where position between 101 and 199", 101),
        ("delete from book.event where position > 90", 91),
        ("delete from book.event", 1),
        ("update book.event set position = position + 1000 where position = 200", 200),
        # What is sealed already: the first and the last of it are looked at, and where the log is shorter.
        ("delete from book.event where position = 1", 1),
        ("update book.event set payload = payload || ' '::bytea where position = 100", 100),
    ],
)
def test_what_was_changed_is_not_signed_and_the_position_is_named(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, tampering: str, position: int
) -> None:
    record(100)
    sealer.seal(conn)
    before = folder.note().encode()
    record(100)
    conn.execute(tampering.encode())
    with pytest.raises(SealRefused) as caught:
        sealer.seal(conn)
    assert caught.value.position == position
    assert folder.note().encode() == before
    refused = folder.refused()
    assert refused is not None
    assert refused.position == position
    assert state_of(folder, 200).is_alarming


def test_a_refusal_is_over_when_the_log_is_whole_again(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(10)
    row = conn.execute("update book.event set payload = 'x' where position = 7 returning leaf").fetchone()
    with pytest.raises(SealRefused):
        sealer.seal(conn)
    assert row is not None
    original = conn.execute("delete from book.event where position >= 7")
    assert original.rowcount == 4
    sealer.seal(conn)
    assert folder.refused() is None
    assert not state_of(folder, 6).is_alarming


def test_another_books_log_is_not_sealed_into_the_folder(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(10)
    sealer.seal(conn)
    conn.execute("delete from book.event")
    record(20)
    with pytest.raises(SealRefused, match="no longer gives the root"):
        sealer.seal(conn)


@pytest.mark.parametrize("lost", ["tile", "sm3", "tile/1", "tile/0/001.p"])
def test_it_goes_on_after_tiles_were_lost(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, lost: str
) -> None:
    record(300)
    sealer.seal(conn)
    shutil.rmtree(folder.path / lost)
    record(300)
    held = sealer.seal(conn)
    assert held is not None
    assert held.root == root_of([SHA256.leaf(entry) for entry in entries(conn)])
    folder.proof(3).check(SHA256.leaf(entries(conn)[2]), folder.keys())


@pytest.mark.parametrize("damage", [b"", b"x" * 44 * 32, b"x"])
def test_it_mends_a_tile_that_was_torn(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder, damage: bytes
) -> None:
    record(300)
    sealer.seal(conn)
    (folder.path / "tile" / "0" / "001.p" / "44").write_bytes(damage)
    record(1)
    held = sealer.seal(conn)
    assert held is not None
    assert held.root == root_of([SHA256.leaf(entry) for entry in entries(conn)])
    assert (folder.path / "tile" / "0" / "001.p" / "44").read_bytes() != damage


def test_a_tile_is_no_excuse_for_a_changed_log(conn: Conn, record: Record, sealer: Sealer, folder: SealFolder) -> None:
    """Rewritten with leaves that fit, and the tiles thrown away: the signed root does not fit."""
    record(300)
    sealer.seal(conn)
    conn.execute("update book.event set payload = '{}' where position = 120")
    fitting = "book.leaf_of(position, topic, recorded_at, tags, key, payload)"
    conn.execute(f"update book.event set leaf = {fitting} where position = 120".encode())
    kept = [path.read_bytes() for path in sorted(folder.path.rglob("tile/**/*")) if path.is_file()]
    (folder.path / "tile" / "0" / "001.p" / "44").unlink()
    record(1)
    with pytest.raises(SealRefused, match="no longer gives the root that was signed") as caught:
        sealer.seal(conn)
    assert caught.value.position == 120
    # What the tiles say of the old history is evidence, and stays.
    left = [path.read_bytes() for path in sorted(folder.path.rglob("tile/**/*")) if path.is_file()]
    assert set(left) < set(kept)


def test_two_sealers_at_once_sign_one_history(conn: Conn, record: Record, folder: SealFolder) -> None:
    head = record(500)

    def seal() -> object:
        with psycopg.connect(conn.info.dsn, password=conn.info.password, autocommit=True) as own:
            return Sealer(folder, signer()).seal(own)

    with ThreadPoolExecutor(4) as pool:
        sealed = [future.result() for future in [pool.submit(seal) for _ in range(4)]]
    assert sum(one is not None for one in sealed) == 1
    assert folder.sizes() == [head]


def test_a_key_that_is_not_the_logs_signs_nothing(
    conn: Conn, record: Record, sealer: Sealer, folder: SealFolder
) -> None:
    record(10)
    sealer.seal(conn)
    record(10)
    with pytest.raises(SealError, match="seal rotate"):
        Sealer(folder, signer("another")).seal(conn)
    note = folder.note()
    folder.write_note(type(note)(note.text, (signer("another").renamed(folder.keys()[0].name).sign(note.text),)))
    with pytest.raises(NoteError, match="no trusted key"):
        sealer.seal(conn)


def test_a_sealer_of_its_own_needs_to_read_the_log_and_nothing_else(conn: Conn, record: Record, sealer: Sealer) -> None:
    record(20)
    with psycopg.connect(
        conn.info.dsn, password=conn.info.password, autocommit=True, options="-c role=mingzhang_sealer"
    ) as own:
        held = sealer.seal(own)
        assert held is not None
        assert held.size == 20
        for forbidden in (
            "select 1 from book.event_tag",
            "select 1 from vault.subject",
            "delete from book.event",
            "insert into book.event select * from book.event",
            "select 1 from access.token",
        ):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                own.execute(forbidden.encode())
