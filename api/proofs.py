"""GET the proof that an event is in the sealed log: its bytes, the hashes up to the root, and the signed checkpoint."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api import problems
from api.events import Position
from api.exports import attachment
from api.problems import ProblemError, described
from api.seal_files import TEXT
from api.signatures import Books, Reader
from ledger.access import Holder
from ledger.book.stored import read_stored
from ledger.seal.folder import NotSealed
from ledger.seal.note import NoteError
from ledger.seal.proof import SUFFIX, Proof
from ledger.seal.tiles import TileMissing
from projections import occurrences
from projections.open_book import OpenBook
from projections.queries import Clocks, reading

router = APIRouter(prefix="/events", tags=["seal 封存"])


class EventProof(BaseModel):
    """An event's bytes, and that they are in the tree of the checkpoint (docs/log-format.md, RFC 6962)."""

    position: int
    index: int = Field(description="position − 1")
    leaf: str = Field(description="叶哈希 the leaf hash as it was sealed, hex")
    header_hex: str = Field(description="the event's header")
    payload: str = Field(description="the event's payload, as it is hashed (UTF-8)")
    hashes: list[str] = Field(description="from the leaf's sibling to the root's child, hex")
    checkpoint: str = Field(description="the signed checkpoint, a note (c2sp.org/tlog-checkpoint)")


class ProofFile(Response):
    """A ``.tlog-proof`` file, to be kept."""

    media_type = TEXT


ANSWERS: dict[int | str, dict[str, Any]] = described(401, 404, 409, 422, 503)
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "证明文件 c2sp.org/tlog-proof@v1", "content": {TEXT: {"schema": {"type": "string"}}}}
}


@router.get("/{position}/proof", responses=ANSWERS)
def proof(position: Position, holder: Reader, books: Books) -> EventProof:
    """The proof in the latest checkpoint, with the event's bytes; 409 until the event is sealed."""
    return event_proof(books, holder, position)


@router.get("/{position}/proof.tlog-proof", response_class=ProofFile, responses=ANSWERS | _FILE)
def proof_file(position: Position, holder: Reader, books: Books) -> ProofFile:
    """The same proof without the event, as a file that others' programs read."""
    return kept_proof(books, holder, position)


def kept_proof(books: OpenBook, holder: Holder, position: int) -> ProofFile:
    """The proof as a file; the problems are those of ``event_proof``."""
    must_see(books, holder, position)
    name = attachment(f"event-{position}{SUFFIX}")
    return ProofFile(str(sealed_proof(books, position)), headers={"Content-Disposition": name})


def event_proof(books: OpenBook, holder: Holder, position: int) -> EventProof:
    """The bytes as they are stored now, and the leaf and the hashes as they were sealed.

    Raises:
        ProblemError: there is no such event for this holder, or it is not sealed.
    """
    must_see(books, holder, position)
    made = sealed_proof(books, position)
    with reading(books.database, Clocks()) as cursor:
        found = list(read_stored(cursor.connection, position - 1, position))
    if not found:
        raise problems.not_found()
    (leaf,) = books.seal_folder.leaves(position - 1, position)
    return EventProof(
        position=position,
        index=made.index,
        leaf=leaf.hex(),
        header_hex=found[0].header.hex(),
        # Bytes that are no text were not written by the program: the check of their hash says so.
        payload=found[0].payload.decode(errors="replace"),
        hashes=[one.hex() for one in made.hashes],
        checkpoint=str(made.note),
    )


def must_see(books: OpenBook, holder: Holder, position: int) -> None:
    """Raises 404 where the holder may not see the event, or there is none."""
    with reading(books.database, Clocks()) as cursor:
        if not occurrences.at_positions(cursor, holder.region, [position], holder.role):
            raise problems.not_found()


def sealed_proof(books: OpenBook, position: int) -> Proof:
    """The proof from the seal folder alone, or 409 and why there is none."""
    try:
        return books.seal_folder.proof(position)
    except NotSealed:
        zh, en = f"第 {position} 号事件尚未封存，请稍后再试", f"event {position} is not sealed yet; try again later"
        raise ProblemError(409, "not_sealed", ("尚未封存", "Not sealed yet"), (zh, en)) from None
    except (NoteError, TileMissing):
        zh, en = "封存文件缺失或受损，请管理员核查", "files of the seal are missing or damaged; tell the administrator"
        raise ProblemError(409, "seal_damaged", ("封存受损", "The seal is damaged"), (zh, en)) from None
