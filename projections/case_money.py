"""What the recoveries that a case opened came to: claimed, repaid, given up, and into which funds it came back."""

from __future__ import annotations

from collections.abc import Collection

import psycopg

from projections.queries import Row


def recoveries_of(cursor: psycopg.Cursor[Row], numbers: Collection[str]) -> list[Row]:
    """One row a recovery, through the two clocks.

    A row is (``recovery_no``, ``position``, ``opened_on``, ``household``, ``claimed_fen``, ``repaid_fen``,
    ``written_off_fen``, ``owed_fen``, ``funds`` that repayments credited).
    """
    return cursor.execute(_RECOVERIES, {"numbers": list(numbers)}).fetchall()


_RECOVERIES = """
select o.recovery_no, o.position, o.occurred_on as opened_on, o.household, o.amount_fen as claimed_fen,
       back.repaid_fen, off.written_off_fen, o.amount_fen - back.repaid_fen - off.written_off_fen as owed_fen,
       back.funds
from recovery_opened o
cross join lateral (
    select coalesce(sum(r.amount_fen), 0)::bigint as repaid_fen,
           coalesce(array_agg(distinct fund(r.region, r.category, r.level, r.budget_year))
               filter (where r.region is not null), '{}') as funds
    from recovery_received r where r.recovery_no = o.recovery_no) back
cross join lateral (
    select coalesce(sum(w.amount_fen), 0)::bigint as written_off_fen
    from recovery_written_off w where w.recovery_no = o.recovery_no) off
where o.recovery_no = any(%(numbers)s)
order by o.position
"""
