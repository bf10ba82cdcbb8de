"""The findings as the API and the console show them: evaluated once for a state of the book, limited to a region."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Any

from ledger.book.database import Database
from ledger.region import covers
from projections.occurrences import holds_book
from projections.open_book import today
from projections.queries import Clocks, Row, alerts, freshness, reading
from projections.regions import Regions, regions_of

# States of the book that are kept: today's, and a few past days that somebody is looking at.
_KEPT = 8
# Not a place: where an official works is not where what he did is looked into.
_PLACELESS = ("official:",)


class Findings:
    """Evaluating every rule costs seconds on a large book; the same book on the same day gives the same findings."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._evaluating = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], tuple[list[Row], Regions]] = OrderedDict()

    def read(self, region: str, clocks: Clocks) -> list[Row]:
        """Every finding that lies in ``region``, worst first, each with its ``id``."""
        with reading(self._database, clocks) as cursor:
            sees_all = holds_book(cursor, region)
            state = (freshness(cursor)["projected"], clocks.as_of or today(), clocks.known_at)
        # Those who wait for an evaluation hold no session of the database meanwhile.
        with self._evaluating:
            if state not in self._known:
                self._evaluate(state, clocks)
            found, regions = self._known[state]
        return [row for row in found if sees_all or _lies_in(row["refs"], regions, region)]

    def one(self, region: str, clocks: Clocks, finding_id: str) -> Row | None:
        """One finding; None where there is none of that id in ``region``."""
        return next((row for row in self.read(region, clocks) if row["id"] == finding_id), None)

    def _evaluate(self, state: tuple[Any, ...], clocks: Clocks) -> None:
        with reading(self._database, clocks) as cursor:
            rows = [row | {"id": finding_id(row)} for row in alerts(cursor)]
            self._known[state] = rows, regions_of(cursor, {ref for row in rows for ref in row["refs"]})
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def finding_id(row: Row) -> str:
    """16 hex digits: the rule, whom it names, and the event that it begins with."""
    first = row["evidence"][0] if row["evidence"] else ""
    content = "\n".join([row["rule"], *row["refs"], str(first)])
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def _lies_in(refs: list[str], regions: Regions, region: str) -> bool:
    """Every thing that it names lies in the region: a finding across two townships is for those who see both."""
    placed = [ref for ref in refs if not ref.startswith(_PLACELESS)]
    return bool(placed) and all(any(covers(region, place) for place in regions.get(ref, ())) for ref in placed)
