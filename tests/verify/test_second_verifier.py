"""tools/verify.py, which shares no code with the program, says of every book what `mingzhang verify` says."""

from __future__ import annotations

import ast
import base64
import gzip
import importlib.util
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.archive.bundling import write_bundle
from ledger.archive.manifest import FileEntry, Manifest, write_manifest
from ledger.archive.writing import archive_book
from ledger.book.canonical import payload_bytes
from ledger.seal.note import VerifierKey
from ledger.verify.archived import verify_folder
from ledger.verify.live import verify_live
from ledger.verify.payload import is_canonical
from ledger.verify.trust import Trust
from ledger.verify.whole_log import How
from tests.verify.tampered_book import Workshop, signer
from tests.verify.trials import Expected, Trial, archived, each_trial

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tools" / "verify.py"
SIZE = 300
ORDER = 2**252 + 27742317777372353535851937790883648493


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("second_verifier", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


second = _loaded()


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The program as a process of its own: no site-packages, no PYTHONPATH, no folder of ours."""
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(folder), "--json", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", cwd=folder)


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What it said."""
    with process:
        out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    said: dict[str, Any] = json.loads(out)
    assert process.returncode == (0 if said["is_good"] else 3)
    return said


def run(folder: Path, *arguments: str) -> dict[str, Any]:
    return ended(started(folder, *arguments))


def files_of(said: dict[str, Any]) -> set[str]:
    return {one["file"] for one in said["discrepancies"]}


def arguments_of(expected: Expected, place: Path) -> list[str]:
    trust, found = expected.trust, ["--sm3"] if expected.is_sm3 else []
    found += ["--key", str(trust.key)] if trust.key else []
    for witness in trust.witnesses:
        found += ["--witness", str(witness)]
    for outside in trust.outside:
        (place / outside.name).write_bytes(outside.note.encode())
        found += ["--checkpoint", str(place / outside.name)]
    return found


# What it is made of.


def test_it_imports_the_standard_library_alone() -> None:
    names = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module).partition(".")[0])
    assert "hashlib" in names
    assert names <= sys.stdlib_module_names


def test_it_can_be_read_by_python_3_9() -> None:
    ast.parse(PROGRAM.read_text(encoding="utf-8"), feature_version=(3, 9))


# The test vectors of the standards.

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_signatures_of_rfc_8032(key: str, message: str, signature: str) -> None:
    public, text, signed = bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature)
    assert second.is_signed(public, signed, text)
    assert not second.is_signed(public, signed, text + b"\0")
    assert not second.is_signed(public, signed[:-1], text)
    beyond = int.from_bytes(signed[32:], "little") + ORDER
    assert not second.is_signed(public, signed[:32] + beyond.to_bytes(32, "little"), text)


@pytest.mark.parametrize(
    "key",
    [
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "01" + "00" * 30 + "80",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "02" + "00" * 31,
        "00",
        "",
    ],
)
def test_keys_under_which_anybody_can_sign_and_keys_that_are_none_are_refused(key: str) -> None:
    public = bytes.fromhex(key)
    assert second.multiples(public) is None
    neutral = b"\1" + bytes(31)
    assert not second.is_signed(public, neutral + bytes(32), b"")
    vkey = second.Key("mingzhang", 1, public)
    with pytest.raises(second.Wrong):
        second.key_of(f"mingzhang+{vkey.id().hex()}+{base64.b64encode(bytes([1]) + public).decode()}", 1)


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_it_takes_the_signatures_of_another_implementation_and_none_beside(seed: bytes, text: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signed = private.public_key().public_bytes_raw(), bytearray(private.sign(text))
    assert second.is_signed(public, bytes(signed), text)
    signed[bit >> 3] ^= 1 << (bit & 7)
    assert not second.is_signed(public, bytes(signed), text)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_hashes_of_gb_t_32905(data: bytes, digest: str) -> None:
    assert second.sm3_in_python(data).hex() == second.sm3(data).hex() == digest


# The test vectors of the pages.


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.M | re.S)


def vectors(page: str) -> list[dict[str, str]]:
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks(page, "vector")]


@pytest.mark.parametrize("vector", vectors("log-format.md"), ids=lambda vector: vector["leaf"][:8])
def test_events_of_the_log_format(vector: dict[str, str]) -> None:
    fields = {"recorded_at": vector["recorded_at"], "tags": json.loads(vector["tags"]), "topic": vector["topic"]}
    key = None if vector["key"] == "none" else vector["key"]
    header, data = second.header_said({**fields, "position": int(vector["position"]), "key": key})
    assert data.hex() == vector["header"]
    assert second.header_of(data) == header
    payload = vector["payload"].encode()
    assert second.is_canonical(payload)
    assert second.sha256(b"\0" + data + payload).hex() == vector["leaf"]


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_trees_and_checkpoints_of_the_seal(name: str) -> None:
    seven, three = vectors("seal.md")
    hash_of: Callable[[bytes], bytes] = getattr(second, name)
    leaves = [hash_of(b"\0" + bytes([n])) for n in range(7)]
    assert second.root_of(hash_of, [leaves]).hex() == seven[f"{name} root"]
    if name == "sha256":
        proof = [bytes.fromhex(one) for one in seven["sha256 inclusion of index 4"].split()]
        assert second.proven_root(leaves[4], 4, 7, proof) == second.root_of(hash_of, [leaves])
        assert second.proven_root(leaves[4], 4, 7, proof[:-1]) is None
        assert second.proven_root(leaves[4], 7, 7, proof) is None
    entries = [bytes.fromhex(one["header"]) + one["payload"].encode() for one in vectors("log-format.md")[:3]]
    leaves = [hash_of(b"\0" + entry) for entry in entries]
    assert [leaf.hex() for leaf in leaves] == three[f"{name} leaves"].split()
    note = blocks("seal.md", "note")[name == "sm3"]
    found = second.checkpoint_of("checkpoint", note.encode())
    assert second.root_of(hash_of, [leaves]) == found.root == bytes.fromhex(three[f"{name} root"])
    key, witness = second.key_of(three["log"], 1), second.key_of(three["witness"], 4)
    assert (found.signers([key]), found.note.signers([witness])) == ({key.public}, [witness])
    assert second.key_of(three["log in the SM3 tree"], 1).public == key.public


def test_the_proof_of_the_seal() -> None:
    (proof,) = blocks("seal.md", "proof")
    head, _, note = proof.partition("\n\n")
    _, index, *hashes = head.split("\n")
    found = second.checkpoint_of("proof", note.encode())
    leaf = bytes.fromhex(vectors("seal.md")[1]["sha256 leaves"].split()[1])
    siblings = [second.base64_of(one) for one in hashes]
    assert second.proven_root(leaf, int(index.split()[1]), found.size, siblings) == found.root


def test_the_worked_example_of_an_archive(tmp_path: Path) -> None:
    (packed,) = blocks("archive-format.md", "hex")
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "000000000001-000000000002.gz").write_bytes(gzip.compress(bytes.fromhex(packed)))
    folder = second.Folder(str(tmp_path), second.Report())
    found = list(second.entries_in(folder, "log/000000000001-000000000002.gz"))
    expected = [(one["header"], one["payload"]) for one in vectors("log-format.md")[:2]]
    assert [(head.hex(), payload.decode()) for head, payload in found] == expected


TEXTS = st.text(max_size=20) | st.sampled_from(['"', "\\", "\x00", "\x1f", "\x7f", "/", "𐍈", "\n"])
VALUES = TEXTS | st.integers(-(10**20), 10**20) | st.booleans() | st.lists(TEXTS, max_size=3)
PAYLOADS = st.dictionaries(st.text("ab_9", min_size=1, max_size=4), VALUES, max_size=4)
PIECES = st.sampled_from(
    [b"", b" ", b",", b":", b'"', b"{", b"}", b"0", b"-", b"1.5", b"null", b"[", b"]", b"\\u0041", b"\\/", b"\xff"]
)


@settings(max_examples=400, deadline=None)
@given(PAYLOADS, PIECES, st.integers(0, 400), st.integers(0, 3))
def test_both_hold_the_same_payloads_for_canonical(said: dict[str, Any], piece: bytes, at: int, cut: int) -> None:
    payload = payload_bytes(said)
    assert second.is_canonical(payload)
    at %= len(payload) + 1
    changed = payload[:at] + piece + payload[at + cut :]
    assert second.is_canonical(changed) == is_canonical(changed)


# The matrix of tampering.


@each_trial
def test_both_verifiers_agree_on_every_way_of_tampering(shop: Workshop, trial: Trial, tmp_path: Path) -> None:
    book, chance = trial.book(shop)
    expected = trial.tamper(book, chance)
    folder = archived(book, tmp_path / "evidence")
    process = started(folder, *arguments_of(expected, tmp_path))
    other = verify_folder(folder, expected.trust, How(is_sm3=expected.is_sm3, workers=1))
    said = ended(process)
    is_good = expected.is_good or not expected.in_archive
    assert said["is_good"] == other.is_good == is_good
    named = [(one["position"], one["upto"] or one["position"]) for one in said["discrepancies"] if one["position"]]
    if not is_good and expected.position and expected.is_exact:
        assert said["first_position"] == other.first_position == expected.position
    elif not is_good and expected.position:
        assert any(first <= expected.position <= last for first, last in named)
    elif not is_good and expected.file != "witness":
        assert expected.file in files_of(said)


# An archive and a bundle, honestly made, and then not.


@pytest.fixture(scope="module")
def taken(shop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """An archive, a bundle of the same book, and the log's key; whoever changes them puts them back."""
    place = tmp_path_factory.mktemp("taken")
    book = shop.book(SIZE, random.Random(8))
    book.sealed(shop.signer)
    archive_book(shop.conn, book.folder, place / "archive", signer=shop.signer)
    write_bundle(shop.conn, book.folder, place / "bundle", [1, 2, 5, 17, 257, SIZE], asked={}, signer=shop.signer)
    return place / "archive", place / "bundle", str(book.folder.keys()[0])


@pytest.fixture
def archive(taken: tuple[Path, Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(taken[0], tmp_path / "archive"))


def mended(folder: Path, *paths: str) -> None:
    """The manifest made to fit, without a signature."""
    held = Manifest.parse((folder / "manifest.json").read_bytes())
    kept = [entry for entry in held.files if (folder / entry.path).is_file()]
    entries = [FileEntry.of(path, (folder / path).read_bytes()) for path in paths if (folder / path).is_file()]
    write_manifest(folder, replace(held, files=tuple(kept)).with_files(entries), None)


def test_whole_ones_pass(taken: tuple[Path, Path, str]) -> None:
    archive, bundle, key = taken
    for arguments in ([], ["--key", key], ["--key", key, "--sm3", "--checkpoint", str(archive / "checkpoint")]):
        said = run(archive, *arguments)
        assert (said["is_good"], said["kind"], said["size"]) == (True, "archive", SIZE), said["discrepancies"]
    assert said["checks"]["event"] == SIZE
    assert said["checks"]["rulebook"] == 1
    said = run(bundle, "--key", key, "--checkpoint", str(archive / "checkpoint"))
    assert (said["is_good"], said["kind"], said["checks"]["proof"]) == (True, "bundle", 6), said["discrepancies"]


def test_another_key_than_the_one_given_fails(taken: tuple[Path, Path, str]) -> None:
    other = str(signer(taken[2].partition("+")[0]).verifier)
    for folder in taken[:2]:
        assert files_of(run(folder, "--key", other)) == {"log.vkey"}
    witness = str(signer("audit.example", "witness").verifier)
    assert not run(taken[0], "--witness", witness)["is_good"]


def test_the_report_is_for_people(taken: tuple[Path, Path, str]) -> None:
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(taken[0])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
    assert done.stdout.startswith("相符 / HOLDS · archive mingzhang/")
    assert "300  事件" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [[], ["nowhere"], [".", "--key", "x"], [".", "--witness", "a+b+c"], [".", "--checkpoint", "nowhere"], [".", "--x"]],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    command = [sys.executable, "-I", "-S", str(PROGRAM), *arguments]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_folder_of_something_else_is_wrong_usage_as_well(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 2


def test_a_rotated_key_is_followed_only_where_the_old_one_signed(shop: Workshop, tmp_path: Path) -> None:
    book, new = shop.book(SIZE, random.Random(4)), signer()
    book.sealed(shop.signer)
    first = str(book.folder.keys()[0])
    book.rotated(new)
    archive_book(shop.conn, book.folder, tmp_path / "good", signer=new)
    for key in (first, str(book.folder.keys()[1])):
        said = run(tmp_path / "good", "--key", key)
        assert said["is_good"], said["discrepancies"]
        assert verify_folder(tmp_path / "good", Trust(key=VerifierKey.parse(key))).is_good
    write_bundle(shop.conn, book.folder, tmp_path / "bundle", [1, 2, 301, 302], asked={}, signer=new)
    assert run(tmp_path / "bundle", "--key", str(book.folder.keys()[1]))["is_good"]
    assert files_of(run(tmp_path / "bundle", "--key", first)) == {"log.vkey"}
    assert verify_folder(tmp_path / "bundle", Trust(key=book.folder.keys()[1])).is_good
    assert not verify_folder(tmp_path / "bundle", Trust(key=VerifierKey.parse(first))).is_good
    # Whoever can write to the database alone can record the event, but not sign for the old key.
    for name in ("301", "301.sm3"):
        (book.seal / "checkpoints" / name).unlink()
    archive_book(shop.conn, book.folder, tmp_path / "forged", signer=new)
    assert files_of(run(tmp_path / "forged")) == {"checkpoints/301", "checkpoints/301.sm3"}
    for report in (
        verify_folder(tmp_path / "forged", Trust(key=VerifierKey.parse(first))),
        verify_live(shop.url, book.seal, Trust(key=VerifierKey.parse(first))),
    ):
        assert not report.is_good
        assert report.first_position == 301


# Folders made to hurt.


def _links(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("/etc/hostname")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")


def _paths_outside(folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_bytes())
    said["files"] += [
        {"path": path, "sha256": "", "size_bytes": 0} for path in ("/etc/passwd", "../x", "", "\ud800", ".")
    ]
    (folder / "manifest.json").write_text(json.dumps(said))


def _a_json_bomb(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"[" * 10**6)


def _a_number_bomb(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace(f'"size": {SIZE}', f'"size": {"9" * 10**6}'))


def _a_deep_path(folder: Path) -> None:
    begun = os.getcwd()
    os.chdir(folder)
    for _ in range(100):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    os.chdir(begun)


def _a_gzip_bomb(folder: Path) -> None:
    (part,) = (folder / "log").iterdir()
    part.write_bytes(gzip.compress(struct.pack(">I", 2**31) + bytes(1 << 28)))
    mended(folder, f"log/{part.name}")


def _half_a_part(folder: Path) -> None:
    (part,) = (folder / "log").iterdir()
    part.write_bytes(part.read_bytes()[:-9])
    mended(folder, f"log/{part.name}")


def _two_members(folder: Path) -> None:
    (part,) = (folder / "log").iterdir()
    part.write_bytes(part.read_bytes() + gzip.compress(b""))
    mended(folder, f"log/{part.name}")


def _sizes_beyond_reason(folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_bytes())
    said["parts"] = [{"first": 1, "last": 2**63 - 1}, {"first": 2**63 - 1, "last": 0}]
    said["size"] = 2**62
    (folder / "manifest.json").write_text(json.dumps(said))


@pytest.mark.parametrize(
    "hurt",
    [_links, _paths_outside, _a_json_bomb, _a_number_bomb, _a_deep_path, _a_gzip_bomb, _half_a_part, _two_members,
     _sizes_beyond_reason],
)  # fmt: skip
def test_a_hostile_folder_is_refused(archive: Path, hurt: Callable[[Path], None]) -> None:
    hurt(archive)
    assert not run(archive)["is_good"]


# Bytes changed at random.


def judged(folder: Path) -> Any:
    return second.checked(second.Asked(str(folder), None, [], [], True, False))


def changed(data: bytes, how: str, at: int, more: bytes) -> bytes:
    at %= len(data) + 1
    if how == "flip" and data:
        at %= len(data)
        return data[:at] + bytes([data[at] ^ (more[0] or 1)]) + data[at + 1 :]
    if how == "cut":
        return data[:at]
    if how == "drop":
        return data[:at] + data[at + len(more) :]
    return data[:at] + more + data[at:]


CHANGES = (st.sampled_from(["flip", "cut", "drop", "put"]), st.integers(0, 10**6), st.binary(min_size=1, max_size=40))
PLENTY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def restored(path: Path, held: bytes, *others: tuple[Path, bytes]) -> None:
    for one, data in ((path, held), *others):
        one.parent.mkdir(parents=True, exist_ok=True)
        one.write_bytes(data)


@pytest.mark.parametrize("which", [0, 1], ids=["archive", "bundle"])
@PLENTY
@given(st.integers(0, 10**6), *CHANGES)
def test_no_changed_byte_is_passed_over(
    taken: tuple[Path, Path, str], which: int, number: int, how: str, at: int, more: bytes
) -> None:
    folder = taken[which]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    path = paths[number % len(paths)]
    held = path.read_bytes()
    wrong = changed(held, how, at, more)
    try:
        path.write_bytes(wrong)
        assert judged(folder).found or wrong == held
    finally:
        restored(path, held)


MATTERS = re.compile(r"log/|log\.vkey|checkpoint|tile/|sm3/|events\.jsonl|policy/.*json")


@pytest.mark.parametrize("which", [0, 1], ids=["archive", "bundle"])
@PLENTY
@given(st.integers(0, 10**6), *CHANGES)
def test_nor_where_the_manifest_was_made_to_fit(
    taken: tuple[Path, Path, str], which: int, number: int, how: str, at: int, more: bytes
) -> None:
    """Half of the time what is changed lies inside the compressed parts, whose bytes gzip would else guard."""
    folder = taken[which]
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and MATTERS.match(str(path.relative_to(folder)))
    )
    paths += [path for path in paths if path.suffix in (".gz", ".jsonl")] * 20
    path = paths[number % len(paths)]
    manifest, note = folder / "manifest.json", folder / "manifest.note"
    held, others = path.read_bytes(), [(one, one.read_bytes()) for one in (manifest, note)]
    inside = gzip.decompress(held) if path.suffix == ".gz" else held
    wrong = changed(inside, how, at, more)
    try:
        path.write_bytes(gzip.compress(wrong) if path.suffix == ".gz" else wrong)
        note.unlink()
        mended(folder, path.relative_to(folder).as_posix())
        report = judged(folder)
        assert report.found or wrong == inside
    finally:
        restored(path, held, *others)


@pytest.fixture(scope="module", autouse=True)
def _put_back(taken: tuple[Path, Path, str]) -> Iterator[None]:
    """After everything, the folders are as they were."""
    yield
    for folder in taken[:2]:
        assert not judged(folder).found
