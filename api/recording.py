"""Recording what a body asks for: prepared, checked against the region, decided once, and then seen by every reader."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from api import problems
from ledger.access import Holder
from ledger.book.batch import Recorded
from ledger.book.request_key import request_digest
from ledger.decide.slice import Asked, Decide, Request
from ledger.events.base import Origin
from ledger.intake.fund_region import known_funds, paying_region
from ledger.intake.prepare import DECISIONS, Preparer
from ledger.region import covers
from projections.open_book import OpenBook
from projections.queries import Clocks, reading
from projections.regions import regions_of

# Idempotency keys of different clerks never meet: a key is theirs and the staff number's.
_KEYS = UUID("5b0d8f6e-6f2c-4f0e-9a55-3c7b6f1d2a10")
# What a request is about: the first of these that it names.
_ABOUT = (("household", "household"), ("contract", "contract_no"), ("document", "document_no"), ("batch", "batch_no"))


class Recording:
    """The one way in over HTTP; shared by all requests of an application."""

    def __init__(self, open_book: OpenBook) -> None:
        self._open_book = open_book
        self._preparer = Preparer(open_book.vault, open_book.policy)
        self._catching_up = threading.Lock()
        self._reached = 0

    def record(
        self, holder: Holder, kind: str, values: Mapping[str, object], origin: Origin, key: str | None
    ) -> Recorded:
        """Decides one row and records what follows.

        Raises:
            Refusal, KeyReused, Busy: as ``Book.do``.
            pydantic.ValidationError, ledger.vault.VaultError: the row is not what its kind needs.
            ProblemError: 403, it concerns another region.
        """
        if kind == "rolls":
            values = {**values, "region": self._paying_region(values)}
        request = self._preparer.prepare(kind, [values])[0]
        self._check_region(holder, kind, request)
        digest = _digest(kind, origin, request, key) if key else None
        asked = Asked(holder.staff, holder.role, origin, self._open_book.policy, request_digest=digest)

        def decision() -> Decide[Any]:
            return DECISIONS[kind][1](request, asked)

        recorded = self._open_book.book.do(decision, uuid5(_KEYS, f"{holder.staff}\n{key}") if key else None)
        self._catch_up(recorded.position)
        return recorded

    def _catch_up(self, position: int) -> None:
        """Brings the projections up to an event; those who wait find their own already there, and hold no session."""
        with self._catching_up:
            if self._reached < position:
                self._reached = self._open_book.engine.catch_up()

    def _paying_region(self, values: Mapping[str, object]) -> str:
        """A roll line draws on the fund of the nearest region above its household."""
        with self._open_book.database.connection() as conn:
            funds = known_funds(conn)
        with reading(self._open_book.database, Clocks()) as cursor:
            found = regions_of(cursor, [f"household:{values['household']}"])
        household = min(found.get(f"household:{values['household']}", ()), default=None)
        fund = (str(values["category"]), str(values["level"]), int(str(values["budget_year"])))
        return paying_region(household, funds, *fund)

    def _check_region(self, holder: Holder, kind: str, request: Request) -> None:
        """What the request is about lies in the holder's region, as far as the book knows where it lies."""
        fields = dict(request)
        # The fund of a roll line may be the county's above; where its household lies is what counts.
        own = [] if kind == "rolls" else [fields[name] for name in ("region", "from_region") if fields.get(name)]
        about = next((f"{ref}:{fields[name]}" for ref, name in _ABOUT if fields.get(name)), None)
        with reading(self._open_book.database, Clocks()) as cursor:
            found = regions_of(cursor, [about] if about else [])
        places = [{region} for region in own] + list(found.values())
        if not all(any(covers(holder.region, region) for region in regions) for regions in places):
            raise problems.forbidden(
                f"内容不在您的区划 {holder.region} 之内", f"this lies outside your region {holder.region}"
            )


def _digest(kind: str, origin: Origin, request: Request, key: str) -> str:
    return request_digest(f"{kind}\n{origin}\n{request.model_dump_json()}", key)
