"""Who looked into a case: on record before the case is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ledger.book.database import Database


@dataclass(frozen=True, slots=True)
class CaseView:
    """One person read one case, at an instant."""

    staff: str
    role: str
    at: datetime


def record_view(database: Database, case_no: str, staff: str, role: str) -> None:
    """Puts on record that somebody read a case."""
    with database.connection() as conn:
        conn.execute("insert into access.case_view (case_no, staff, role) values (%s, %s, %s)", [case_no, staff, role])


def views_of(database: Database, case_no: str) -> list[CaseView]:
    """Who read a case, in order."""
    with database.connection() as conn:
        rows = conn.execute(
            "select staff, role, at from access.case_view where case_no = %s order by position", [case_no]
        ).fetchall()
    return [CaseView(*row) for row in rows]
