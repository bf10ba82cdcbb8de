"""Which fund a roll line draws on: rolls name category, level and year, the region is the household's paying region."""

from __future__ import annotations

from typing import Any

import psycopg

from ledger.region import covers, prefix_of

Funds = dict[tuple[str, str, int], list[str]]

_KNOWN = """
select distinct category, level, budget_year, region from fact.grant_issued
union
select distinct category, level, budget_year, to_region from fact.funds_passed_down
"""


def known_funds(conn: psycopg.Connection[Any]) -> Funds:
    """The regions that have a fund, by (category, level, budget year)."""
    funds: Funds = {}
    for category, level, budget_year, region in conn.execute(_KNOWN).fetchall():
        funds.setdefault((category, level, budget_year), []).append(region)
    return funds


def paying_region(household_region: str | None, funds: Funds, category: str, level: str, budget_year: int) -> str:
    """The region of the fund that pays a household: the nearest above it that has one, else its county.

    A region code is a path: 620199001007 lies in 620199001 and in 620199; trailing zeros say nothing.
    """
    regions = funds.get((category, level, budget_year), [])
    if household_region is None:
        return min(regions, default="000000")
    above = [region for region in regions if covers(region, household_region)]
    return max(above, key=lambda region: len(prefix_of(region)), default=household_region[:6])
