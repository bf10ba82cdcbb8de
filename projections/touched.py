"""Which subjects of the rules the events between two positions touch: what an incremental evaluation asks about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import psycopg

from ledger.events import EVENT_CLASSES
from ledger.events.case import CASE_EVENTS
from projections.evaluation import Row
from projections.facts import columns, table_name

# By kind of subject, the fields that name one.
_FIELDS: dict[str, tuple[str, ...]] = {
    "household": ("household",),
    "person": ("person", "kin", "payee"),
    "account": ("account",),
    "batch": ("batch_no",),
    "document": ("document_no", "parent_document_no"),
    "contract": ("contract_no",),
    "expense": ("expense_no",),
    "recovery": ("recovery_no",),
    "official": ("staff_no", "handled_by", "reviewed_by", "approved_by"),
    "paper": ("decision_no", "batch_no", "contract_no", "expense_no"),
    "case": ("case_no",),
}
# So many positions of one subject are kept: enough to show what came to it.
MOST_POSITIONS = 100

Touched = dict[str, dict[str, list[int]]]

_RANGE = "position > %(after)s and position <= %(upto)s"

# What is not named by the event itself: a household by its line or its member, an account by its line, and so on.
_DERIVED = f"""
line as materialized (
    select batch_no, line_no, position from fact.payment_instructed where {_RANGE}
    union all select batch_no, line_no, position from fact.payment_settled where {_RANGE}
    union all select batch_no, line_no, position from fact.payment_observed where {_RANGE}
    union all select batch_no, line_no, position from fact.payment_returned where {_RANGE}
    union all select batch_no, line_no, position from fact.payment_reversed where {_RANGE}
),
account as (
    select i.account, l.position from line l join fact.payment_instructed i using (batch_no, line_no)
    union all select s.account, l.position from line l join fact.payment_settled s using (batch_no, line_no)
    union all select o.account, l.position from line l join fact.payment_observed o using (batch_no, line_no)
),
household as materialized (
    select subject as household, position from named where kind = 'household'
    union all
    select i.household, l.position from line l join fact.payment_instructed i using (batch_no, line_no)
    union all
    select r.household, n.position from named n join fact.household_registered r on r.person = n.subject
    where n.kind = 'person'
    union all
    select m.household, n.position from named n join fact.member_changed m on m.person = n.subject
    where n.kind = 'person'
),
member as (
    select r.person, h.position from household h join fact.household_registered r using (household)
    union all
    select m.person, h.position from household h join fact.member_changed m using (household)
),
contract as (
    select c.*, n.position as touched_at from named n join fact.contract_committed c on c.contract_no = n.subject
    where n.kind = 'contract'
),
moved as (
    select fund, known_from, into_account, from_account from projection.movement
    where known_from > %(after)s and known_from <= %(upto)s
),
touched as (
    select kind, subject, position from named
    union all select 'account', account, position from account where account is not null
    union all select 'household', household, position from household
    union all select 'person', person, position from member
    union all select 'provider', coalesce(provider_code, provider), touched_at from contract
    union all select 'region_year', region || '|' || budget_year, touched_at from contract
    union all select 'region_year', region || '|' || budget_year, position from fact.grant_issued where {_RANGE}
    union all select 'region_year', region || '|' || budget_year, position from fact.grant_withdrawn where {_RANGE}
    -- What a fund was given, or what arrived in it, concerns each of its documents.
    union all
    select 'document', d.document_no, m.known_from from moved m join projection.document d using (fund)
    where m.into_account in ('issued', 'received') or m.from_account in ('issued', 'received')
    union all
    select 'document', other.document_no, n.position
    from named n join projection.document d on d.document_no = n.subject join projection.document other using (fund)
    where n.kind = 'document'
    union all select 'fund', fund, known_from from moved
)
select kind, subject, (array_agg(distinct position order by position))[1:{MOST_POSITIONS}] as positions
from touched
group by kind, subject
"""


def touched(cursor: psycopg.Cursor[Row], after: int, upto: int) -> Touched:
    """By kind, the subjects that the events after one position and up to another touch, each with their positions."""
    found: Touched = defaultdict(dict)
    for row in cursor.execute(_statement().encode(), {"after": after, "upto": upto}).fetchall():
        found[row["kind"]][row["subject"]] = row["positions"]
    return found


@cache
def _statement() -> str:
    return f"with named as materialized (\n{' union all '.join(_named())}\n),{_DERIVED}"


def _named() -> Iterator[str]:
    for cls in EVENT_CLASSES:
        held = columns(cls)
        for kind, fields in _FIELDS.items():
            for field in fields:
                # That a confidential case touched something must not stand among what cleared a finding.
                is_hidden = cls in CASE_EVENTS and kind != "case"
                if held.get(field) == "text" and not is_hidden:
                    yield (
                        f"select '{kind}' as kind, {field} as subject, position from fact.{table_name(cls)} "
                        f"where {_RANGE} and {field} is not null"
                    )
