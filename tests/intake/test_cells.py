"""One cell to one value: money exactly or not at all, dates that exist, months that are unambiguous."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake import cells
from ledger.intake.cells import Cell
from ledger.intake.problems import CellProblem

FEN = st.integers(min_value=1, max_value=10**15 - 1)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("240", 24000),
        ("240.3", 24030),
        ("1,234.50", 123450),
        ("１，２３４．５０", 123450),
        (" ¥ 1,234.50 ", 123450),
        ("￥1234.50元", 123450),
        ("1 234,567.89".replace(" ", ","), 123456789),
        ("1\u00a0234.50", 123450),
        ("\u30001234.5元整", 123450),
        ("'240.00", 24000),
        ('="240.00"', 24000),
        ("000240.00", 24000),
        (Decimal("240.3"), 24030),
        (Decimal("0.01"), 1),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_an_amount_in_yuan_is_whole_fen(written: Cell, fen: int) -> None:
    assert cells.money(written) == fen


@pytest.mark.parametrize("written", ["-200.00", "－200.00", "−200", "¥-200.00", "-¥200.00", "—200", Decimal("-200")])
def test_a_minus_of_any_shape_takes_back(written: Cell) -> None:
    assert cells.signed_money(written) == -20000
    with pytest.raises(CellProblem, match="不能为负"):
        cells.money(written)


@pytest.mark.parametrize(
    "written",
    [
        "1.234",
        "240.000",
        "1e3",
        "1E3",
        "NaN",
        "inf",
        "0",
        "-0.00",
        "1,23",
        "12,34.00",
        "1.5万元",
        ".5",
        "5.",
        "--5",
        "-¥-5",
        "10²",
        "½",
        "٣",
        "一百元",
        "#N/A",
        "####",
        "240�",
        "12345678901234",
        "2025-01-06",
        Decimal(repr(0.1 + 0.2)),
        Decimal("1E+20"),
        datetime(2025, 1, 6),
    ],
)
def test_what_is_not_exactly_an_amount_is_refused(written: Cell) -> None:
    with pytest.raises(CellProblem):
        cells.signed_money(written)


@given(FEN, st.sampled_from(["", "¥", "￥ "]), st.sampled_from(["", "元", " 元"]), st.booleans(), st.booleans())
def test_every_amount_survives_every_way_of_writing_it(
    fen: int, before: str, after: str, grouped: bool, wide: bool
) -> None:
    yuan, rest = divmod(fen, 100)
    text = f"{before}{yuan:,}.{rest:02}{after}" if grouped else f"{before}{yuan}.{rest:02}{after}"
    written = text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."}) if wide else text
    assert cells.money(written) == fen
    assert cells.money(Decimal(fen) / 100) == fen


@given(st.integers(min_value=0, max_value=10**13 - 1), st.text("0123456789", min_size=3, max_size=6))
def test_a_third_decimal_is_refused_not_rounded(yuan: int, decimals: str) -> None:
    with pytest.raises(CellProblem):
        cells.money(f"{yuan}.{decimals}")


@given(st.text())
def test_any_text_is_an_amount_or_a_problem(text: str) -> None:
    with suppress(CellProblem):
        assert type(cells.signed_money(text)) is int


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-05",
        "2025/3/5",
        "2025.3.5",
        "2025年3月5日",
        "２０２５年３月５日",
        "2025 年 3 月 5 日",
        "20250305",
        "2025-03-05 10:22:33",
        "2025/3/5 0:00",
        "20250305 235959".replace(" 235959", " 23:59:59"),
        Decimal("20250305"),
        datetime(2025, 3, 5),
        datetime(2025, 3, 5, 23, 59),
    ],
)
def test_a_date_of_any_habit(written: Cell) -> None:
    assert cells.day(written) == date(2025, 3, 5)


@pytest.mark.parametrize(
    "written",
    ["2025-02-29", "2025-13-01", "1989-12-31", "2101-01-01", "5/3/2025", "25-3-5", "2025-3/5", "2025-03", "45721"],
)
def test_a_date_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(CellProblem):
        cells.day(written)
    with pytest.raises(CellProblem):
        cells.day(Decimal(45721))


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_business_day_reads_back(day: date) -> None:
    for written in (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}"):
        assert cells.day(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "2025-03",
        "2025/3",
        "202503",
        "2025年3月",
        "2025.03",
        "2025-03-01",
        "2025年3月1日",
        Decimal(202503),
        datetime(2025, 3, 1),
    ],
)
def test_a_month_of_any_habit(written: Cell) -> None:
    assert cells.month(written) == "2025-03"


@pytest.mark.parametrize("written", ["2025-13", "202500", "2025.1", Decimal("2025.1"), Decimal("2025.12"), "3月"])
def test_a_month_that_could_be_another_is_refused(written: Cell) -> None:
    with pytest.raises(CellProblem):
        cells.month(written)


def test_a_day_inside_a_month_is_no_month() -> None:
    with pytest.raises(CellProblem):
        cells.month(datetime(2025, 3, 15))


def test_quantities_are_thousandths_and_counts_are_whole() -> None:
    assert cells.quantity("7") == 7000
    assert cells.quantity("1.5") == 1500
    assert cells.quantity("0.125") == 125
    assert cells.whole("1,200") == 1200
    assert cells.whole(Decimal("1.0")) == 1
    assert cells.year("2025年度") == 2025
    for refuse, written in [
        (cells.quantity, "0"),
        (cells.quantity, "0.0001"),
        (cells.whole, "1.5"),
        (cells.whole, "0"),
        (cells.whole, "-1"),
        (cells.count, "100"),
        (cells.year, "1989"),
    ]:
        with pytest.raises(CellProblem):
            refuse(written)


def test_an_amount_of_nothing_is_none_only_where_nothing_may_be_decided() -> None:
    assert cells.money_or_none("0.00") is None
    assert cells.money_or_none("0.01") == 1
    with pytest.raises(CellProblem):
        cells.money_or_none("-1")


def test_a_number_that_a_spreadsheet_rounded_stays_unreadable_when_written_out() -> None:
    assert cells.as_written(Decimal("6222020200012340000")) == "6.22202020001234E+18"
    assert cells.as_written(Decimal("123456789012345")) == "123456789012345"
