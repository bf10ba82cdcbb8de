"""Finding pages: the list, and one finding with its question and its evidence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api import problems
from api.alerts import SEVERITIES, AllFindings, FindingId, chosen, page_of, rule_words
from api.console.rendering import render
from api.console.session import Visitor
from api.paging import Cursor
from api.signatures import Books
from projections import occurrences
from projections.queries import reading
from projections.rules import load_rules

router = APIRouter(prefix="/findings", include_in_schema=False)

ROWS_A_PAGE = 100
# Evidence beyond this is counted, not shown: a page must stay one that somebody reads.
MOST_EVIDENCE = 200


def choice(rule: str = "", kind: str = "", severity: str = "") -> dict[str, str]:
    """What the reader chose; words that no finding has choose nothing."""
    return {"rule": rule, "kind": kind, "severity": severity}


Choice = Annotated[dict[str, str], Depends(choice)]


@router.get("")
def findings(
    request: Request, visit: Visitor, found: AllFindings, chosen_by: Choice, cursor: Cursor = None
) -> Response:
    """The findings, worst first, by rule, kind and severity where these are chosen."""
    every = found.read(visit.holder.region, visit.clocks)
    rows = chosen(every, **chosen_by)
    shown, following = page_of(rows, ROWS_A_PAGE, cursor)
    kinds = sorted({row["kind"] for row in every})
    page: dict[str, Any] = {"rows": shown, "count": len(rows), "following": following, "choice": chosen_by}
    choices: dict[str, Any] = {"rules": load_rules(), "kinds": kinds, "severities": SEVERITIES}
    return render(request, visit, "findings.html", **page, **choices)


@router.get("/{finding_id}")
def finding(finding_id: FindingId, request: Request, visit: Visitor, found: AllFindings, books: Books) -> Response:
    """One finding: what was found, why it is a question, on what evidence, and what would clear it."""
    row = found.one(visit.holder.region, visit.clocks, finding_id)
    if row is None:
        raise problems.not_found()
    with reading(books.database, visit.clocks) as cursor:
        evidence = occurrences.at_positions(cursor, visit.holder.region, row["evidence"][:MOST_EVIDENCE])
    return render(request, visit, "finding.html", finding=row, words=rule_words(row["rule"]), evidence=evidence)
