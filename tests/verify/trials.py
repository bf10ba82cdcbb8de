"""The tamper matrix: what somebody with every right over the database, and perhaps over the seal, could do to a book.

``make test`` tries every way once, ``make matrix`` each of them again and again, 200 trials in all. ``trials`` makes
each trial from its number, so that one that fails can be made again. What an archive shows of it is the same for every
verifier: ``archived`` writes it out as it is.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ledger.archive.evidence import archive_as_is
from ledger.book.canonical import payload_bytes
from ledger.seal.folder import TREES
from ledger.seal.growth import GrowingTree
from ledger.seal.hashing import HASH_BYTES, SM3
from ledger.seal.tiles import WIDTH, tile_path
from ledger.verify.trust import OutsideNote, Trust
from tests.matrix import cell
from tests.verify.tampered_book import Row, TamperedBook, Workshop, signer

SIZES = (1, 2, 3, 20, 90, 200, 255, 256, 257, 300, 511, 512, 513, 700)
LARGE = (1100, 1500, 2000)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier must say: pass, or the first position changed, or a file.

    ``is_exact``: the position itself is named; else it lies in a range that is named. ``in_archive``: the log's bytes
    or the seal show it, and not only what the database keeps beside them.
    """

    position: int | None = None
    file: str | None = None
    is_good: bool = False
    is_exact: bool = True
    in_archive: bool = True
    trust: Trust = field(default_factory=Trust)
    is_sm3: bool = False


Tamper = Callable[[TamperedBook, random.Random], Expected]


@dataclass(frozen=True, slots=True)
class Trial:
    """One book, to be tampered with in one way."""

    number: int
    name: str
    size: int
    tamper: Tamper

    def book(self, shop: Workshop) -> tuple[TamperedBook, random.Random]:
        """The book as it was, and the chances that the tampering goes on with."""
        chance = random.Random(f"{self.number} {self.name}")
        return shop.book(self.size, chance), chance


def trials(count: int = 200) -> list[Trial]:
    """Every way in turn, over and over, each time with another book."""
    found = []
    for number in range(count):
        tamper = WAYS[number % len(WAYS)]
        chance = random.Random(number)
        size = chance.choice(LARGE) if number % 11 == 0 else chance.choice((*SIZES, chance.randint(1, 600)))
        found.append(Trial(number, tamper.__name__, size, tamper))
    return found


def archived(book: TamperedBook, folder: Path) -> Path:
    """The book as it is, as an archive, for a verifier that has no database."""
    archive_as_is(book.shop.conn, book.folder, folder)
    return folder


# The log: one row.


def changed(book: TamperedBook, chance: random.Random, change: Callable[[Row], Row], *, like: bytes = b"") -> Expected:
    """One sealed row, changed; half the time with a leaf that fits."""
    rows = book.rows()
    places = [n for n in range(book.sealed_size) if like in rows[n].payload] or [0]
    at = chance.choice(places)
    row = change(rows[at])
    if row == rows[at]:
        row = replace(row, payload=row.payload[:-1] + b" }")
    rows[at] = row.with_leaf() if chance.random() < 0.5 else row
    book.put(rows, is_tagged=chance.random() < 0.5)
    return Expected(at + 1)


def a_byte(book: TamperedBook, chance: random.Random) -> Expected:
    def change(row: Row) -> Row:
        at = chance.randrange(len(row.payload))
        return replace(
            row,
            payload=row.payload[:at] + bytes([row.payload[at] ^ (1 << chance.randrange(8))]) + row.payload[at + 1 :],
        )

    return changed(book, chance, change)


def _with(row: Row, **fields: object) -> Row:
    return replace(row, payload=payload_bytes(json.loads(row.payload) | fields))


def an_amount(book: TamperedBook, chance: random.Random) -> Expected:
    return changed(
        book, chance, lambda row: _with(row, amount_fen=chance.randrange(10**7, 10**8)), like=b'"amount_fen"'
    )


def a_date(book: TamperedBook, chance: random.Random) -> Expected:
    day = (date(2024, 1, 1) + timedelta(days=chance.randrange(300))).isoformat()
    return changed(book, chance, lambda row: _with(row, paid_on=day), like=b'"paid_on"')


def recorded_at(book: TamperedBook, chance: random.Random) -> Expected:
    step = chance.choice([timedelta(microseconds=1), timedelta(days=-400), timedelta(days=400)])
    return changed(book, chance, lambda row: replace(row, recorded_at=row.recorded_at + step))


def a_tag(book: TamperedBook, chance: random.Random) -> Expected:
    tags: Callable[[Row], list[str]] = chance.choice(
        [lambda row: row.tags[1:], lambda row: [*row.tags, "household:H9"], lambda row: ["", *row.tags]]
    )
    return changed(book, chance, lambda row: replace(row, tags=tags(row)))


def a_topic(book: TamperedBook, chance: random.Random) -> Expected:
    return changed(
        book, chance, lambda row: replace(row, topic=chance.choice(["payment.settled.v1", "nobody.knows.v1"]))
    )


def a_key(book: TamperedBook, chance: random.Random) -> Expected:
    key = None if chance.random() < 0.3 else UUID(int=chance.getrandbits(128))
    return changed(book, chance, lambda row: replace(row, key=UUID(int=1) if row.key == key else key))


def a_leaf(book: TamperedBook, chance: random.Random) -> Expected:
    rows = book.rows()
    at = chance.randrange(len(rows))
    rows[at] = replace(rows[at], leaf=chance.randbytes(32))
    book.put(rows)
    return Expected(at + 1, in_archive=False)


def the_tag_index(book: TamperedBook, chance: random.Random) -> Expected:
    tagged = [row.position for row in book.rows() if row.tags]
    at = chance.choice(tagged)
    change = chance.choice(
        [
            "delete from book.event_tag where ctid = (select min(ctid) from book.event_tag where position = %s)",
            "insert into book.event_tag values ('document:D9', %s)",
            "update book.event_tag set tag = tag || ' ' where position = %s",
        ]
    )
    book.shop.conn.execute(change.encode(), [at])
    return Expected(at, in_archive=False)


# The log: rows that go, come and move.


def _without(book: TamperedBook, gone: Sequence[int], first: int) -> Expected:
    book.put([row for row in book.rows() if row.position not in set(gone)])
    return Expected(first)


def one_deleted(book: TamperedBook, chance: random.Random) -> Expected:
    at = chance.randint(1, book.sealed_size)
    return _without(book, [at], at)


def the_last_deleted(book: TamperedBook, chance: random.Random) -> Expected:
    size = book.sealed_size
    return _without(book, range(size, len(book.rows()) + 1), size)


def the_first_deleted(book: TamperedBook, chance: random.Random) -> Expected:
    return _without(book, [1], 1)


def a_hundred_deleted(book: TamperedBook, chance: random.Random) -> Expected:
    first = chance.randint(1, book.sealed_size)
    return _without(book, range(first, first + 100), first)


def some_deleted(book: TamperedBook, chance: random.Random) -> Expected:
    size = book.sealed_size
    gone = chance.sample(range(1, size + 1), min(size, 100))
    return _without(book, gone, min(gone))


def an_old_backup(book: TamperedBook, chance: random.Random) -> Expected:
    left = chance.randrange(book.sealed_size)
    return _without(book, range(left + 1, len(book.rows()) + 1), left + 1)


def two_swapped(book: TamperedBook, chance: random.Random) -> Expected:
    rows, size = book.rows(), book.sealed_size
    if size < 2:
        return an_amount(book, chance)
    a, b = sorted(chance.sample(range(size), 2))
    moved = [replace(rows[b], position=a + 1), replace(rows[a], position=b + 1)]
    rows[a], rows[b] = [row.with_leaf() for row in moved] if chance.random() < 0.5 else moved
    book.put(rows, is_tagged=chance.random() < 0.5)
    return Expected(a + 1)


def _put_moved(book: TamperedBook, rows: Sequence[Row], chance: random.Random) -> None:
    book.put([row.with_leaf() for row in rows] if chance.random() < 0.5 else rows, is_tagged=chance.random() < 0.5)


def one_inserted(book: TamperedBook, chance: random.Random) -> Expected:
    rows = book.rows()
    at = chance.randrange(book.sealed_size)
    forged = replace(
        _with(chance.choice(rows), amount_fen=10**9), position=at + 1, key=None, recorded_at=rows[at].recorded_at
    )
    later = [replace(row, position=row.position + 1) for row in rows[at:]]
    _put_moved(book, [*rows[:at], replace(forged, position=at + 1).with_leaf(), *later], chance)
    return Expected(at + 1)


def renumbered(book: TamperedBook, chance: random.Random) -> Expected:
    rows = book.rows()
    at = chance.randrange(book.sealed_size)
    step = chance.choice([1, 2, 300])
    _put_moved(book, [*rows[:at], *(replace(row, position=row.position + step) for row in rows[at:])], chance)
    return Expected(at + 1)


def deleted_and_renumbered(book: TamperedBook, chance: random.Random) -> Expected:
    rows, size = book.rows(), book.sealed_size
    at = chance.randrange(size)
    _put_moved(book, [*rows[:at], *(replace(row, position=row.position - 1) for row in rows[at + 1 :])], chance)
    return Expected(at + 1)


def moved_far_away(book: TamperedBook, chance: random.Random) -> Expected:
    rows = book.rows()
    row = rows.pop(chance.randrange(book.sealed_size))
    _put_moved(book, [*rows, replace(row, position=chance.choice([len(rows) + 5, 10**6 + 7, 2**62]))], chance)
    return Expected(row.position)


# What was not sealed yet.


def appended_with_its_leaf(book: TamperedBook, chance: random.Random) -> Expected:
    """Like an honest append in everything, until somebody signs or remembers: not to be told from one."""
    rows = book.rows()
    book.put([*rows, replace(rows[-1], position=len(rows) + 1, key=None).with_leaf()])
    return Expected(is_good=True)


def appended_without_its_leaf(book: TamperedBook, chance: random.Random) -> Expected:
    rows = book.rows()
    book.put([*rows, replace(rows[-1], position=len(rows) + 1, key=None)])
    return Expected(len(rows) + 1, in_archive=False)


# The log and its seal together.


def _rewritten(book: TamperedBook, chance: random.Random) -> int:
    """A sealed row changed with its leaf and its tags, as if it had always been so; where."""
    rows = book.rows()
    at = chance.randrange(book.sealed_size)
    rows[at] = _with(rows[at], amount_fen=10**9).with_leaf()
    book.put(rows)
    return at + 1


def with_the_leaves_in_the_tiles(book: TamperedBook, chance: random.Random) -> Expected:
    """All tiles made anew: only the signed roots say that they are others, and not where."""
    size = book.sealed_size
    at = _rewritten(book, chance)
    leaves = [row.leaf for row in book.rows()[:size]]
    shutil.rmtree(book.seal / "tile")
    tree = GrowingTree(book.folder.tiles())
    for leaf in leaves:
        tree.add(leaf)
    tree.flush()
    return Expected(at, is_exact=False)


def with_another_key(book: TamperedBook, chance: random.Random) -> Expected:
    """Log, tiles, checkpoints and key file, all of a piece: whoever knows the log's key sees it."""
    known = book.folder.keys()[0]
    _rewritten(book, chance)
    book.seal_again(signer())
    return Expected(file="log.vkey", trust=Trust(key=known))


def with_another_key_against_a_witness(book: TamperedBook, chance: random.Random) -> Expected:
    at, trust = _remembered(book, chance)
    book.seal_again(signer())
    return Expected(at if at > 1 else None, file="witness", is_exact=False, trust=trust)


def with_the_stolen_key(book: TamperedBook, chance: random.Random) -> Expected:
    """The log's own key signs another history: only a checkpoint that somebody else kept says so."""
    at, trust = _remembered(book, chance)
    book.seal_again(book.shop.signer)
    return Expected(at if at > 1 else None, file="witness", is_exact=False, trust=trust)


def rotated_by_a_stranger(book: TamperedBook, chance: random.Random) -> Expected:
    """Whoever writes to the database names a key of their own, which the old key never signed."""
    known = book.folder.keys()[0]
    book.sealed(book.shop.signer)
    turn = book.rotated(signer())
    for name in (f"{turn}", f"{turn}.sm3"):
        (book.seal / "checkpoints" / name).unlink()
    return Expected(turn, file=f"checkpoints/{turn}", trust=Trust(key=known))


def _remembered(book: TamperedBook, chance: random.Random) -> tuple[int, Trust]:
    """A checkpoint that a witness cosigned and kept before a row was rewritten; a first row makes it another log."""
    witness = signer("witness.example", "witness")
    note = book.note.with_signatures([witness.sign(book.note.text, 1_760_000_000)])
    return _rewritten(book, chance), Trust(witnesses=(witness.verifier,), outside=(OutsideNote("witness", note),))


def rolled_back(book: TamperedBook, chance: random.Random) -> Expected:
    """An older state of everything, signed by the log's own key: a witness remembers that there was more."""
    kept, rows = book.note, book.rows()
    left = chance.randrange(1, max(2, book.sealed_size))
    trust = Trust(outside=(OutsideNote("kept", kept),))
    if book.sealed_size == 1:
        return one_deleted(book, chance)
    book.put(rows[:left])
    book.seal_again(book.shop.signer)
    return Expected(left + 1, trust=trust)


# The seal alone.


def _flipped(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _tile_files(book: TamperedBook, top: str = "tile") -> list[str]:
    return sorted(path.relative_to(book.seal).as_posix() for path in (book.seal / top).rglob("*") if path.is_file())


def a_tile(book: TamperedBook, chance: random.Random) -> Expected:
    name = chance.choice(_tile_files(book))
    _flipped(book.seal / name, chance)
    return Expected(file=name)


def a_tile_of_sm3(book: TamperedBook, chance: random.Random) -> Expected:
    name = chance.choice(_tile_files(book, "sm3/tile"))
    _flipped(book.seal / name, chance)
    return Expected(file=name, is_sm3=True)


def a_tile_cut_off(book: TamperedBook, chance: random.Random) -> Expected:
    path = book.seal / chance.choice(_tile_files(book))
    path.write_bytes(path.read_bytes()[: -chance.randint(1, HASH_BYTES)])
    return Expected(file=path.relative_to(book.seal).as_posix())


def a_tile_lost(book: TamperedBook, chance: random.Random) -> Expected:
    size = book.sealed_size
    level = chance.choice([level for level in range(3) if size >> (8 * level)])
    count = size >> (8 * level)
    number = chance.randrange((count + WIDTH - 1) // WIDTH)
    name = tile_path(level, number, min(WIDTH, count - number * WIDTH))
    (book.seal / name).unlink()
    return Expected(file=name)


def _checkpoint_files(book: TamperedBook) -> list[str]:
    return sorted(f"checkpoints/{path.name}" for path in (book.seal / "checkpoints").iterdir())


def a_checkpoint(book: TamperedBook, chance: random.Random) -> Expected:
    name = chance.choice([*_checkpoint_files(book), "checkpoint", "checkpoint.sm3"])
    _flipped(book.seal / name, chance)
    return Expected(file=name)


def a_checkpoint_lost(book: TamperedBook, chance: random.Random) -> Expected:
    size = book.sealed_size
    name = chance.choice([f"checkpoints/{size}", f"checkpoints/{size}.sm3", "checkpoint", "checkpoint.sm3"])
    (book.seal / name).unlink()
    return Expected(file=name)


def another_root_signed(book: TamperedBook, chance: random.Random) -> Expected:
    """A root of nothing, signed by the log's own key."""
    tree_hash = chance.choice(TREES)
    held = book.folder.checkpoint(tree_hash)
    note = replace(held, root=chance.randbytes(32)).signed_by(book.shop.signer.renamed(held.origin))
    ending = ".sm3" if tree_hash is SM3 else ""
    for name in (f"checkpoint{ending}", f"checkpoints/{held.size}{ending}"):
        (book.seal / name).write_bytes(note.encode())
    return Expected(file=f"checkpoints/{held.size}{ending}")


def an_older_checkpoint(book: TamperedBook, chance: random.Random) -> Expected:
    sizes = book.folder.sizes()
    if len(sizes) < 2:
        return a_checkpoint_lost(book, chance)
    (book.seal / "checkpoint").write_bytes((book.seal / f"checkpoints/{chance.choice(sizes[:-1])}").read_bytes())
    return Expected(file="checkpoint")


def the_key_file(book: TamperedBook, chance: random.Random) -> Expected:
    path, held = book.seal / "log.vkey", book.folder.keys()[0]
    way = chance.randrange(3)
    if way == 0:
        path.write_text(f"{signer().verifier.renamed(held.name)}\n", encoding="utf-8")
        return Expected(file=f"checkpoints/{book.sealed_size}")
    if way == 1:
        path.unlink()
        return Expected(file=f"checkpoints/{book.sealed_size}")
    path.write_text(f"{held}\n{signer().verifier.renamed(held.name)}\n", encoding="utf-8")
    return Expected(file="log.vkey")


WAYS: tuple[Tamper, ...] = (
    a_byte, an_amount, a_date, recorded_at, a_tag, a_topic, a_key, a_leaf, the_tag_index,
    one_deleted, the_last_deleted, the_first_deleted, a_hundred_deleted, some_deleted, an_old_backup,
    two_swapped, one_inserted, renumbered, deleted_and_renumbered, moved_far_away,
    appended_with_its_leaf, appended_without_its_leaf,
    with_the_leaves_in_the_tiles, with_another_key, with_another_key_against_a_witness, with_the_stolen_key,
    rotated_by_a_stranger, rolled_back,
    a_tile, a_tile_of_sm3, a_tile_cut_off, a_tile_lost, a_checkpoint, a_checkpoint_lost, another_root_signed,
    an_older_checkpoint, the_key_file,
)  # fmt: skip


each_trial = pytest.mark.parametrize(
    "trial",
    [
        cell(trial, is_here=trial.number < len(WAYS), name=f"{trial.number}-{trial.name}-{trial.size}")
        for trial in trials()
    ],
)
