"""The steps of an audit sample as requests, and a story for each of their refusals."""

from __future__ import annotations

from typing import Any

from ledger.decide.audit_plan import Plan
from ledger.decide.audit_sampling import (
    AuditDrawRequest,
    AuditTestRequest,
    DrawAuditSample,
    Population,
    RecordAuditTests,
)
from ledger.decide.audit_strata import Line
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import (
    AuditPopulationEmpty,
    AuditSampleUnfit,
    IntervalImpossible,
    NumberReused,
    PaperDiffers,
    UnknownAuditSample,
)
from ledger.decide.slice import Decide, Request
from tests.story import REGION, day

NO = "审2026-1"
LINES = [Line("B1/1", 100), Line("B1/2", 300), Line("B1/3", 0)]

AUDIT_DECISIONS: dict[type[Request], type[Decide[Any]]] = {
    AuditDrawRequest: DrawAuditSample,
    AuditTestRequest: RecordAuditTests,
}


def drawing(no: str = NO, lines: list[Line] | None = None, **plan: Any) -> AuditDrawRequest:
    """A sample of everything, unless a plan says otherwise."""
    return AuditDrawRequest(
        sample_no=no,
        region=REGION,
        drawn_on=day("2026-06-15"),
        population="payments",
        as_of=day("2026-06-15"),
        known_position=0,
        query_sha256="ab" * 32,
        plan=Plan(**{"method": "random", "size": 2} | plan),
        seed="5e" * 32,
        seed_source="given",
        held=Population(LINES if lines is None else lines),
    )


def paper_of(no: str = NO, item: str = "B1/2", book_fen: int = 300) -> AuditTestRequest:
    return AuditTestRequest(
        sample_no=no,
        region=REGION,
        tested_on=day("2026-06-20"),
        paper_sha256="cd" * 32,
        items=(item,),
        book_amounts_fen=(book_fen,),
        audited_amounts_fen=(250,),
    )


WHOLE = drawing(size=3)

# What is refused, after what; what is refused; and what is nearly that and passes.
AUDIT_CASES: tuple[tuple[type[Refusal], tuple[Request, ...], Request, Request], ...] = (
    (NumberReused, (WHOLE,), drawing(size=1), drawing("审2026-2")),
    (AuditPopulationEmpty, (), drawing(lines=[]), drawing()),
    (AuditPopulationEmpty, (), drawing(method="mus", size=1, lines=LINES[2:]), drawing(method="mus", size=1)),
    (IntervalImpossible, (), drawing(method="mus", size=401), drawing(method="mus", size=400)),
    (AuditSampleUnfit, (), drawing(size=4), drawing(size=3)),
    (UnknownAuditSample, (WHOLE,), paper_of("审2026-2"), paper_of()),
    (PaperDiffers, (WHOLE,), paper_of(item="B1/9"), paper_of()),
    (PaperDiffers, (WHOLE,), paper_of(book_fen=301), paper_of()),
)
