"""What a fund did, day by day and event by event; and what a cap is reckoned from. All through the two clocks."""

from __future__ import annotations

from datetime import date

import psycopg

from projections.queries import Row

# Where in a statement a page goes on: the day, the position that made the money known, and the event's own position.
StatementPlace = tuple[date, int, int]

_LINES = """
with leg as (
    select position, known_from, effective_on, account, sum(amount_fen)::bigint as amount_fen
    from posting
    where fund = %(fund)s
    group by position, known_from, effective_on, account
),
moved as (
    select effective_on, known_from, position,
           coalesce(sum(amount_fen) filter (where account = 'available'), 0)::bigint as available_change_fen,
           jsonb_object_agg(account, amount_fen) as moved_fen
    from leg
    group by effective_on, known_from, position
)
select *, sum(available_change_fen) over (order by effective_on, known_from, position)::bigint as available_fen
from moved
"""


def lines(cursor: psycopg.Cursor[Row], fund: str, after: StatementPlace | None, limit: int) -> list[Row]:
    """The events that moved a fund's money, by day: what each moved between its accounts, and what was available then.

    A row is (``effective_on``, ``known_from``, ``position``, ``available_change_fen``, ``moved_fen`` by account,
    ``available_fen`` after it). ``after`` is the first three of the last row of the page before.
    """
    day, known_from, position = after or (date.min, 0, 0)
    return cursor.execute(
        f"select * from ({_LINES}) line "
        "where (effective_on, known_from, position) > (%(day)s, %(known_from)s, %(position)s) "
        "order by effective_on, known_from, position limit %(limit)s".encode(),
        {"fund": fund, "day": day, "known_from": known_from, "position": position, "limit": limit},
    ).fetchall()


def months(cursor: psycopg.Cursor[Row], fund: str) -> list[Row]:
    """What each month brought and took, and what was available at its end."""
    return cursor.execute(
        """
        select month, issued_fen, received_fen, in_transit_fen, settled_fen, services_fen, other_fen, passed_down_fen,
               recovered_fen, sum(available_fen) over (order by month)::bigint as available_fen
        from (
            select month_of(effective_on) as month,
                   coalesce(sum(amount_fen) filter (where account = 'issued'), 0)::bigint as issued_fen,
                   coalesce(-sum(amount_fen) filter (where account = 'received'), 0)::bigint as received_fen,
                   coalesce(sum(amount_fen) filter (where account = 'in_transit'), 0)::bigint as in_transit_fen,
                   coalesce(sum(amount_fen) filter (where account = 'settled'), 0)::bigint as settled_fen,
                   coalesce(sum(amount_fen) filter (where account = 'services'), 0)::bigint as services_fen,
                   coalesce(sum(amount_fen) filter (where account = 'other'), 0)::bigint as other_fen,
                   coalesce(sum(amount_fen) filter (where account = 'passed_down'), 0)::bigint as passed_down_fen,
                   coalesce(-sum(amount_fen) filter (where account = 'recovered'), 0)::bigint as recovered_fen,
                   coalesce(sum(amount_fen) filter (where account = 'available'), 0)::bigint as available_fen
            from posting
            where fund = %(fund)s
            group by 1
        ) m
        order by month
        """,
        {"fund": fund},
    ).fetchall()


def available_by_day(cursor: psycopg.Cursor[Row], fund: str) -> list[Row]:
    """What a fund had available at the end of each day on which that changed: ``day``, ``available_fen``."""
    return cursor.execute(
        """
        select effective_on as day, sum(sum(amount_fen)) over (order by effective_on)::bigint as available_fen
        from posting
        where fund = %(fund)s and account = 'available'
        group by effective_on
        order by effective_on
        """,
        {"fund": fund},
    ).fetchall()


_CAP_IN_FORCE = """
select p.value, p.force, p.source
from parameter p
where p.name = 'service_cap'
  and least(as_of(), make_date(%(year)s, 12, 31)) between p.in_force_from and p.in_force_until
"""


def cap_reading(cursor: psycopg.Cursor[Row], year: int) -> Row | None:
    """The cap's ``value``, ``force`` and ``source`` as read for a budget year; None where no percentage is set."""
    return cursor.execute(_CAP_IN_FORCE, {"year": year}).fetchone()


def cap_base(cursor: psycopg.Cursor[Row], region: str, year: int) -> list[Row]:
    """Every grant of a region and budget year (negative: taken back), and whether it ``counts`` in the cap's base."""
    return cursor.execute(
        f"""
        with cap as ({_CAP_IN_FORCE})
        select g.*, coalesce(
                   cap.value -> 'base_categories' ? g.category and cap.value -> 'base_levels' ? g.level, false)
               as counts
        from (
            select position, document_no, issued_on, level, category, amount_fen from grant_issued
            where region = %(region)s and budget_year = %(year)s
            union all
            select position, document_no, issued_on, level, category, -amount_fen from grant_withdrawn
            where region = %(region)s and budget_year = %(year)s
        ) g
        left join cap on true
        order by g.issued_on, g.position
        """.encode(),
        {"region": region, "year": year},
    ).fetchall()


def cap_commitments(cursor: psycopg.Cursor[Row], region: str, year: int) -> list[Row]:
    """Every contract of a region and budget year, what was paid on it, and whether it ``counts`` against the cap."""
    return cursor.execute(
        f"""
        with cap as ({_CAP_IN_FORCE}),
        paid as (
            select contract_no, sum(amount_fen)::bigint as paid_fen
            from (
                select contract_no, amount_fen from service_paid
                union all
                select contract_no, -amount_fen from service_refunded
            ) p
            group by contract_no
        )
        select c.position, c.contract_no, c.signed_on, c.provider, c.service_class, c.procurement_method, c.category,
               c.level, c.amount_fen, coalesce(paid.paid_fen, 0) as paid_fen, c.reason,
               coalesce(cap.value -> 'counted_categories' = '"all"'
                        or cap.value -> 'counted_categories' ? c.category, false) as counts
        from contract_committed c
        left join paid using (contract_no)
        left join cap on true
        where c.region = %(region)s and c.budget_year = %(year)s
        order by c.signed_on, c.position
        """.encode(),
        {"region": region, "year": year},
    ).fetchall()


def members(cursor: psycopg.Cursor[Row], household: str) -> list[Row]:
    """Who belongs to a household, as pseudonyms, the head first."""
    return cursor.execute(
        """
        select position, person, name, relation, identity_valid, region, registered_on as since, account, holder_name
        from household_registered where household = %(household)s
        union all
        select position, person, name, relation, identity_valid, region, changed_on, null, null
        from member_changed where household = %(household)s
        order by position
        """,
        {"household": household},
    ).fetchall()


def months_paid(cursor: psycopg.Cursor[Row], household: str) -> list[Row]:
    """What was decided and what was settled, for each month of a programme that anything was settled for."""
    return cursor.execute(
        "select programme, for_month, decided_fen, settled_fen, all_settled_fen, settled_on, evidence from paid_month "
        "where household = %s order by for_month, programme",
        [household],
    ).fetchall()
