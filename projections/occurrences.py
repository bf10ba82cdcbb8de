"""Events as people meet them: a page of the log, one event, a household's life; all through the two clocks.

An occurrence is what every kind of event has in common: position, topic, day, paper, amount, who it is about and whose
region it lies in. An event that names no region lies where its household, contract, batch or person does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import psycopg

from ledger.events import EVENT_CLASSES
from ledger.events.base import Event
from ledger.region import covers, prefix_of
from projections.cases import look_as
from projections.facts import columns, table_name
from projections.queries import Row

# The paper that an event stands on: the first of these that its class has.
PAPERS = (
    "decision_no",
    "case_no",
    "sample_no",
    "publication_no",
    "finding",
    "document_no",
    "expense_no",
    "recovery_no",
    "visit_no",
    "contract_no",
    "batch_no",
    "staff_no",
    "household",
    "jurisdiction",
)
# Events that a page looks at, whether they may be shown or not: what a page costs does not depend on who asks.
SCAN = 2_000

_REGIONS = """
select l.position, l.topic, l.recorded_at, l.effective_on, l.origin, l.recorded_by, l.recorded_role,
       l.source_file, l.source_line, l.paper, l.line_no, l.household, l.amount_fen, l.to_region,
       coalesce(l.region, h.region, c.region, b.region, d.region, m.region, k.region) as region,
       l.case_no is not null and exists (select from hidden_case s where s.case_no = l.case_no) as is_hidden
from listed l
left join lateral (
    select region from case_opened where case_no = l.case_no
) k on l.region is null and l.case_no is not null
left join lateral (
    select region from household_registered where household = l.household order by position limit 1
) h on l.region is null
left join lateral (
    select region from contract_committed where contract_no = l.contract_no order by position limit 1
) c on l.region is null
left join lateral (
    select region from roll_released where batch_no = l.batch_no order by position limit 1
) b on l.region is null
left join lateral (
    select region from grant_issued where document_no = l.document_no order by position limit 1
) d on l.region is null
left join lateral (
    select region from (
        select position, region from household_registered where person = l.person
        union all
        select position, region from member_changed where person = l.person) p
    order by position limit 1
) m on l.region is null
order by l.position
"""


def _column(cls: type[Event], names: Sequence[str], kind: str) -> str:
    fields = columns(cls)
    return next((name for name in names if name in fields), f"null::{kind}")


def _select(cls: type[Event]) -> str:
    common = "position, recorded_at, effective_on, origin, recorded_by, recorded_role, source_file, source_line"
    own = {
        "paper": _column(cls, PAPERS, "text"),
        "line_no": _column(cls, ["line_no"], "bigint"),
        "household": _column(cls, ["household"], "text"),
        "amount_fen": _column(cls, ["amount_fen", "monthly_amount_fen"], "bigint"),
        "region": _column(cls, ["region"], "text"),
        "to_region": _column(cls, ["to_region"], "text"),
        "contract_no": _column(cls, ["contract_no"], "text"),
        "document_no": _column(cls, ["document_no"], "text"),
        "batch_no": _column(cls, ["batch_no"], "text"),
        "person": _column(cls, ["person", "kin"], "text"),
        "case_no": _column(cls, ["case_no"], "text"),
    }
    named = ", ".join(f"{column} as {name}" for name, column in own.items())
    return f"select '{cls.TOPIC}' as topic, {common}, {named} from known.{table_name(cls)}"


@cache
def _page_sql() -> str:
    parts = [f"({_select(cls)} where position > %(after)s order by position limit %(scan)s)" for cls in EVENT_CLASSES]
    return f"with listed as ({' union all '.join(parts)} order by position limit %(scan)s)\n{_REGIONS}"


@cache
def _positions_sql() -> str:
    parts = [f"{_select(cls)} where position = any(%(positions)s)" for cls in EVENT_CLASSES]
    return f"with listed as ({' union all '.join(parts)})\n{_REGIONS}"


def page(
    cursor: psycopg.Cursor[Row], region: str, after: int, limit: int, role: str = ""
) -> tuple[list[Row], int | None]:
    """Occurrences after a position that ``region`` may see, and the position to go on from (None at the end).

    A page looks at no more than ``SCAN`` events, so it may be shorter than ``limit`` and not the last. Steps of
    confidential cases are shown to the roles that may see them; without a role there are none.
    """
    look_as(cursor, role, region)
    rows = cursor.execute(_page_sql().encode(), {"after": after, "scan": SCAN}).fetchall()
    sees_all = holds_book(cursor, region)
    shown: list[Row] = []
    for row in rows:
        if _may_see(row, region, sees_all):
            shown.append(row)
            if len(shown) == limit:
                break
    looked_at = shown[-1]["position"] if len(shown) == limit else rows[-1]["position"] if rows else after
    is_last = len(rows) < SCAN and (not rows or looked_at == rows[-1]["position"])
    return shown, None if is_last else looked_at


def at_positions(cursor: psycopg.Cursor[Row], region: str, positions: Sequence[int], role: str = "") -> list[Row]:
    """The occurrences at these positions that ``region`` may see, in the order of the log."""
    if not positions:
        return []
    look_as(cursor, role, region)
    rows = cursor.execute(_positions_sql().encode(), {"positions": list(positions)}).fetchall()
    sees_all = holds_book(cursor, region)
    return [row for row in rows if _may_see(row, region, sees_all)]


def one(cursor: psycopg.Cursor[Row], region: str, position: int, role: str = "") -> Row | None:
    """One occurrence with its stored ``payload`` and ``leaf`` (hex); None where ``region`` may see none."""
    for row in at_positions(cursor, region, [position], role):
        stored = cursor.execute(
            "select convert_from(payload, 'UTF8') as payload, encode(leaf, 'hex') as leaf from book.event "
            "where position = %s",
            [position],
        ).fetchone()
        if stored:
            return row | {"payload": json.loads(stored["payload"]), "leaf": stored["leaf"]}
    return None


def of_household(cursor: psycopg.Cursor[Row], region: str, household: str, role: str = "") -> list[Row]:
    """A household's life in the order of its days: members, decisions, payments and what the bank said, recoveries."""
    rows = at_positions(cursor, region, positions_of_household(cursor, household), role)
    return sorted(rows, key=lambda row: (row["effective_on"] or row["recorded_at"].date(), row["position"]))


def positions_of_household(cursor: psycopg.Cursor[Row], household: str) -> list[int]:
    """Positions of all events that concern a household or its members, by the cursor's clocks."""
    found = cursor.execute(_HOUSEHOLD_POSITIONS, {"household": household, "tag": f"household:{household}"}).fetchall()
    return [row["position"] for row in found]


def holds_book(cursor: psycopg.Cursor[Row], region: str) -> bool:
    """Whether all of the book lies in ``region``: what belongs nowhere is shown to such a holder."""
    row = cursor.execute(
        "select not exists (select from fact.grant_issued where not starts_with(region, %(prefix)s)) "
        "and not exists (select from fact.household_registered where not starts_with(region, %(prefix)s)) as all_of_it",
        {"prefix": prefix_of(region)},
    ).fetchone()
    return bool(row and row["all_of_it"])


def _may_see(row: Row, region: str, sees_all: bool) -> bool:
    return not row["is_hidden"] and (sees_all or any(covers(region, where) for where in _where(row)))


def _where(row: dict[str, Any]) -> Iterator[str]:
    for name in ("region", "to_region"):
        if row[name]:
            yield row[name]


# The tag finds what decisions know a household by; the bank's word on a line is known by the line.
_HOUSEHOLD_POSITIONS = """
with line as (
    select distinct batch_no, line_no from payment_instructed where household = %(household)s
),
member as (
    select person from household_registered where household = %(household)s
    union
    select person from member_changed where household = %(household)s
)
select position from book.event_tag where tag = %(tag)s
union
select position from payment_instructed where household = %(household)s
union
select s.position from payment_settled s join line using (batch_no, line_no)
union
select o.position from payment_observed o join line using (batch_no, line_no)
union
select d.position from death_reported d join member using (person)
union
select position from visit_logged where household = %(household)s
"""
