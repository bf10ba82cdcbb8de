"""What a replay reads, taken from a live log: its tables, and the policy and rule files it goes by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from ledger.archive.tables import TableWriter

_EVENTS = """
select position, topic, (extract(epoch from recorded_at) * 1000000)::bigint, payload
from book.event where position <= %s order by position
"""
_AT_A_TIME = 20_000


def take_tables(conn: psycopg.Connection[Any], folder: Path, upto: int | None = None) -> int:
    """Writes ``folder/tables`` from the log, up to a position or all of it; the last position that went in.

    Raises:
        ledger.events.UnknownTopic: the log holds an event that this version does not know.
    """
    with conn.transaction():
        row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
        head = min(int(row[0]) if row else 0, upto if upto is not None else 2**63 - 1)
        writer = TableWriter(folder / "tables", 1)
        with conn.cursor("taken", binary=True) as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(_EVENTS, [head], binary=True)
            for position, topic, at, payload in cursor:
                writer.add(position, topic, at, payload)
    writer.close(head)
    return head
