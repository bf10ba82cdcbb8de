"""审计抽样: a sample is drawn here, by its plan and its seed, and what its testing found is put on record."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from eventsourcing.dcb.domain import Selector
from pydantic import Field, InstanceOf

from ledger.decide.audit_draw import AUDIT_ALGORITHM, Draw, draw, population_digest
from ledger.decide.audit_plan import Plan
from ledger.decide.audit_strata import Line
from ledger.decide.draw import draw_key, seed_digest
from ledger.decide.refusals import (
    AuditPopulationEmpty,
    AuditSampleUnfit,
    IntervalImpossible,
    NumberReused,
    PaperDiffers,
    UnknownAuditSample,
)
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.audit_sampling import (
    MOST_ITEMS,
    AnyFen,
    AuditPopulation,
    AuditSampleDrawn,
    AuditSampleTested,
    FundId,
    ItemNo,
    SeedSource,
)
from ledger.events.base import Event, Region, Short
from ledger.events.sampling import Count, Digest, SampleNo, Seed, sample_tag


class Population:
    """The lines of a population, and their hash; a class of its own, so that nobody checks a million lines twice."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.sha256 = population_digest(lines)


class AuditDrawRequest(Request):
    """What is drawn from what, and by which seed: ``held`` is what the population's query gave."""

    sample_no: SampleNo
    region: Region
    drawn_on: date
    population: AuditPopulation
    from_day: date | None = None
    until_day: date | None = None
    programme: Short | None = None
    fund: FundId | None = None
    as_of: date
    known_position: Count
    query_sha256: Digest
    plan: Plan
    seed: Seed
    seed_source: SeedSource
    held: InstanceOf[Population] = Field(exclude=True, repr=False)


class DrawAuditSample(Decide[AuditDrawRequest]):
    """A sample's number is its own: who draws again is seen to have drawn again.

    It is drawn in here, so that no other sample than the seed's is on record as drawn.
    """

    REFUSALS = (NumberReused, AuditPopulationEmpty, IntervalImpossible, AuditSampleUnfit)

    def __init__(self, request: AuditDrawRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False

    def consistency_boundary(self) -> Selector:
        return one_of((AuditSampleDrawn,), sample_tag(self.request.sample_no))

    def learn(self, event: Event) -> None:
        self.is_used = True

    def execute(self) -> None:
        request, plan, held = self.request, self.request.plan, self.request.held
        if self.is_used:
            no = request.sample_no
            self.refuse(NumberReused(f"审计样本“{no}”已抽取", f"audit sample {no} is drawn", column="抽样编号"))
        drawn = draw(plan, held.lines, draw_key([request.seed], held.sha256), request.sample_no)
        self.record(
            AuditSampleDrawn,
            **request.model_dump(exclude={"plan", "held"}),
            **plan.model_dump(exclude={"sizes", "bounds_fen"}),
            population_size=len(held.lines),
            population_fen=sum(line.amount_fen for line in held.lines),
            population_sha256=held.sha256,
            algorithm=AUDIT_ALGORITHM,
            seed_sha256=seed_digest(request.seed),
            **fields_of(drawn),
        )


def fields_of(drawn: Draw) -> dict[str, Any]:
    """A draw as the fields of its event."""
    return {
        "aside_count": drawn.aside[0],
        "aside_fen": drawn.aside[1],
        "bounds_fen": drawn.bounds_fen,
        "interval_fen": drawn.interval_fen,
        "start_fen": drawn.start_fen,
        "strata": tuple(one.stratum for one in drawn.strata),
        "strata_counts": tuple(one.item_count for one in drawn.strata),
        "strata_fen": tuple(one.amount_fen for one in drawn.strata),
        "strata_sizes": tuple(one.size for one in drawn.strata),
        "items": tuple(one.item for one in drawn.picked),
        "amounts_fen": tuple(one.amount_fen for one in drawn.picked),
        "item_strata": tuple(one.stratum for one in drawn.picked),
        "hits": tuple(one.hits for one in drawn.picked),
        "points_fen": tuple(one.point_fen for one in drawn.picked),
        "items_sha256": drawn.sha256,
    }


class AuditTestRequest(Request):
    """What a working paper says of items: the amounts of the book, as it has them, and the audited ones."""

    sample_no: SampleNo
    region: Region
    tested_on: date
    paper_sha256: Digest
    items: Annotated[tuple[ItemNo, ...], Field(min_length=1, max_length=MOST_ITEMS)]
    book_amounts_fen: tuple[AnyFen, ...]
    audited_amounts_fen: tuple[AnyFen, ...]


class RecordAuditTests(Decide[AuditTestRequest]):
    """Only of items that were drawn, by the amounts that the book had."""

    REFUSALS = (UnknownAuditSample, PaperDiffers)

    def __init__(self, request: AuditTestRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.drawn: AuditSampleDrawn | None = None

    def consistency_boundary(self) -> Selector:
        return one_of((AuditSampleDrawn,), sample_tag(self.request.sample_no))

    def learn(self, event: Event) -> None:
        if isinstance(event, AuditSampleDrawn):
            self.drawn = self.drawn or event

    def execute(self) -> None:
        request = self.request
        if self.drawn is None:
            no = request.sample_no
            self.refuse(UnknownAuditSample(f"样本“{no}”未抽取", f"sample {no} is not drawn", column="抽样编号"))
        else:
            book = dict(zip(self.drawn.items, self.drawn.amounts_fen, strict=True))
            pairs = zip(request.items, request.book_amounts_fen, strict=True)
            other = [item for item, amount in pairs if book.get(item) != amount]
            if other or len(set(request.items)) < len(request.items):
                zh, en = f"不符 {len(other)} 项", f"{len(other)} items differ or are there twice"
                self.refuse(PaperDiffers(zh, en, column="项目", items=len(other)))
        self.record(AuditSampleTested, **request.model_dump())
