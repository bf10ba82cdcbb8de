"""双随机: commit to a seed, let others pledge theirs, freeze the population, draw; each step once and in this order."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from eventsourcing.dcb.domain import Selector
from pydantic import Field, model_validator

from ledger.decide.draw import (
    ALGORITHM,
    draw_inspectors,
    draw_key,
    draw_subjects,
    list_digest,
    roster_lines,
    seed_digest,
)
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import (
    DrawDiffers,
    DrawnAlready,
    FrozenAlready,
    FrozenTooEarly,
    NobodyToDraw,
    NumberReused,
    PopulationDiffers,
    RosterTooSmall,
    SampleNotCommitted,
    SampleNotFrozen,
    SampleTooLarge,
    SeedDiffers,
    SeedHeldByOne,
)
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event, Region, Short
from ledger.events.sampling import (
    Count,
    Digest,
    MaybePerson,
    Population,
    PopulationFrozen,
    SampleCommitted,
    SampleDrawn,
    SampleNo,
    SampleSize,
    Seed,
    SeedPledged,
    Staff,
    Team,
    sample_tag,
)

_STEPS = (SampleCommitted, SeedPledged, PopulationFrozen, SampleDrawn)


class SampleRequest(Request):
    """What every step of a sample names."""

    sample_no: SampleNo
    region: Region


class _Steps:
    """What a step knows of those before it; ``pledged`` are the hashes of the seeds, in the order of the log."""

    def __init__(self, request: SampleRequest, asked: Asked) -> None:
        super().__init__(request, asked)  # type: ignore[call-arg]
        self.sample_no = request.sample_no
        self.committed: SampleCommitted | None = None
        self.frozen: PopulationFrozen | None = None
        self.drawn: SampleDrawn | None = None
        self.pledged: list[str] = []
        self.holders: set[str] = set()

    def consistency_boundary(self) -> Selector:
        return one_of(_STEPS, sample_tag(self.sample_no))

    def learn(self, event: Event) -> None:
        match event:
            case SampleCommitted():
                self.committed = self.committed or event
            case PopulationFrozen():
                self.frozen = self.frozen or event
            case SampleDrawn():
                self.drawn = self.drawn or event
        if isinstance(event, SampleCommitted | SeedPledged):
            self.pledged.append(event.seed_sha256)
            self.holders.add(event.held_by.casefold())

    def closed(self) -> Refusal | None:
        """Why nothing can be added: nothing is committed yet, or the population is frozen already."""
        no = self.sample_no
        if self.committed is None:
            return SampleNotCommitted(f"抽样“{no}”尚未承诺", f"sample {no} is not committed", column="抽样编号")
        if self.frozen is not None:
            frozen_on = self.frozen.frozen_on
            zh, en = f"抽样“{no}”已于 {frozen_on} 冻结名单", f"the population of {no} was frozen on {frozen_on}"
            return FrozenAlready(zh, en, column="抽样编号")
        return None


class CommitRequest(SampleRequest):
    """What will be drawn from what, and the hash of the seed."""

    committed_on: date
    population: Population
    programme: Short | None = None
    size: SampleSize
    inspectors_per_subject: Annotated[int, Field(strict=True, ge=1, le=9)] = 2
    seed_sha256: Digest
    held_by: Staff

    @model_validator(mode="after")
    def _has_programmes(self) -> CommitRequest:
        if self.programme and self.population not in ("household", "batch"):
            raise ValueError("只有家庭和批次有救助项目 / only households and batches have a programme")
        return self


class CommitSample(_Steps, Decide[CommitRequest]):
    """A sample's number is its own: nobody commits twice and shows the seed that he likes."""

    REFUSALS = (NumberReused,)

    def execute(self) -> None:
        if self.committed is not None:
            no = self.sample_no
            self.refuse(NumberReused(f"抽样“{no}”已承诺", f"sample {no} is committed already", column="抽样编号"))
        self.record(SampleCommitted, **self.request.model_dump(), algorithm=ALGORITHM)


class PledgeRequest(SampleRequest):
    """The hash of a further seed."""

    pledged_on: date
    seed_sha256: Digest
    held_by: Staff


class PledgeSeed(_Steps, Decide[PledgeRequest]):
    """Seeds come from different people, and before the population is frozen."""

    REFUSALS = (SampleNotCommitted, FrozenAlready, SeedHeldByOne)

    def execute(self) -> None:
        request = self.request
        if closed := self.closed():
            self.refuse(closed)
        if request.held_by.casefold() in self.holders:
            zh, en = f"{request.held_by} 已持有一个种子", f"{request.held_by} holds a seed already"
            self.refuse(SeedHeldByOne(zh, en, column="持有人"))
        self.record(SeedPledged, **request.model_dump())


class FreezeRequest(SampleRequest):
    """The population as the log gives it at a position, and who may inspect; the three inspector lists are aligned."""

    frozen_on: date
    known_position: Count
    population_size: Count
    population_sha256: Digest
    inspectors: tuple[Staff, ...]
    inspector_regions: tuple[Region, ...]
    inspector_pseudonyms: tuple[MaybePerson, ...]


class FreezePopulation(_Steps, Decide[FreezeRequest]):
    """Frozen once, after every commitment, with enough members and enough inspectors."""

    REFUSALS = (SampleNotCommitted, FrozenAlready, FrozenTooEarly, NobodyToDraw, SampleTooLarge, RosterTooSmall)

    def execute(self) -> None:
        request = self.request
        if closed := self.closed():
            self.refuse(closed)
        if self.committed is not None:
            self._check_against(self.committed)
        lines = roster_lines(request.inspectors, request.inspector_regions, request.inspector_pseudonyms)
        self.record(PopulationFrozen, **request.model_dump(), roster_sha256=list_digest(lines))

    def _check_against(self, committed: SampleCommitted) -> None:
        request, size = self.request, self.request.population_size
        if request.frozen_on < committed.committed_on:
            zh, en = f"承诺日为 {committed.committed_on}", f"it was committed on {committed.committed_on}"
            self.refuse(FrozenTooEarly(zh, en, column="冻结日期"))
        if size == 0:
            zh, en = "该区划、类别下没有任何对象", "nothing of this kind lies in the region"
            self.refuse(NobodyToDraw(zh, en, column="总体"))
        elif size < committed.size:
            zh, en = f"总体 {size},拟抽 {committed.size}", f"a population of {size}, {committed.size} to be drawn"
            self.refuse(SampleTooLarge(zh, en, column="抽取数", population_size=size))
        roster, needed = len(request.inspectors), committed.inspectors_per_subject
        if roster < needed:
            zh, en = f"名录 {roster} 人,每户需 {needed} 人", f"{roster} on the roster, {needed} a subject"
            self.refuse(RosterTooSmall(zh, en, column="检查人员名录"))


class DrawRequest(SampleRequest):
    """The seeds and what they draw; ``members`` and ``excluded`` (staff number, subject) are what it is checked by."""

    drawn_on: date
    seeds: tuple[Seed, ...]
    frozen_leaf: Digest
    members: tuple[Code, ...]
    excluded: tuple[tuple[str, str], ...] = ()
    subjects: tuple[Code, ...]
    inspectors: tuple[Team, ...]


class DrawSample(_Steps, Decide[DrawRequest]):
    """Drawn once, by the seeds that were committed to, from the population that was frozen."""

    REFUSALS = (SampleNotFrozen, DrawnAlready, SeedDiffers, PopulationDiffers, DrawDiffers)

    def execute(self) -> None:
        request, no = self.request, self.sample_no
        population_sha256 = list_digest(request.members)
        if self.frozen is None or self.committed is None:
            zh, en = f"抽样“{no}”尚未冻结名单", f"the population of sample {no} is not frozen"
            self.refuse(SampleNotFrozen(zh, en, column="抽样编号"))
        if self.drawn is not None:
            zh, en = f"抽样“{no}”已于 {self.drawn.drawn_on} 抽取", f"sample {no} was drawn on {self.drawn.drawn_on}"
            self.refuse(DrawnAlready(zh, en, column="抽样编号"))
        if [seed_digest(seed) for seed in request.seeds] != self.pledged:
            zh, en = f"须揭示 {len(self.pledged)} 个种子", f"{len(self.pledged)} seeds are to be revealed"
            self.refuse(SeedDiffers(zh, en, column="种子"))
        if self.frozen is not None and self.committed is not None:
            if population_sha256 != self.frozen.population_sha256:
                zh, en = f"冻结时 {self.frozen.population_size} 个", f"{self.frozen.population_size} when it was frozen"
                self.refuse(PopulationDiffers(zh, en, column="总体"))
            if (request.subjects, request.inspectors) != self._drawn_from(self.committed, self.frozen):
                zh, en = "按种子重算,结果不同", "the seeds draw something else"
                self.refuse(DrawDiffers(zh, en, column="抽取结果"))
        fields = request.model_dump(exclude={"members", "excluded"})
        self.record(SampleDrawn, **fields, population_sha256=population_sha256)

    def _drawn_from(
        self, committed: SampleCommitted, frozen: PopulationFrozen
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        request, no = self.request, self.sample_no
        key = draw_key(request.seeds, request.frozen_leaf)
        subjects = draw_subjects(key, no, request.members, committed.size)
        per_subject = committed.inspectors_per_subject
        return subjects, draw_inspectors(key, no, subjects, frozen.inspectors, request.excluded, per_subject)
