"""Proof page: an event, its bytes, and the check that it is in the sealed log, made in the visitor's own browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.console.rendering import render
from api.console.session import Visitor
from api.events import LAST_POSITION, Position
from api.exports import attachment
from api.proofs import ProofFile, event_proof, kept_proof, sealed_proof
from api.signatures import Books
from ledger.events import EVENT_CLASSES
from ledger.seal.folder import SealFolder
from ledger.seal.note import NoteError

router = APIRouter(include_in_schema=False)

TOPICS = tuple(cls.TOPIC for cls in EVENT_CLASSES)
Asked = Annotated[int | None, Query(ge=1, le=LAST_POSITION)]


@router.get("/proof")
def proof_page(request: Request, visit: Visitor, books: Books, position: Asked = None) -> Response:
    """With a position, that event's proof is filled in; without, there is room for one from elsewhere."""
    shown = event_proof(books, visit.holder, position) if position else None
    file = str(sealed_proof(books, position)) if position else ""
    keys = _keys(books.seal_folder)
    return render(request, visit, "proof.html", position=position, event=shown, file=file, keys=keys, topics=TOPICS)


def _keys(folder: SealFolder) -> str:
    """The public keys that this site knows; none where their files are damaged, and the visitor brings his own."""
    try:
        return "\n".join(map(str, [*folder.keys(), *folder.witness_keys()]))
    except NoteError:
        return ""


@router.get("/events/{position}/proof.json")
def event_file(position: Position, visit: Visitor, books: Books) -> Response:
    """The event's bytes with their proof, to be kept."""
    content = event_proof(books, visit.holder, position).model_dump_json(indent=1)
    headers = {"Content-Disposition": attachment(f"event-{position}.json")}
    return Response(content, media_type="application/json", headers=headers)


@router.get("/events/{position}/proof.tlog-proof")
def proof_file(position: Position, visit: Visitor, books: Books) -> ProofFile:
    """The proof without the event, to be kept."""
    return kept_proof(books, visit.holder, position)
