"""FILE.rejects.csv loses nothing: it opens in a spreadsheet, is corrected there and is imported again."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake.characters import visible
from ledger.intake.files import kind_of
from ledger.intake.kinds import KINDS
from ledger.intake.problems import RowProblem
from ledger.intake.rejects import Rejects, no_formula, rejects_names
from ledger.intake.tables import Row, read_rows

from .written import GRANT, csv_bytes, table, workbook_bytes

DECISION = {
    "文书号": "D2025000001",
    "决定日期": "2024-12-18",
    "决定类型": "终止",
    "家庭编号": "H000001",
    "救助项目": "城市低保",
    "类别": "差额",
    "保障人数": "1",
    "月救助金额": "240.00",
    "起始月份": "2025-01",
    "截止月份": "",
    "受理日期": "2024-12-06",
    "经办人": "G011",
    "审核人": "G007",
    "审批人": "G013",
    "办理方式": "一般程序",
    "原因": "收入超标",
}


def put_back(source: Path, kind: str, folder: Path) -> Path:
    """Read the source as an importer would, writing what cannot be read to its rejects."""
    with read_rows(source, KINDS[kind]) as rows, Rejects(folder, source, rows.header) as rejects:
        for row in rows:
            if isinstance(row, RowProblem):
                rejects.add(row.line, row.column, row.reason_zh, row.reason_en, row.raw)
    return rejects.path


def test_no_file_where_nothing_is_rejected_and_an_old_one_goes(tmp_path: Path) -> None:
    source = tmp_path / "grants.csv"
    source.write_bytes(csv_bytes(table(GRANT)))
    stale = tmp_path / "out" / "grants.csv.rejects.csv"
    stale.parent.mkdir()
    stale.write_text("of an earlier run")
    assert put_back(source, "grants", stale.parent) == stale
    assert not stale.exists()


def test_the_original_columns_come_first_and_then_line_column_and_reasons(tmp_path: Path) -> None:
    source = tmp_path / "grants.csv"
    source.write_bytes(csv_bytes(table(GRANT, GRANT | {"金额": "1e3"})))
    path = put_back(source, "grants", tmp_path / "new" / "folder")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o077 == 0
    header, row = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
    assert header == [*GRANT, "行号", "栏目", "原因", "Reason"]
    assert row[:8] == [*list(GRANT.values())[:6], "1e3", ""]
    assert row[8:10] == ["3", "金额"]
    assert "不是金额" in row[10]
    assert "is not an amount" in row[11]


def test_corrected_rejects_import_as_their_kind_though_both_have_a_reason(tmp_path: Path) -> None:
    source = tmp_path / "decisions.csv"
    source.write_bytes(csv_bytes(table(DECISION | {"决定类型": "取消"}, DECISION)))
    path = put_back(source, "decisions", tmp_path)
    again = put_back(path, "decisions", tmp_path)
    assert again.name == "decisions.csv.rejects.csv.rejects.csv"
    assert path.read_text(encoding="utf-8-sig").splitlines()[0] == again.read_text(encoding="utf-8-sig").splitlines()[0]
    path.write_text(path.read_text(encoding="utf-8-sig").replace("取消", "终止"), encoding="utf-8-sig")
    found = kind_of(path)
    assert found is not None
    with read_rows(path, found) as rows, read_rows(source, found) as original:
        (row,) = rows
        *_, untouched = original
    assert isinstance(row, Row)
    assert isinstance(untouched, Row)
    assert (row.values, row.raw, row.notes) == (untouched.values, untouched.raw, {})


def test_rejects_of_a_workbook_keep_its_values(tmp_path: Path) -> None:
    source = tmp_path / "grants.xlsx"
    source.write_bytes(workbook_bytes(table(GRANT | {"金额": 240.3, "资金级次": "国家"})))  # type: ignore[arg-type]
    path = put_back(source, "grants", tmp_path)
    path.write_text(path.read_text(encoding="utf-8-sig").replace("国家", "中央", 1), encoding="utf-8-sig")
    with read_rows(path, KINDS["grants"]) as rows:
        (row,) = rows
    assert isinstance(row, Row)
    assert row.values["amount_fen"] == 24030


def test_a_row_too_long_keeps_every_cell_and_the_reasons_their_place(tmp_path: Path) -> None:
    source = tmp_path / "grants.csv"
    rows = table(GRANT)
    rows[1] += ["多", "余"]
    source.write_bytes(csv_bytes(rows))
    with put_back(source, "grants", tmp_path).open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["摘要"] == ",多,余"
    assert row["行号"] == "2"


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-5%", "@x", " =cmd", "\t=cmd", "＝1", "\r-x"])
def test_no_cell_opens_as_a_formula(cell: str) -> None:
    written = no_formula(cell)
    assert written.startswith("'") or written == "+86"


@given(st.text() | st.text("=+-@'\" \t＝1."))
def test_a_guarded_cell_reads_as_it_did(cell: str) -> None:
    assert visible(no_formula(cell)) == visible(cell)


def test_a_negative_amount_stays_a_number() -> None:
    assert no_formula("-200.00") == "-200.00"


def test_files_of_one_name_in_two_folders_get_rejects_of_their_own() -> None:
    january, february = Path("jan/rolls.csv"), Path("feb/rolls.csv")
    names = rejects_names([january, february, Path("bank.csv")])
    assert names[january] == "rolls.csv.jan.rejects.csv"
    assert names[february] == "rolls.csv.feb.rejects.csv"
    assert names[Path("bank.csv")] == "bank.csv.rejects.csv"
    assert all(kind_of(Path(name)) is kind_of(source) for source, name in names.items())


def test_a_corrected_rejects_file_imported_beside_its_source_is_not_overwritten() -> None:
    sources = [Path("rolls.csv"), Path("rolls.csv.rejects.csv")]
    assert not set(rejects_names(sources).values()) & {source.name for source in sources}
