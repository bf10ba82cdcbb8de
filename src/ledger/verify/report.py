"""What a verification found: every check with its count, and what does not agree, by position or by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

# The checks in the order in which they are reported, each with its word in both languages and what it counts.
CHECKS: dict[str, tuple[str, str]] = {
    "position": ("位置连续", "positions without a hole"),
    "leaf": ("事件字节与叶子哈希", "bytes give their leaf"),
    "sealed": ("叶子与封存时相同", "leaves as they were sealed"),
    "clock": ("登记时间不倒退", "recorded in order"),
    "topic": ("事件类型已知", "known kinds of events"),
    "payload": ("正文写法规范", "canonical payloads"),
    "key": ("幂等键不重复", "idempotency keys once"),
    "tag": ("标签索引与事件一致", "tag index as the events say"),
    "tile": ("默克尔树文件", "tiles of the tree"),
    "checkpoint": ("检查点", "checkpoints"),
    "signature": ("检查点签名", "signatures"),
    "root": ("根哈希", "roots"),
    "outside": ("外部保存的检查点", "checkpoints kept elsewhere"),
    "witness": ("见证签名", "cosignatures of witnesses"),
    "log_key": ("账本公钥", "keys of the log"),
    "policy": ("政策包哈希", "policy packs"),
    "rule": ("规则文件", "rule files"),
    "file": ("归档文件", "files of the archive"),
    "table": ("数据表与日志一致", "tables as the log says"),
    "proof": ("包含证明", "inclusion proofs"),
    "projection": ("投影与日志一致", "projections as the log says"),
}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """不符: one thing that is not as it should be, at a position (or from there to ``upto``) or in a file."""

    check: str
    zh: str
    en: str
    position: int | None = None
    upto: int | None = None
    file: str | None = None

    @property
    def place_zh(self) -> str:
        if self.position is None:
            return self.file or "全账"
        span = f"第 {self.position} 条" if self.upto in (None, self.position) else f"第 {self.position}–{self.upto} 条"
        return f"{span}({self.file})" if self.file else span

    @property
    def place_en(self) -> str:
        if self.position is None:
            return self.file or "the whole book"
        ranged = self.upto not in (None, self.position)
        span = f"positions {self.position}–{self.upto}" if ranged else f"position {self.position}"
        return f"{span} ({self.file})" if self.file else span

    @property
    def order(self) -> tuple[int, int, str]:
        """By position, what is exact before what is a range, and files last."""
        if self.position is None:
            return (2**63, 0, self.file or "")
        return (self.position, self.upto or self.position, self.check)


@dataclass(slots=True)
class Tally:
    """What was checked and what did not agree: counts of all, and the first ``most`` of each check."""

    most: int = 20
    checked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    found: list[Discrepancy] = field(default_factory=list)
    _named: Counter[str] = field(default_factory=Counter)

    def count(self, check: str, times: int = 1) -> None:
        """So many more were checked."""
        self.checked[check] += times

    def add(self, one: Discrepancy, times: int = 1) -> None:
        """Something does not agree; ``times`` where it stands for several of its kind."""
        self._name(one)
        self.wrong[one.check] += times

    def merge(self, other: Tally) -> None:
        """Takes over what another part of the same verification found."""
        self.checked.update(other.checked)
        for one in other.found:
            self._name(one)
        self.wrong.update(other.wrong)

    def _name(self, one: Discrepancy) -> None:
        if self._named[one.check] < self.most:
            self._named[one.check] += 1
            self.found.append(one)


@dataclass(frozen=True, slots=True)
class KeyUsed:
    """A public key of the log, and whether somebody outside said so (else it is taken on trust from the folder)."""

    vkey: str
    key_id: str
    since: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The largest checkpoint that a witness cosigned, and when (seconds since 1970 UTC)."""

    name: str
    size: int
    at_second: int


@dataclass(frozen=True, slots=True)
class Report:
    """A verification from beginning to end.

    ``size`` counts the events that are there, ``sealed_size`` those under the largest checkpoint with a good signature;
    ``root`` is what the log gives there (of a log without a checkpoint, at its end).
    """

    kind: str
    origin: str
    size: int
    sealed_size: int
    root: bytes | None
    tally: Tally
    keys: tuple[KeyUsed, ...] = ()
    witnesses: tuple[Witnessed, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return not self.tally.wrong.total()

    @property
    def discrepancies(self) -> list[Discrepancy]:
        """The first ones, by position."""
        return sorted(_joined(self.tally.found), key=lambda one: one.order)[: self.tally.most]

    @property
    def first_position(self) -> int | None:
        """The first position that does not agree; None where only files do not, or nothing."""
        return next((one.position for one in self.discrepancies), None)

    def with_remark(self, zh: str, en: str) -> Report:
        """The report with something more that could not be seen."""
        return replace(self, remarks=(*self.remarks, (zh, en)))

    def as_json(self) -> dict[str, Any]:
        """The report in JSON's types."""
        return {
            "kind": self.kind,
            "passed": self.is_good,
            "origin": self.origin,
            "size": self.size,
            "sealed_size": self.sealed_size,
            "root": self.root.hex() if self.root else None,
            "checks": [
                {"check": name, "zh": CHECKS[name][0], "en": CHECKS[name][1], "checked": checked, "wrong": wrong}
                for name, checked, wrong in self.checks()
            ],
            "discrepancy_count": self.tally.wrong.total(),
            "discrepancies": [
                {"check": d.check, "position": d.position, "upto": d.upto, "file": d.file, "zh": d.zh, "en": d.en}
                for d in self.discrepancies
            ],
            "keys": [
                {"vkey": k.vkey, "key_id": k.key_id, "since": k.since, "known_from_outside": k.is_known}
                for k in self.keys
            ],
            "witnesses": [{"name": w.name, "size": w.size, "at_second": w.at_second} for w in self.witnesses],
            "remarks": [{"zh": zh, "en": en} for zh, en in self.remarks],
            "seconds": round(self.seconds, 3),
            "events_per_second": round(self.size / self.seconds) if self.seconds else None,
        }

    def checks(self) -> list[tuple[str, int, int]]:
        """(check, how many were checked, how many did not agree), for the checks that were made."""
        tally = self.tally
        return [
            (name, tally.checked[name], tally.wrong[name])
            for name in CHECKS
            if tally.checked[name] or tally.wrong[name]
        ]


def _joined(found: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Holes that two ranges of the log share are one hole."""
    joined: list[Discrepancy] = []
    for one in sorted(found, key=lambda each: each.order):
        last = joined[-1] if joined else None
        is_next = last and one.check == last.check == "position" and one.zh == last.zh and one.position is not None
        if last and is_next and (last.upto or last.position or 0) + 1 == one.position:
            joined[-1] = Discrepancy("position", last.zh, last.en, last.position, one.upto or one.position)
        else:
            joined.append(one)
    return joined
