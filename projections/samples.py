"""双随机: each sample, what it is drawn from, and who may not inspect whom.

A sample is the same whoever asks and whenever: its population is read at the position and the day that it was frozen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from ledger.book.database import Database
from ledger.decide.draw import Pair, list_digest
from ledger.region import covers, prefix_of
from projections.queries import Clocks, Row, reading

# A day by which everything that is on record is true: a sample is looked up whatever day the book is read at.
ANY_DAY = date(9999, 12, 31)
_TOWNSHIP_DIGITS = 9

_MEMBERS = """
select member, min(region) as region
from sample_member m
where population = %(population)s and starts_with(region, %(prefix)s) and {condition}
group by member
"""
# With a programme: households for whom a decision of it is in force that month, batches that pay it.
_IN_PROGRAMME = {
    "household": "exists (select from governing(member, %(programme)s, month_of(as_of())) g "
    "where g.monthly_amount_fen is not null)",
    "batch": "exists (select from payment_instructed i where i.batch_no = member and i.programme = %(programme)s)",
}

_HOUSEHOLD_PEOPLE = """
select household, person from household_registered where household = any(%(households)s)
union
select household, person from member_changed where household = any(%(households)s)
"""
_KIN = "select staff_no, officer, kin from kinship_declared"


@dataclass(frozen=True, slots=True)
class Population:
    """What a sample is drawn from: each member and the region that it lies in."""

    members: dict[str, str]
    known_position: int
    as_of: date

    @property
    def sha256(self) -> str:
        return list_digest(self.members)


def samples(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """Every sample, the latest commitment first, without its long lists."""
    return cursor.execute(
        "select sample_no, region, population, programme, size, inspectors_per_subject, committed_on, frozen_on, "
        "population_size, drawn_on, cardinality(subjects) as drawn_size, state, (select count(*) from seed_pledged p "
        "where p.sample_no = s.sample_no)::int + 1 as seed_count from sample s order by committed_position desc"
    ).fetchall()


def sample(cursor: psycopg.Cursor[Row], sample_no: str) -> Row | None:
    """One sample with ``pledges`` and ``commitments`` (every seed's hash, holder and position, in the log's order)."""
    row = cursor.execute("select * from sample where sample_no = %s", [sample_no]).fetchone()
    if row is None:
        return None
    pledges = cursor.execute(
        "select position, pledged_on as committed_on, seed_sha256, held_by from seed_pledged where sample_no = %s "
        "order by position",
        [sample_no],
    ).fetchall()
    first = {name: row[name] for name in ("committed_on", "seed_sha256", "held_by")}
    return row | {"commitments": [{"position": row["committed_position"], **first}, *pledges]}


def find_sample(database: Database, sample_no: str) -> Row | None:
    """As ``sample``, by all that is on record."""
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        return sample(cursor, sample_no)


def has_members(database: Database, region: str) -> bool:
    """Whether anything that a sample could draw, of any kind, lies in a region."""
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        query = "select from sample_member where starts_with(region, %s) limit 1"
        return cursor.execute(query, [prefix_of(region)]).fetchone() is not None


def known_programmes(database: Database, population: str) -> list[str]:
    """The programmes that a population can be limited to: those of its decisions, or of the rolls for batches."""
    source = "payment_instructed" if population == "batch" else "entitlement"
    with reading(database, Clocks(as_of=ANY_DAY)) as cursor:
        rows = cursor.execute(f"select distinct programme from {source} order by programme".encode()).fetchall()
    return [row["programme"] for row in rows]


def population_of(database: Database, its_sample: Row, as_of: date, known_position: int | None = None) -> Population:
    """The population of a sample as the log gives it at a position (default: the end of the log) on a day."""
    condition = _IN_PROGRAMME[its_sample["population"]] if its_sample["programme"] else "true"
    params = {"population": its_sample["population"], "programme": its_sample["programme"]}
    with reading(database, Clocks(as_of=as_of, known_at=known_position)) as cursor:
        head = cursor.execute("select position from projection.progress").fetchone() or {"position": 0}
        found = cursor.execute(
            _MEMBERS.format(condition=condition).encode(), params | {"prefix": prefix_of(its_sample["region"])}
        ).fetchall()
    at = head["position"] if known_position is None else known_position
    return Population({row["member"]: row["region"] for row in found}, at, as_of)


def frozen_population(database: Database, its_sample: Row) -> Population:
    """The population as the log gives it where this sample's was frozen."""
    return population_of(database, its_sample, its_sample["frozen_on"], its_sample["known_position"])


def leaf_at(database: Database, position: int) -> str:
    """The leaf hash of an event, in hex; empty where the log has no such position."""
    with database.connection() as conn:
        row = conn.execute("select encode(leaf, 'hex') from book.event where position = %s", [position]).fetchone()
    return row[0] if row else ""


def excluded_pairs(database: Database, its_sample: Row, population: Population, subjects: Sequence[str]) -> list[Pair]:
    """Who may not inspect which of these subjects: (staff number, subject), sorted.

    An inspector does not inspect in his own township, nor a household that he or filed kin of his belongs to.
    """
    roster = list(zip(its_sample["roster"], its_sample["roster_regions"], its_sample["roster_pseudonyms"], strict=True))
    pairs = {
        (staff, subject)
        for staff, home, _ in roster
        for subject in subjects
        if same_township(home, population.members.get(subject, ""))
    }
    if its_sample["population"] == "household":
        pairs |= _kin_pairs(database, roster, population, subjects)
    return sorted(pairs)


def same_township(home: str, region: str) -> bool:
    """Whether both lie in one township: the first nine digits are the same, where both have as many."""
    return len(home) >= _TOWNSHIP_DIGITS <= len(region) and home[:_TOWNSHIP_DIGITS] == region[:_TOWNSHIP_DIGITS]


def _kin_pairs(
    database: Database, roster: Iterable[tuple[str, str, str]], population: Population, subjects: Sequence[str]
) -> set[Pair]:
    with reading(database, Clocks(population.as_of, population.known_position)) as cursor:
        people = cursor.execute(_HOUSEHOLD_PEOPLE, {"households": list(subjects)}).fetchall()
        kinships = cursor.execute(_KIN).fetchall()
    households: dict[str, set[str]] = defaultdict(set)
    for row in people:
        households[row["person"]].add(row["household"])
    pairs: set[Pair] = set()
    for staff, _, pseudonym in roster:
        filed = [row for row in kinships if row["staff_no"].casefold() == staff.casefold()]
        selves = {row["officer"] for row in filed if row["officer"]} | ({pseudonym} if pseudonym else set())
        kin = {row["kin"] for row in kinships if row["officer"] in selves} | {row["kin"] for row in filed}
        pairs |= {(staff, household) for person in selves | kin for household in households[person]}
    return pairs


def seen_from(rows: Iterable[Row], region: str) -> list[Row]:
    """Those that lie in a holder's region."""
    return [row for row in rows if covers(region, row["region"])]


def for_redoing(database: Database, found: Row) -> dict[str, Any]:
    """What the log says beside a drawn sample's own events: who was barred from which subject."""
    if found["drawn_position"] is None:
        return {"excluded": []}
    pairs = excluded_pairs(database, found, frozen_population(database, found), found["subjects"])
    return {"excluded": [{"staff_no": staff, "subject": subject} for staff, subject in pairs]}
