"""GET the state of the seal: how far the log is sealed, when, by which keys, and who cosigned it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import psycopg
from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.problems import described
from api.signatures import Books, Reader
from ledger.seal.folder import SealFolder
from ledger.seal.note import VerifierKey
from ledger.seal.state import SealState, state_of
from ledger.seal.tiles import TileMissing
from projections.queries import Clocks, Row, freshness, reading

router = APIRouter(prefix="/seal", tags=["seal 封存"])

Standing = Literal["none", "current", "behind", "refused", "parted", "damaged"]


class LogKey(BaseModel):
    """A public key."""

    id: str = Field(description="4 bytes, hex", examples=["c16e8a29"])
    vkey: str = Field(description="name+hash+base64 (c2sp.org/signed-note)")


class CosignatureAnswer(BaseModel):
    """A witness's signature under the latest checkpoint that has any."""

    name: str = Field(examples=["audit.620199.example"])
    size: int = Field(description="of how many events")
    cosigned_at: datetime | None
    is_valid: bool = Field(description="whether the witness's public key, as it is known here, confirms it")


class RefusedAnswer(BaseModel):
    """What the sealer refused to sign."""

    position: int
    reason_zh: str
    reason_en: str
    refused_at: datetime


class SealAnswer(BaseModel):
    """How far the log is sealed. The checkpoints and tiles themselves lie open at /seal/… (c2sp.org/tlog-tiles)."""

    standing: Standing = Field(
        description="none 未封存 | current 已封存至末位 | behind 有新事件待封存 | "
        "refused 封存被拒 the sealer found the log not as it should be | "
        "parted 日志与封存不符 where the seal ends the log has no event, or another one | "
        "damaged 封存文件受损 the seal's files cannot be trusted"
    )
    head: int = Field(description="日志末位 the last position of the log")
    sealed: int = Field(description="已封存至 sealed up to this position")
    unsealed: int = Field(description="待封存 events that are not sealed yet")
    origin: str | None = Field(default=None, examples=["mingzhang/6d77b413d6e5c241"])
    root: str | None = Field(default=None, description="SHA-256 root, hex")
    root_sm3: str | None = Field(default=None, description="SM3 root, hex")
    sealed_at: datetime | None = Field(default=None, description="when the checkpoint was last written")
    keys: list[LogKey] = Field(default=[], description="the log's, the oldest first; the last one signs now")
    witnesses: list[CosignatureAnswer] = []
    refused: RefusedAnswer | None = None

    @property
    def is_alarming(self) -> bool:
        return self.standing in {"refused", "parted", "damaged"}


@router.get("", responses=described(401, 503))
def seal_state(holder: Reader, books: Books) -> SealAnswer:
    """The state of the seal; nothing is hashed for it (`mingzhang verify` does that)."""
    with reading(books.database, Clocks()) as cursor:
        return seal_of(cursor, books.seal_folder)


def seal_of(cursor: psycopg.Cursor[Row], folder: SealFolder) -> SealAnswer:
    """What the seal folder says, beside the log as the cursor sees it."""
    # The folder first: a log that is read after it is no shorter.
    held, keys, sealed_at = state_of(folder, 0), [], None
    if held.size:
        keys = folder.keys()
        sealed_at = datetime.fromtimestamp((folder.path / "checkpoint").stat().st_mtime, UTC)
    head = freshness(cursor)["head"]
    return SealAnswer(
        standing=_standing(held, head, is_there=_is_there(cursor, folder, held.size)),
        head=head,
        sealed=held.size,
        unsealed=max(head - held.size, 0),
        origin=held.origin,
        root=held.root.hex() if held.root else None,
        root_sm3=held.sm3_root.hex() if held.sm3_root else None,
        sealed_at=sealed_at,
        keys=[_key(key) for key in keys],
        witnesses=[
            CosignatureAnswer(name=one.name, size=one.size, cosigned_at=one.at, is_valid=one.is_valid)
            for one in held.witnesses
        ],
        refused=_refused(held),
    )


def _standing(held: SealState, head: int, *, is_there: bool) -> Standing:
    if held.trouble:
        return "damaged"
    if held.refused:
        return "refused"
    if held.size == 0:
        return "none"
    if not is_there:
        return "parted"
    return "behind" if head > held.size else "current"


def _is_there(cursor: psycopg.Cursor[Row], folder: SealFolder, size: int) -> bool:
    """Whether the last sealed event is still that which was sealed: a log that was cut and grew again is not shorter.

    Whether a tile is lost is the sealer's matter: it makes it again from the log.
    """
    row = cursor.execute("select leaf from book.event where position = %s", [size]).fetchone()
    try:
        return row is not None and [bytes(row["leaf"])] == list(folder.leaves(size - 1, size))
    except TileMissing:
        return True


def _key(key: VerifierKey) -> LogKey:
    return LogKey(id=key.id.hex(), vkey=str(key))


def _refused(held: SealState) -> RefusedAnswer | None:
    said = held.refused
    if said is None:
        return None
    at = datetime.fromisoformat(said.refused_at)
    return RefusedAnswer(position=said.position, reason_zh=said.zh, reason_en=said.en, refused_at=at)
