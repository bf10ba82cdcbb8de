"""A thousand mutated proof files and notes: accepted only where they still say what is true."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.hashing import SHA256
from ledger.seal.note import Note, NoteError, VerifierKey
from ledger.seal.proof import Proof
from ledger.seal.tree import ProofError
from tests.seal.logs import Log, signer

SIZE = 700
Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]


def flip_a_bit(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def change_lines(chance: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Drops, doubles or swaps lines, or takes one from another proof."""
    lines = data.split(b"\n")
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[a]
        case 1:
            lines.insert(b, lines[a])
        case 2:
            lines[a], lines[b] = lines[b], lines[a]
        case _:
            lines[a] = chance.choice(chance.choice(others).split(b"\n"))
    return b"\n".join(lines)


def cut(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start, length = chance.randrange(len(data)), chance.randrange(1, 60)
    return data[:start] + data[start + length :]


def other_number(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """Another index or another size, written as it should be or not."""
    lines = data.split(b"\n")
    at = chance.choice([n for n, line in enumerate(lines) if line.isdigit() or line.startswith(b"index ")])
    number = chance.choice([b"0", b"1", b"699", b"700", b"701", b"-1", b"0700", b"+5", "７".encode(), b"9" * 30])
    lines[at] = b"index " + number if lines[at].startswith(b"index ") else number
    return b"\n".join(lines)


def other_base64(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """The same bytes written otherwise: spare bits set, padding gone, white space, the other alphabet."""
    lines = data.split(b"\n")
    at = chance.choice([n for n, line in enumerate(lines) if line.endswith(b"=")])
    line = lines[at]
    kept = line.rstrip(b"=")
    last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare = last[last.index(kept[-1:]) ^ 1 : (last.index(kept[-1:]) ^ 1) + 1]
    lines[at] = chance.choice([
        kept,
        line + b"=",
        kept[:-1] + spare + line[len(kept) :],
        line + b" ",
        line.replace(b"+", b"-").replace(b"/", b"_") + b"\r",
    ])  # fmt: skip
    return b"\n".join(lines)


MUTATIONS: tuple[Mutation, ...] = (flip_a_bit, change_lines, cut, other_number, other_base64)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    log = Log(tmp_path_factory.mktemp("log"))
    return log.grow(300).grow(SIZE)


def is_true(log: Log, proof: Proof, index: int) -> bool:
    """Whether what was accepted is what the log is: the same event, in a tree that the log had and signed."""
    held = Checkpoint.parse(proof.note.text)
    return (
        proof.index == index
        and held.size in log.folder.sizes()
        and held == log.folder.checkpoint(size=held.size)
        and list(proof.hashes) == list(log.folder.proof(index + 1, held.size).hashes)
    )


def test_mutated_proofs_are_accepted_only_if_the_root_truly_matches(log: Log) -> None:
    chance = random.Random(6962)
    positions = [chance.randrange(1, SIZE + 1) for _ in range(40)]
    files = [str(log.folder.proof(position)).encode() for position in positions]
    files += [str(log.folder.proof(position % 300 + 1, 300)).encode() for position in positions]
    accepted = 0
    for n in range(1000):
        at = chance.randrange(len(files))
        index = positions[at % 40] - 1 if at < 40 else positions[at % 40] % 300
        mutated = chance.choice(MUTATIONS)(chance, files[at], files)
        if n % 5 == 0:
            mutated = chance.choice(MUTATIONS)(chance, mutated, files) if b"=" in mutated else mutated
        try:
            proof = Proof.parse(mutated)
            proof.check(SHA256.leaf(log.entry(index)), [log.key])
        except (NoteError, ProofError, ValueError, IndexError):
            continue
        accepted += 1
        assert is_true(log, proof, index), mutated
    # Some mutations change nothing that counts (a doubled signature, a line put in its own place).
    assert accepted < 200


def test_mutated_notes_are_accepted_only_as_they_were_signed(log: Log) -> None:
    chance = random.Random(3161)
    notes = [log.folder.note(size=size).encode() for size in (300, SIZE)]
    texts = {log.folder.note(size=size).text for size in (300, SIZE)}
    for _ in range(1000):
        mutated = chance.choice(MUTATIONS[:3])(chance, chance.choice(notes), notes)
        try:
            note = Note.parse(mutated)
            verified(note, [log.key])
        except NoteError:
            continue
        assert note.text in texts, mutated


def test_a_proof_file_is_read_again_as_it_was_written(log: Log) -> None:
    for position in (1, 2, 255, 256, 257, 512, 699, 700):
        proof = log.folder.proof(position)
        again = Proof.parse(str(proof).encode())
        assert again == proof
        assert again.check(SHA256.leaf(log.entry(position - 1)), [log.key]).size == SIZE


def test_extra_data_is_not_looked_at(log: Log) -> None:
    head, rest = str(log.folder.proof(7)).split("\n", 1)
    extra = base64.b64encode(b"from whom it came").decode()
    proof = Proof.parse(f"{head}\nextra {extra}\n{rest}".encode())
    proof.check(SHA256.leaf(log.entry(6)), [log.key])


def test_nobody_elses_key_counts(log: Log) -> None:
    proof, leaf = log.folder.proof(7), SHA256.leaf(log.entry(6))
    same_name = signer("another").renamed(log.origin)
    same_key = log.signer.renamed("another/log").verifier
    witness = VerifierKey(log.origin, "witness", log.key.public)
    for keys in ([], [same_name.verifier], [same_key], [witness]):
        with pytest.raises(NoteError, match="no trusted key"):
            proof.check(leaf, keys)
    forged = Note(proof.note.text, (same_name.sign(proof.note.text),))
    with pytest.raises(NoteError, match="no trusted key"):
        Proof(proof.index, proof.hashes, forged).check(leaf, [log.key])
    # A signature in the log's name that is not its own spoils the note, even beside one that is.
    bad = type(forged.signatures[0])(log.origin, log.key.id, forged.signatures[0].signed)
    with pytest.raises(NoteError, match="not valid"):
        Proof(proof.index, proof.hashes, Note(proof.note.text, (*proof.note.signatures, bad))).check(leaf, [log.key])


def test_one_key_of_two_logs_is_two_names(log: Log, tmp_path: Path) -> None:
    other = Log(tmp_path, log.signer)
    other.entry = lambda index: f"another book {index}".encode()  # type: ignore[method-assign]
    proof = other.grow(10).folder.proof(3)
    with pytest.raises(NoteError, match="no trusted key"):
        proof.check(SHA256.leaf(other.entry(2)), [log.key])
