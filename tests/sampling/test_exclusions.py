"""Nobody is drawn to inspect in his own township, his own household, or one that kin of his belongs to."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.commands.sampling import Sampling
from projections.sample_check import verify
from projections.samples import same_township
from tests.sampling.county import NORTH, SOUTH, Program, household, identity, kinship, record

numbers = count(1)
STAFF = [f"G{n:03d}" for n in range(11, 17)]
homes = st.sampled_from([NORTH, SOUTH, f"{NORTH}001", "620199", "620199003"])


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    roster=st.dictionaries(st.sampled_from(STAFF), homes, min_size=2),
    kin=st.lists(st.tuples(st.sampled_from(STAFF), st.integers(1, 12)), max_size=6),
    itself=st.booleans(),
)
def test_kin_and_township_are_never_drawn_together(
    program: Program, roster: dict[str, str], kin: list[tuple[str, int]], itself: bool
) -> None:
    books, no = program.books, f"抽{next(numbers)}"
    record(books, "officials", [kinship(staff, identity(nth), kinship=no) for staff, nth in kin])
    sampling = Sampling(books, program.folder / "data", "G007", "audit")
    sampling.commit(no, None, population="household", region="620199", size=12, inspectors_per_subject=2)
    rows = [(staff, home, identity(12) if itself and staff == "G011" else "") for staff, home in roster.items()]
    table = program.table("名录.csv", ("工号", "区划代码", "身份证号"), *rows)
    sampling.freeze(no, Path(table))
    found = sampling.draw(no, [])
    with books.database.connection() as conn:
        filed = conn.execute(
            "select k.staff_no, h.household from fact.kinship_declared k "
            "join fact.household_registered h on h.person = k.kin"
        ).fetchall()
    for subject, team in zip(found["subjects"], found["inspectors"], strict=True):
        region = NORTH if int(subject[1:]) % 2 else SOUTH
        for staff in team.split():
            assert roster[staff][:9] != region
            assert (staff, subject) not in filed
            assert not (itself and staff == "G011" and subject == "H000012")
    assert all(check.holds for check in verify(books.database, no))


def test_a_township_is_nine_digits() -> None:
    assert same_township(NORTH, f"{NORTH}001")
    assert not same_township(NORTH, SOUTH)
    assert not same_township("620199", f"{NORTH}001")
    assert not same_township(NORTH, "620199")


def test_members_of_a_household_count_as_its_head(program: Program) -> None:
    books = program.books
    member = household(1, NORTH) | {"id_number": identity(50), "name": "韩示例", "relation": "儿子"}
    record(books, "households", [member])
    record(books, "officials", [kinship("G012", identity(50))])
    found = program.drawn("抽9", 12, ("G011", SOUTH), ("G012", "620199"), ("G013", "620199"), ("G014", "620199"))
    teams = dict(zip(found["subjects"], found["inspectors"], strict=True))
    assert "G012" not in teams["H000001"].split()
