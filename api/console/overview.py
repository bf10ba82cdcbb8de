"""The first page: what there is, what may still be committed, what is asked about, and how fresh all of it is."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from api.alerts import AllFindings
from api.cap import caps_of
from api.console.rendering import render
from api.console.session import Visitor
from api.funds import funds_of
from api.seal import seal_of
from api.signatures import Books
from ledger.events.finding import SEVERITIES
from projections.queries import Row, freshness, reading

router = APIRouter(include_in_schema=False)

_SUMMED = (
    "issued_fen",
    "received_fen",
    "settled_fen",
    "in_transit_fen",
    "services_fen",
    "other_fen",
    "passed_down_fen",
    "recovered_fen",
    "available_fen",
)


@router.get("/")
def overview(request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """Funds, caps, findings and freshness on one screen."""
    with reading(books.database, visit.clocks) as cursor:
        fresh, seal = freshness(cursor), seal_of(cursor, books.seal_folder)
    funds = funds_of(books, visit.holder, visit.clocks)
    return render(
        request,
        visit,
        "overview.html",
        fresh=fresh,
        seal=seal,
        policy=books.policy,
        years=by_year(funds),
        caps=caps_of(books, visit.holder, visit.clocks),
        **counted(found.read(visit.holder.region, visit.clocks)),
    )


def by_year(funds: list[Row]) -> list[Row]:
    """The funds of each category and budget year added up, the newest year first."""
    sums: dict[tuple[int, str], Counter[str]] = {}
    for fund in funds:
        sums.setdefault((fund["year"], fund["category"]), Counter()).update({name: fund[name] for name in _SUMMED})
    return [
        {"year": year, "category": category} | sums[year, category] for year, category in sorted(sums, reverse=True)
    ]


def counted(findings: list[Row]) -> dict[str, Any]:
    """How many findings there are of each kind and severity, and the sum that each kind is about."""
    kinds: dict[str, Counter[str]] = {}
    for finding in findings:
        kind = kinds.setdefault(finding["kind"], Counter())
        kind.update({finding["severity"]: 1, "all": 1, "amount_fen": finding["amount_fen"] or 0})
    total = Counter(finding["severity"] for finding in findings)
    ordered = sorted(kinds.items(), key=lambda pair: [-pair[1][name] for name in SEVERITIES])
    return {"kinds": ordered, "total": total, "severities": SEVERITIES, "findings": len(findings)}
