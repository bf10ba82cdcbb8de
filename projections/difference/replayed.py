"""A replay file (DuckDB) as a side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from ledger.events import EVENT_CLASSES
from projections.difference.moments import Moment
from projections.difference.sides import Params
from projections.evaluation import Row
from projections.facts import columns, table_name
from projections.occurrences import PAPERS

_AT_ONCE = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEEDED = ("funds", "cap", "alerts", "posting", "about")


_NAMES = """
select schema_name, table_name from duckdb_tables()
union all
select schema_name, view_name from duckdb_views() where not internal
"""


class NoReplay(ValueError):
    """The file is no replay of ours; the message says so in both languages."""


class ReplaySide:
    """What ``mingzhang replay`` wrote: its tables bear the names of the views that the same SQL asks of a live book."""

    def __init__(self, path: Path) -> None:
        self._log = str(path.resolve())
        try:
            self._file = duckdb.connect(str(path), read_only=True)
            found = self._file.execute(_NAMES).fetchall()
        except duckdb.Error:
            raise _no_replay(path) from None
        self._tables = {name for _, name in found}
        self._path = ",".join(schema for schema in ("main", "known", "fact") if schema in {one for one, _ in found})
        if not self._tables.issuperset(_NEEDED):
            self._file.close()
            raise _no_replay(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @cached_property
    def moment(self) -> Moment:
        (row,) = self._all("select * from about")
        return Moment(row["as_of"], int(row["known_at"]))

    @property
    def log(self) -> str:
        return self._log

    def rows(self, statement: str, params: Params) -> Iterator[Row]:
        """Streams; nothing where an older file has no such table."""
        cursor = self._file.cursor()
        cursor.execute(f"set search_path = '{self._path}'")
        asked = {name: value for name, value in params.items() if f"%({name})s" in statement}
        try:
            cursor.execute(_in_duckdb(statement), asked)
        except duckdb.CatalogException:
            return
        names = [column[0] for column in cursor.description or ()]
        while some := cursor.fetchmany(_AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in some)

    def funds(self) -> Sequence[Row]:
        return self._all("select * from funds")

    def caps(self) -> Sequence[Row]:
        return self._all("select * from cap")

    def findings(self) -> Sequence[Row]:
        return self._all("select * from alerts")

    def events(self, positions: Sequence[int]) -> dict[int, Row]:
        parts = [_event(cls) for cls in EVENT_CLASSES if table_name(cls) in self._tables]
        if not parts or not positions:
            return {}
        found = self.rows(" union all ".join(parts), {"positions": list(positions)})
        return {row["position"]: _told(row) for row in found if self.moment.holds(row["position"], row["effective_on"])}

    def touching(self, refs: Sequence[str]) -> list[int]:
        """A file has no tags: what a finding rests on is all that it can tell."""
        return []

    def _all(self, statement: str) -> list[Row]:
        return list(self.rows(statement, {}))


def _event(cls: Any) -> str:
    fields = columns(cls)
    paper = next((name for name in PAPERS if name in fields), "null")
    amount = next((name for name in ("amount_fen", "monthly_amount_fen") if name in fields), "null")
    own = {
        "paper": f"cast({paper} as varchar)",
        "line_no": "line_no" if "line_no" in fields else "cast(null as bigint)",
        "household": "household" if "household" in fields else "cast(null as varchar)",
        "region": "region" if "region" in fields else "cast(null as varchar)",
        "amount_fen": f"cast({amount} as bigint)",
    }
    named = ", ".join(f"{column} as {name}" for name, column in own.items())
    return (
        f"select '{cls.TOPIC}' as topic, position, epoch_us(recorded_at) as recorded_at, effective_on, origin, "
        f"recorded_by, recorded_role, source_file, source_line, {named} from {table_name(cls)} "
        "where position in (select unnest(%(positions)s))"
    )


def _told(row: Row) -> Row:
    """With its instant, which the file tells in microseconds: DuckDB makes none without a library of time zones."""
    return row | {"recorded_at": _EPOCH + timedelta(microseconds=row["recorded_at"])}


def _in_duckdb(statement: str) -> str:
    return statement.replace("%(", "$").replace(")s", "")


def _no_replay(path: Path) -> NoReplay:
    return NoReplay(
        f"“{path.name}”不是完整的重放文件 / {path.name} is not a whole replay: make it with mingzhang replay"
    )
