"""Finding pages: the list by what was chosen, the same as a workbook, and one finding with question and evidence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api import problems
from api.alerts import AllFindings, FindingId, choose, page_of, rule_words
from api.console.rendering import render
from api.console.session import Visitor
from api.exports import taken_out
from api.finding_filter import FindingFilter
from api.paging import Cursor
from api.signatures import Books
from ledger.access import may_work_case
from ledger.events.finding import SEVERITIES
from ledger.intake.cells import money_or_none
from ledger.intake.problems import CellProblem
from projections import occurrences
from projections.cases import cases_of_finding
from projections.export import tables
from projections.queries import reading

router = APIRouter(prefix="/findings", include_in_schema=False)

ROWS_A_PAGE = 100
# Evidence beyond this is counted, not shown: a page must stay one that somebody reads.
MOST_EVIDENCE = 200
# What the form asks for; an amount is typed in yuan.
_ASKED = ("rule", "kind", "severity", "status", "in_case", "region", "found_from", "found_to", "q", "sort")


def choice(request: Request) -> dict[str, str]:
    """What the reader typed and picked, as it stands in the address, without the fields that he left blank."""
    asked = {name: request.query_params.get(name, "").strip() for name in (*_ASKED, "amount_from")}
    return {name: text for name, text in asked.items() if text}


Choice = Annotated[dict[str, str], Depends(choice)]


def chosen(asked: Choice) -> FindingFilter:
    """The same as a filter; what cannot be one is said field by field (422)."""
    fields: dict[str, Any] = {name: text for name, text in asked.items() if name != "amount_from"}
    if "amount_from" in asked:
        try:
            fields["amount_from_fen"] = money_or_none(asked["amount_from"])
        except CellProblem as problem:
            raise problems.invalid_field("amount_from", problem.reason_zh, problem.reason_en) from None
    return FindingFilter(**fields)


Chosen = Annotated[FindingFilter, Depends(chosen)]


@router.get("")
def findings(
    request: Request,
    visit: Visitor,
    books: Books,
    found: AllFindings,
    asked: Choice,
    chosen: Chosen,
    cursor: Cursor = None,
) -> Response:
    """The findings chosen, worst first unless the reader wants another order."""
    rows, cases = choose(books, found, visit.holder, visit.clocks, chosen)
    shown, following = page_of(rows, chosen, ROWS_A_PAGE, cursor)
    total_fen = sum(row["amount_fen"] or 0 for row in rows)
    page: dict[str, Any] = {"rows": shown, "count": len(rows), "total_fen": total_fen, "following": following}
    rules = books.engine.rules
    kinds = sorted({rule.kind for rule in rules})
    choices: dict[str, Any] = {"choice": asked, "rules": rules, "kinds": kinds, "severities": SEVERITIES}
    opens = may_work_case(visit.holder.role, "open")
    return render(request, visit, "findings.html", **page, **choices, cases=cases, opens=opens)


@router.get(".xlsx")
def findings_workbook(visit: Visitor, books: Books, found: AllFindings, asked: Choice, chosen: Chosen) -> Response:
    """The findings chosen, all of them, as a workbook."""
    rows, _ = choose(books, found, visit.holder, visit.clocks, chosen)
    filters = [(visit.words(f"filter.{name}"), text) for name, text in asked.items()]
    return taken_out(books, visit.holder, visit.clocks, tables.FINDINGS, rows, filters)


@router.get("/{finding_id}")
def finding(finding_id: FindingId, request: Request, visit: Visitor, found: AllFindings, books: Books) -> Response:
    """One finding: what was found, why it is a question, on what evidence, and what would clear it."""
    row = found.one(visit.holder.region, visit.clocks, finding_id)
    if row is None:
        raise problems.not_found()
    with reading(books.database, visit.clocks) as cursor:
        evidence = occurrences.at_positions(
            cursor, visit.holder.region, row["evidence"][:MOST_EVIDENCE], visit.holder.role
        )
        cases = cases_of_finding(cursor, visit.holder.role, visit.holder.region, finding_id)
    page: dict[str, Any] = {"finding": row, "words": rule_words(books, row["rule"]), "evidence": evidence}
    opens = may_work_case(visit.holder.role, "open") and all(case["status"] == "closed" for case in cases)
    return render(request, visit, "finding.html", **page, cases=cases, opens=opens)
