"""Facts of events that were stored under an older topic: lifted in Python, one by one, to today's class."""

from __future__ import annotations

from typing import Any

import psycopg
from eventsourcing.dcb.api import DCBEvent
from psycopg import sql

from ledger.book.mapper import EventMapper
from projections.facts import columns, table_name


def load_lifted(conn: psycopg.Connection[Any], mapper: EventMapper, span: dict[str, Any]) -> None:
    """Writes the facts of every event of an old topic between two positions."""
    rows = conn.execute(
        "select position, recorded_at, tags, payload from book.event "
        "where position > %(after)s and position <= %(upto)s and topic = %(topic)s order by position",
        span,
    ).fetchall()
    for position, recorded_at, tags, payload in rows:
        event = mapper.to_domain_event(DCBEvent(type=span["topic"], data=payload, tags=tags)).decision
        cls = type(event)
        fields = list(columns(cls))
        statement = sql.SQL("insert into fact.{} (position, recorded_at, effective_on, {}) values ({})").format(
            sql.Identifier(table_name(cls)),
            sql.SQL(", ").join(map(sql.Identifier, fields)),
            sql.SQL(", ").join([sql.Placeholder()] * (len(fields) + 3)),
        )
        held = [getattr(event, name) for name in fields]
        # A tuple would be taken for a record.
        values = [list(value) if isinstance(value, tuple) else value for value in held]
        conn.execute(statement, [position, recorded_at, getattr(event, cls.EFFECTIVE), *values])
