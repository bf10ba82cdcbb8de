"""What a working paper is made of: a sample's items and what was set aside, and proofs from the seal at hand."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.book.database import Database
from ledger.decide.audit_strata import Line
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.note import NoteError
from ledger.seal.proof import SUFFIX
from ledger.seal.tiles import TileMissing
from projections.audit_sampling.samples import items_of, plan_of, population_of
from projections.queries import Row

ProofOf = Callable[[int], bytes | None]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The checkpoint that proofs lead to: its root in base64, how many events it is over, and a proof by position."""

    root: str
    size: int
    proof_of: ProofOf


@dataclass(frozen=True, slots=True)
class Contents:
    """What a paper is made of: a sample, its items with their evidence, what was set aside, and the seal if any."""

    sample: Row
    items: Sequence[Row]
    aside: Sequence[Line]
    sealed: Sealed | None = None


def contents_of(database: Database, sample: Row, sealed: Sealed | None) -> Contents:
    """Everything that the paper of a sample shows, at the sample's own clocks; audited amounts as they are now."""
    aside = []
    if sample["aside_count"] and plan_of(sample).sets_aside:
        aside = [line for line in population_of(database, sample) if line.amount_fen <= 0]
    return Contents(sample, items_of(database, sample), aside, sealed)


def sealed_in(folder: SealFolder) -> Sealed | None:
    """The latest checkpoint of a seal folder, with proofs that lead to it; None where none can be read."""
    try:
        held = folder.checkpoint()
    except (NotSealed, NoteError, OSError):
        return None

    def proof_of(position: int) -> bytes | None:
        try:
            return str(folder.proof(position, held.size)).encode()
        except (NotSealed, TileMissing, OSError):
            return None

    return Sealed(base64.b64encode(held.root).decode(), held.size, proof_of)


def proof_files(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """The name and content of each proof file; nothing where the book is not sealed."""
    if contents.sealed is None:
        return
    for position in sorted({at for row in contents.items for at in row["evidence"]}):
        proof = contents.sealed.proof_of(position)
        if proof is not None:
            yield proof_name(position), proof


def proof_name(position: int) -> str:
    return f"{position}{SUFFIX}"
