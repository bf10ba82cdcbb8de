"""Workbooks: what a number, a date, a formula and a sheet hold in the file, and what that means."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from ledger.intake.problems import FileProblem, RowProblem
from ledger.intake.tables import Row

from .written import GRANT, ROLL, inline_row, raw_workbook, read, read_one, refused, table, workbook_bytes

HEADER = list(GRANT)
VALUES: list[object] = list(GRANT.values())


def grant(**changed: object) -> bytes:
    cells = dict(GRANT) | changed
    return workbook_bytes([["示例新区资金下达表"], [], list(cells), list(cells.values())])


def test_numbers_and_dates_of_a_workbook(tmp_path: Path) -> None:
    content = grant(下达日期=datetime(2024, 11, 20), 预算年度=2025, 区划代码=620199, 金额=2338046.3)
    found = read_one(tmp_path / "grants.xlsx", content, "grants")
    assert found.line == 4
    assert found.values == read_one(tmp_path / "grants.xlsx", grant(金额="2338046.30"), "grants").values
    assert found.raw[1] == "2024-11-20"
    assert found.raw[6] == "2338046.3"


@pytest.mark.parametrize("amount", [1234.005, 1e15, "240.30000000000001", True, datetime(2025, 1, 6), "=1/0"])
def test_a_cell_that_is_no_whole_number_of_fen_is_a_row_error(tmp_path: Path, amount: object) -> None:
    assert refused(tmp_path / "grants.xlsx", grant(金额=amount), "grants").column == "金额"


@pytest.mark.parametrize("stored", ["240.3", "240.30000000000001", "2.403E2"])
def test_what_someone_typed_is_what_counts_however_a_program_stores_it(tmp_path: Path, stored: str) -> None:
    cells = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in list(GRANT.values())[:6])
    rows = inline_row(1, HEADER) + f'<row r="2">{cells}<c><v>{stored}</v></c></row>'
    assert read_one(tmp_path / "grants.xlsx", raw_workbook(rows), "grants").values["amount_fen"] == 24030


@pytest.mark.parametrize(
    "cell",
    [
        '<c t="e"><v>#N/A</v></c>',
        "<c><f>A1</f></c>",
        '<c t="str"><f>A1</f><v>x</v></c>',
        "<c><v>NaN</v></c>",
        "<c><v>1e400</v></c>",
        "<c><v>x</v></c>",
        "<c><v>0.30000000000000004</v></c>",
    ],
)
def test_an_error_value_an_uncalculated_formula_and_a_binary_sum_are_row_errors(tmp_path: Path, cell: str) -> None:
    first = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in list(GRANT.values())[:6])
    rows = inline_row(1, HEADER) + f'<row r="2">{first}{cell}</row>'
    assert refused(tmp_path / "grants.xlsx", raw_workbook(rows), "grants").column == "金额"


def test_a_formula_gives_its_cached_value(tmp_path: Path) -> None:
    first = "".join(f'<c t="inlineStr"><is><t>{value}</t></is></c>' for value in list(GRANT.values())[:6])
    rows = inline_row(1, HEADER) + f'<row r="2">{first}<c><f>200+40</f><v>240</v></c></row>'
    assert read_one(tmp_path / "grants.xlsx", raw_workbook(rows), "grants").values["amount_fen"] == 24000


def test_numbers_in_code_columns(tmp_path: Path) -> None:
    good: dict[str, object] = dict(ROLL) | {"序号": 1.0, "家庭编号": 123.0}
    found = read_one(tmp_path / "rolls.xlsx", workbook_bytes([list(good), list(good.values())]), "rolls")
    assert (found.values["line_no"], found.values["household"]) == (1, "123")
    rounded: dict[str, object] = dict(ROLL) | {"银行账号": 6222020200012345678, "收款人身份证号": 620199197202163882}
    problem = refused(tmp_path / "rolls.xlsx", workbook_bytes([list(rounded), list(rounded.values())]), "rolls")
    assert problem.column == "收款人身份证号、银行账号"
    assert "文本格式" in problem.reason_zh
    assert "E+18" in problem.raw[13]


def test_a_month_that_a_spreadsheet_made_a_date(tmp_path: Path) -> None:
    cells: dict[str, object] = dict(ROLL) | {"所属月份": datetime(2025, 1, 1)}
    found = read_one(tmp_path / "rolls.xlsx", workbook_bytes([list(cells), list(cells.values())]), "rolls")
    assert found.values["for_month"] == "2025-01"


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(grant(下达日期=datetime(2024, 11, 20))))
    book.epoch = datetime(1904, 1, 1)
    book.save(tmp_path / "grants.xlsx")
    found = read_one(tmp_path / "grants.xlsx", (tmp_path / "grants.xlsx").read_bytes(), "grants")
    assert str(found.values["issued_on"]) == "2024-11-20"


@pytest.mark.parametrize(
    ("shown_as", "is_date"),
    [
        ("yyyy年m月d日", True),
        ("[$-804]yyyy/m/d;@", True),
        ("m/d", True),
        ("0.00_);[Red]\\(0.00\\)", False),
        ('#,##0.00"yuan day"', False),
        ("General", False),
        ("[h]:mm", False),
    ],
)
def test_a_number_is_a_date_only_if_it_is_shown_as_one(tmp_path: Path, shown_as: str, is_date: bool) -> None:
    book = load_workbook(io.BytesIO(grant(下达日期=45616)))
    book.active["B4"].number_format = shown_as
    book.save(tmp_path / "grants.xlsx")
    (found,) = read(tmp_path / "grants.xlsx", (tmp_path / "grants.xlsx").read_bytes(), "grants")
    assert isinstance(found, Row if is_date else RowProblem)


def test_the_one_sheet_with_the_header_is_used(tmp_path: Path) -> None:
    content = workbook_bytes([["填表说明"]], {"下达": table(GRANT)})
    assert read_one(tmp_path / "grants.xlsx", content, "grants").line == 2


@pytest.mark.parametrize("hidden", [False, True])
def test_two_sheets_with_the_header_are_named_not_guessed_between(tmp_path: Path, hidden: bool) -> None:
    book = load_workbook(io.BytesIO(workbook_bytes(table(GRANT), {"副本": table(GRANT)})))
    book["副本"].sheet_state = "hidden" if hidden else "visible"
    book.save(tmp_path / "grants.xlsx")
    with pytest.raises(FileProblem, match="副本（隐藏）" if hidden else "Sheet1、副本"):
        read(tmp_path / "grants.xlsx", (tmp_path / "grants.xlsx").read_bytes(), "grants")


def test_a_remark_beside_the_table_is_a_note_and_a_cell_at_the_far_corner_is_no_harm(tmp_path: Path) -> None:
    book = Workbook()
    for row in table(GRANT):
        book.active.append(row)
    book.active["J2"] = "已核对"
    book.active["XFD1048576"] = " "
    book.save(tmp_path / "grants.xlsx")
    found = read_one(tmp_path / "grants.xlsx", (tmp_path / "grants.xlsx").read_bytes(), "grants")
    assert found.notes == {"第10列": "已核对"}


def test_prefixed_names_rich_text_and_pronunciation(tmp_path: Path) -> None:
    texts = "".join(f"<si><r><t>{c[:1]}</t></r><r><t>{c[1:]}</t></r><rPh><t>x</t></rPh></si>" for c in HEADER)
    texts += "".join(f"<si><t>{cell}</t></si>" for cell in GRANT.values())
    rows = "".join(
        f'<x:row r="{row + 3}">'
        + "".join(f'<x:c r="{"ABCDEFGH"[i]}{row + 3}" t="s"><x:v>{8 * row + i}</x:v></x:c>' for i in reversed(range(8)))
        + "</x:row>"
        for row in (0, 1)
    )
    found = read_one(tmp_path / "grants.xlsx", raw_workbook(rows, "x", texts), "grants")
    assert (found.line, found.values["document_no"]) == (4, "财社〔2024〕1号")


@pytest.mark.parametrize(
    "sheet",
    [
        "<row><c",
        '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
        '<row r="x"/>',
        '<row><c t="s"><v>9</v></c></row>',
        '<row><c s="9"><v>9</v></c></row>',
    ],
)
def test_a_damaged_sheet_is_a_problem_of_the_file(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(FileProblem, match="另存为"):
        read(tmp_path / "grants.xlsx", raw_workbook(sheet), "grants")


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'
    content = raw_workbook("")
    book = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(book, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).decode().replace("?>", f"?>{bomb}"))
    with pytest.raises(FileProblem):
        read(tmp_path / "grants.xlsx", book.getvalue(), "grants")


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    """receipts.xls: a title, a header, two rows in BIFF8, the second with the amount 0.1+0.2."""
    content = Path(__file__).with_name("receipts.xls").read_bytes()
    first, second = read(tmp_path / "receipts.xls", content, "receipts")
    assert isinstance(first, Row)
    assert (first.line, first.values["amount_fen"], str(first.values["received_on"])) == (3, 233804650, "2024-12-04")
    assert isinstance(second, RowProblem)
    assert (second.line, second.column) == (4, "金额")


def test_a_damaged_old_workbook_is_a_problem_of_the_file(tmp_path: Path) -> None:
    content = bytearray(Path(__file__).with_name("receipts.xls").read_bytes())
    content[512:1500] = bytes(988)
    with pytest.raises(FileProblem, match="另存为"):
        read(tmp_path / "receipts.xls", bytes(content), "receipts")
