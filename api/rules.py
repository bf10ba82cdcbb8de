"""GET the rule book: each rule with its law and its SQL, its parameters in force, and what others would find."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api import problems
from api.alerts import AllFindings
from api.paging import Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from projections.backtest import Backtest, Difference, backtest
from projections.occurrences import holds_book
from projections.open_book import OpenBook
from projections.overrides import read_overrides
from projections.queries import Clocks, Row
from projections.regions import lies_in, regions_of
from projections.rulebook import in_force
from projections.rules import Rule, RuleError

router = APIRouter(prefix="/rules", tags=["rules 规则手册"])

RuleName = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{2,47}$", examples=["short_paid"])]
Typed = Annotated[
    list[Annotated[str, Field(max_length=2_000)]] | None,
    Query(
        max_length=20,
        alias="parameter",
        description="假设的参数值，名称=值 / a parameter as if it were so, name=value or name.member=value",
        examples=[["short_paid_grace_days=5"]],
    ),
]
# A page waits for its answer: a rule that takes longer is for the command line.
_SECONDS = 30
_MOST_ITEMS = 500
# A backtest reads all payments twice; several at once would hold up everybody else.
_trying = threading.BoundedSemaphore(1)


class RuleHead(BaseModel):
    """A rule as its header says it."""

    model_config = ConfigDict(from_attributes=True)

    rule: str = Field(examples=["short_paid"])
    name: str = Field(examples=["少发、克扣"])
    title: str
    kind: str
    severity: str
    subjects: list[str] = Field(description="what a finding is about")
    is_clocked: bool = Field(description="days passing alone can raise or clear it")
    is_overpaid: bool = Field(description="its amount was overpaid to a household")
    basis: str = Field(description="L 规定 | A 审计做法 | D 本系统默认")
    law: str
    text: str | None = Field(description="short id of the text that is quoted")
    quotation: str | None
    parameters: list[str]
    finds: str = Field(description="中文 / English")
    question: str
    clears: str
    example: str
    origin: str = Field(description="product | site")
    version: str = Field(description="SHA-256 of the rule's file")


class ParameterInForce(BaseModel):
    """A parameter of a rule on a day; without a value where none is in force."""

    name: str
    title_zh: str | None = None
    title_en: str | None = None
    value: Any = None
    unit: str | None = None
    force: str | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    source: dict[str, Any] | None = None


class RuleDetail(RuleHead):
    """A rule with its parameters in force, its SQL, and how many findings it has open in the holder's region."""

    parameters_in_force: list[ParameterInForce]
    sql: str
    open_findings: int


class Figures(BaseModel):
    """What a rule finds and costs."""

    findings: int
    amount_fen: int
    milliseconds: int
    plan_cost: int = Field(description="the planner's estimate of the whole work")


class OtherFinding(BaseModel):
    """A subject that the two find differently; an amount is absent where it is not found."""

    subject: str
    refs: list[str]
    severity: str
    found_on: date | None
    live_fen: int | None
    tried_fen: int | None


class Differences(BaseModel):
    """How many there are, and the largest of them."""

    count: int
    items: list[OtherFinding]


class Compared(BaseModel):
    """A rule with other parameters beside the rule as it is; nothing of it is kept."""

    rule: str
    parameters: dict[str, Any]
    live: Figures
    tried: Figures
    added: Differences
    dropped: Differences
    changed: Differences


@router.get("", responses=described(401, 422, 503))
def list_rules(holder: Reader, books: Books) -> Page[RuleHead]:
    """Every rule that is asked: the product's and the site's own."""
    return Page(items=[RuleHead.model_validate(rule) for rule in books.engine.rules])


@router.get("/{rule}", responses=described(401, 404, 422, 503))
def one_rule(rule: RuleName, holder: Reader, books: Books, found: AllFindings, clocks: BothClocks) -> RuleDetail:
    """One rule, with its law beside its SQL."""
    named = rule_named(books, rule)
    return RuleDetail(
        **RuleHead.model_validate(named).model_dump(),
        parameters_in_force=parameters_of(books, named, clocks),
        sql=named.sql,
        open_findings=open_counts(found.read(holder.region, clocks))[rule],
    )


@router.get("/{rule}/backtest", responses=described(401, 404, 422, 503))
def try_parameters(rule: RuleName, holder: Reader, books: Books, clocks: BothClocks, typed: Typed = None) -> Compared:
    """What the rule would find in the holder's region if its parameters were others."""
    try:
        found = compared(books, holder, clocks, rule_named(books, rule), typed or ())
    except RuleError as error:
        raise problems.invalid_field("parameter", error.zh, error.en) from None
    return Compared.model_validate(plain(found))


def rule_named(books: OpenBook, name: str) -> Rule:
    """A rule that is asked; 404 where there is none of this name."""
    found = next((rule for rule in books.engine.rules if rule.rule == name), None)
    if found is None:
        raise problems.not_found()
    return found


def parameters_of(books: OpenBook, rule: Rule, clocks: Clocks) -> list[ParameterInForce]:
    """The rule's parameters on the day asked about."""
    held = in_force(rule, books.policy, clocks.as_of or books.today)
    plain = [(name, one.model_dump(mode="json", exclude={"also", "name"}) if one else {}) for name, one in held]
    return [ParameterInForce(name=name, **fields) for name, fields in plain]


def open_counts(findings: Sequence[Row]) -> Counter[str]:
    """How many findings each rule has among these."""
    return Counter(row["rule"] for row in findings)


def compared(books: OpenBook, holder: Holder, clocks: Clocks, rule: Rule, typed: Sequence[str]) -> Backtest:
    """The rule with other parameters beside itself, limited to the holder's region.

    Raises:
        RuleError: a parameter is refused, or the rule cannot be run.
    """
    values = read_overrides(typed, rule, books.policy, clocks.as_of or books.today)

    def shown(cursor: psycopg.Cursor[Row], rows: list[Row]) -> list[Row]:
        if holds_book(cursor, holder.region):
            return rows
        regions = regions_of(cursor, {ref for row in rows for ref in row["refs"]})
        return [row for row in rows if lies_in(row["refs"], regions, holder.region)]

    with _one_at_a_time():
        return backtest(books.database, clocks, rule, rule, values, shown, _SECONDS)


def plain(found: Backtest) -> dict[str, Any]:
    """A backtest as the API answers it."""
    told = {name: _counted(getattr(found, name)) for name in ("added", "dropped", "changed")}
    return asdict(found) | told


def _counted(rows: Sequence[Difference]) -> dict[str, Any]:
    return {"count": len(rows), "items": [asdict(row) for row in rows[:_MOST_ITEMS]]}


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _trying.acquire(timeout=_SECONDS):
        raise problems.busy()
    try:
        yield
    finally:
        _trying.release()
