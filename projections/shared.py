"""What many rules read, made once for a transaction: of everything, or of the households that are asked about.

Rules name ``paid_month`` and the like without a schema, so that they find the table that was made of the view.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import psycopg
from psycopg import sql

from ledger.book.database import RULE_ROLE
from projections.evaluation import Row

# By what each is read; each after what it is made of.
_SHARED = {
    "household_registered": ("household", "person"),
    "member_changed": ("household", "person"),
    "member": ("household", "person"),
    "reversed_line": ("batch_no",),
    "settled_line": ("household",),
    "paid_month": ("household",),
}


def share(cursor: psycopg.Cursor[Row], households: Sequence[str] | None = None) -> None:
    """Makes the shared tables, of all households or of these; from then on the transaction only reads."""
    cursor.execute("set local work_mem = '64MB'")
    for name in _SHARED:
        _make_of_view(cursor, name, households)
    cursor.execute("set transaction read only")
    cursor.execute("set local search_path = pg_temp, known, finding")


def _make_of_view(cursor: psycopg.Cursor[Row], name: str, households: Sequence[str] | None) -> None:
    """A table for this transaction, made of a view and of the tables that were made of views before it."""
    cursor.execute("set local search_path = ''")
    row = cursor.execute("select pg_get_viewdef(%s::regclass) as definition", [f"known.{name}"]).fetchone()
    definition = str(row["definition"] if row else "").rstrip(";")
    for made in takewhile(lambda one: one != name, _SHARED):
        definition = definition.replace(f"known.{made}", f"pg_temp.{made}")
    making = f"create temp table {name} on commit drop as select * from ({definition}) made"
    if households is not None:
        # What a rule reads of a household is here; of others there is nothing, and no rule on households asks for it.
        cursor.execute(sql.SQL(making + " where household = any({})").format(list(households)))
    else:
        cursor.execute(making.encode())
        for column in _SHARED[name]:
            cursor.execute(f"create index on pg_temp.{name} ({column})".encode())
    cursor.execute(f"analyze pg_temp.{name}; grant select on pg_temp.{name} to {RULE_ROLE}".encode())
