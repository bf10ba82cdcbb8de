"""A moment of a live book as a side of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import count

import psycopg

from projections import occurrences, queries
from projections.difference.moments import Moment
from projections.difference.sides import Params
from projections.evaluation import Row
from projections.queries import Clocks, set_clocks

# Everything: a province's prefix of zeros covers every region.
WHOLE = "000000"
# Events about whom a finding names, at most: it is a page that somebody reads.
MOST_TOUCHING = 500
_AT_ONCE = 5_000
_TAGGED = """
select position from (
    select position from book.event_tag where tag = any(%(tags)s)
    union
    select t.position from unnest(%(caps)s::text[]) as c (head)
    join book.event_tag t on t.tag >= c.head collate "C" and t.tag < (c.head || '~') collate "C"
) tagged
order by position desc limit %(most)s
"""


class LiveSide:
    """What a cursor of ``queries.reading`` or ``reading_whole`` sees; its clocks are set and stay as they are.

    ``region`` and ``role`` are of whoever looks: events that may not be shown are not described. ``find`` evaluates
    the findings, which on a large book takes a minute.
    """

    def __init__(
        self,
        cursor: psycopg.Cursor[Row],
        log: str,
        region: str = WHOLE,
        role: str = "",
        find: Callable[[psycopg.Cursor[Row]], Sequence[Row]] = queries.alerts,
    ) -> None:
        self._cursor = cursor
        self._log = log
        self._viewer = region, role
        self._find = find
        self._streams = count(1)
        self._moment = moment_of(cursor)

    @property
    def moment(self) -> Moment:
        return self._moment

    @property
    def log(self) -> str:
        return self._log

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        """Streams: what explains a figure of a large book may be millions of events."""
        name, factory = f"side_{next(self._streams)}", self._cursor.row_factory
        with self._cursor.connection.cursor(name, row_factory=factory) as stream:
            stream.itersize = _AT_ONCE
            yield from stream.execute(statement.encode(), params)

    def funds(self) -> Sequence[Row]:
        return queries.funds(self.ready())

    def caps(self) -> Sequence[Row]:
        return queries.cap(self.ready())

    def findings(self) -> Sequence[Row]:
        return self._find(self.ready())

    def events(self, positions: Sequence[int]) -> dict[int, Row]:
        region, role = self._viewer
        found = occurrences.at_positions(self.ready(), region, positions, role)
        return {row["position"]: row for row in found}

    def touching(self, refs: Sequence[str]) -> list[int]:
        cursor = self.ready()
        households = [ref.partition(":")[2] for ref in refs if ref.startswith("household:")]
        found = {at for household in households for at in occurrences.positions_of_household(cursor, household)}
        # A region is named by what its cap is reckoned from, whose tags also have the year.
        caps = [f"cap:{ref.partition(':')[2]}|" for ref in refs if ref.startswith("region:")]
        rows = cursor.execute(_TAGGED, {"tags": list(refs), "caps": caps, "most": MOST_TOUCHING}).fetchall()
        return sorted({*found, *(row["position"] for row in rows)})[-MOST_TOUCHING:]

    def ready(self) -> psycopg.Cursor[Row]:
        """The cursor, its clocks those of this side."""
        return self._cursor


class MovingSide(LiveSide):
    """One of two sides that share a cursor, and so see one and the same log: it sets the clocks before it reads."""

    def __init__(
        self, cursor: psycopg.Cursor[Row], clocks: Clocks, today: date, region: str = WHOLE, role: str = ""
    ) -> None:
        self._cursor = cursor
        self._clocks = Clocks(clocks.as_of or today, clocks.known_at)
        super().__init__(self.ready(), "shared", region, role)
        # An instant is looked up once.
        self._clocks = Clocks(self.moment.as_of, None if clocks.known_at is None else self.moment.known_at)

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        """All at once, since the other side reads next: for pages and for what is small."""
        yield from self.ready().execute(statement.encode(), params).fetchall()

    def ready(self) -> psycopg.Cursor[Row]:
        self._cursor.execute("select set_config('mingzhang.known_at', '', true)")
        set_clocks(self._cursor, self._clocks)
        return self._cursor


def moment_of(cursor: psycopg.Cursor[Row]) -> Moment:
    """The clocks of a cursor, the position no later than what it has derived."""
    row = cursor.execute(
        "select as_of() as as_of, least(known_at(), (select position from projection.progress)) as known_at"
    ).fetchone()
    held = row or {}
    return Moment(held["as_of"], held["known_at"])
