"""One row, however its office writes it: the same typed values and the same key."""

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.kinds import KINDS
from ledger.intake.row_key import row_key
from ledger.intake.tables import Row

from .written import SECRET, csv_bytes, read, table, workbook_bytes

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
CODE = st.from_regex(r"[A-Z]{1,3}[0-9]{1,7}(-[0-9]{1,3})?", fullmatch=True)
LINES = st.fixed_dictionaries(
    {
        "批次号": CODE,
        "序号": st.integers(1, 10**6).map(str),
        "所属月份": st.dates(datetime(1990, 1, 1).date(), datetime(2100, 12, 31).date()).map(lambda d: f"{d:%Y-%m}"),
        "发放日期": st.dates(datetime(1990, 1, 1).date(), datetime(2100, 12, 31).date()).map(lambda d: d.isoformat()),
        "救助项目": HAN,
        "发放类型": st.sampled_from(["正常", "补发", "价格补贴"]),
        "资金类别": HAN,
        "资金级次": st.sampled_from(["中央", "省级", "市级", "县级"]),
        "预算年度": st.integers(1990, 2100).map(str),
        "家庭编号": CODE,
        "收款人姓名": HAN,
        "收款人身份证号": st.from_regex(r"620199[0-9]{11}[0-9X]", fullmatch=True),
        "开户银行": st.just("") | HAN,
        "银行账号": st.from_regex(r"9900[0-9]{12}", fullmatch=True),
        "金额": st.integers(1, 10**9).map(lambda fen: f"{fen // 100}.{fen % 100:02}"),
        "经办人": CODE,
        "审核人": st.just("") | CODE,
    }
)


def in_workbook(name: str, cell: str) -> object:
    """The cell as a spreadsheet would hold it after someone typed it."""
    if name in ("序号", "预算年度"):
        return int(cell)
    if name == "金额":
        return float(Decimal(cell))
    if name == "发放日期":
        return datetime.fromisoformat(cell)
    return cell or None


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(LINES, min_size=1, max_size=5, unique_by=lambda line: (line["批次号"], line["序号"])),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    order=st.randoms(),
)
def test_a_roll_reads_the_same_from_any_encoding_order_and_program(
    lines: list[dict[str, str]], encoding: str, delimiter: str, newline: str, order: random.Random
) -> None:
    names = list(lines[0])
    order.shuffle(names)
    shuffled = [{name: line[name] for name in names} for line in lines]
    typed: list[list[object]] = [list(names), *([in_workbook(name, line[name]) for name in names] for line in shuffled)]
    with TemporaryDirectory() as folder:
        plain = read(Path(folder, "a.csv"), csv_bytes(table(*lines)), "rolls")
        other = read(Path(folder, "b.csv"), csv_bytes(table(*shuffled), encoding, delimiter, newline), "rolls")
        book = read(Path(folder, "c.xlsx"), workbook_bytes(typed), "rolls")
    assert len(plain) == len(lines)
    for rows in (other, book):
        for expected, found in zip(plain, rows, strict=True):
            assert isinstance(expected, Row)
            assert isinstance(found, Row), found
            assert found.values == expected.values
            assert row_key(KINDS["rolls"], found.values, SECRET) == row_key(KINDS["rolls"], expected.values, SECRET)
