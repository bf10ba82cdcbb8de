"""A witness: what somebody outside remembers of a log, and a signature for whatever continues it.

It keeps the last checkpoint that it saw and signs a later one only with a proof that the log merely grew
(c2sp.org/tlog-witness). What it remembers is on disk before its signature is given, so that a crash forgets nothing.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from ledger.seal.checkpoint import Checkpoint, verified
from ledger.seal.folder import TREES
from ledger.seal.hashing import TreeHash
from ledger.seal.keys import SealError, make_key, read_key
from ledger.seal.note import Note, NoteError, Signature, Signer, VerifierKey, is_name
from ledger.seal.tiles import write_file
from ledger.seal.tree import ProofError, check_consistency

Reason = Literal["malformed", "unknown", "unsigned", "stale", "rollback", "fork"]


class WitnessRefused(RuntimeError):
    """The witness does not sign ``offered``; ``held`` is the last checkpoint that it saw, ``known`` its size.

    ``stale`` is a mistake of who asks; ``rollback`` and ``fork`` are evidence against the log.
    """

    def __init__(self, reason: Reason, zh: str, en: str, held: Note | None = None, offered: Note | None = None) -> None:
        self.reason, self.zh, self.en = reason, zh, en
        self.held, self.offered = held, offered
        super().__init__(f"{zh} / {en}")

    @property
    def known(self) -> int:
        return Checkpoint.parse(self.held.text).size if self.held else 0

    @property
    def is_split(self) -> bool:
        """Whether two checkpoints of one size have different roots."""
        two = [Checkpoint.parse(note.text) for note in (self.held, self.offered) if note and self.reason == "fork"]
        return len(two) == 2 and two[0].size == two[1].size and two[0].root != two[1].root

    @property
    def report(self) -> str:
        """Both notes, verbatim: with them anybody can show what happened."""
        notes = (("见证人最后所见 last seen", self.held), ("被拒绝的 refused", self.offered))
        parts = [f"== {title} ==\n{note or '—'}" for title, note in notes]
        return f"{self.zh}\n{self.en}\n\n" + "\n".join(parts)


class Witness:
    """The folder of one witness: its key, the logs that it knows, and what it last saw of each."""

    def __init__(self, folder: Path) -> None:
        """Opens it.

        Raises:
            SealError: there is no witness in the folder.
        """
        if not (folder / "witness.key").exists():
            raise SealError(
                f"“{folder}”里没有见证人,请先 mingzhang witness init",
                f"there is no witness in {folder}: make one with mingzhang witness init",
            )
        self.folder = folder
        self.signer: Signer = read_key(folder / "witness.key")
        if self.signer.kind != "witness":
            raise SealError(f"{folder} 不是见证人目录", f"{folder} is no witness's folder")

    @classmethod
    def init(cls, folder: Path, name: str, log: VerifierKey) -> Witness:
        """Makes a witness, or lets one that is there know a further log.

        Raises:
            SealError: the witness there has another name, or knows another key of this log.
            NoteError: a witness cannot have such a name.
        """
        if not is_name(name):
            raise NoteError("名称不能为空,不能含空格或“+”", "a name is not empty and has no space and no + in it")
        signer = make_key(folder / "witness.key", name, "witness")
        witness = cls(folder)
        if signer.name != name:
            raise SealError(f"这里的见证人是 {signer.name}", f"the witness here is {signer.name}")
        write_file(folder / "witness.vkey", f"{signer.verifier}\n".encode())
        known = witness.key_of(log.name)
        if known not in (None, log):
            raise SealError(f"已知该账本的另一密钥({known})", f"another key of this log is known ({known})")
        witness.trust(log)
        return witness

    @property
    def verifier(self) -> VerifierKey:
        return self.signer.verifier

    def origins(self) -> list[str]:
        """The logs that it knows."""
        folder = self.folder / "logs"
        return sorted(unquote(entry.name) for entry in folder.iterdir()) if folder.is_dir() else []

    def key_of(self, origin: str) -> VerifierKey | None:
        """The key by which a log signs now, as far as the witness knows."""
        file = self._of(origin) / "log.vkey"
        return VerifierKey.parse(file.read_text(encoding="utf-8").splitlines()[-1]) if file.is_file() else None

    def trust(self, key: VerifierKey) -> None:
        """From here on the log of this name is signed by this key."""
        file = self._of(key.name) / "log.vkey"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        if str(key) not in lines[-1:]:
            write_file(file, "".join(f"{line}\n" for line in [*lines, key]).encode())

    def last(self, origin: str, tree_hash: TreeHash) -> Note | None:
        """The last checkpoint that it signed of one tree of a log; ``origin`` is the log's name, for both trees."""
        file = self._checkpoint(origin, tree_hash)
        return Note.parse(file.read_bytes()) if file.is_file() else None

    def add_checkpoint(self, old: int, proof: Sequence[bytes], note: Note, at_second: int) -> Signature:
        """Signs ``note`` (seconds since 1970 UTC), whose tree begins with that of ``old`` events by ``proof``.

        Raises:
            WitnessRefused: for each of the reasons for which c2sp.org/tlog-witness has a status.
        """
        with self._alone():
            offered, origin, tree_hash = self._checked(note)
            last = self.last(origin, tree_hash)
            known = Checkpoint.parse(last.text) if last else Checkpoint(offered.origin, 0, tree_hash.empty())
            if old > offered.size:
                zh, en = "原大小大于检查点", "the old size is larger than the checkpoint's"
                raise WitnessRefused("malformed", zh, en, last, note)
            if old != known.size:
                zh, en = f"最后所见为 {known.size} 条", f"{known.size} events were last seen"
                raise WitnessRefused("stale", zh, en, last, note)
            try:
                check_consistency(old, offered.size, known.root, offered.root, proof, tree_hash)
            except ProofError as error:
                zh = "日志不是此前所见日志的延续:被改写、分叉或删减"
                en = f"the log does not continue the one that was seen: rewritten or forked ({error})"
                raise WitnessRefused("fork", zh, en, last, note) from None
            signature = self.signer.sign(note.text, at_second)
            # Remembered first: a signature that nobody remembers could be followed by one for another history.
            write_file(self._checkpoint(origin, tree_hash), note.with_signatures([signature]).encode())
            return signature

    def keep_refusal(self, refused: WitnessRefused) -> Path:
        """Puts a refusal with both notes beside what is remembered."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = self.folder / "refused" / f"{stamp}-{refused.reason}.txt"
        write_file(path, refused.report.encode())
        return path

    def _checked(self, note: Note) -> tuple[Checkpoint, str, TreeHash]:
        """The checkpoint, the log's name and which of its trees it is of: signed by the key that is trusted."""
        try:
            offered = Checkpoint.parse(note.text)
        except NoteError as error:
            raise WitnessRefused("malformed", error.zh, error.en, None, note) from None
        for tree_hash in reversed(TREES):
            origin = offered.origin.removesuffix(tree_hash.suffix)
            key = self.key_of(origin) if offered.origin.endswith(tree_hash.suffix) else None
            if key:
                try:
                    return verified(note, [key], tree_hash), origin, tree_hash
                except NoteError as error:
                    last = self.last(origin, tree_hash)
                    raise WitnessRefused("unsigned", error.zh, error.en, last, note) from None
        raise WitnessRefused("unknown", "不认识这个账本", "this log is not known here", None, note)

    def _of(self, origin: str) -> Path:
        return self.folder / "logs" / quote(origin, safe="")

    def _checkpoint(self, origin: str, tree_hash: TreeHash) -> Path:
        return self._of(origin) / f"checkpoint{tree_hash.suffix.replace('/', '.')}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
