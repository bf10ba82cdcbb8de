"""Where the things that findings and requests name lie: regions by reference (``household:H000123``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import psycopg

from ledger.region import covers
from projections.queries import Row

Regions = dict[str, set[str]]

# Read without the clocks: where something lies does not depend on what is asked about it.
_KNOWN = """
select 'case:' || case_no as ref, region from fact.case_opened where case_no = any(%(case)s)
union
select 'household:' || household as ref, region from fact.household_registered where household = any(%(household)s)
union
select 'contract:' || contract_no, region from fact.contract_committed where contract_no = any(%(contract)s)
union
select 'document:' || document_no, region from fact.grant_issued where document_no = any(%(document)s)
union
select 'document:' || document_no, region from fact.grant_withdrawn where document_no = any(%(document)s)
union
select 'document:' || document_no, region from fact.funds_passed_down where document_no = any(%(document)s)
union
select 'document:' || document_no, to_region from fact.funds_passed_down where document_no = any(%(document)s)
union
select 'batch:' || batch_no, region from fact.roll_released where batch_no = any(%(batch)s)
union
select 'expense:' || expense_no, region from fact.expense_paid where expense_no = any(%(expense)s)
union
select 'expense:' || p.expense_no, c.region
from fact.service_paid p join fact.contract_committed c using (contract_no) where p.expense_no = any(%(expense)s)
"""
# Not a place: where an official works is not where what he did is looked into.
_PLACELESS = ("official:",)
_KINDS = ("case", "household", "contract", "document", "batch", "expense")


def regions_of(cursor: psycopg.Cursor[Row], refs: Iterable[str]) -> Regions:
    """The regions of each reference that the book knows; a document that passes money down lies in both its regions."""
    named: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    found: Regions = defaultdict(set)
    for ref in refs:
        kind, _, name = ref.partition(":")
        if kind in named:
            named[kind].add(name)
        elif kind == "region":
            found[ref].add(name)
        elif kind == "fund":
            found[ref].add(name.partition("|")[0])
    if any(named.values()):
        for row in cursor.execute(_KNOWN, {kind: list(names) for kind, names in named.items()}).fetchall():
            found[row["ref"]].add(row["region"])
    return dict(found)


def places_in(refs: Iterable[str]) -> list[str]:
    """Those of the references that lie somewhere."""
    return [ref for ref in refs if not ref.startswith(_PLACELESS)]


def lies_in(refs: Sequence[str], regions: Regions, region: str) -> bool:
    """Every thing that it names lies in the region: a finding across two townships is for those who see both."""
    placed = places_in(refs)
    return bool(placed) and all(any(covers(region, place) for place in regions.get(ref, ())) for ref in placed)
