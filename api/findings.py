"""The findings as the API and the console show them: those on record for now, evaluated for any other moment."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from projections.evaluation import evaluate, recorded, worst_first
from projections.occurrences import holds_book
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, freshness, reading, reading_whole
from projections.regions import Regions, lies_in, regions_of

# States of the book that are kept: today's, and a few past days that somebody is looking at.
_KEPT = 8
# How long a reader waits for a look that is under way.
_PATIENCE_SECONDS = 3.0


class Findings:
    """Evaluating every rule costs seconds on a large book; the same book on the same day gives the same findings."""

    def __init__(self, open_book: OpenBook) -> None:
        self._books = open_book
        self._evaluating = threading.Lock()
        self._known: OrderedDict[tuple[Any, ...], tuple[list[Row], Regions]] = OrderedDict()

    def read(self, region: str, clocks: Clocks) -> list[Row]:
        """Every open finding that lies in ``region``, worst first, each with its ``id``."""
        return [row for row in self._all(region, clocks) if row["status"] == "open"]

    def cleared(self, region: str) -> list[Row]:
        """Every finding in ``region`` that was raised and cleared, by what is known now."""
        return [row for row in self._all(region, Clocks()) if row["status"] == "cleared"]

    def one(self, region: str, clocks: Clocks, finding_id: str) -> Row | None:
        """One finding, open or cleared; None where there is none of that id in ``region``."""
        return next((row for row in self._all(region, clocks) if row["id"] == finding_id), None)

    def _all(self, region: str, clocks: Clocks) -> list[Row]:
        is_now = self._is_now(clocks)
        with reading(self._books.database, clocks) as cursor:
            sees_all = holds_book(cursor, region)
            state = (freshness(cursor)["projected"], clocks.as_of or self._books.today, clocks.known_at)
        # Those who wait for an evaluation hold no session of the database meanwhile.
        with self._evaluating:
            if state not in self._known:
                self._learn(state, clocks, is_now=is_now)
            found, regions = self._known[state]
        return [row for row in found if sees_all or lies_in(row["refs"], regions, region)]

    def _is_now(self, clocks: Clocks) -> bool:
        """Whether the findings on record are what is asked for: those of today, brought up to date first."""
        today = self._books.today
        if clocks.known_at is not None or clocks.as_of not in (None, today):
            return False
        supervisor = self._books.supervisor
        supervisor.keep_up(today, _PATIENCE_SECONDS)
        kept_on = supervisor.kept_on()
        # While the day's sweep of a large book is under way, the findings of the day before are shown.
        return kept_on == today or (kept_on is not None and supervisor.is_looking)

    def _learn(self, state: tuple[Any, ...], clocks: Clocks, *, is_now: bool) -> None:
        rules = self._books.engine.rules
        with (reading if is_now else reading_whole)(self._books.database, clocks) as cursor:
            rows = recorded(cursor, rules) if is_now else worst_first(evaluate(cursor, rules).findings)
            self._known[state] = rows, regions_of(cursor, {ref for row in rows for ref in row["refs"]})
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
