"""The books as a journal of plain-text accounting, which programs that are not ours can add up again.

A transaction an event, in the order of days, at both clocks. The book is streamed: memory does not grow with it. The
same book at the same clocks gives the same bytes, whoever takes it out and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, TextIO

import psycopg
from psycopg.rows import tuple_row

from ledger.events.base import Event
from ledger.events.payment import PaymentInstructed, PaymentReturned, PaymentReversed, PaymentSettled
from ledger.events.recovery import RecoveryReceived
from ledger.seal.checkpoint import Checkpoint, origin_of
from projections.export.journal_text import ACCOUNTS, FORMS, REFERENCES, Entry, account_name, leaf_name
from projections.export.provenance import provenance_of
from projections.facts import table_name
from projections.queries import Row

Balance = tuple[str, str, int]
Progress = Callable[[int], None]

_FETCHED = 20_000
_REPORTED = 250_000
_OF_HOUSEHOLDS: tuple[type[Event], ...] = (
    PaymentInstructed,
    PaymentSettled,
    PaymentReturned,
    PaymentReversed,
    RecoveryReceived,
)
_LEGS = """
select p.effective_on, p.position, p.known_from, p.fund, p.account, p.amount_fen, e.topic, e.tags, {household}
from posting p join book.event e using (position) {homes}
order by p.effective_on, p.position, p.known_from, p.fund collate "C", p.account collate "C", p.amount_fen
"""
_HOMES = " union all ".join(f"select position, household from {table_name(cls)}" for cls in _OF_HOUSEHOLDS)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: transactions (without assertions), their postings, and balances asserted."""

    entries: int
    postings: int
    assertions: int


def write_journal(
    cursor: psycopg.Cursor[Row],
    program: str,
    out: TextIO,
    *,
    is_asserted: bool = False,
    by_household: bool = False,
    checkpoint: Checkpoint | None = None,
    progress: Progress = lambda _: None,
) -> Written:
    """Writes the books at a cursor's clocks (of ``queries.reading``) for ``hledger``, ``ledger`` or ``beancount``.

    ``is_asserted`` adds what our running balances say at each month's end, for the program to check; ``by_household``
    a tag with the household's number; the header names the latest ``checkpoint``. ``progress`` is told now
    and then how many transactions are written.
    """
    form = FORMS[program]
    held = _balances(cursor)
    asserted = _month_ends(cursor) if is_asserted else []
    out.write(_header(cursor, program, checkpoint))
    if held:
        accounts = sorted(account_name(fund, account) for fund, account, _ in held)
        (first_day,) = _column(cursor, "select min(day) from projection.balance")
        out.write(form.opening(accounts, first_day))
    pending, entries, postings = iter([*asserted, (date.max, [])]), 0, 0
    end, balances = next(pending)
    for entry in _entries(cursor, by_household=by_household):
        while entry.day > end:
            out.write(form.assertion(end, balances))
            end, balances = next(pending)
        out.write(form.entry(entry))
        entries, postings = entries + 1, postings + len(entry.legs)
        if entries % _REPORTED == 0:
            progress(entries)
    while end < date.max:
        out.write(form.assertion(end, balances))
        end, balances = next(pending)
    return Written(entries, postings, sum(len(balances) for _, balances in asserted))


def _entries(cursor: psycopg.Cursor[Row], *, by_household: bool) -> Iterator[Entry]:
    homes = f"left join ({_HOMES}) h using (position)" if by_household else ""
    query = _LEGS.format(household="h.household" if by_household else "null", homes=homes)
    with cursor.connection.cursor("journal", row_factory=tuple_row) as legs:
        legs.itersize = _FETCHED
        legs.execute(query.encode())
        for (day, position, known_from), rows in groupby(legs, key=lambda leg: leg[:3]):
            its = list(rows)
            topic, tags, household = its[0][6:]
            references = _references(tags)
            if household:
                references.append(("household", household))
            yield Entry(position, known_from, day, topic, references, [leg[3:6] for leg in its])


def _references(tags: Sequence[str]) -> list[tuple[str, str]]:
    split = (tag.split(":", 1) for tag in tags)
    return [(kind, number) for kind, number in split if kind in REFERENCES]


def _balances(cursor: psycopg.Cursor[Row]) -> list[Balance]:
    rows = cursor.execute(
        'select fund, account, balance_fen from balance order by fund collate "C", account collate "C"'
    ).fetchall()
    return [(row["fund"], row["account"], int(row["balance_fen"])) for row in rows]


def _month_ends(cursor: psycopg.Cursor[Row]) -> list[tuple[date, list[Balance]]]:
    """What every account holds at the end of each month in which money moved, and on the day of the clock."""
    days = _column(
        cursor,
        "select distinct least(month_end(month_of(day)), as_of()) as day from projection.balance "
        "where day <= as_of() order by 1",
    )
    (as_of,) = _column(cursor, "select as_of()::text")
    found = []
    for day in days:
        _set_day(cursor, day.isoformat())
        found.append((day, _balances(cursor)))
    _set_day(cursor, as_of)
    return [(day, balances) for day, balances in found if balances]


def _set_day(cursor: psycopg.Cursor[Row], day: str) -> None:
    cursor.execute("select set_config('mingzhang.as_of', %s, true)", [day])


def _column(cursor: psycopg.Cursor[Row], query: str) -> list[Any]:
    return [next(iter(row.values())) for row in cursor.execute(query.encode()).fetchall()]


def _header(cursor: psycopg.Cursor[Row], program: str, checkpoint: Checkpoint | None) -> str:
    held = provenance_of(cursor, "")
    leaves = _column(cursor, "select leaf from book.event where position = 1")
    seal = f"{checkpoint.size} {checkpoint.root.hex()}" if checkpoint else "尚未封存 not sealed"
    lines = [
        f"明账账册 Mingzhang journal ({program})",
        f"账本 Book: {origin_of(leaves[0]) if leaves else '空账 empty'}",
        f"业务截至 As of: {held.as_of}",
        f"已知至日志位置 Known at position: {held.position}",
        f"政策 Policy: {held.policy}",
        f"检查点 Checkpoint: {seal}",
        "每笔的编号(code、position)是日志位置,科目为资金四要素。Code and position are the log's; accounts are funds'.",
        "人员不在其中。单号中的其他符号以 %XX 表示。Nobody is named; other marks in numbers are percent-encoded.",
        *(f"{root}:…:{leaf_name(name)} {what}" for name, (root, what) in ACCOUNTS.items()),
    ]
    return "".join(f"; {line}\n" for line in lines) + "\n"
