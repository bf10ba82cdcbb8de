"""Sampling for audit 审计抽样: what was drawn from which population by which seed, and what its testing found."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.events.base import Code, Event, PositiveFen, Region, Short
from ledger.events.sampling import Count, Digest, SampleNo, SampleSize, Seed, sample_tag

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
# The number of a line, a paper or a household, with what tells two of one number apart; and the name of a stratum.
ItemNo = Annotated[str, Field(min_length=1, max_length=120, pattern=_PRINTABLE)]
StratumNo = Annotated[str, Field(min_length=1, max_length=120, pattern=_PRINTABLE)]
FundId = Annotated[str, Field(min_length=1, max_length=120, pattern=_PRINTABLE)]
# Of a population as of an item: of either sign, or nothing.
AnyFen = Annotated[int, Field(strict=True, ge=-(10**17), le=10**17, json_schema_extra={"unit": "fen 分"})]
Confidence = Annotated[int, Field(strict=True, ge=50, le=99, json_schema_extra={"unit": "percent"})]
Bands = Annotated[int, Field(strict=True, ge=2, le=20)]
AuditPopulation = Literal[
    "payments",
    "grants",
    "receipts",
    "contracts",
    "service_expenses",
    "other_expenses",
    "recoveries",
    "households",
    "findings",
]
Method = Literal["mus", "stratified", "random"]
StrataBy = Literal["amount", "township", "programme", "fund", "kind"]
SizesBy = Literal["count", "amount", "given"]
SeedSource = Literal["made", "given"]
MOST_ITEMS = 5_000


class AuditSampleDrawn(Event):
    """审计抽样: a sample, with all that is needed to draw it again from the log (docs/audit-sampling.md).

    The population is what its query gives at ``known_position`` on ``as_of``: ``population_size`` items of together
    ``population_fen``, of which ``aside_count`` are not above zero and were set aside. ``items`` are in the order of
    the draw; ``amounts_fen``, ``item_strata``, ``hits`` (how many selection points fell on each) and ``points_fen``
    (the first of these; 0 where there are none) are aligned with them, and ``strata_counts``, ``strata_fen`` (their
    totals) and ``strata_sizes`` (how many items were drawn) with ``strata``.
    """

    TOPIC: ClassVar[str] = "sampling.audit_drawn.v1"
    EFFECTIVE: ClassVar[str] = "drawn_on"

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
    population_size: Count
    population_fen: AnyFen
    population_sha256: Digest
    aside_count: Count
    aside_fen: AnyFen
    algorithm: Code
    method: Method
    size: SampleSize | None = None
    tolerable_fen: PositiveFen | None = None
    expected_fen: Annotated[int, Field(strict=True, ge=0, le=10**15)] | None = None
    confidence_percent: Confidence | None = None
    strata_by: StrataBy | None = None
    sizes_by: SizesBy | None = None
    bands: Bands | None = None
    bounds_fen: Annotated[tuple[PositiveFen, ...], Field(max_length=20)]
    certain_fen: PositiveFen | None = None
    interval_fen: PositiveFen | None = None
    start_fen: PositiveFen | None = None
    seed: Seed
    seed_sha256: Digest
    seed_source: SeedSource
    strata: Annotated[tuple[StratumNo, ...], Field(max_length=MOST_ITEMS)]
    strata_counts: Annotated[tuple[Count, ...], Field(max_length=MOST_ITEMS)]
    strata_fen: Annotated[tuple[AnyFen, ...], Field(max_length=MOST_ITEMS)]
    strata_sizes: Annotated[tuple[Count, ...], Field(max_length=MOST_ITEMS)]
    items: Annotated[tuple[ItemNo, ...], Field(max_length=MOST_ITEMS)]
    amounts_fen: Annotated[tuple[AnyFen, ...], Field(max_length=MOST_ITEMS)]
    item_strata: Annotated[tuple[StratumNo, ...], Field(max_length=MOST_ITEMS)]
    hits: Annotated[tuple[Count, ...], Field(max_length=MOST_ITEMS)]
    points_fen: Annotated[tuple[AnyFen, ...], Field(max_length=MOST_ITEMS)]
    items_sha256: Digest

    def tags(self) -> list[str]:
        return [sample_tag(self.sample_no)]


class AuditSampleTested(Event):
    """审定: what testing made of items of a sample; of an item that was tested again the last amount counts.

    ``paper_sha256`` is the working paper that the amounts were read from.
    """

    TOPIC: ClassVar[str] = "sampling.audit_tested.v1"
    EFFECTIVE: ClassVar[str] = "tested_on"

    sample_no: SampleNo
    region: Region
    tested_on: date
    paper_sha256: Digest
    items: Annotated[tuple[ItemNo, ...], Field(max_length=MOST_ITEMS)]
    book_amounts_fen: Annotated[tuple[AnyFen, ...], Field(max_length=MOST_ITEMS)]
    audited_amounts_fen: Annotated[tuple[AnyFen, ...], Field(max_length=MOST_ITEMS)]

    def tags(self) -> list[str]:
        return [sample_tag(self.sample_no)]
