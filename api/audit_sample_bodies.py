"""What is sent and answered of samples for audit 审计抽样; every amount in fen."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from api.bodies import Body
from api.signatures import IsoDate
from ledger.decide.audit_plan import Plan
from ledger.events.audit_sampling import AuditPopulation, FundId, Method, SeedSource, StrataBy
from ledger.events.base import Region, Short
from ledger.events.sampling import SampleNo, Seed


class AuditSampleBody(Plan, Body):
    """What is drawn from what and how; amounts in fen. Without a seed one is made of the system's randomness."""

    sample_no: SampleNo = Field(examples=["审2026-1"])
    region: Region = Field(examples=["620199"])
    population: AuditPopulation
    from_day: IsoDate | None = Field(None, description="期间起日 first day, inclusive")
    until_day: IsoDate | None = Field(None, description="期间止日 last day, inclusive")
    programme: Short | None = Field(None, examples=["城市低保"])
    fund: FundId | None = Field(None, description="区划|类别|级次|年度 a fund's id")
    as_of: IsoDate | None = Field(None, description="业务截至 what was true at the end of this day; today by default")
    known_at: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = Field(None, description="日志位置 position")
    seed: Seed | None = None


class AuditTaken(BaseModel):
    """Where in the log a draw was recorded. 200 instead of 201 says that it was on record before."""

    sample_no: str
    position: int
    is_new: bool


class AuditSampleSummary(BaseModel):
    """A sample for audit: what it was drawn from, and how much of it is tested."""

    sample_no: str
    position: int
    region: str
    drawn_on: date
    population: AuditPopulation
    from_day: date | None
    until_day: date | None
    programme: str | None
    fund: str | None
    as_of: date
    known_position: int
    method: Method
    population_size: int
    population_fen: int
    drawn_size: int
    tested_size: int
    seed_source: SeedSource
    recorded_by: str = Field(description="抽取人工号 staff number")


class AuditStratum(BaseModel):
    """A stratum: how many items of together how much, how many drawn."""

    stratum: str
    item_count: int
    amount_fen: int
    size: int


class AuditSample(BaseModel):
    """A sample with all that is needed to draw it again (docs/audit-sampling.md) but its population."""

    sample_no: str
    position: int
    leaf: str = Field(description="抽取事件的叶哈希 leaf hash of the drawing event")
    region: str
    drawn_on: date
    recorded_by: str
    recorded_role: str
    population: AuditPopulation
    from_day: date | None
    until_day: date | None
    programme: str | None
    fund: str | None
    as_of: date
    known_position: int
    query_sha256: str
    population_size: int
    population_fen: int
    population_sha256: str
    aside_count: int = Field(description="剔除 items not above zero that were set aside")
    aside_fen: int
    algorithm: str
    method: Method
    size: int | None
    tolerable_fen: int | None
    expected_fen: int | None
    confidence_percent: int | None
    strata_by: StrataBy | None
    sizes_by: str | None
    bands: int | None
    bounds_fen: list[int]
    certain_fen: int | None
    interval_fen: int | None
    start_fen: int | None
    seed: str
    seed_sha256: str
    seed_source: SeedSource
    strata_drawn: list[AuditStratum]
    drawn_size: int
    tested_size: int
    items_sha256: str


class AuditItem(BaseModel):
    """An item that was drawn, with its evidence by log position, and what testing gave."""

    seq: int
    item: str
    amount_fen: int
    stratum: str
    hits: int
    point_fen: int
    evidence: list[int]
    audited_fen: int | None
    tested_on: date | None
    tested_by: str | None


class AuditLine(BaseModel):
    """One item of a population; ``label`` is what it is stratified by."""

    item: str
    amount_fen: int
    label: str


class AuditCheck(BaseModel):
    """One thing that a check asks, in both languages, and whether it holds."""

    zh: str
    en: str
    holds: bool


class AuditTaint(BaseModel):
    """A misstated item; ``taint`` is a fraction such as ``1/5``."""

    item: str
    book_fen: int
    audited_fen: int
    taint: str
    projected_fen: int
    allowance_fen: int


class AuditLimit(BaseModel):
    """One direction of misstatement; ``upper_fen`` = projected + basic + allowance."""

    certain_fen: int
    projected_fen: int
    basic_fen: int
    allowance_fen: int
    upper_fen: int
    taints: list[AuditTaint]


class AuditStratumProjection(AuditStratum):
    """What a stratum projects to: audited less book."""

    tested: int
    tested_fen: int
    difference_fen: int
    by_ratio_fen: int | None
    by_difference_fen: int | None


class AuditEvaluation(BaseModel):
    """Of a monetary-unit sample ``over`` and ``under``; of another ``strata`` and the two projections."""

    untested: int
    interval_fen: int | None = None
    confidence_percent: int | None = None
    tolerable_fen: int | None = None
    is_within: bool | None = None
    over: AuditLimit | None = None
    under: AuditLimit | None = None
    by_ratio_fen: int | None = None
    by_difference_fen: int | None = None
    strata: list[AuditStratumProjection] | None = None
