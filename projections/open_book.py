"""Opening a book: its database (embedded or a server's), its vault, its rules and its projections, put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from eventsourcing.dcb.domain import Selector

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.book.mapper import query_of
from ledger.decide.opening import OpeningRequest, OpenTheBook
from ledger.decide.slice import Asked
from ledger.events.book import BOOK_TAG, BookOpened
from ledger.policy import PolicyPack, load_pack, pack_names
from ledger.seal.folder import SealFolder
from ledger.seal.sealing import Sealing
from ledger.server import EmbeddedServer, Keeper
from ledger.vault import Documents, Vault, open_vault
from projections.engine import Engine
from projections.supervision import Supervisor

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


class NotOpened(RuntimeError):
    """The book has no jurisdiction yet; the first import names it."""


@dataclass(frozen=True, slots=True)
class OpenBook:
    """All that a command or the API works with."""

    database: Database
    book: Book
    engine: Engine
    vault: Vault
    policy: PolicyPack
    supervisor: Supervisor
    documents: Documents
    sealing: Sealing
    fixed_day: date | None = None

    @property
    def today(self) -> date:
        """The business day that the book is looked at on."""
        return self.fixed_day or today()

    @property
    def seal_folder(self) -> SealFolder:
        """Checkpoints and tiles: outside the database."""
        return self.sealing.folder

    @property
    def jurisdiction(self) -> str:
        return self.policy.name


@dataclass(frozen=True, slots=True)
class Place:
    """Where a book lives: a folder for keys and the embedded database, and a real server's URL where there is one.

    ``business_day`` is taken for today, for a book of the past; None is the day it is. ``rules`` is the folder of the
    site's own rules; None is the folder ``rules`` of the data folder. ``seal`` is the seal folder, and ``seal_key`` the
    key to seal with; None is ``seal`` and ``keys/seal.key`` of the data folder. With the key ``none`` another process
    seals.
    """

    data: Path
    database_url: str | None = None
    business_day: date | None = None
    rules: Path | None = None
    seal: Path | None = None
    seal_key: str | None = None

    @property
    def site_rules(self) -> Path:
        return self.rules or self.data / "rules"

    @property
    def seal_folder(self) -> SealFolder:
        """Checkpoints and tiles: outside the database."""
        return SealFolder(self.seal or self.data / "seal")

    @property
    def sealing(self) -> Sealing:
        """What seals the book, if the key is at hand."""
        key_file = Path(self.seal_key) if self.seal_key else self.data / "keys" / "seal.key"
        return Sealing(self.seal_folder, None if self.seal_key == "none" else key_file)

    def must_hold_a_book(self) -> None:
        """A command that only reads makes nothing where a folder was mistyped.

        Raises:
            NotOpened: there is no book here.
        """
        if self.database_url is None and not any((self.data / name).exists() for name in ("postgres", "location")):
            raise NotOpened(f"“{self.data}”里没有账本,请核对 --data / there is no book in {self.data}: check --data")


@contextmanager
def open_book(
    place: Place,
    jurisdiction: str | None = None,
    *,
    staff: str = "system",
    role: str = "system",
    keep_up: bool = False,
) -> Iterator[OpenBook]:
    """Opens the book of a place, begun under ``jurisdiction`` when it is new, and closes it in the end.

    With ``keep_up`` an embedded server that crashes meanwhile is started again. What was recorded is sealed in the end.

    Raises:
        NotOpened: the book is new and no jurisdiction is named.
        ledger.decide.refusals.JurisdictionFixed: the book goes by another jurisdiction.
        ledger.seal.keys.SealError: others may read the signing key, or it is not the one that seals this log.
        ledger.seal.sealer.SealRefused: in the end, that the log is not what was sealed of it.
        ledger.server.ServerError, ledger.book.database.DatabaseError, ledger.vault.VaultError: it cannot be opened.
    """
    with ExitStack() as closing:
        url = place.database_url or _embedded(closing, place, keep_up=keep_up)
        database = Database(url, business_day=place.business_day)
        closing.callback(database.close)
        book, engine = Book(database), Engine(database, place.site_rules)
        sealing = place.sealing
        sealing.signer()  # a key that must not be used is said before anything is recorded
        closing.callback(sealing.seal_news, database, book.recorder.head())
        vault = open_vault(database.pool, place.data / "keys" / "vault.key")
        policy = _policy_of(book, jurisdiction, staff, role)
        engine.adopt(policy)
        engine.catch_up()
        supervisor = Supervisor(book, engine, policy)
        documents = Documents(place.data / "documents", vault.document_secret())
        yield OpenBook(database, book, engine, vault, policy, supervisor, documents, sealing, place.business_day)


def _embedded(closing: ExitStack, place: Place, *, keep_up: bool) -> str:
    server = closing.enter_context(EmbeddedServer(place.data))
    if keep_up:
        closing.enter_context(Keeper(server))
    return server.start()


def today() -> date:
    """The business day: the date in Shanghai."""
    return datetime.now(BUSINESS_ZONE).date()


def _policy_of(book: Book, jurisdiction: str | None, staff: str, role: str) -> PolicyPack:
    opened = list(book.recorder.read(query_of(Selector(types=[BookOpened], tags=[BOOK_TAG])), limit=1))
    held = book.event_at(opened[0].position) if opened else None
    name = jurisdiction or (held.jurisdiction if isinstance(held, BookOpened) else None)
    if name is None:
        raise NotOpened(
            f"新账本须指明适用规则:--jurisdiction,可选 {'、'.join(pack_names())} / "
            f"a new book needs --jurisdiction, one of {', '.join(pack_names())}"
        )
    policy = load_pack(name)
    request = OpeningRequest(jurisdiction=name, version=policy.version, sha256=policy.sha256, opened_on=today())
    book.do(lambda: OpenTheBook(request, Asked(staff, role, "decided", policy)))
    return policy
