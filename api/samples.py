"""GET the samples 双随机 with all that is needed to draw them again, and GET what was made public 一公开."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api import problems
from api.paging import Page
from api.problems import described
from api.signatures import Books, BothClocks, Reader
from ledger.access import Holder
from ledger.events.sampling import Population, PublicationKind
from ledger.region import covers
from projections import publications as published
from projections import samples as drawn
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading

router = APIRouter()

SampleNo = Annotated[
    str,
    Path(
        max_length=40, pattern=r"^[^\x00-\x1f]+$", description="抽样编号 / the sample's number", examples=["抽2026-1"]
    ),
]


class SampleSummary(BaseModel):
    """A sample and how far it is."""

    sample_no: str = Field(examples=["抽2026-1"])
    region: str = Field(examples=["620199"])
    population: Population
    programme: str | None = Field(description="救助项目 programme, where one was chosen")
    size: int = Field(description="拟抽取数 how many subjects are to be drawn")
    inspectors_per_subject: int
    state: Literal["committed", "frozen", "drawn"]
    committed_on: date
    frozen_on: date | None
    drawn_on: date | None
    population_size: int | None
    drawn_size: int | None
    seed_count: int = Field(description="种子数 seeds committed to, each by another person")


class Commitment(BaseModel):
    """The hash of a seed, who keeps it, and where in the log it stands."""

    position: int
    committed_on: date
    seed_sha256: str
    held_by: str = Field(description="持有人工号 staff number", examples=["G007"])


class Inspector(BaseModel):
    """Somebody of the frozen roster."""

    staff_no: str
    region: str
    pseudonym: str


class Frozen(BaseModel):
    """The population and the roster as they were frozen."""

    position: int
    frozen_on: date
    known_position: int
    population_size: int
    population_sha256: str
    roster: list[Inspector]
    roster_sha256: str


class Drawn(BaseModel):
    """The seeds revealed, and what they draw."""

    position: int
    drawn_on: date
    seeds: list[str] = Field(description="按承诺先后 in the order of their commitments")
    frozen_leaf: str = Field(description="冻结事件的叶哈希 leaf hash of the freezing event")
    subjects: list[str]
    inspectors: list[str] = Field(description="与对象一一对应 a team for each subject; empty: nobody free")


class Barred(BaseModel):
    """An inspector who may not inspect a subject: his own township, his own household, or kin of his."""

    staff_no: str
    subject: str


class SampleDetail(BaseModel):
    """A sample with all that is needed to draw it again (docs/sampling.md) but its population."""

    sample_no: str
    region: str
    population: Population
    programme: str | None
    size: int
    inspectors_per_subject: int
    algorithm: str = Field(examples=["mingzhang-sample-1"])
    state: Literal["committed", "frozen", "drawn"]
    commitments: list[Commitment]
    frozen: Frozen | None
    drawn: Drawn | None
    excluded: list[Barred] = Field(description="须回避 who is barred from which drawn subject")


class Members(BaseModel):
    """The population of a sample, as the log gives it where it was frozen; sorted."""

    members: list[str]
    sha256: str


class Publication(BaseModel):
    """What was made public, by the hash of each file."""

    position: int
    publication_no: str
    kind: PublicationKind
    published_on: date
    until: date | None
    region: str
    sample_no: str | None
    for_month: str | None
    programme: str | None
    files: list[str]
    files_sha256: list[str]
    row_count: int


@router.get("/samples", tags=["samples 双随机"], responses=described(401, 422, 503))
def list_samples(holder: Reader, books: Books, clocks: BothClocks) -> Page[SampleSummary]:
    """Every sample in the holder's region, the latest first; one that was never drawn stays to be seen."""
    return Page(items=[SampleSummary(**row) for row in samples_of(books, holder, clocks)])


@router.get("/samples/{sample_no}", tags=["samples 双随机"], responses=described(401, 404, 422, 503))
def one_sample(sample_no: SampleNo, holder: Reader, books: Books, clocks: BothClocks) -> SampleDetail:
    """One sample: commitments, frozen population and roster, seeds and draw, and who was barred from what."""
    return SampleDetail.model_validate(detail(sample_of(books, holder, clocks, sample_no), books))


@router.get("/samples/{sample_no}/population", tags=["samples 双随机"], responses=described(401, 404, 422, 503))
def sample_population(sample_no: SampleNo, holder: Reader, books: Books, clocks: BothClocks) -> Members:
    """The frozen population; 404 before it is frozen."""
    found = sample_of(books, holder, clocks, sample_no)
    if found["frozen_position"] is None:
        raise problems.not_found()
    population = drawn.frozen_population(books.database, found)
    return Members(members=sorted(population.members), sha256=population.sha256)


@router.get("/publications", tags=["publications 公开"], responses=described(401, 422, 503))
def list_publications(holder: Reader, books: Books, clocks: BothClocks) -> Page[Publication]:
    """What was made public in the holder's region, the latest first."""
    return Page(items=[Publication(**row) for row in publications_of(books, holder, clocks)])


def samples_of(books: OpenBook, holder: Holder, clocks: Clocks) -> list[Row]:
    """The samples in the holder's region."""
    with reading(books.database, clocks) as cursor:
        return drawn.seen_from(drawn.samples(cursor), holder.region)


def sample_of(books: OpenBook, holder: Holder, clocks: Clocks, sample_no: str) -> Row:
    """One sample by the two clocks; 404 outside the holder's region."""
    with reading(books.database, clocks) as cursor:
        found = drawn.sample(cursor, sample_no)
    if found is None or not covers(holder.region, found["region"]):
        raise problems.not_found()
    return found


def publications_of(books: OpenBook, holder: Holder, clocks: Clocks) -> list[Row]:
    """What was made public in the holder's region."""
    with reading(books.database, clocks) as cursor:
        return drawn.seen_from(published.publications(cursor), holder.region)


def detail(found: Row, books: OpenBook) -> Row:
    """A sample's row as its answer: each step with its own fields."""
    frozen = draw = None
    if found["frozen_position"] is not None:
        people = zip(found["roster"], found["roster_regions"], found["roster_pseudonyms"], strict=True)
        roster = [{"staff_no": staff, "region": region, "pseudonym": who} for staff, region, who in people]
        frozen = found | {"position": found["frozen_position"], "roster": roster}
    if found["drawn_position"] is not None:
        draw = found | {"position": found["drawn_position"]}
    return found | {"frozen": frozen, "drawn": draw} | drawn.for_redoing(books.database, found)
