"""Live PostgreSQL beside a replay of the same log: every table and view, row for row."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg

from ledger.book.database import Database
from projections.evaluation import Row
from projections.open_book import today
from projections.queries import Clocks, reading
from projections.replay.clocks import set_clocks
from projections.replay.replaying import Replayed, replay
from projections.replay.taking import take_tables

_NOW = Clocks()
SCHEMAS = ("fact", "projection", "known", "finding")

_COMPARED = """
select n.nspname || '.' || c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v') and n.nspname = any(%s) and c.relname <> 'progress'
order by 1
"""
_COLUMNS = """
select a.attname as name, format_type(a.atttypid, null) as kind from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
# More rows of a table than these tell nobody anything new.
_MOST_SHOWN = 5
# How a value of a type leaves PostgreSQL as text, and what DuckDB makes of that text; others go as they are.
_LEAVING = {"jsonb": "{0}::text", "timestamp with time zone": "(extract(epoch from {0}) * 1000000)::bigint"}
_CSV = """
auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', nullstr = '\\N',
allow_quoted_nulls = false, max_line_size = 100000000
"""
_ARRIVING = {
    "jsonb": "json({0})",
    "timestamp with time zone": "make_timestamptz({0}::bigint)",
}


@dataclass(frozen=True, slots=True)
class TableDifference:
    """A table or view whose rows differ: how many stand on one side alone, and the first few of those.

    ``problem`` says why the replay cannot read it at all, where that is so.
    """

    name: str
    live_only: int
    replay_only: int
    live_rows: tuple[Row, ...] = ()
    replay_rows: tuple[Row, ...] = ()
    problem: str | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """The first positions that differ, where the rows have one."""
        found = {
            int(row["position"]) for row in (*self.live_rows, *self.replay_rows) if row.get("position") is not None
        }
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Compared:
    """Every table and view that was compared, and those that differ."""

    names: tuple[str, ...]
    differences: tuple[TableDifference, ...]


def compare(
    database: Database,
    archive: Path | None = None,
    clocks: Clocks = _NOW,
    schemas: Sequence[str] = SCHEMAS,
) -> Compared:
    """Compares the tables and views of a live book with a replay: of ``archive``, or of the log as it stands.

    Raises:
        NotAnArchive, NoPolicy: there is nothing to replay.
        ledger.events.UnknownTopic: the log holds an event that this version does not know.
    """
    with tempfile.TemporaryDirectory(prefix="mingzhang-archive-") as folder:
        if archive is None:
            archive = Path(folder)
            with database.dedicated() as conn:
                take_tables(conn, archive)
        with closing(replay(archive, None, clocks.as_of, clocks.known_at)) as book:
            return compare_with(database, book, clocks, schemas)


def compare_with(database: Database, book: Replayed, clocks: Clocks, schemas: Sequence[str] = SCHEMAS) -> Compared:
    """As ``compare``, with a book that was replayed already; its clocks are set to ``clocks``."""
    set_clocks(book.conn, clocks.as_of or today(), clocks.known_at)
    with reading(database, clocks) as cursor:
        # Read past the search path, as the replay's views are.
        names = tuple(str(row["name"]) for row in cursor.execute(_COMPARED, [list(schemas)]).fetchall())
        found = [_compare_one(cursor, book, name) for name in names]
    return Compared(names, tuple(one for one in found if one is not None))


def _compare_one(cursor: psycopg.Cursor[Row], book: Replayed, name: str) -> TableDifference | None:
    kinds = {row["name"]: row["kind"] for row in cursor.execute(_COLUMNS, [name]).fetchall()}
    file = book.exchange / "live.csv"
    live, count = _taken(cursor, name, kinds, file)
    replayed = f"select {', '.join(_shaped(name, one, _named(one), kind) for one, kind in kinds.items())} from {name}"
    try:
        book.conn.execute(f"create or replace temp table replayed as {replayed}")
    except duckdb.Error as error:
        return TableDifference(name, count, 0, problem=str(error).splitlines()[0])
    held = _count(book.conn, "replayed")
    if not (count or held):
        return None
    book.conn.execute(f"create or replace temp table live as {live}")
    live_only, live_rows = _alone(book.conn, "live", "replayed")
    # As many rows on either side, and none of the one missing on the other: they are the same rows.
    if not live_only and count == held:
        return None
    replay_only, replay_rows = _alone(book.conn, "replayed", "live")
    return TableDifference(name, live_only, replay_only, live_rows, replay_rows)


def _taken(cursor: psycopg.Cursor[Row], name: str, kinds: dict[str, str], file: Path) -> tuple[str, int]:
    """Writes a table of PostgreSQL as CSV; the query by which DuckDB reads it back in its types, and its rows."""
    leaving = ", ".join(_leaving(kind).format(_named(one)) for one, kind in kinds.items())
    # In UTC and with ISO dates, as the connection has them; NULL cannot be taken for a text.
    statement = f"copy (select {leaving} from {name}) to stdout (format csv, null '\\N', force_quote *)"
    with file.open("wb") as out, cursor.copy(statement.encode()) as copy:
        for part in copy:
            out.write(part)
    typed = ", ".join(f"'{one}': 'varchar'" for one in kinds)
    read = f"read_csv('{file}', columns = {{{typed}}}, {_CSV})"
    arriving = ", ".join(_shaped(name, one, _arriving(kind).format(_named(one)), kind) for one, kind in kinds.items())
    return f"select {arriving} from {read}", cursor.rowcount


def _leaving(kind: str) -> str:
    return "to_json({0})::text" if kind.endswith("[]") else _LEAVING.get(kind, "{0}::text")


def _arriving(kind: str) -> str:
    return f"{{0}}::json::{kind}" if kind.endswith("[]") else _ARRIVING.get(kind, f"{{0}}::{kind}")


def _shaped(name: str, column: str, value: str, kind: str) -> str:
    """A column of either side as it is compared."""
    # Whole numbers; but were one not whole, rounding must not hide it.
    if kind == "numeric":
        value = f"{value}::decimal(38, 6)"
    # What a rule names and shows is a set: PostgreSQL collects it in the order in which its plan finds it.
    if kind.endswith("[]") and name.startswith("finding."):
        value = f"list_sort({value})"
    return f"{value} as {_named(column)}"


def _named(column: str) -> str:
    return f'"{column}"'


def _alone(conn: duckdb.DuckDBPyConnection, side: str, other: str) -> tuple[int, tuple[Row, ...]]:
    """How many rows of a side are not on the other, and the first of them as texts."""
    conn.execute(f"create or replace temp table alone as select * from {side} except all select * from {other}")
    found = _count(conn, "alone")
    if not found:
        return 0, ()
    cursor = conn.execute(f"select columns(*)::varchar from alone order by all limit {_MOST_SHOWN}")
    names = [one[0] for one in cursor.description or ()]
    return found, tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _count(conn: duckdb.DuckDBPyConnection, table: str) -> int:
    row = conn.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0
