"""Replaying an archive: facts, postings, balances, cap and findings of one moment, in one DuckDB file."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import duckdb

from ledger.policy import PolicyPack
from projections.evaluation import Row
from projections.open_book import today
from projections.replay.adopting import adopt
from projections.replay.clocks import set_clocks, set_nobody, set_parameters
from projections.replay.dialect import Untranslatable, written
from projections.replay.keeping import keep, keep_elsewhere
from projections.replay.loading import load_facts
from projections.replay.reading import alerts, cap, funds
from projections.replay.rulebook import policy_of, rules_of
from projections.replay.schema import schema
from projections.rules import Rule

Told = Callable[[str], None]
# For the balances alone there are no running balances to read: they are summed up from the facts.
_FROM_FACTS = {
    "known.balance": "create view known.balance as select fund, account, balance_fen from known.balance_of_facts"
}


@dataclass(slots=True)
class Replayed:
    """A book as it stood at two clocks. ``conn`` is open on the file (or on memory); ``close`` it in the end.

    ``head`` is the last position of the archive, ``known_at`` the last that may be known; ``tables`` are the rows of
    ``funds``, ``cap`` and ``alerts``; ``seconds`` says how long each step took, ``skipped`` which rules could not be
    asked, and why. ``exchange`` is the one folder outside the database that ``conn`` may use.
    """

    conn: duckdb.DuckDBPyConnection
    archive: Path
    head: int
    as_of: date
    known_at: int
    policy: PolicyPack | None
    rules: tuple[Rule, ...]
    exchange: Path
    seconds: dict[str, float] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)

    def close(self) -> None:
        self.conn.close()
        shutil.rmtree(self.exchange, ignore_errors=True)


def replay(
    archive: Path,
    out: Path | None = None,
    as_of: date | None = None,
    known_at: int | datetime | None = None,
    *,
    only: Literal["balances"] | None = None,
    policy: PolicyPack | None = None,
    told: Told = lambda _: None,
) -> Replayed:
    """Builds the book of an archive at two clocks, in the file ``out`` or in memory.

    ``as_of`` is a business day, None for today; ``known_at`` a position or an instant, None for all on record. With
    ``only`` the balances alone are made, straight from the Parquet. ``policy`` is the pack that the book goes by,
    where its log names none.

    Raises:
        NotAnArchive, NoPolicy: the folder cannot be replayed.
        FileExistsError: ``out`` is there already.
    """
    if out is not None and out.exists():
        raise FileExistsError(str(out))
    conn = duckdb.connect(str(out) if out and not only else ":memory:", config={"autoinstall_known_extensions": False})
    book = Replayed(conn, archive, 0, as_of or today(), 0, None, (), Path(tempfile.mkdtemp(prefix="mingzhang-replay-")))
    try:
        if only:
            _balances(book, out, known_at)
        else:
            _whole(book, policy, known_at, told)
        return book
    except BaseException:
        book.close()
        if out is not None:
            out.unlink(missing_ok=True)
        raise


def _balances(book: Replayed, out: Path | None, known_at: int | datetime | None) -> None:
    conn = book.conn
    with _timed(book.seconds, "schema"):
        statements = schema().statements_for("known.fund_balance", _FROM_FACTS)
    with _timed(book.seconds, "facts"):
        read = {name for text in statements for name in re.findall(r"\bfact\.(\w+)", text)}
        # An instant is looked for among all facts.
        wanted = None if isinstance(known_at, datetime) else read
        book.head = load_facts(conn, book.archive, as_tables=False, wanted=wanted)
        book.known_at = _begin(book, known_at)
        for statement in statements:
            conn.execute(statement)
    with _timed(book.seconds, "balances"):
        book.tables["funds"] = funds(conn)
    if out is not None:
        with _timed(book.seconds, "file"):
            keep_elsewhere(book, out)


def _whole(book: Replayed, policy: PolicyPack | None, known_at: int | datetime | None, told: Told) -> None:
    conn = book.conn
    told("读取事实 / reading the facts")
    with _timed(book.seconds, "facts"):
        book.head = load_facts(conn, book.archive, as_tables=True)
    book.policy, book.rules = policy_of(conn, book.archive) or policy, rules_of(conn, book.archive)
    # From here on nothing but the file and one folder can be read or written, whatever a rule of the archive may try.
    conn.execute(f"set allowed_directories = ['{book.exchange}']")
    conn.execute("set enable_external_access = false")
    told("推算分录与余额 / deriving postings and balances")
    with _timed(book.seconds, "schema"):
        book.known_at = _begin(book, known_at)
        for statement in schema().statements():
            conn.execute(statement)
    with _timed(book.seconds, "projections"):
        for statement in schema().filled().values():
            conn.execute(statement)
    if book.policy is not None:
        adopt(conn, book.policy)
    # Before any rule of the archive is asked: what a rule says or does is not in them.
    book.tables |= {"funds": funds(conn), "cap": cap(conn)}
    told("运行规则 / asking the rules")
    with _timed(book.seconds, "findings"):
        make_rule_views(conn, book.rules)
        found = alerts(conn, book.rules)
    book.skipped = found.skipped
    book.tables["alerts"] = found.findings
    with _timed(book.seconds, "tables"):
        keep(book)


def _begin(book: Replayed, known_at: int | datetime | None) -> int:
    conn = book.conn
    for name in ("known", "projection", "finding"):
        conn.execute(f"create schema {name}")
    set_parameters(conn, None)
    set_nobody(conn)
    return set_clocks(conn, book.as_of, known_at)


def make_rule_views(conn: duckdb.DuckDBPyConnection, rules: Iterable[Rule]) -> None:
    """The views of schema ``finding``; a rule that DuckDB cannot take has none, and ``alerts`` says so."""
    for rule in rules:
        with suppress(Untranslatable, duckdb.Error):
            conn.execute(f"create view finding.{rule.rule} as {written(rule.sql, schema().names)}")


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - begun
