"""What a working paper is made of: a sample's items and what was set aside, and proofs from the seal at hand."""

from __future__ import annotations

import base64

from ledger.book.database import Database
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.note import NoteError
from ledger.seal.tiles import TileMissing
from projections.audit_sampling.paper import Contents, Sealed
from projections.audit_sampling.samples import items_of, plan_of, population_of
from projections.queries import Row


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
