"""A part of the book for somebody who may have just that: which positions belong to a region, a year, a subject.

What may be seen is told as in ``projections.occurrences``: by the region of each event, and with the steps of
confidential cases for the roles alone that may see them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from ledger.events import EVENT_CLASSES
from ledger.events.base import Event
from ledger.events.book import BookOpened, PolicyAdopted, SealKeyRotated
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised
from projections.cases import look_as
from projections.facts import columns, table_name
from projections.occurrences import at_positions, positions_of_household
from projections.queries import Row

# The book's own events belong to everybody: they prove which rules and which key it went by.
_BOOK = (BookOpened, PolicyAdopted, SealKeyRotated)
_FINDINGS = (FindingRaised, FindingExtended, FindingCleared)
# By which columns an event is about a subject.
_COLUMNS = {
    "contract": ("contract_no",),
    "document": ("document_no", "parent_document_no"),
    "expense": ("expense_no",),
    "batch": ("batch_no",),
    "case": ("case_no",),
    "finding": ("finding",),
    "official": ("staff_no", "handled_by", "reviewed_by", "approved_by", "served_by", "assigned_to"),
}
KINDS = ("household", "fund", *_COLUMNS)
_FUND = ("region", "category", "level", "budget_year")
_CHUNK = 5_000


class UnknownSubject(ValueError):
    """A subject is not written as a kind that there is, a colon and its number; or nothing on record names it."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What is asked for: what lies in ``region``, is of ``year``, and concerns any of the subjects or positions."""

    region: str
    year: int | None = None
    subjects: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()


def positions_of(cursor: psycopg.Cursor[Row], portion: Portion, role: str) -> list[int]:
    """The positions of a portion that ``role`` may see, in order; the cursor's clocks should limit nothing.

    An event is of a year when its business day, or the budget year of its fund, is.

    Raises:
        UnknownSubject: a subject cannot be read, or is on no record that ``role`` may see.
    """
    look_as(cursor, role, portion.region)
    asked = [list(_of_subject(cursor, ref)) for ref in portion.subjects]
    # A number that was mistyped must not become evidence about nobody.
    if unknown := [ref for ref, found in zip(portion.subjects, asked, strict=True) if not found]:
        raise UnknownSubject(unknown[0])
    wanted: set[int] | None = {one for some in asked for one in some} | set(portion.positions)
    if not portion.subjects and not portion.positions:
        wanted = None
    if portion.year is not None:
        of_year = _of_year(cursor, portion.year)
        wanted = of_year if wanted is None else wanted & of_year
    if wanted is None:
        wanted = set(_ask(cursor, [f"select position from {table_name(cls)}" for cls in EVENT_CLASSES], {}))
    seen = _visible(cursor, portion.region, sorted(wanted), role)
    return sorted({*seen, *_ask(cursor, [f"select position from {table_name(cls)}" for cls in _BOOK], {})})


def _visible(cursor: psycopg.Cursor[Row], region: str, positions: Sequence[int], role: str) -> Iterator[int]:
    for at in range(0, len(positions), _CHUNK):
        for row in at_positions(cursor, region, positions[at : at + _CHUNK], role):
            yield row["position"]


def _of_year(cursor: psycopg.Cursor[Row], year: int) -> set[int]:
    parts = []
    for cls in EVENT_CLASSES:
        of_fund = " or budget_year = %(year)s" if "budget_year" in columns(cls) else ""
        parts.append(f"select position from {table_name(cls)} where effective_on between %(from)s and %(to)s{of_fund}")
    return set(_ask(cursor, parts, {"year": year, "from": date(year, 1, 1), "to": date(year, 12, 31)}))


def _of_subject(cursor: psycopg.Cursor[Row], ref: str) -> Iterator[int]:
    kind, colon, number = ref.partition(":")
    if not colon or not number or kind not in KINDS:
        raise UnknownSubject(ref)
    if kind == "household":
        yield from positions_of_household(cursor, number)
    elif kind == "fund":
        yield from _of_fund(cursor, number)
    else:
        yield from _ask(cursor, list(_naming(_COLUMNS[kind])), {"number": number})
    found = _findings(cursor, kind, number, ref)
    of_findings = [f"select position from {table_name(cls)} where finding = any(%(found)s)" for cls in _FINDINGS]
    yield from _ask(cursor, of_findings, {"found": found})
    if kind in ("case", "finding"):
        # Whoever is handed a case is handed what it rests on.
        resting = [
            f"select unnest(evidence) as position from {table_name(cls)} where finding = any(%(found)s)"
            for cls in _FINDINGS
        ]
        yield from _ask(cursor, resting, {"found": found})


def _findings(cursor: psycopg.Cursor[Row], kind: str, number: str, ref: str) -> list[str]:
    """The findings that name a subject; those of a case, whatever they name."""
    if kind == "finding":
        return [number]
    if kind == "case":
        query = "select distinct unnest(findings) as finding from case_opened where case_no = %(number)s"
    else:
        query = " union ".join(
            f"select finding from {table_name(cls)} where %(ref)s = any(refs)"
            for cls in (FindingRaised, FindingExtended)
        )
    rows = cursor.execute(query.encode(), {"number": number, "ref": ref}).fetchall()
    return [row["finding"] for row in rows]


def _of_fund(cursor: psycopg.Cursor[Row], fund: str) -> Iterator[int]:
    parts = fund.split("|")
    if len(parts) != len(_FUND) or not re.fullmatch(r"[0-9]{4}", parts[3]):
        raise UnknownSubject(f"fund:{fund}")
    given: dict[str, Any] = dict(zip(_FUND, parts, strict=True)) | {"budget_year": int(parts[3])}
    condition = " and ".join(f"{name} = %({name})s" for name in _FUND)
    having = [cls for cls in EVENT_CLASSES if set(_FUND) <= columns(cls).keys()]
    yield from _ask(cursor, [f"select position from {table_name(cls)} where {condition}" for cls in having], given)


def _naming(names: Iterable[str]) -> Iterator[str]:
    for cls in EVENT_CLASSES:
        if held := _held(cls, names):
            yield f"select position from {table_name(cls)} where {' or '.join(f'{name} = %(number)s' for name in held)}"


def _held(cls: type[Event], names: Iterable[str]) -> list[str]:
    return [name for name in names if columns(cls).get(name) == "text"]


def _ask(cursor: psycopg.Cursor[Row], parts: Sequence[str], given: dict[str, Any]) -> Iterator[int]:
    for row in cursor.execute(" union all ".join(parts).encode(), given).fetchall():
        yield row["position"]
