"""Rule pages: the rule book, one rule with the law beside its SQL, and what other parameters would find."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.alerts import AllFindings
from api.console.rendering import render
from api.console.session import Visitor
from api.rules import RuleName, compared, open_counts, parameters_of, rule_named
from api.signatures import Books
from projections.overrides import Overrides, shown
from projections.rules import RuleError

router = APIRouter(prefix="/rules", include_in_schema=False)

# What a page shows of each list; the API has more, the command line all.
MOST_ROWS = 100
_FIELD = "p."


@router.get("")
def rules(request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """The rule book, with how many findings each rule has open."""
    counts = open_counts(found.read(visit.holder.region, visit.clocks))
    held = books.engine
    return render(request, visit, "rules.html", rules=held.rules, broken=held.broken_rules, counts=counts)


@router.get("/{rule}")
def rule(rule: RuleName, request: Request, visit: Visitor, books: Books, found: AllFindings) -> Response:
    """One rule."""
    named = rule_named(books, rule)
    count = open_counts(found.read(visit.holder.region, visit.clocks))[rule]
    parameters = parameters_of(books, named, visit.clocks)
    return render(request, visit, "rule.html", rule=named, count=count, parameters=parameters, shown=shown)


@router.get("/{rule}/backtest")
def backtest_page(rule: RuleName, request: Request, visit: Visitor, books: Books) -> Response:
    """A form with the rule's parameters; sent, what they would add, drop and change."""
    named = rule_named(books, rule)
    fields = {name: shown(value) for name, value in _fields(books, named, visit).items()}
    typed = {name: request.query_params.get(f"{_FIELD}{name}", value).strip() for name, value in fields.items()}
    result, problem = None, None
    if "try" in request.query_params:
        try:
            others = [f"{name}={value}" for name, value in typed.items() if value != fields[name]]
            result = compared(books, visit.holder, visit.clocks, named, others)
        except RuleError as error:
            problem = str(error)
    page: dict[str, Any] = {"fields": fields, "typed": typed, "result": result, "problem": problem, "most": MOST_ROWS}
    return render(request, visit, "backtest.html", 422 if problem else 200, rule=named, **page)


def _fields(books: Books, rule: Any, visit: Visitor) -> Overrides:
    """The values in force, a mapping's members each by its own name."""
    found: Overrides = {}
    for one in parameters_of(books, rule, visit.clocks):
        if isinstance(one.value, dict):
            found |= {f"{one.name}.{member}": value for member, value in one.value.items()}
        elif one.value is not None:
            found[one.name] = one.value
    return found
