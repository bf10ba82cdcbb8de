"""GET the findings: questions with evidence, never verdicts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from api import paging, problems
from api.findings import Findings
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import BothClocks, Reader
from projections.queries import Row
from projections.rules import load_rules

router = APIRouter(prefix="/alerts", tags=["alerts 预警"])

SEVERITIES = ("critical", "warning", "notice")
Severity = Annotated[Literal["critical", "warning", "notice"] | None, Query(description="严重程度 severity")]
RuleName = Annotated[str | None, Query(max_length=80, description="规则 rule", examples=["duplicate_payment"])]
KindName = Annotated[str | None, Query(max_length=80, description="类别 kind", examples=["违规发放"])]
FindingId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["0123456789abcdef"])]


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
    severity: Literal["critical", "warning", "notice"]
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
    found: AllFindings,
    clocks: BothClocks,
    rule: RuleName = None,
    kind: KindName = None,
    severity: Severity = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Alert]:
    """The findings in the holder's region, worst first."""
    rows, following = page_of(chosen(found.read(holder.region, clocks), rule, kind, severity), limit, cursor)
    return Page(items=[Alert(**row) for row in rows], next=following)


@router.get("/{finding_id}", responses=described(401, 404, 422, 503))
def one_alert(finding_id: FindingId, holder: Reader, found: AllFindings, clocks: BothClocks) -> AlertDetail:
    """One finding, with its question."""
    row = found.one(holder.region, clocks, finding_id)
    if row is None:
        raise problems.not_found()
    return AlertDetail.model_validate(row | rule_words(row["rule"]))


def rule_words(name: str) -> dict[str, str]:
    """What a rule says of itself."""
    rule = next(rule for rule in load_rules() if rule.rule == name)
    return {"finds": rule.finds, "question": rule.question, "clears": rule.clears}


def chosen(rows: list[Row], rule: str | None, kind: str | None, severity: str | None) -> list[Row]:
    """The findings of a rule, kind and severity, where these are named."""
    wanted = {"rule": rule, "kind": kind, "severity": severity}
    named = {name: value for name, value in wanted.items() if value}
    return [row for row in rows if all(row[name] == value for name, value in named.items())]


def page_of(rows: list[Row], limit: int, cursor: str | None) -> tuple[list[Row], str | None]:
    """A page of findings and the cursor of the next."""
    if cursor:
        place = paging.read(cursor, (int, str, str, str))
        rows = [row for row in rows if _place(row) > place]
    following = paging.written(_place(rows[limit - 1])) if len(rows) > limit else None
    return rows[:limit], following


def _place(row: Row) -> list[Any]:
    found_on = row["found_on"].isoformat() if row["found_on"] else ""
    return [SEVERITIES.index(row["severity"]), row["rule"], found_on, f"{' '.join(row['refs'])} {row['id']}"]
