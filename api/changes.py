"""GET what became of a figure: as it was known then, as it is known now, and which later events changed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api import moments, paging, problems
from api.alerts import AllFindings
from api.events import EventAnswer
from api.findings import Findings
from api.paging import Cursor, Limit, Page
from api.problems import described
from api.signatures import Books, BothClocks, IsoDate, Reader
from ledger.access import Holder
from ledger.region import covers
from projections.difference import Changed, Class, MovingSide, figures
from projections.difference.entries import Place
from projections.difference.figures import Shown
from projections.occurrences import holds_book
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading
from projections.regions import lies_in, regions_of

router = APIRouter(prefix="/changes", tags=["changes 当时与现在"])

FigureRef = Annotated[
    str | None,
    Query(
        max_length=240,
        pattern=r"^(fund:[^\x00-\x1f]+|cap:[0-9]{6,12}\|[0-9]{4}|finding:f[0-9a-f]{16}|household:[^\x00-\x1f]+)$",
        description="fund:资金编号 | cap:区划|年度 | finding:预警编号 | household:家庭编号；不写则列出变了的资金与上限",
        examples=["cap:620199|2025"],
    ),
]


def until(
    to_as_of: Annotated[IsoDate | None, Query(description="后一时点的截至日，默认同一天 / default: the same")] = None,
    to_known_at: Annotated[
        str | None, Query(max_length=40, description="后一时点的所知，默认现在 / default: now", examples=["1200"])
    ] = None,
) -> Clocks:
    """The later of the two moments."""
    return Clocks(to_as_of, moments.known_at(to_known_at))


Until = Annotated[Clocks, Depends(until)]


class MomentAnswer(BaseModel):
    """A moment: the business day looked at, and the last position known."""

    as_of: date
    known_at: int


class FigureChange(BaseModel):
    """An amount then and now, in fen; absent where there was no such thing."""

    figure: str = Field(description="whose: fund:…, cap:…, finding:…, household:…", examples=["cap:620199|2025"])
    subject: str | None = Field(
        description="of a household: 项目|月份 programme and month", examples=["城市低保|2025-01"]
    )
    name: str = Field(examples=["available_fen"])
    then_fen: int | None
    now_fen: int | None
    difference_fen: int


class ChangeEvent(BaseModel):
    """An event that one of the moments has and the other has not; ``moved_fen`` is by how much it moved each figure."""

    position: int
    known_from: int = Field(description="the later event that made it known, or itself")
    effective_on: date | None = Field(description="业务日期 business day")
    held_by: Literal["then", "now", "both"]
    class_: Class = Field(
        serialization_alias="class",
        description="late 迟录 | corrected 更正 | withdrawn 撤回 | later 其后发生 | unequal 不一致",
    )
    subject: str | None
    moved_fen: dict[str, int] = Field(examples=[{"available_fen": -63_100}])
    event: EventAnswer | None = Field(description="absent where the event is not the reader's to see")


class Changes(Page[ChangeEvent]):
    """Both moments, the figures at each, and a page of the events between them."""

    then: MomentAnswer
    now: MomentAnswer
    note: Literal["appeared", "gone", "reading", ""] = Field(description="预警新增、消失；上限口径不同 read otherwise")
    figures: list[FigureChange]


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, and at which two moments."""

    books: OpenBook
    found: Findings
    holder: Holder
    then: Clocks
    now: Clocks


@router.get("", responses=described(401, 404, 422, 503))
def list_changes(
    holder: Reader,
    books: Books,
    found: AllFindings,
    clocks: BothClocks,
    later: Until,
    figure: FigureRef = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Changes:
    """As known then (both clocks; without ``known_at`` the end of that day, without either the last month's end)."""
    looking = Looking(books, found, holder, *two_moments(books, clocks, later))
    return Changes.model_validate(changes_of(looking, figure, limit, cursor))


def two_moments(books: OpenBook, then: Clocks, now: Clocks) -> tuple[Clocks, Clocks]:
    """Both moments whole: a day is known as at its end, and now is the same day as it is known today."""
    day = then.as_of or (books.today if then.known_at is not None else books.today.replace(day=1) - timedelta(days=1))
    known_at: int | datetime = moments.end_of(day) if then.known_at is None else then.known_at
    return Clocks(day, known_at), Clocks(now.as_of or day, now.known_at)


def changes_of(looking: Looking, figure: str | None, limit: int, cursor: str | None) -> Row:
    """What the answer holds; 404 for a figure that is not there or not the holder's to see."""
    start: Any = tuple(paging.read(cursor, (int, int, date))) if cursor else None
    kind, _, name = (figure or "").partition(":")
    holder, today = looking.holder, looking.books.today
    with reading(looking.books.database, Clocks()) as rows:
        sides = [MovingSide(rows, one, today, holder.region, holder.role) for one in (looking.then, looking.now)]
        before, after = sides
        answer: Row = {
            "then": asdict(before.moment),
            "now": asdict(after.moment),
            "figures": [],
            "items": [],
            "note": "",
            "next": None,
        }
        if not kind:
            changed = figures.everything(before, after, lambda row: covers(holder.region, row["region"]))
            return answer | {"figures": [one for of in changed for one in _figures_of(of)]}
        shown = _LOOKS[kind](looking, rows, (before, after), name, start, limit + 1)
        if shown is None:
            raise problems.not_found()
    later = [one for one in shown.reasons if start is None or one[1].place > start]
    place = later[limit - 1][1].place if len(later) > limit else None
    return answer | {
        "figures": [_figure(f"{kind}:{name}", subject, one) for subject, one in shown.figures],
        "items": [_event(subject, one) for subject, one in later[:limit]],
        "note": shown.note,
        "next": paging.written(list(place)) if place else None,
    }


Sides = tuple[MovingSide, MovingSide]
Look = Callable[[Looking, psycopg.Cursor[Row], Sides, str, Place | None, int], Shown | None]


def _fund(looking: Looking, rows: Any, sides: Sides, fund: str, start: Place | None, most: int) -> Shown | None:
    if not covers(looking.holder.region, fund.partition("|")[0]):
        return None
    return figures.of_fund(*sides, fund, start, most)


def _cap(looking: Looking, rows: Any, sides: Sides, name: str, start: Place | None, most: int) -> Shown | None:
    region, _, year = name.partition("|")
    return figures.of_cap(*sides, region, int(year), start, most) if covers(looking.holder.region, region) else None


def _household(looking: Looking, rows: Any, sides: Sides, household: str, *_: Any) -> Shown | None:
    regions = regions_of(rows, [f"household:{household}"]).get(f"household:{household}", set())
    is_here = any(covers(looking.holder.region, region) for region in regions)
    return figures.of_household(*sides, household) if is_here else None


def _finding(looking: Looking, rows: psycopg.Cursor[Row], sides: Sides, finding: str, *_: Any) -> Shown | None:
    """By the log, or else by looking at everything, a finding's id leads to its rule and subject."""
    raised = rows.execute("select rule, subject from fact.finding_raised where finding = %s limit 1", [finding])
    region = looking.holder.region
    either = (looking.found.one(region, one, finding) for one in (looking.now, looking.then))
    known = raised.fetchone() or next((row for row in either if row), None)
    rule = next((one for one in looking.books.engine.rules if known and one.rule == known["rule"]), None)
    if known is None or rule is None:
        return None
    sees_all = holds_book(rows, region)
    return figures.of_finding(
        *sides,
        rule,
        known["subject"],
        lambda row: sees_all or lies_in(row["refs"], regions_of(rows, row["refs"]), region),
    )


_LOOKS: dict[str, Look] = {"fund": _fund, "cap": _cap, "household": _household, "finding": _finding}
_SIDE_WORDS = {"before": "then", "after": "now", "both": "both"}


def _figures_of(changed: Changed) -> list[Row]:
    return [_figure(f"{changed.kind}:{changed.subject}", "", one) for one in changed.figures]


def _figure(ref: str, subject: str, one: Any) -> Row:
    amounts = {"then_fen": one.before_fen, "now_fen": one.after_fen, "difference_fen": one.difference_fen}
    return {"figure": ref, "subject": subject or None, "name": f"{one.name}_fen"} | amounts


def _event(subject: str, one: Any) -> Row:
    return {
        "position": one.position,
        "known_from": one.known_from,
        "effective_on": one.effective_on,
        "held_by": _SIDE_WORDS[one.held_by],
        "class_": one.class_,
        "subject": subject or None,
        "moved_fen": {f"{name}_fen": amount for name, amount in one.moved_fen.items()},
        "event": one.event,
    }
