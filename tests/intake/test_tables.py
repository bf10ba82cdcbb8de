"""A file of an office's making, row by row: what is passed over, what is a row, what is refused and how it is told."""

from pathlib import Path

import pytest

from ledger.intake.kinds import KINDS
from ledger.intake.problems import FileProblem, RowProblem
from ledger.intake.tables import Row, read_rows

from .written import GRANT, ROLL, csv_bytes, read, read_one, refused, table

TITLES = [["示例新区 2025 年资金下达表"], ["单位：元", "", "填表人："], []]


def test_title_lines_repeated_headers_blank_rows_and_totals_are_passed_over(tmp_path: Path) -> None:
    header, first, *_ = table(GRANT)
    totals = ["合  计", "", "", "", "", "", "2,338,046.00", ""]
    rows = [*TITLES, header, first, [], ["", "\u3000"], header, [*first[:-1], "第二页"], totals]
    found = read(tmp_path / "grants.csv", csv_bytes(rows), "grants")
    assert [(type(row), row.line) for row in found] == [(Row, 5), (Row, 9)]


def test_a_totals_row_that_also_names_a_document_is_reported(tmp_path: Path) -> None:
    rows = [*table(GRANT), ["财社〔2024〕9号", "合计", "", "", "", "", "1.00", ""]]
    first, second = read(tmp_path / "grants.csv", csv_bytes(rows), "grants")
    assert isinstance(first, Row)
    assert isinstance(second, RowProblem)
    assert second.line == 3
    assert second.column == "下达日期、资金级次、资金类别、预算年度、区划代码"


def test_a_line_number_is_the_physical_line_where_the_row_starts(tmp_path: Path) -> None:
    noted = GRANT | {"摘要": "第一行\n第二行\r\n第三行"}
    first, second = read(tmp_path / "grants.csv", csv_bytes(table(noted, GRANT | {"金额": "x"})), "grants")
    assert isinstance(first, Row)
    assert first.values["summary"] == "第一行 第二行 第三行"
    assert (first.line, second.line) == (2, 5)


def test_unknown_columns_are_notes_and_optional_ones_may_be_absent(tmp_path: Path) -> None:
    row = {name: cell for name, cell in GRANT.items() if name != "摘要"} | {"序号": " 1 ", "联系人": "", "": "已核"}
    found = read_one(tmp_path / "grants.csv", csv_bytes(table(row)), "grants")
    assert found.values["summary"] is None
    assert found.notes == {"序号": "1", "第10列": "已核"}
    assert set(found.values) == {column.field for column in KINDS["grants"].columns}


def test_usual_variants_of_a_header_are_known(tmp_path: Path) -> None:
    renamed = {"金额": " 金 额\n（元）", "区划代码": "*行政区划代码", "下达日期": "发文日期："}
    row = {renamed.get(name, name): cell for name, cell in GRANT.items()}
    assert read_one(tmp_path / "grants.csv", csv_bytes(table(row)), "grants").values["amount_fen"] == 233804600


@pytest.mark.parametrize("lost", ["金额", "审核人"])
def test_a_missing_column_is_named(tmp_path: Path, lost: str) -> None:
    row = {name: cell for name, cell in ROLL.items() if name != lost}
    with pytest.raises(FileProblem) as caught:
        read(tmp_path / "rolls.csv", csv_bytes([*TITLES, *table(row)]), "rolls")
    assert lost in caught.value.reason_zh
    assert lost in caught.value.reason_en
    assert caught.value.line == 4


def test_an_amount_in_ten_thousands_is_not_taken_for_yuan(tmp_path: Path) -> None:
    row = {"金额（万元）" if name == "金额" else name: cell for name, cell in GRANT.items()}
    with pytest.raises(FileProblem, match="金额"):
        read(tmp_path / "grants.csv", csv_bytes(table(row)), "grants")


def test_a_column_that_is_there_twice_is_named(tmp_path: Path) -> None:
    rows = [[*row, row[6]] for row in table(GRANT)]
    with pytest.raises(FileProblem, match="金额"):
        read(tmp_path / "grants.csv", csv_bytes(rows), "grants")


def test_a_column_wins_over_another_of_a_like_name(tmp_path: Path) -> None:
    found = read_one(tmp_path / "grants.csv", csv_bytes(table(GRANT | {"到账金额": "1"})), "grants")
    assert found.values["amount_fen"] == 233804600
    assert found.notes == {"到账金额": "1"}


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"no,header\n1,2\n", b"\0\1\2", b"%PDF-1.7", b"<html><table>", b"PK\3\4", b"\xd0\xcf\x11\xe0"],
)
def test_what_is_no_table_of_the_kind_is_a_problem_of_the_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileProblem) as caught:
        read(tmp_path / "grants.csv", content, "grants")
    assert caught.value.file == "grants.csv"
    assert str(tmp_path) not in str(caught.value)


def test_a_file_that_cannot_be_opened_is_a_problem_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=r"grants\.csv"):
        read_rows(tmp_path / "grants.csv", KINDS["grants"])


def test_everything_wrong_with_a_row_is_told_at_once_and_nothing_personal(tmp_path: Path) -> None:
    wrong = ROLL | {
        "金额": "1e3",
        "收款人身份证号": "身份不明",
        "银行账号": "6222****1234",
        "资金级次": "国家",
        "批次号": "",
    }
    problem = refused(tmp_path / "rolls.csv", csv_bytes(table(wrong)), "rolls")
    assert problem.column == "批次号、资金级次、收款人身份证号、银行账号、金额"
    assert "“国家”" in problem.reason_zh
    assert "“1e3”" in problem.reason_en
    assert "身份不明" not in problem.reason_zh + problem.reason_en
    assert "1234" not in (problem.reason_zh + problem.reason_en).replace("1234.50", "")
    assert problem.raw == tuple(wrong.values())


def test_a_comma_outside_quotes_is_told_from_a_row_out_of_step(tmp_path: Path) -> None:
    rows = table(GRANT)
    rows[1].append("余下")
    problem = refused(tmp_path / "grants.csv", csv_bytes(rows), "grants")
    assert "逗号" in problem.reason_zh
    assert problem.raw[-1] == "余下"


def test_a_short_row_lacks_its_last_cells(tmp_path: Path) -> None:
    header, row = table(GRANT)
    assert read_one(tmp_path / "grants.csv", csv_bytes([header, row[:-1]]), "grants").values["summary"] is None
    assert refused(tmp_path / "grants.csv", csv_bytes([header, row[:-2]]), "grants").column == "金额"


BANK_LINE = {
    "批次号": "B202501-1",
    "序号": "1",
    "户名": "韩明桂",
    "银行账号": "9900000000004996",
    "金额": "-240.00",
    "处理结果": "失败",
    "失败原因": "卡号已注销",
    "入账日期": "",
    "银行流水号": "",
}


def test_the_day_of_settlement_is_asked_only_of_success(tmp_path: Path) -> None:
    found = read_one(tmp_path / "bank.csv", csv_bytes(table(BANK_LINE)), "bank")
    assert (found.values["settled_on"], found.values["amount_fen"]) == (None, -24000)
    problem = refused(tmp_path / "bank.csv", csv_bytes(table(BANK_LINE | {"处理结果": "成功"})), "bank")
    assert (problem.column, problem.reason_zh) == ("入账日期", "入账日期：处理结果为“成功”时不能为空")


def test_a_repayment_that_names_a_batch_names_its_line(tmp_path: Path) -> None:
    row = {"追缴编号": "Z01", "日期": "2025-07-28", "事项": "缴回", "家庭编号": "H000173"}
    row |= {"批次号": "", "序号": "", "金额": "200.00", "原因": ""}
    assert read_one(tmp_path / "recoveries.csv", csv_bytes(table(row)), "recoveries").values["line_no"] is None
    problem = refused(tmp_path / "recoveries.csv", csv_bytes(table(row | {"批次号": "B202501-1"})), "recoveries")
    assert problem.column == "序号"


def test_a_missing_signature_is_read_so_that_it_can_be_found(tmp_path: Path) -> None:
    found = read_one(tmp_path / "rolls.csv", csv_bytes(table(ROLL | {"审核人": ""})), "rolls")
    assert found.values["reviewed_by"] is None


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be"])
def test_the_first_chinese_of_a_long_file_may_come_late_and_split_a_chunk(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "grants.csv"
    titles = ("x" * 60_000 + "\n") * 18
    for pad in range(3):
        text = "\ufeff" * encoding.endswith("be") + titles + "x" * pad + "\n" + csv_bytes(table(GRANT)).decode()
        assert read_one(file, text.encode(encoding), "grants").values["document_no"] == "财社〔2024〕1号"


def test_bytes_that_cannot_be_decoded_cost_only_their_own_row(tmp_path: Path) -> None:
    rows = csv_bytes(table(GRANT | {"摘要": "坏"}, GRANT))
    for good, bad, encoding in ((rows, b"\xe5\x9d", "utf-8"), (rows.decode().encode("gb18030"), b"\x80", "gb18030")):
        content = good.replace("坏".encode(encoding), bad)
        assert content != good
        first, second = read(tmp_path / "grants.csv", content, "grants")
        assert isinstance(first, RowProblem)
        assert (first.column, isinstance(second, Row)) == ("摘要", True)


def test_a_file_cut_off_in_a_character_is_still_read(tmp_path: Path) -> None:
    content = csv_bytes(table(GRANT, GRANT | {"摘要": "说明"}))
    first, second = read(tmp_path / "grants.csv", content.rstrip()[:-1], "grants")
    assert isinstance(first, Row)
    assert isinstance(second, RowProblem)


def test_a_quote_that_never_closes_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "grants.csv"
    file.write_bytes(csv_bytes(table(GRANT)) + b'"' + csv_bytes([list(GRANT.values())] * 4000))
    with read_rows(file, KINDS["grants"]) as rows:
        first, spoilt, *others = rows
    assert isinstance(first, Row)
    assert isinstance(spoilt, RowProblem)
    assert spoilt.line == 3
    assert len(others) == 3999
    assert all(isinstance(row, Row) for row in others)


def test_a_quote_that_closes_rows_later_swallows_none_of_them(tmp_path: Path) -> None:
    file = tmp_path / "grants.csv"
    rows = [list((GRANT | {"文号": f"财社〔2025〕{n}号"}).values()) for n in range(1, 6)]
    lines = [",".join(row) for row in [list(GRANT), *rows]]
    lines[2] += '"没闭合'
    lines[4] += '末"'
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with read_rows(file, KINDS["grants"]) as read:
        outcomes = list(read)
    assert [type(row) for row in outcomes] == [Row, RowProblem, Row, RowProblem, Row]


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    file = tmp_path / "grants.csv"
    file.write_bytes(csv_bytes(table(*[GRANT] * 2000)))
    with read_rows(file, KINDS["grants"]) as rows:
        seen = [rows.progress() for _ in rows]
        assert rows.progress() == (file.stat().st_size, file.stat().st_size)
    assert seen == sorted(seen)
    assert rows.header == tuple(GRANT)
