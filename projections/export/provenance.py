"""Where and when exported rows come from, as far as the cursor they were read with knows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from projections.export.workbook import Provenance, Row


def provenance_of(cursor: psycopg.Cursor[Row], staff: str, filters: Sequence[tuple[str, str]] = ()) -> Provenance:
    """The clocks of a cursor (the position is the last that its rows can rest on), the policy, and who exports now."""
    row: Row = (
        cursor.execute(
            "select as_of() as as_of, least(known_at(), coalesce((select position from projection.progress), 0)) "
            "as position, coalesce((select jurisdiction || ' ' || version from policy), '') as policy"
        ).fetchone()
        or {}
    )
    return Provenance(row["as_of"], row["position"], row["policy"], staff, datetime.now(UTC), filters)
