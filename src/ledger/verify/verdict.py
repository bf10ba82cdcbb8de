"""What follows from the log, the tiles and the checkpoints beside each other: which of them was changed, and where.

A checkpoint that a trusted key signed is believed. Where the log gives its root, the log is right and a tile that says
otherwise is not; where the tiles give it and the log does not, the leaves in them say which events were changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256, SM3, TreeHash
from ledger.seal.note import Note, NoteError
from ledger.seal.rotation import KeyTerm, verified_in_term
from ledger.seal.tiles import WIDTH, TileMissing
from ledger.seal.tree import root_at
from ledger.verify.history import History, Roots
from ledger.verify.kept import Kept
from ledger.verify.pieces import missing
from ledger.verify.report import Discrepancy, Tally, Witnessed
from ledger.verify.tile_check import file_name
from ledger.verify.trust import OutsideNote, Trust


@dataclass(slots=True)
class Verdict:
    """Judges a log of ``head`` events. ``histories`` are by hash function; SM3 only where it was hashed anew."""

    seal: SealFolder
    origin: str
    head: int
    histories: dict[TreeHash, History]
    terms: list[KeyTerm]
    trust: Trust
    tally: Tally
    sealed_size: int = 0
    _believed: list[Kept] = field(default_factory=list)

    def pass_on(self, kept: Iterable[Kept]) -> None:
        """Signatures, then roots, then what they say of every leaf that is not as it was sealed."""
        self._believed = [one for one in kept if self._is_signed(one)]
        self.sealed_size = max((one.checkpoint.size for one in self._believed if one.tree_hash is SHA256), default=0)
        for tree_hash in (SHA256, SM3):
            self._roots(tree_hash, [one for one in self._believed if one.tree_hash is tree_hash])
        for tree_hash, history in self.histories.items():
            self._leaves(tree_hash, history)
            history.check_files(min(self.sealed_size, self.head), self.tally)
        self._outside()
        largest = max([one.checkpoint.size for one in self._believed] + self._outside_sizes(), default=0)
        if largest > self.head:
            self.tally.add(missing(self.head + 1, largest), times=largest - self.head)

    def _is_signed(self, one: Kept) -> bool:
        self.tally.count("signature")
        if one.checkpoint.origin != self.origin + one.tree_hash.suffix:
            self._add("signature", one.file, "检查点属于另一本账", "the checkpoint is of another log")
            return False
        try:
            verified_in_term(one.note, self.terms, one.tree_hash)
        except (NoteError, IndexError):
            self._add(
                "signature", one.file, "没有本账可信密钥的有效签名", "no trusted key of the log signed it, or not this"
            )
            return False
        return True

    def _roots(self, tree_hash: TreeHash, signed: list[Kept]) -> None:
        good, unexplained = 0, list[tuple[int, Kept]]()
        for one in signed:
            size = one.checkpoint.size
            roots = self._roots_at(tree_hash, size)
            if roots is None:
                continue
            self.tally.count("root")
            if one.checkpoint.root in roots:
                good = size
            elif tree_hash in self.histories:
                unexplained.append((good + 1, one))
            else:
                self._add(
                    "tile", one.file, "树文件算不出签过的根哈希", "the tiles do not give the root that was signed"
                )
        if unexplained:
            first, one = unexplained[0]
            self.tally.add(
                Discrepancy("root", *_OTHER_ROOT, position=first, upto=one.checkpoint.size, file=one.file),
                times=len(unexplained),
            )

    def _roots_at(self, tree_hash: TreeHash, size: int) -> Roots | None:
        """None where the log does not reach, or a tile is lost, which is said elsewhere."""
        history = self.histories.get(tree_hash)
        if history is not None:
            return history.roots.get(size)
        try:
            root = root_at(size, self.seal.tiles(tree_hash).subtree, tree_hash)
        except TileMissing as error:
            self._add("tile", file_name(tree_hash, str(error)), "文件缺失或长度不对", "the tile is missing or short")
            return None
        return Roots(root, root)

    def _leaves(self, tree_hash: TreeHash, history: History) -> None:
        """Leaves that differ between log and tiles: the log is right as far as it gives a root that was signed."""
        right = max((one.checkpoint.size for one in self._believed if self._gives(history, tree_hash, one)), default=0)
        for number in sorted({(position - 1) // WIDTH for position in history.positions if position <= right}):
            file = file_name(tree_hash, history.differing[number].file)
            self._add("tile", file, "内容与日志不符", "it is not what the log gives")
        changed = [position for position in history.positions if position > right]
        unnamed = sum(one.leaves for one in history.differing.values()) - len(history.positions)
        for position in changed:
            times = 1 + unnamed if position == changed[-1] else 1
            self.tally.add(Discrepancy("sealed", "与封存时不同", "it is not what was sealed", position), times=times)

    @staticmethod
    def _gives(history: History, tree_hash: TreeHash, one: Kept) -> bool:
        roots = history.roots.get(one.checkpoint.size)
        return one.tree_hash is tree_hash and roots is not None and roots.log == one.checkpoint.root

    def _outside(self) -> None:
        good = 0
        for one in sorted(self.trust.outside, key=lambda kept: Checkpoint.parse(kept.note.text).size):
            self.tally.count("outside")
            held = Checkpoint.parse(one.note.text)
            tree_hash = SM3 if held.origin.endswith(SM3.suffix) else SHA256
            if held.origin != self.origin + tree_hash.suffix:
                self._add("outside", one.name, "属于另一本账", "it is of another log")
                continue
            if not self._is_vouched(one, tree_hash):
                self._add("outside", one.name, "没有可信的签名", "no key that is trusted signed it")
            roots = self._roots_at(tree_hash, held.size) if held.size <= self.head else None
            if roots and held.root in roots:
                good = held.size
            elif roots:
                self.tally.add(Discrepancy("outside", *_OTHER_ROOT, position=good + 1, upto=held.size, file=one.name))

    def _is_vouched(self, one: OutsideNote, tree_hash: TreeHash) -> bool:
        try:
            if one.note.signers(self.trust.witnesses):
                return True
            verified_in_term(one.note, self.terms, tree_hash)
        except (NoteError, IndexError):
            return False
        return True

    def _outside_sizes(self) -> list[int]:
        held = [Checkpoint.parse(one.note.text) for one in self.trust.outside]
        return [one.size for one in held if one.origin.removesuffix(SM3.suffix) == self.origin]

    def witnessed(self) -> tuple[Witnessed, ...]:
        """Who cosigned what, at the largest size of each; a quorum that no checkpoint has goes to the tally."""
        largest: dict[str, Witnessed] = {}
        most = 0
        notes = [(one.file, one.note) for one in self._believed]
        for file, note in (*notes, *((one.name, one.note) for one in self.trust.outside)):
            found = self._cosigned(file, note)
            most = max(most, len(found))
            size = Checkpoint.parse(note.text).size
            for name, at_second in found.items():
                if name not in largest or largest[name].size < size:
                    largest[name] = Witnessed(name, size, at_second)
        if most < self.trust.quorum:
            self.tally.add(too_few_witnesses(self.trust.quorum, most))
        return tuple(largest.values())

    def _cosigned(self, file: str, note: Note) -> dict[str, int]:
        try:
            found = note.signers(self.trust.witnesses)
        except NoteError as error:
            self._add("witness", file, error.zh, error.en)
            return {}
        self.tally.count("witness", len(found))
        return {key.name: at_second or 0 for key, at_second in found.items()}

    def _add(self, check: str, file: str, zh: str, en: str) -> None:
        self.tally.add(Discrepancy(check, zh, en, file=file))


_OTHER_ROOT = ("日志算不出签过的根哈希", "the log does not give the root that was signed")


def too_few_witnesses(needed: int, most: int) -> Discrepancy:
    """As many witnesses as were asked for signed no checkpoint."""
    return Discrepancy(
        "witness",
        f"没有一个检查点有 {needed} 家见证签名(最多 {most} 家)",
        f"no checkpoint has the cosignatures of {needed} witnesses (at most {most})",
    )
