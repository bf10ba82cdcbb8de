"""The steps of a sample as requests, with everything that a story does not care about filled in."""

from __future__ import annotations

from typing import Any

from ledger.decide.draw import draw_inspectors, draw_key, draw_subjects, list_digest, seed_digest
from ledger.decide.publication import PublicationRequest, PublishResult
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import (
    DrawDiffers,
    DrawnAlready,
    FrozenAlready,
    FrozenTooEarly,
    NobodyToDraw,
    NothingToPublish,
    NumberReused,
    PopulationDiffers,
    RosterTooSmall,
    SampleNotCommitted,
    SampleNotDrawn,
    SampleNotFrozen,
    SampleTooLarge,
    SeedDiffers,
    SeedHeldByOne,
)
from ledger.decide.sampling import (
    CommitRequest,
    CommitSample,
    DrawRequest,
    DrawSample,
    FreezePopulation,
    FreezeRequest,
    PledgeRequest,
    PledgeSeed,
)
from ledger.decide.slice import Decide, Request
from tests.story import REGION, day

NO = "抽2026-1"
SEEDS = ("01" * 32, "02" * 32)
LEAF = "03" * 32
MEMBERS = ("H1", "H2", "H3")
ROSTER = ("G011", "G012")
HOMES = ("620199002", "620199")

SAMPLING_DECISIONS: dict[type[Request], type[Decide[Any]]] = {
    CommitRequest: CommitSample,
    PledgeRequest: PledgeSeed,
    FreezeRequest: FreezePopulation,
    DrawRequest: DrawSample,
    PublicationRequest: PublishResult,
}


def commit(no: str = NO, **changes: Any) -> CommitRequest:
    fields: dict[str, Any] = {
        "sample_no": no,
        "region": REGION,
        "committed_on": day("2026-06-01"),
        "population": "household",
        "size": 2,
        "inspectors_per_subject": 1,
        "seed_sha256": seed_digest(SEEDS[0]),
        "held_by": "G007",
    }
    return CommitRequest(**fields | changes)


def pledge(no: str = NO, held_by: str = "A001", **changes: Any) -> PledgeRequest:
    fields: dict[str, Any] = {
        "sample_no": no,
        "region": REGION,
        "pledged_on": day("2026-06-02"),
        "seed_sha256": seed_digest(SEEDS[1]),
        "held_by": held_by,
    }
    return PledgeRequest(**fields | changes)


def freeze(no: str = NO, members: tuple[str, ...] = MEMBERS, **changes: Any) -> FreezeRequest:
    fields: dict[str, Any] = {
        "sample_no": no,
        "region": REGION,
        "frozen_on": day("2026-06-03"),
        "known_position": 1,
        "population_size": len(members),
        "population_sha256": list_digest(members),
        "inspectors": ROSTER,
        "inspector_regions": HOMES,
        "inspector_pseudonyms": ("", ""),
    }
    return FreezeRequest(**fields | changes)


def drawing(
    no: str = NO, seeds: tuple[str, ...] = SEEDS[:1], members: tuple[str, ...] = MEMBERS, **changes: Any
) -> DrawRequest:
    key = draw_key(seeds, LEAF)
    subjects = draw_subjects(key, no, members, 2)
    fields: dict[str, Any] = {
        "sample_no": no,
        "region": REGION,
        "drawn_on": day("2026-06-04"),
        "seeds": seeds,
        "frozen_leaf": LEAF,
        "members": members,
        "subjects": subjects,
        "inspectors": draw_inspectors(key, no, subjects, ROSTER, (), 1),
    }
    return DrawRequest(**fields | changes)


def published(no: str = "结果-1", **changes: Any) -> PublicationRequest:
    fields: dict[str, Any] = {
        "publication_no": no,
        "kind": "sample_result",
        "published_on": day("2026-07-01"),
        "region": REGION,
        "sample_no": NO,
        "files": ("结果.csv",),
        "files_sha256": ("ab" * 32,),
        "row_count": 2,
    }
    return PublicationRequest(**fields | changes)


DRAWN: tuple[Request, ...] = (commit(), freeze(), drawing())

# What is refused, after what; what is refused; and what is nearly that and passes.
SAMPLING_CASES: tuple[tuple[type[Refusal], tuple[Request, ...], Request, Request], ...] = (
    (NumberReused, (commit(),), commit(size=1), commit("抽2026-2")),
    (SampleNotCommitted, (commit(),), pledge("抽2026-2"), pledge()),
    (FrozenAlready, (commit(), commit("抽2026-2"), freeze()), pledge(), pledge("抽2026-2")),
    (SeedHeldByOne, (commit(),), pledge(held_by="g007"), pledge()),
    (SampleNotCommitted, (commit(),), freeze("抽2026-2"), freeze()),
    (FrozenAlready, (commit(), commit("抽2026-2"), freeze()), freeze(), freeze("抽2026-2")),
    (FrozenTooEarly, (commit(),), freeze(frozen_on=day("2026-05-31")), freeze(frozen_on=day("2026-06-01"))),
    (NobodyToDraw, (commit(),), freeze(members=()), freeze()),
    (SampleTooLarge, (commit(),), freeze(members=("H1",)), freeze(members=("H1", "H2"))),
    (RosterTooSmall, (commit(inspectors_per_subject=3),), freeze(), freeze(
        inspectors=("G011", "G012", "G013"), inspector_regions=(*HOMES, REGION), inspector_pseudonyms=("",) * 3
    )),
    (SampleNotFrozen, (commit(), commit("抽2026-2"), freeze()), drawing("抽2026-2"), drawing()),
    (DrawnAlready, (*DRAWN, commit("抽2026-2"), freeze("抽2026-2")), drawing(), drawing("抽2026-2")),
    (SeedDiffers, (commit(), freeze()), drawing(seeds=SEEDS[1:]), drawing()),
    (SeedDiffers, (commit(), pledge(), freeze()), drawing(seeds=SEEDS[::-1]), drawing(seeds=SEEDS)),
    (SeedDiffers, (commit(), pledge(), freeze()), drawing(), drawing(seeds=SEEDS)),
    (PopulationDiffers, (commit(), freeze()), drawing(members=(*MEMBERS, "H4")), drawing()),
    (DrawDiffers, (commit(), freeze()), drawing(subjects=drawing().subjects[::-1]), drawing()),
    (DrawDiffers, (commit(), freeze()), drawing(inspectors=("G011", "G099")), drawing()),
    (NumberReused, (*DRAWN, published()), published(row_count=3), published("结果-2")),
    (SampleNotDrawn, (commit(), freeze()), published(), published("公示-1", kind="beneficiaries", sample_no=None)),
    (NothingToPublish, (), published("公示-1", kind="beneficiaries", sample_no=None, row_count=0), published(
        "公示-1", kind="beneficiaries", sample_no=None, row_count=1
    )),
)  # fmt: skip
