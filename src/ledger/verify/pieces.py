"""One piece of the log, event by event: what verification spends its time with, and may do in several processes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from ledger.archive.rulebook import Named
from ledger.book.stored import Stored
from ledger.events import UPCASTERS
from ledger.events.book import PolicyAdopted, SealKeyRotated
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised
from ledger.seal.hashing import SHA256, SM3
from ledger.seal.tiles import WIDTH
from ledger.verify.payload import noncanonical
from ledger.verify.report import Discrepancy, Tally
from ledger.verify.tile_check import NO_LEAF, TileCheck

# A whole number of tiles; a worker is busy with it for about half a second.
PIECE_EVENTS = 32_768
# The events that the verification itself goes by.
_TELLING = (PolicyAdopted, SealKeyRotated, FindingRaised, FindingExtended, FindingCleared)
TELLING = frozenset(topic for cls in _TELLING for topic in UPCASTERS.topics_of(cls))


class Log(Protocol):
    """A log that can be read from anywhere, in any process."""

    @property
    def has_leaves(self) -> bool:
        """Whether each event comes with the leaf that was stored beside it."""

    def read(self, first: int, last: int) -> Iterator[Stored]:
        """The events of the positions ``first`` to ``last``, in the order in which they are stored.

        Raises:
            ValueError, struct.error: what is stored cannot be read on.
        """


class Piece(NamedTuple):
    """The positions ``first`` to ``last``, and the sizes in them at which a root is asked for."""

    first: int
    last: int
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """What every piece is checked against: the seal folder, as far as it was sealed, and whether SM3 is hashed anew."""

    log: Log
    seal: Path
    sealed_size: int
    is_sm3: bool
    most: int


@dataclass(slots=True)
class Checked:
    """A piece, checked: ``first`` is its first event, recorded at ``earliest``.

    ``adopted`` are policies by (name, version, sha256) with the position that first names them.
    """

    piece: Piece
    tally: Tally
    tiles: list[TileCheck]
    count: int = 0
    first: int = 0
    first_leaf: bytes = b""
    earliest: int = 0
    latest: int = 0
    named: Named = field(default_factory=Named)
    adopted: dict[tuple[str, str, str], int] = field(default_factory=dict)
    rotations: list[bytes] = field(default_factory=list)


def check_piece(against: Against, piece: Piece) -> Checked:
    """Checks every event of a piece by itself and against the tiles."""
    tally = Tally(against.most)
    trees = [TileCheck.over(against.seal, SHA256, against.sealed_size, piece.sizes, tally)]
    if against.is_sm3:
        trees.append(TileCheck.over(against.seal / "sm3", SM3, against.sealed_size, piece.sizes, tally))
    walk = _Walk(Checked(piece, tally, trees), has_leaves=against.log.has_leaves)
    try:
        walk.along(against.log.read(piece.first, piece.last))
    except (ValueError, struct.error):
        walk.cut_off()
    walk.end()
    return walk.checked


class _Walk:
    """The events of a piece, one after the other; a tile is looked at when its leaves are together."""

    def __init__(self, checked: Checked, *, has_leaves: bool) -> None:
        self.checked = checked
        self._has_leaves = has_leaves
        self._due = checked.piece.first
        self._number = (checked.piece.first - 1) // WIDTH
        # The events of this tile, their leaves in each tree (with the holes), and the positions of those whose bytes
        # do not give the leaf beside them.
        self._events: list[Stored] = []
        self._leaves: list[list[bytes]] = [[] for _ in checked.tiles]
        self._unlike: list[int] = []

    def along(self, events: Iterator[Stored]) -> None:
        """The inner loop: whatever stands in it is paid for by each event."""
        has_leaves, take, append = self._has_leaves, self._events.append, self._leaves[0].append
        append_sm3 = self._leaves[1].append if len(self._leaves) > 1 else None
        for event in events:
            position, _, _, header, payload, leaf = event
            if position != self._due and not self._is_next(position):
                continue
            computed = sha256(b"\x00" + header + payload).digest() if header else NO_LEAF
            if has_leaves and computed != leaf:
                self._unlike.append(position)
            append(computed)
            if append_sm3:
                append_sm3(SM3.leaf(header + payload) if header else NO_LEAF)
            take(event)
            self._due = position + 1
            if not position % WIDTH:
                self._tile()

    def cut_off(self) -> None:
        """What is stored ends in something that is no event."""
        self.checked.tally.add(
            _at("leaf", self._due, "此后的内容读不出来", "what is stored cannot be read from here on")
        )

    def end(self) -> None:
        """What is missing at the end, the last tile, and the counts."""
        checked = self.checked
        if self._due <= checked.piece.last:
            self._is_next(checked.piece.last + 1)
        self._tile()
        for check in ("position", "clock", "topic", "payload"):
            checked.tally.count(check, checked.count)
        if self._has_leaves:
            checked.tally.count("leaf", checked.count)

    def _is_next(self, position: int) -> bool:
        """Notes a hole before ``position`` and fills it; False where the position was there already."""
        tally = self.checked.tally
        if position < self._due:
            tally.add(_at("position", position, "位置重复", "the position is there twice"))
            return False
        last = position - 1
        tally.add(missing(self._due, last), times=last - self._due + 1)
        for _ in range(self._due, position):
            for leaves in self._leaves:
                leaves.append(NO_LEAF)
            if len(self._leaves[0]) == WIDTH:
                self._tile()
        self._due = position
        return True

    def _tile(self) -> None:
        checked = self.checked
        if not self._leaves[0]:
            return
        self._look_at(self._events)
        differing: set[int] = set()
        for tree, leaves in zip(checked.tiles, self._leaves, strict=True):
            differing |= tree.take(self._number, leaves)
            leaves.clear()
        first = self._number * WIDTH + 1
        for position in self._unlike:
            # What is not as it was sealed is said once, by comparison with the seal.
            if position - first not in differing:
                checked.tally.add(_at("leaf", position, "字节与所存的哈希不符", "its bytes do not give its hash"))
        self._unlike.clear()
        self._events.clear()
        self._number += 1

    def _look_at(self, events: list[Stored]) -> None:
        checked, tally, latest = self.checked, self.checked.tally, self.checked.latest
        if events and not checked.count:
            checked.first, checked.earliest = events[0].position, events[0].recorded_at
            checked.first_leaf = SHA256.leaf(events[0].entry) if events[0].header else NO_LEAF
        checked.count += len(events)
        for event, is_known in noncanonical(events):
            if is_known:
                tally.add(_at("payload", event.position, "正文不是规范写法", "its payload is not canonical JSON"))
            else:
                zh, en = "本程序不认识这种事件", "this program knows no event of this kind"
                tally.add(_at("topic", event.position, zh, en))
        for position, topic, recorded_at, header, payload, _ in events:
            if recorded_at < latest:
                tally.add(recorded_before(position))
            latest = recorded_at
            if topic in TELLING:
                self._listen(position, topic, header, payload)
        checked.latest = latest

    def _listen(self, position: int, topic: str, header: bytes, payload: bytes) -> None:
        """Keeps what the events say that the verification itself goes by: keys, policies, rules."""
        checked = self.checked
        if topic == SealKeyRotated.TOPIC:
            checked.rotations.append(header + payload)
            return
        try:
            before = set(checked.named.policies)
            checked.named.look_at(topic, payload)
        except (ValueError, KeyError):
            return
        for policy in checked.named.policies - before:
            checked.adopted[policy] = position


def missing(first: int, last: int) -> Discrepancy:
    """The events of these positions are gone."""
    return Discrepancy("position", "事件缺失", "missing", first, last)


def recorded_before(position: int) -> Discrepancy:
    """Its instant is before that of the event ahead of it."""
    return _at("clock", position, "登记时间早于前一条", "it was recorded before the one ahead of it")


def _at(check: str, position: int, zh: str, en: str) -> Discrepancy:
    return Discrepancy(check, zh, en, position)
