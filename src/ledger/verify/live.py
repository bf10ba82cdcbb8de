"""A live book: its log in the database, its tag index, and the seal folder beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ledger.book.database import APP_ROLE, DatabaseError
from ledger.book.stored import Stored, take_stored
from ledger.seal.folder import SealFolder
from ledger.verify.archive_log import CHASM
from ledger.verify.indexes import check_indexes
from ledger.verify.kept import kept_checkpoints
from ledger.verify.named import check_named
from ledger.verify.remarks import Remark, of_seal
from ledger.verify.report import Discrepancy, Report, Tally
from ledger.verify.trust import Trust
from ledger.verify.whole_log import How, check_log

# The log is read as the program reads it: what is hidden from the one is not there for the other.
_OPTIONS = f"-c role={APP_ROLE} -c timezone=UTC -c default_transaction_read_only=on -c client_encoding=UTF8"
_FIRST = "select coalesce(min(position), 1) from book.event"
# Goes along the log in strides, so that millions of positions are not counted one by one.
_REACHED = """
with recursive stride (at) as (
    select 0::bigint
    union
    select (select max(position) from book.event where position <= stride.at + %s) from stride where stride.at >= 0
)
select max(at), (select min(position) from book.event where position > (select max(at) from stride)) from stride
"""
_UNGUARDED = """
select tgname::text from pg_trigger
where tgrelid in ('book.event'::regclass, 'book.event_tag'::regclass) and not tgisinternal and tgenabled = 'D'
order by 1
"""
_GUARDS = "select count(*) from pg_trigger where tgrelid in ('book.event'::regclass, 'book.event_tag'::regclass)"


@dataclass(frozen=True, slots=True)
class LiveLog:
    """The log of a database, read by a session of its own for each piece."""

    url: str

    @property
    def has_leaves(self) -> bool:
        return True

    def read(self, first: int, last: int) -> Iterator[Stored]:
        with closing(connect(self.url)) as conn:
            # A log that has just grown has no statistics yet, and a planner without them would sort all of it.
            conn.execute("set enable_seqscan = off")
            yield from take_stored(conn.pgconn, first - 1, last)


def connect(url: str) -> psycopg.Connection[Any]:
    """A session that reads as the program does and changes nothing.

    Raises:
        DatabaseError: there is no book in this database, or nothing to be reached.
    """
    try:
        return psycopg.connect(url, autocommit=True, options=_OPTIONS)
    except psycopg.OperationalError as error:
        raise DatabaseError(
            "连不上数据库,或其中没有账本 / the database cannot be reached, or there is no book in it"
        ) from error


def verify_live(
    url: str,
    seal: Path,
    trust: Trust | None = None,
    how: How | None = None,
    rules: Mapping[str, set[str]] | None = None,
) -> Report:
    """Verifies the book of a database against the seal folder ``seal``.

    ``rules`` are the SHA-256 of the rule files at hand, by rule. Nothing is written anywhere.

    Raises:
        DatabaseError: there is no book in this database.
    """
    begun, trust, how = time.perf_counter(), trust or Trust(), how or How()
    tally, folder = Tally(how.most), SealFolder(seal)
    # The seal first: a book at work has recorded more by the time its log is read, and never less.
    kept = kept_checkpoints(folder, tally)
    with connect(url) as conn, ThreadPoolExecutor(1) as beside:
        reach = _reach(conn, tally)
        indexes = beside.submit(check_indexes, conn, reach, how.most)
        found = check_log(LiveLog(url), reach, kept, folder, trust, how, tally)
        tally.merge(indexes.result())
        remarks = [*_guards(conn), *of_seal(trust, is_sealed=bool(kept)), *check_named(found, rules or {}, tally)]
    return found.report("live", tally, remarks, begun)


def _reach(conn: psycopg.Connection[Any], tally: Tally) -> int:
    """The last position, or the last one before positions leap away."""
    try:
        (first,) = conn.execute(_FIRST).fetchone() or (1,)
    except psycopg.errors.UndefinedTable:
        raise DatabaseError("这个数据库中没有账本 / there is no book in this database") from None
    if first < 1:
        tally.add(Discrepancy("position", "位置不是正数", "positions begin with 1", first))
    reached, beyond = conn.execute(_REACHED, [CHASM]).fetchone() or (0, None)
    if beyond:
        zh, en = f"此后跳到第 {beyond} 条", f"the next one is at position {beyond}"
        tally.add(Discrepancy("position", zh, en, reached + 1))
    return int(reached)


def _guards(conn: psycopg.Connection[Any]) -> Iterator[Remark]:
    off = [name for (name,) in conn.execute(_UNGUARDED).fetchall()]
    (there,) = conn.execute(_GUARDS).fetchone() or (0,)
    if off or there < 4:
        yield (
            "数据库中保护日志的触发器已停用或缺失:现在有人可以改动日志",
            "triggers that guard the log are off or gone: somebody can change it now",
        )
