"""A whole log, in pieces, by one process or by several; then the seal beside it."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

from ledger.archive.rulebook import Named
from ledger.seal.checkpoint import Checkpoint, origin_of
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import HASH_BYTES, SHA256, SM3
from ledger.seal.rotation import KeyTerm
from ledger.verify.history import History
from ledger.verify.kept import Kept
from ledger.verify.pieces import PIECE_EVENTS, Against, Checked, Log, Piece, check_piece, recorded_before
from ledger.verify.remarks import Remark
from ledger.verify.report import Discrepancy, KeyUsed, Report, Tally, Witnessed
from ledger.verify.tile_check import widest
from ledger.verify.trust import Trust, key_terms
from ledger.verify.verdict import Verdict

Progress = Callable[[int, int], None]
# Less than this is done before another process has begun.
_ALONE_EVENTS = 131_072


@dataclass(frozen=True, slots=True)
class How:
    """How a verification is made: ``is_sm3`` hashes every event with SM3 too; ``most`` are named of each check."""

    is_sm3: bool = False
    most: int = 20
    workers: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    progress: Progress | None = None


@dataclass(slots=True)
class Sealed:
    """What was found of a log and its seal; counts and discrepancies are in the tally that was handed in."""

    origin: str
    size: int
    sealed_size: int
    root: bytes | None
    keys: tuple[KeyUsed, ...]
    terms: list[KeyTerm]
    witnesses: tuple[Witnessed, ...]
    named: Named
    adopted: dict[tuple[str, str, str], int]

    def report(self, kind: str, tally: Tally, remarks: Iterable[Remark], begun: float) -> Report:
        """What is handed to the user; ``begun`` as ``time.perf_counter`` said it."""
        return Report(
            kind=kind,
            origin=self.origin,
            size=self.size,
            sealed_size=self.sealed_size,
            root=self.root,
            tally=tally,
            keys=self.keys,
            witnesses=self.witnesses,
            remarks=tuple(remarks),
            seconds=time.perf_counter() - begun,
        )


def check_log(log: Log, head: int, kept: list[Kept], seal: SealFolder, trust: Trust, how: How, tally: Tally) -> Sealed:
    """Checks the positions 1 to ``head`` of a log and the checkpoints ``kept`` over it."""
    sizes = {one.checkpoint.size for one in kept} | {Checkpoint.parse(one.note.text).size for one in trust.outside}
    sealed_size = max((one.checkpoint.size for one in kept), default=0)
    against = Against(log, seal.path, sealed_size, how.is_sm3, how.most)
    whole = _Whole(seal, how, tally)
    for checked in _checked(against, list(pieces(head, sizes | {head})), how):
        whole.take(checked)
        if how.progress:
            how.progress(checked.piece.last, head)
    return whole.sealed(head, kept, trust)


def pieces(head: int, sizes: Iterable[int]) -> Iterator[Piece]:
    """The positions 1 to ``head``, cut into whole tiles, with the sizes that lie in each."""
    wanted = sorted(size for size in sizes if 0 < size <= head)
    for first in range(1, head + 1, PIECE_EVENTS):
        last = min(first + PIECE_EVENTS - 1, head)
        yield Piece(first, last, tuple(size for size in wanted if first <= size <= last))


def _checked(against: Against, parts: list[Piece], how: How) -> Iterator[Checked]:
    """Every piece checked, in order; this process is one of the workers, and at work while the others begin."""
    others = how.workers - 1
    if others < 1 or not parts or parts[-1].last <= _ALONE_EVENTS:
        yield from (check_piece(against, piece) for piece in parts)
        return
    # A forked child would hold its parent's database connections.
    with ProcessPoolExecutor(others, multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[Checked]] = deque()
        for piece in parts:
            if sum(not future.done() for future in waiting) < 2 * others:
                waiting.append(pool.submit(check_piece, against, piece))
                continue
            ours: Future[Checked] = Future()
            ours.set_result(check_piece(against, piece))
            waiting.append(ours)
            while waiting and waiting[0].done():
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


class _Whole:
    """Pieces put together."""

    def __init__(self, seal: SealFolder, how: How, tally: Tally) -> None:
        self._seal, self._tally = seal, tally
        hashes = (SHA256, SM3) if how.is_sm3 else (SHA256,)
        self._histories = {one: History(one, seal.tiles(one).folder, how.most) for one in hashes}
        self._latest = 0
        self._first_leaf = b""
        self._rotations: list[bytes] = []
        self._named = Named()
        self._adopted: dict[tuple[str, str, str], int] = {}
        self._count = 0

    def take(self, checked: Checked) -> None:
        self._tally.merge(checked.tally)
        if checked.count:
            if checked.earliest < self._latest:
                self._tally.add(recorded_before(checked.first))
            self._latest = checked.latest
        if checked.piece.first == 1:
            self._first_leaf = checked.first_leaf
        for history, tiles in zip(self._histories.values(), checked.tiles, strict=True):
            history.take(checked.piece.sizes, tiles)
        self._rotations += checked.rotations
        self._named.policies |= checked.named.policies
        self._named.rules |= checked.named.rules
        self._adopted = checked.adopted | self._adopted
        self._count += checked.count

    def sealed(self, head: int, kept: list[Kept], trust: Trust) -> Sealed:
        tally = self._tally
        history = self._histories[SHA256]
        origin = self._origin(kept)
        terms, keys = key_terms(self._seal, origin, self._rotations, trust, tally)
        verdict = Verdict(self._seal, origin, head, self._histories, terms, trust, tally)
        verdict.pass_on(kept)
        roots = history.roots.get(min(verdict.sealed_size, head) or head)
        return Sealed(
            origin,
            self._count,
            verdict.sealed_size,
            roots.log if roots else None,
            keys,
            terms,
            verdict.witnessed(),
            self._named,
            self._adopted,
        )

    def _origin(self, kept: list[Kept]) -> str:
        """The log's name: of its first leaf, as it was sealed or as it is; else what the checkpoints call it."""
        sealed = widest(self._seal.path, 0, 0)[0][:HASH_BYTES]
        names = [origin_of(leaf) for leaf in (sealed, self._first_leaf) if leaf]
        said = [one.checkpoint.origin.removesuffix(one.tree_hash.suffix) for one in reversed(kept)]
        if named := next((name for name in names if name in said), None):
            return named
        if said and names:
            zh, en = "账本名称不是由首条事件得出的", "the log's name is not that of its first event"
            self._tally.add(Discrepancy("checkpoint", zh, en, file=kept[-1].file))
        return next(iter([*said, *names]), "")
