"""Properties of periods: exactly the covering one answers, and own days win over inherited ones."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.policy import Checked, Force, NoRuleOnFile, Parameter, Source
from ledger.policy.pack import PackFile, PolicyPack

EPOCH = date(2020, 1, 1)
SPAN = 60
SOURCE = Source(
    title="测试", note_zh="测试", note_en="test", checked=Checked(by="A. Clerk", on=date(2025, 1, 2), how="original")
)
Period = tuple[int, int | None]


def periods() -> st.SearchStrategy[list[Period]]:
    """Non-overlapping periods in days from EPOCH; the last may be open-ended."""

    def build(cuts: list[int], open_ended: bool) -> list[Period]:
        found: list[Period] = [(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        return [*found[:-1], (found[-1][0], None)] if found and open_ended else found

    # Cuts are strictly increasing, so a period may last several days or be followed at once by the next.
    return st.builds(build, st.lists(st.integers(0, SPAN), unique=True, max_size=8).map(sorted), st.booleans())


def parameter(period: Period, value: int) -> Parameter:
    start, end = period
    return Parameter(
        name="tea_break_days",
        title_zh="测试规则",
        title_en="A test rule",
        in_force_from=EPOCH + timedelta(days=start),
        in_force_to=None if end is None else EPOCH + timedelta(days=end),
        value=value,
        unit="days",
        force=Force.DEFAULT,
        source=SOURCE,
    )


def pack(own: list[Period], first_value: int = 0, parent: PolicyPack | None = None) -> PolicyPack:
    rules = tuple(parameter(period, first_value + index) for index, period in enumerate(own))
    file = PackFile(
        name="our-county",
        title_zh="我县",
        title_en="Our county",
        extends=None,
        version=date(2025, 1, 2),
        parameters=rules,
    )
    return PolicyPack.of(file, parent)


def covering(own: list[Period], day: int) -> int | None:
    return next((i for i, (start, end) in enumerate(own) if start <= day and (end is None or day <= end)), None)


@given(own=periods(), day=st.integers(-5, SPAN + 5), data=st.data())
def test_exactly_the_covering_period_answers(own: list[Period], day: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(own))
    expected = covering(shuffled, day)
    rules, on = pack(shuffled), EPOCH + timedelta(days=day)
    if expected is None:
        assert rules.find("tea_break_days", on) is None
        with pytest.raises(NoRuleOnFile):
            rules.parameter("tea_break_days", on)
    else:
        assert rules.parameter("tea_break_days", on).value == expected


@given(own=periods(), inherited=periods(), day=st.integers(-5, SPAN + 5))
def test_own_days_win_and_inherited_ones_fill_the_rest(own: list[Period], inherited: list[Period], day: int) -> None:
    expected = covering(own, day)
    if expected is None:
        below = covering(inherited, day)
        expected = None if below is None else 100 + below
    found = pack(own, parent=pack(inherited, first_value=100)).find("tea_break_days", EPOCH + timedelta(days=day))
    assert (found.value if found else None) == expected


@given(own=periods(), inherited=periods())
def test_what_is_listed_never_overlaps(own: list[Period], inherited: list[Period]) -> None:
    listed = pack(own, parent=pack(inherited, first_value=100)).parameters()
    assert all(not earlier.overlaps(later) for earlier, later in pairwise(listed))


@given(first=st.tuples(st.integers(0, 9), st.integers(0, 9)), second=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_a_pack_is_refused_exactly_when_two_periods_share_a_day(first: Period, second: Period) -> None:
    spans = [(min(p), max(p)) for p in ((first[0], first[1] or 0), (second[0], second[1] or 0))]
    shared = set(range(spans[0][0], spans[0][1] + 1)) & set(range(spans[1][0], spans[1][1] + 1))
    if shared:
        with pytest.raises(ValueError, match="overlap"):
            pack(list(spans))
    else:
        assert len(pack(list(spans)).parameters()) == 2
