"""Small books with random histories, sealed as they grow, and laid open to somebody who may do anything to them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.domain import Tagged

from ledger.book.canonical import header_bytes, leaf_hash, payload_bytes
from ledger.book.database import Database
from ledger.book.mapper import EventMapper
from ledger.book.recorder import BookRecorder
from ledger.events.base import Event
from ledger.events.book import BookOpened, PolicyAdopted, SealKeyRotated
from ledger.events.funding import GrantIssued
from ledger.events.payment import PaymentInstructed
from ledger.policy import load_pack
from ledger.seal.folder import SealFolder
from ledger.seal.note import Note, Signer
from ledger.seal.sealer import Sealer
from tests.story import FUND, account, name, person

WHO: dict[str, Any] = {"origin": "observed", "recorded_by": "G001", "recorded_role": "finance"}
_FILLING = "copy book.event (position, topic, recorded_at, tags, payload, key, leaf) from stdin (format binary)"
_TYPES = ["int8", "text", "timestamptz", "text[]", "bytea", "uuid", "bytea"]
_TAG_AGAIN = "insert into book.event_tag (tag, position) select unnest(tags), position from book.event"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ``book.event``, in the hands of a superuser."""

    position: int
    topic: str
    recorded_at: datetime
    tags: list[str]
    payload: bytes
    key: UUID | None
    leaf: bytes

    def with_leaf(self) -> Row:
        """With the leaf that its bytes give: what a careful forger does."""
        key = self.key.bytes if self.key else None
        header = header_bytes(self.position, self.topic, self.recorded_at, self.tags, key)
        return replace(self, leaf=leaf_hash(header, self.payload))


def signer(name: str = "mingzhang", kind: Any = "log") -> Signer:
    return Signer(name, kind, Ed25519PrivateKey.generate())


def made_events(count: int, chance: random.Random) -> list[DCBEvent]:
    """A book that is opened and pays, with now and then a text that JSON must escape."""
    pack, mapper = load_pack("lanzhou-new-area"), EventMapper()
    opened = date(2025, 1, 1)
    begun: list[Event] = [
        BookOpened(**WHO, jurisdiction=pack.name, opened_on=opened),
        PolicyAdopted(**WHO, jurisdiction=pack.name, version=pack.version, sha256=pack.sha256, adopted_on=opened),
    ]
    events = [*begun, *(_event(number, chance) for number in range(count))]
    return [mapper.to_dcb_event(Tagged(tags=event.tags(), decision=event)) for event in events]


def _event(number: int, chance: random.Random) -> Event:
    paid_on = date(2025, 1, 1) + timedelta(days=number % 360)
    if chance.random() < 0.1:
        note = chance.choice([None, '写作"甲"', "a\\b", "𐍈"])
        return GrantIssued(**WHO, **FUND, note=note, document_no=f"D{number}", issued_on=paid_on, amount_fen=number + 1)
    who = f"{chance.randrange(200)}"
    return PaymentInstructed(
        **WHO,
        **FUND,
        source_line=number + 2,
        batch_no=f"B{number // 500}",
        line_no=number % 500 + 1,
        for_month="2025-01",
        paid_on=paid_on,
        programme="城市低保",
        payment_type="正常",
        household=f"H{who}",
        payee=person(who),
        payee_name=name(who),
        identity_valid=chance.random() < 0.9,
        account=account(who),
        amount_fen=chance.randrange(1, 10**6),
    )


class Workshop:
    """One database, used again for book after book, with a folder for the seal of each."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.signer = signer()
        self._database = Database(url)
        self._recorder = BookRecorder(self._database)
        self._events = made_events(2100, random.Random(1))
        # A superuser with the triggers off: nothing in the database stands in the way.
        self.conn = psycopg.connect(url, autocommit=True, options="-c session_replication_role=replica")

    def close(self) -> None:
        self.conn.close()
        self._database.close()

    def book(self, size: int, chance: random.Random) -> TamperedBook:
        """A new book of ``size`` events, recorded in batches and sealed now and then; perhaps not to its end."""
        self.conn.execute("truncate book.event, book.event_tag")
        seal = self.folder / "seal"
        shutil.rmtree(seal, ignore_errors=True)
        first = chance.randrange(0, len(self._events) - size) if size + 2 < len(self._events) else 0
        events = [*self._events[:2], *self._events[first + 2 : first + size]][:size]
        keys = [UUID(int=chance.getrandbits(128)) if chance.random() < 0.5 else None for _ in events]
        ends = sorted({*(chance.randint(1, size) for _ in range(chance.randint(0, 4))), size})
        book = TamperedBook(self, seal)
        begin = 0
        for end in ends:
            self._recorder.append(events[begin:end], None, keys[begin:end])
            begin = end
            if end < size or chance.random() < 0.7 or len(ends) == 1:
                book.sealed(self.signer)
        return book


@dataclass(slots=True)
class TamperedBook:
    """A book whose rows and files can be read, changed and put back."""

    shop: Workshop
    seal: Path

    def sealed(self, by: Signer) -> None:
        Sealer(SealFolder(self.seal), by).seal(self.shop.conn)

    @property
    def folder(self) -> SealFolder:
        return SealFolder(self.seal)

    @property
    def sealed_size(self) -> int:
        return self.folder.checkpoint().size

    @property
    def note(self) -> Note:
        return self.folder.note()

    def rows(self) -> list[Row]:
        found = self.shop.conn.execute(
            "select position, topic, recorded_at, tags, payload, key, leaf from book.event order by position"
        ).fetchall()
        return [Row(*row) for row in found]

    def put(self, rows: Sequence[Row], *, is_tagged: bool = True) -> None:
        """The rows in the place of all others; with ``is_tagged`` the tag index is made to fit."""
        conn = self.shop.conn
        with conn.transaction():
            conn.execute("truncate book.event")
            with conn.cursor().copy(_FILLING) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(
                        (row.position, row.topic, row.recorded_at, list(row.tags), row.payload, row.key, row.leaf)
                    )
            if is_tagged:
                conn.execute("truncate book.event_tag")
                conn.execute(_TAG_AGAIN)

    def rotated(self, new: Signer) -> int:
        """The log names ``new`` as its next key and goes on by an event; both keys sign as the sealer does; where."""
        old, rows = self.shop.signer, self.rows()
        said = SealKeyRotated(
            **WHO, old_key=old.verifier.material, new_key=new.verifier.material, rotated_on=date(2025, 6, 1)
        )
        turn = replace(rows[-1], position=len(rows) + 1, topic=said.TOPIC, tags=said.tags(), key=None)
        turn = replace(turn, payload=payload_bytes(said.content())).with_leaf()
        after = replace(turn, position=len(rows) + 2, topic=rows[0].topic, tags=rows[0].tags, payload=rows[0].payload)
        self.put([*rows, turn, after.with_leaf()])
        Sealer(self.folder, old, new).seal(self.shop.conn)
        return turn.position

    def seal_again(self, by: Signer, size: int | None = None) -> None:
        """Throws the seal away and makes one of what is there now."""
        shutil.rmtree(self.seal)
        self.sealed(by)
