"""A workbook says what the rows said: read back by two other readers, and its XML looked at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from projections.export import tables, workbook
from projections.export.workbook import EXACT_FEN, Column, Form, Provenance, Table, TooManyRows

AT = datetime(2025, 12, 31, 8, 30, tzinfo=UTC)
FROM = Provenance(date(2025, 12, 31), 1200, "lanzhou-new-area 2026-11-21", "G001", AT, [("规则", "duplicate_payment")])
PAPERS = Table(
    "凭证",
    "Papers",
    (
        Column("编号", "No", 20, itemgetter("no")),
        Column("金额", "Amount (yuan)", 16, itemgetter("amount_fen"), Form.MONEY),
        Column("日期", "Day", 12, itemgetter("day"), Form.DAY),
        Column("笔数", "Count", 8, itemgetter("count"), Form.COUNT),
    ),
)
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def paper(no: str = "H000123", amount_fen: int | None = 100, day: date | None = None, count: int = 1) -> dict[str, Any]:
    return {"no": no, "amount_fen": amount_fen, "day": day or date(2025, 3, 5), "count": count}


def made(rows: Sequence[dict[str, Any]], table: Table = PAPERS) -> bytes:
    return workbook.workbook(table, rows, FROM)


def cells(data: bytes, sheet: int = 0) -> list[list[Any]]:
    """The sheet as openpyxl reads it."""
    book = load_workbook(io.BytesIO(data))
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


def stored(data: bytes) -> list[list[tuple[str | None, str]]]:
    """(type, text as it stands in the XML) of each cell below the header."""
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        sheet = ElementTree.fromstring(files.read("xl/worksheets/sheet1.xml"))
    return [[(cell.get("t"), "".join(cell.itertext())) for cell in row.iter(f"{S}c")] for row in sheet.iter(f"{S}row")][
        1:
    ]


@settings(deadline=None)
@given(st.integers(1 - EXACT_FEN, EXACT_FEN - 1))
def test_an_amount_stands_in_the_file_by_its_own_digits(amount_fen: int) -> None:
    (row,) = stored(made([paper(amount_fen=amount_fen)]))
    kind, digits = row[1]
    assert kind is None
    assert Decimal(digits) == Decimal(amount_fen) / 100
    # What a spreadsheet makes of it is the same number again: fifteen digits survive a double.
    assert format(float(digits), ".2f") == format(Decimal(amount_fen) / 100, ".2f")


def test_an_amount_that_a_double_would_round_is_text() -> None:
    (row,) = stored(made([paper(amount_fen=EXACT_FEN)]))
    assert row[1] == ("inlineStr", "10,000,000,000,000.00")


def test_nine_ninety_five_is_not_nearly_that() -> None:
    """Written as a float it would be 9.949999999999999."""
    (row,) = stored(made([paper(amount_fen=995)]))
    assert row[1][1] == "9.95"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-1",
        "@SUM(A1)",
        "620199001001",
        "H000123",
        "007",
        "1E5",
        "2025-03-05",
        "https://x.example",
        "\t=1",
    ],
)
def test_text_stays_the_text_it_was(text: str) -> None:
    data = made([paper(no=text)])
    (row,) = stored(data)
    assert row[0][0] == "inlineStr"
    assert b"<f>" not in data
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        assert b"<f>" not in files.read("xl/worksheets/sheet1.xml")
        assert b"hyperlink" not in files.read("xl/worksheets/sheet1.xml")
    assert cells(data)[1][0] == text
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert (sheet["A2"].data_type, sheet["A2"].number_format) == ("s", "@")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_text_is_read_back(text: str) -> None:
    assert (
        CalamineWorkbook.from_filelike(io.BytesIO(made([paper(no=text)]))).get_sheet_by_index(0).to_python()[1][0]
        == text
    )


def test_two_readers_agree() -> None:
    data = made([paper("H1", 631_00), paper("H2", -5, date(2024, 2, 29), 12)])
    header = ["编号\nNo", "金额\nAmount (yuan)", "日期\nDay", "笔数\nCount"]
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("凭证").to_python() == [
        header,
        ["H1", 631.0, date(2025, 3, 5), 1.0],
        ["H2", -0.05, date(2024, 2, 29), 12.0],
    ]
    assert cells(data)[2] == ["H2", -0.05, datetime(2024, 2, 29), 12]


def test_nothing_is_an_empty_cell_and_an_old_day_is_text() -> None:
    _, row = cells(made([paper(amount_fen=None, day=date(1899, 12, 31))]))
    assert row == ["H000123", None, "1899-12-31", 1]


def test_the_header_stays_in_sight() -> None:
    book = load_workbook(io.BytesIO(made([paper()])))
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D2"
    assert sheet.column_dimensions["A"].width >= 20
    assert book.sheetnames == ["凭证", "说明 About"]


def test_the_second_sheet_says_where_the_rows_come_from() -> None:
    about = dict(cells(made([paper(amount_fen=9_95), paper(amount_fen=5)]), sheet=1))
    assert about["业务截至 As of"] == datetime(2025, 12, 31)
    assert about["日志位置 Log position"] == 1200
    assert about["规则版本 Policy version"] == "lanzhou-new-area 2026-11-21"
    assert about["筛选条件 Filters"] == "规则：duplicate_payment"
    assert about["行数 Rows"] == 2
    assert about["金额 合计（元） Sum (yuan)"] == 10
    assert about["导出人工号 Exported by"] == "G001"
    assert about["导出时刻 Exported at"] == "2025-12-31T08:30:00+00:00"


def test_the_same_rows_make_the_same_parts() -> None:
    first, second = (
        {info.filename: info.CRC for info in zipfile.ZipFile(io.BytesIO(made([paper()]))).infolist()} for _ in range(2)
    )
    assert first == second


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    with pytest.raises(TooManyRows, match=r"2 行.*2 rows"):
        made([paper(), paper(), paper()])


def test_every_part_is_whole_xml() -> None:
    with zipfile.ZipFile(io.BytesIO(made([paper(no="<&>\"'")]))) as files:
        assert files.testzip() is None
        for name in files.namelist():
            ElementTree.fromstring(files.read(name))


def test_a_finding_has_all_its_columns() -> None:
    finding = {
        "id": "f0123456789abcdef",
        "rule": "duplicate_payment",
        "name": "重复发放",
        "kind": "违规发放",
        "severity": "critical",
        "refs": ["household:H000123", "official:G003"],
        "amount_fen": 631_00,
        "found_on": date(2025, 3, 10),
        "evidence": [12, 34],
        "policy": {"jurisdiction": "lanzhou-new-area", "version": "2026-11-21"},
        "law": "《社会救助暂行办法》",
        "status": "open",
    }
    header, row = cells(made([finding], tables.FINDINGS))
    found = dict(zip(header, row, strict=True))
    assert found["家庭编号\nHouseholds"] == "H000123"
    assert found["涉及\nAbout"] == "household:H000123; official:G003"
    assert found["涉及金额（元）\nAmount (yuan)"] == 631
    assert found["证据位置\nEvidence (positions)"] == "12; 34"
    assert found["证据数\nPieces"] == 2
