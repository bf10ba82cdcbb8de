"""一公开: what was made public, and whom a notice of beneficiaries speaks of."""

from __future__ import annotations

import psycopg

from ledger.region import prefix_of
from projections.queries import Row


def publications(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """What was made public, the latest first."""
    return cursor.execute(
        "select position, publication_no, kind, published_on, until, region, sample_no, for_month, programme, files, "
        "files_sha256, row_count from result_published order by position desc"
    ).fetchall()


_BENEFICIARIES = """
select e.household, e.programme, h.region, h.person, h.name, g.monthly_amount_fen,
       coalesce(g.persons, (
           select count(distinct m.person) from (
               select person from household_registered where household = e.household
               union all
               select person from member_changed where household = e.household) m)) as persons
from (select distinct household, programme from entitlement) e
cross join lateral (
    select region, person, name from household_registered r where r.household = e.household order by position limit 1) h
cross join lateral governing(e.household, e.programme, %(month)s) g
where starts_with(h.region, %(prefix)s) and g.monthly_amount_fen > 0
  and (%(programme)s::text is null or e.programme = %(programme)s)
order by h.region, e.household, e.programme
"""


def beneficiaries(cursor: psycopg.Cursor[Row], region: str, month: str, programme: str | None) -> list[Row]:
    """Each household of a region with a decision in force in a month: its head, its size, and the monthly amount."""
    return cursor.execute(
        _BENEFICIARIES, {"prefix": prefix_of(region), "month": month, "programme": programme}
    ).fetchall()


_HOUSEHOLDS = {
    "household": "select unnest(%(subjects)s::text[]) as household",
    "contract": "select household from visit_logged where contract_no = any(%(subjects)s)",
    "provider": "select v.household from visit_logged v join contract_committed c using (contract_no) "
    "where c.provider = any(%(subjects)s)",
    "batch": "select household from payment_instructed where batch_no = any(%(subjects)s)",
}


def households_of(cursor: psycopg.Cursor[Row], population: str, subjects: list[str]) -> list[str]:
    """The households that the subjects of a sample are, served (contracts, providers) or paid (batches)."""
    query = f"select distinct household from ({_HOUSEHOLDS[population]}) h where household is not null"
    return [row["household"] for row in cursor.execute(query, {"subjects": subjects}).fetchall()]


def full_names(cursor: psycopg.Cursor[Row], households: list[str]) -> set[str]:
    """The pseudonyms of the names of everybody in these households, so that none of them slips into a notice."""
    rows = cursor.execute(
        "select name from household_registered where household = any(%(households)s) "
        "union select name from member_changed where household = any(%(households)s)",
        {"households": households},
    ).fetchall()
    return {row["name"] for row in rows}
