"""双随机、一公开: a sample that nobody could steer, and what of it was made public."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.events.base import Code, Event, Month, Region, Short

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, in hex")]
Seed = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="32 random bytes, in hex")]
# It stands in the names of files and in addresses.
SampleNo = Annotated[str, Field(pattern=r"^[0-9A-Za-z\u4e00-\u9fff〔〕_-]{1,40}$")]
PublicationNo = Annotated[str, Field(pattern=r"^[0-9A-Za-z\u4e00-\u9fff〔〕_-]{1,80}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
SampleSize = Annotated[int, Field(strict=True, ge=1, le=5_000)]
Staff = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,40}$")]
MaybePerson = Annotated[str, Field(pattern=r"^(p[a-z2-7]{20})?$")]
# Staff numbers with a space between; empty where nobody on the roster might inspect the subject.
Team = Annotated[str, Field(max_length=500, pattern=r"^([0-9A-Za-z._-]+( [0-9A-Za-z._-]+)*)?$")]
Population = Literal["household", "contract", "provider", "batch"]
PublicationKind = Literal["sample_result", "beneficiaries"]


def sample_tag(sample_no: str) -> str:
    return f"sample:{sample_no}"


def publication_tag(publication_no: str) -> str:
    return f"publication:{publication_no}"


class _Sample(Event):
    sample_no: SampleNo
    region: Region

    def tags(self) -> list[str]:
        return [sample_tag(self.sample_no)]


class SampleCommitted(_Sample):
    """抽样承诺: what will be drawn from what, and the hash of a secret seed, before the population is known.

    ``held_by`` is the staff number of whoever keeps the seed until the draw.
    """

    TOPIC: ClassVar[str] = "sampling.committed.v1"
    EFFECTIVE: ClassVar[str] = "committed_on"

    committed_on: date
    population: Population
    programme: Short | None = None
    size: SampleSize
    inspectors_per_subject: Annotated[int, Field(strict=True, ge=1, le=9)]
    algorithm: Code
    seed_sha256: Digest
    held_by: Staff


class SeedPledged(_Sample):
    """种子承诺: another office's seed, mixed into the draw, so that no office alone knows what will be drawn."""

    TOPIC: ClassVar[str] = "sampling.seed_pledged.v1"
    EFFECTIVE: ClassVar[str] = "pledged_on"

    pledged_on: date
    seed_sha256: Digest
    held_by: Staff


class PopulationFrozen(_Sample):
    """名单冻结: the population as the log gives it at ``known_position`` on ``frozen_on``, and who may inspect.

    Inspectors, their home regions and (where known) their pseudonyms are aligned; the two hashes are over the sorted
    lists (docs/sampling.md).
    """

    TOPIC: ClassVar[str] = "sampling.population_frozen.v1"
    EFFECTIVE: ClassVar[str] = "frozen_on"

    frozen_on: date
    known_position: Count
    population_size: Count
    population_sha256: Digest
    inspectors: Annotated[tuple[Staff, ...], Field(max_length=500)]
    inspector_regions: Annotated[tuple[Region, ...], Field(max_length=500)]
    inspector_pseudonyms: Annotated[tuple[MaybePerson, ...], Field(max_length=500)]
    roster_sha256: Digest


class SampleDrawn(_Sample):
    """抽取: the seeds revealed, and what they draw; ``inspectors`` has one team for each of ``subjects``.

    ``frozen_leaf`` is the log's leaf hash of the freezing event, which nobody could know before it was recorded.
    """

    TOPIC: ClassVar[str] = "sampling.drawn.v1"
    EFFECTIVE: ClassVar[str] = "drawn_on"

    drawn_on: date
    seeds: Annotated[tuple[Seed, ...], Field(max_length=50)]
    frozen_leaf: Digest
    population_sha256: Digest
    subjects: Annotated[tuple[Code, ...], Field(max_length=5_000)]
    inspectors: Annotated[tuple[Team, ...], Field(max_length=5_000)]


class ResultPublished(Event):
    """公开: files that were made public, by their hashes; ``until`` is the last day of a notice that has one."""

    TOPIC: ClassVar[str] = "sampling.result_published.v1"
    EFFECTIVE: ClassVar[str] = "published_on"

    publication_no: PublicationNo
    kind: PublicationKind
    published_on: date
    until: date | None = None
    region: Region
    sample_no: SampleNo | None = None
    for_month: Month | None = None
    programme: Short | None = None
    files: Annotated[tuple[Short, ...], Field(max_length=20)]
    files_sha256: Annotated[tuple[Digest, ...], Field(max_length=20)]
    row_count: Count

    def tags(self) -> list[str]:
        return [publication_tag(self.publication_no)]
