"""The two clocks of a replay: macros that give the moment's constants, so that any tool reads through them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import duckdb

from projections.replay.schema import fact_columns

# All that is on record.
ALL = 9223372036854775807


def set_clocks(conn: duckdb.DuckDBPyConnection, as_of: date, known_at: int | datetime | None = None) -> int:
    """From here on every view is limited by the two clocks; the position that is known.

    ``as_of`` is a business day, ``known_at`` a position or an instant, None for all that is on record.
    """
    position = ALL if known_at is None else position_at(conn, known_at)
    conn.execute(f"create or replace macro known.known_at() as {position}::bigint")
    conn.execute(f"create or replace macro known.as_of() as date '{as_of.isoformat()}'")
    return position


def set_parameters(conn: duckdb.DuckDBPyConnection, values: Mapping[str, Any] | None) -> None:
    """Parameters as if they were so, by name; None for those in force."""
    text = json.dumps(values, ensure_ascii=False).replace("'", "''") if values else "{}"
    conn.execute(f"create or replace macro known.overrides() as '{text}'::json")


def set_nobody(conn: duckdb.DuckDBPyConnection) -> None:
    """Nobody looks: what is confidential is not seen."""
    for name in ("viewer_role", "viewer_region"):
        conn.execute(f"create or replace macro known.{name}() as ''")


def position_at(conn: duckdb.DuckDBPyConnection, known_at: int | datetime) -> int:
    """The last position that was on record at an instant (or the position itself)."""
    if isinstance(known_at, int):
        return known_at
    each = " union all ".join(
        f"select max(position) as position from fact.{name} where recorded_at <= $instant::timestamptz"
        for name in fact_columns()
    )
    row = conn.execute(f"select coalesce(max(position), 0) from ({each})", {"instant": known_at.isoformat()}).fetchone()
    return int(row[0]) if row else 0
