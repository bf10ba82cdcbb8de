"""Values that others published: the reference tree of Certificate Transparency, notes of Go and of C2SP, GB/T 32905."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import SHA256, SM3, _sm3_of_cryptography
from ledger.seal.keys import private_line, read_key
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.tiles import Tiles, index_path, tile_path
from ledger.seal.tree import check_consistency, check_inclusion, consistency_proof, inclusion_proof, root_of

# merkle_tree_test.cc of the Certificate Transparency reference implementation.
LEAVES = [
    SHA256.leaf(bytes.fromhex(entry))
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N03 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
PATHS = [
    (0, 1, []),
    (0, 8, [L1, N23, N47]),
    (5, 8, [L4, N67, N03]),
    (2, 3, [N01]),
    (1, 5, [L0, N23, L4]),
]
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
PROOFS = [
    (1, 1, []),
    (1, 8, [L1, N23, N47]),
    (6, 8, [N45, N67, N03]),
    (2, 5, [N23, L4]),
]

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
FOO_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
QUASIMODO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
)
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
# A public log and four public witnesses, as they signed one day.
ARCHE = (
    "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=\n"
    "— transparency.dev/DEV:witness-little-garden "
    "2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==\n"
    "— witness1.smartit.nu/witness1 "
    "pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==\n"
    "— remora.n621.de "
    "2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n"
    "— witness.stagemole.eu "
    "Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==\n"
)
ARCHE_KEYS = [
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
]


def subtree(start: int, end: int) -> bytes:
    return root_of(LEAVES[start:end])


def test_the_reference_tree_has_its_roots() -> None:
    assert root_of([]).hex() == EMPTY
    for size, root in enumerate(ROOTS, start=1):
        assert root_of(LEAVES[:size]).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_the_reference_tree_has_its_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    proof = inclusion_proof(index, size, subtree)
    assert [one.hex() for one in proof] == path
    check_inclusion(LEAVES[index], index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("first", "second", "hashes"), PROOFS)
def test_the_reference_tree_has_its_consistency_proofs(first: int, second: int, hashes: list[str]) -> None:
    proof = consistency_proof(first, second, subtree)
    assert [one.hex() for one in proof] == hashes
    old, new = (bytes.fromhex(ROOTS[size - 1]) for size in (first, second))
    check_consistency(first, second, old, new, proof)


def test_sm3_is_that_of_the_standard() -> None:
    abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    long = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    for digest in (SM3.digest, _sm3_of_cryptography):
        assert digest(b"abc").hex() == abc
        assert digest(b"abcd" * 16).hex() == long


@pytest.mark.parametrize(("note", "key"), [(GO_NOTE, GO_KEY), (FOO_NOTE, FOO_KEY)])
def test_notes_that_others_signed_are_read_and_verified(note: str, key: str) -> None:
    parsed, verifier = Note.parse(note.encode()), VerifierKey.parse(key)
    assert str(verifier) == key
    assert str(parsed) == note
    assert parsed.signers([verifier]) == {verifier: None}
    with pytest.raises(NoteError, match="签名无效"):
        Note("x" + parsed.text, parsed.signatures).signers([verifier])


def test_go_signs_as_we_do(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text(GO_PRIVATE)
    signer = read_key(file)
    assert private_line(signer) == GO_PRIVATE
    assert str(Note(GO_TEXT, (signer.sign(GO_TEXT),))) == GO_NOTE


def test_a_text_with_empty_lines_ends_at_the_last_one() -> None:
    note = Note.parse(QUASIMODO.encode())
    assert note.text.endswith("di sole:\n\ned è subito sera.\n")
    assert [one.name for one in note.signatures] == ["quasimodo.example/salvatore"]
    assert str(note) == QUASIMODO


def test_the_example_of_a_cosigned_checkpoint_is_read() -> None:
    note = Note.parse(SOFA.encode())
    held = Checkpoint.parse(note.text)
    assert (held.origin, held.size) == ("example.com/behind-the-sofa", 20852163)
    assert held.text == note.text
    witness = note.signatures[1]
    assert (witness.key_id.hex(), len(witness.signed)) == ("8d66cf3f", 72)
    assert struct.unpack(">Q", witness.signed[:8]) == (1679315147,)


def test_a_public_logs_checkpoint_and_its_witnesses_verify() -> None:
    note, keys = Note.parse(ARCHE.encode()), [VerifierKey.parse(key) for key in ARCHE_KEYS]
    signers = note.signers(keys)
    assert list(signers) == [keys[0], keys[3], keys[4], keys[1], keys[2]]
    assert set(signers.values()) == {None, 0x6A122120}
    other = Note(note.text.replace("1432088532", "1432088533"), note.signatures)
    for key in keys:
        with pytest.raises(NoteError, match="not valid"):
            other.signers([key])


def test_tiles_have_the_paths_of_the_text() -> None:
    assert index_path(1234067) == "x001/x234/067"
    assert (tile_path(0, 0), tile_path(1, 999, 7), tile_path(0, 1000)) == (
        "tile/0/000",
        "tile/1/999.p/7",
        "tile/0/x001/000",
    )


def test_a_tree_of_70000_has_the_tiles_of_the_text(tmp_path: Path) -> None:
    folder = tmp_path
    tree = GrowingTree(Tiles(folder))
    for index in range(70_000):
        tree.add(SHA256.leaf(index.to_bytes(4, "big")))
    tree.flush()
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    full = [f"tile/0/{index:03d}" for index in range(273)]
    assert found == sorted([*full, "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])


def test_a_tree_of_256_has_the_tiles_of_the_text(tmp_path: Path) -> None:
    folder = tmp_path
    tree = GrowingTree(Tiles(folder))
    for index in range(256):
        tree.add(SHA256.leaf(bytes([index])))
    tree.flush()
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert found == {"tile/0/000", "tile/1/000.p/1"}
