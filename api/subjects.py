"""GET whom the open findings concern, ranked, with every point of a score accounted for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api import paging
from api.alerts import AllFindings
from api.findings import Findings
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from ledger.events.finding import Severity
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading
from projections.ranking import KINDS, PLACE_TYPES, place, ranked, ties_of, weights_in_force

router = APIRouter(prefix="/subjects", tags=["subjects 重点对象"])

Kind = Literal["office", "official", "provider", "fund", "household"]
SubjectKind = Annotated[
    Kind | None, Query(description="机构 工作人员 服务商 资金 家庭 kind of subject", examples=["household"])
]


class Reason(BaseModel):
    """What a rule adds to a score: so many findings of a severity, so many points."""

    rule: str = Field(examples=["duplicate_payment"])
    name: str = Field(examples=["重复发放"])
    severity: Severity
    count: int
    amount_fen: int = Field(description="涉及金额，分 fen")
    points: int = Field(description="count × 该程度的分值 the weight of the severity")


class Subject(BaseModel):
    """Whom findings concern. It says where to look first and is no verdict; ``score`` is the sum of its reasons."""

    kind: Kind
    subject: str = Field(examples=["H000123"])
    rank: int = Field(description="同类中的位次 rank within its kind")
    score: int
    counts: dict[Severity, int] = Field(description="各程度的预警数 findings by severity")
    amount_fen: int = Field(description="涉及金额，分；不同规则可能查到同一笔钱 fen; rules may find the same money")
    reasons: list[Reason]
    findings: list[str] = Field(description="计分的预警编号 ids of the findings that score")
    signed: list[str] = Field(description="仅签批过其证据、不计分的预警 findings whose evidence he signed: no points")


class Ranking(Page[Subject]):
    """A page of the ranking, and the points that a finding of each severity counts."""

    weights: dict[Severity, int]


@router.get("", responses=described(401, 422, 503))
def list_subjects(
    holder: Reader,
    books: Books,
    found: AllFindings,
    clocks: BothClocks,
    kind: SubjectKind = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Ranking:
    """Offices, officials, providers, funds and households that open findings concern, highest score first."""
    rows = subjects_of(books, found, holder, clocks, kind)
    after = paging.read(cursor, PLACE_TYPES) if cursor else None
    rows = [row for row in rows if after is None or place(row) > after]
    following = paging.written(place(rows[limit - 1])) if len(rows) > limit else None
    items = [Subject(**row) for row in rows[:limit]]
    return Ranking(items=items, next=following, weights=weights_of(books, clocks))


def subjects_of(books: OpenBook, found: Findings, holder: Holder, clocks: Clocks, kind: str | None) -> list[Row]:
    """The subjects of a kind, or of every kind, that open findings in the holder's region concern."""
    findings = found.read(holder.region, clocks)
    with reading(books.database, clocks) as cursor:
        ties, weights = ties_of(cursor, findings), weights_in_force(cursor)
    rows = ranked(findings, weights, ties, holder.region)
    return [row for row in rows if kind in (None, row["kind"])]


def weights_of(books: OpenBook, clocks: Clocks) -> dict[Any, int]:
    """The points in force on the day asked about."""
    with reading(books.database, clocks) as cursor:
        return weights_in_force(cursor)


def tallied(rows: list[Row]) -> dict[str, int]:
    """How many subjects there are of each kind."""
    return {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
