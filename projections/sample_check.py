"""Whether a sample is as the log says: drawn again from nothing but the log, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.book.database import Database
from ledger.decide.draw import (
    ALGORITHM,
    draw_inspectors,
    draw_key,
    draw_subjects,
    list_digest,
    roster_lines,
    seed_digest,
)
from projections.queries import Clocks, Row, reading
from projections.samples import ANY_DAY, Population, excluded_pairs, find_sample, frozen_population, leaf_at


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a verification asks, in both languages, and whether it holds; ``None``: it cannot be asked yet."""

    zh: str
    en: str
    holds: bool | None


def verify(database: Database, sample_no: str) -> list[Check]:
    """Draws a sample again from nothing but the log, and says of each step whether it is as recorded.

    What cannot be checked, as the sample is not frozen or not drawn yet, is a check that neither holds nor fails.

    Raises:
        LookupError: there is no such sample.
    """
    found = find_sample(database, sample_no)
    if found is None:
        raise LookupError(sample_no)
    checks = [*_order_checks(found), *_once_checks(database, sample_no)]
    if found["frozen_position"] is not None:
        population = frozen_population(database, found)
        checks += _frozen_checks(found, population)
        if found["drawn_position"] is not None:
            checks += _drawn_checks(database, found, population)
    return [*checks, *_not_yet(found)]


def _not_yet(found: Row) -> list[Check]:
    checks = []
    if found["frozen_position"] is None:
        words = "名单和检查人员名录:尚未冻结,无从核对", "population and roster: not frozen yet, cannot be checked"
        checks.append(Check(*words, None))
    if found["drawn_position"] is None:
        words = (
            "种子、对象、检查人员:尚未抽取,无从核对",
            "seeds, subjects, inspectors: not drawn yet, cannot be checked",
        )
        checks.append(Check(*words, None))
    return checks


def _order_checks(found: Row) -> list[Check]:
    last = max(row["position"] for row in found["commitments"])
    frozen, known, drawn = found["frozen_position"], found["known_position"], found["drawn_position"]
    checks = [Check("算法为已公布的算法", "the algorithm is the documented one", found["algorithm"] == ALGORITHM)]
    if frozen is not None:
        is_after = last <= known < frozen and found["frozen_on"] >= found["committed_on"]
        words = "全部种子的承诺早于名单冻结", "every seed was committed to before the population was frozen"
        checks.append(Check(*words, is_after))
    if drawn is not None:
        checks.append(Check("先冻结,后抽取", "frozen, then drawn", frozen is not None and frozen < drawn))
    return checks


def _once_checks(database: Database, sample_no: str) -> list[Check]:
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        counts = cursor.execute(
            "select (select count(*) from sample_committed where sample_no = %(no)s) as committed, "
            "(select count(*) from population_frozen where sample_no = %(no)s) as frozen, "
            "(select count(*) from sample_drawn where sample_no = %(no)s) as drawn",
            {"no": sample_no},
        ).fetchone()
    once = counts is not None and all(count <= 1 for count in counts.values())
    return [Check("承诺、冻结、抽取各至多一次", "committed, frozen and drawn at most once each", once)]


def _frozen_checks(found: Row, population: Population) -> list[Check]:
    same = (len(population.members), population.sha256) == (found["population_size"], found["population_sha256"])
    lines = roster_lines(found["roster"], found["roster_regions"], found["roster_pseudonyms"])
    return [
        Check("名单与日志在冻结位置给出的一致", "the population is what the log gives at the frozen position", same),
        Check("检查人员名录与其哈希一致", "the roster has its hash", list_digest(lines) == found["roster_sha256"]),
    ]


def _drawn_checks(database: Database, found: Row, population: Population) -> list[Check]:
    no, committed = found["sample_no"], [row["seed_sha256"] for row in found["commitments"]]
    key = draw_key(found["seeds"], found["frozen_leaf"])
    subjects = draw_subjects(key, no, population.members, found["size"])
    excluded = excluded_pairs(database, found, population, subjects)
    teams = draw_inspectors(key, no, subjects, found["roster"], excluded, found["inspectors_per_subject"])
    seeds = [seed_digest(seed) for seed in found["seeds"]] == committed
    leaf = leaf_at(database, found["frozen_position"]) == found["frozen_leaf"]
    return [
        Check("揭示的种子与承诺一致", "the seeds revealed are those committed to", seeds),
        Check("冻结事件的叶哈希与日志一致", "the freezing event has this leaf in the log", leaf),
        Check(
            "抽取所用名单即冻结名单",
            "it was drawn from the frozen population",
            found["drawn_sha256"] == found["population_sha256"],
        ),
        Check("按种子重抽,对象一致", "the seeds draw these subjects", list(subjects) == found["subjects"]),
        Check("按种子重抽,检查人员一致", "the seeds draw these inspectors", list(teams) == found["inspectors"]),
    ]
