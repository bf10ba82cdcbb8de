"""GET the findings: questions with evidence, never verdicts."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from api import paging, problems
from api.finding_filter import REGION, FindingFilter, Sort, Status
from api.findings import Findings
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import Books, BothClocks, IsoDate, Reader
from ledger.access import Holder
from ledger.events.finding import Severity
from projections.cases import list_cases
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter(prefix="/alerts", tags=["alerts 预警"])

FindingId = Annotated[str, Path(pattern="^f[0-9a-f]{16}$", examples=["f0123456789abcdef"])]


def finding_filter(
    rule: Annotated[str | None, Query(max_length=80, description="规则 rule", examples=["duplicate_payment"])] = None,
    kind: Annotated[str | None, Query(max_length=80, description="类别 kind", examples=["违规发放"])] = None,
    severity: Annotated[Severity | None, Query(description="严重程度 severity")] = None,
    status: Annotated[
        Status, Query(description="未解除、已解除、全部；已解除只按现在所知 / cleared ones as known now")
    ] = "open",
    in_case: Annotated[bool | None, Query(description="是否已立案 / whether a case has it")] = None,
    region: Annotated[str | None, Query(pattern=REGION, description="只看该区划 / this region alone")] = None,
    found_from: Annotated[IsoDate | None, Query(description="可知日期自 known from this day on")] = None,
    found_to: Annotated[IsoDate | None, Query(description="可知日期至 known by this day")] = None,
    amount_from_fen: Annotated[int | None, Query(ge=0, le=10**15, description="金额不低于，分 fen at least")] = None,
    q: Annotated[
        str | None, Query(max_length=80, description="编号查找 a number that it names", examples=["H000123"])
    ] = None,
    sort: Annotated[Sort, Query(description="排序 order")] = "severity",
) -> FindingFilter:
    """What the address chooses among the findings."""
    return FindingFilter(**locals())


Chosen = Annotated[FindingFilter, Depends(finding_filter)]


class Policy(BaseModel):
    """The policy pack that a finding was judged by."""

    jurisdiction: str | None = None
    version: str | None = None


class Alert(BaseModel):
    """A finding of a rule."""

    id: str
    rule: str = Field(examples=["duplicate_payment"])
    name: str = Field(examples=["重复发放"])
    kind: str = Field(examples=["违规发放"])
    severity: Severity
    refs: list[str] = Field(description="whom or what it names", examples=[["household:H000123"]])
    amount_fen: int | None = Field(description="涉及金额，分 fen")
    found_on: date | None = Field(description="何日可知 the day on which it could first be known")
    evidence: list[int] = Field(description="证据事件位置 positions of the events that it rests on")
    policy: Policy
    law: str = Field(description="依据 basis")
    status: str = Field(examples=["open"])


class AlertDetail(Alert):
    """A finding with what it asks and what would clear it."""

    finds: str = Field(description="what the rule finds")
    question: str = Field(description="the question it puts")
    clears: str = Field(description="what would clear it")


def findings(request: Request) -> Findings:
    shared: Findings = request.app.state.findings
    return shared


AllFindings = Annotated[Findings, Depends(findings)]


@router.get("", responses=described(401, 422, 503))
def list_alerts(
    holder: Reader,
    books: Books,
    found: AllFindings,
    clocks: BothClocks,
    chosen: Chosen,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Alert]:
    """The findings in the holder's region that the address chooses, worst first unless it says otherwise."""
    rows, following = page_of(choose(books, found, holder, clocks, chosen)[0], chosen, limit, cursor)
    return Page(items=[Alert(**row) for row in rows], next=following)


@router.get("/{finding_id}", responses=described(401, 404, 422, 503))
def one_alert(
    finding_id: FindingId, holder: Reader, books: Books, found: AllFindings, clocks: BothClocks
) -> AlertDetail:
    """One finding, with its question."""
    row = found.one(holder.region, clocks, finding_id)
    if row is None:
        raise problems.not_found()
    return AlertDetail.model_validate(row | rule_words(books, row["rule"]))


def rule_words(books: OpenBook, name: str) -> dict[str, str]:
    """What a rule says of itself."""
    rule = next(rule for rule in books.engine.rules if rule.rule == name)
    return {"finds": rule.finds, "question": rule.question, "clears": rule.clears}


def choose(
    books: OpenBook, found: Findings, holder: Holder, clocks: Clocks, chosen: FindingFilter
) -> tuple[list[Row], dict[str, str]]:
    """The findings chosen, in order, and the cases that they are in, as far as the holder may see either."""
    region = chosen.within(holder.region)
    if region is None:
        return [], {}
    rows = found.read(region, clocks) if chosen.status != "cleared" else []
    if chosen.status != "open" and clocks == Clocks():
        rows = rows + found.cleared(region)
    with reading(books.database, clocks) as cursor:
        held = list_cases(cursor, holder.role, holder.region)
    # Where a finding is in several, the open one is named: the list has open cases first.
    cases = {finding: case["case_no"] for case in reversed(held) for finding in case["findings"]}
    return chosen.apply(rows, cases), cases


def page_of(rows: list[Row], chosen: FindingFilter, limit: int, cursor: str | None) -> tuple[list[Row], str | None]:
    """A page of findings and the cursor of the next."""
    if cursor:
        after = paging.read(cursor, chosen.place_types())
        rows = [row for row in rows if chosen.place(row) > after]
    following = paging.written(chosen.place(rows[limit - 1])) if len(rows) > limit else None
    return rows[:limit], following
