"""Tables as different offices would write them, for the tests of reading."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from ledger.intake.kinds import KINDS
from ledger.intake.problems import RowProblem
from ledger.intake.tables import Row, read_rows

SECRET = b"a secret of a test, not of a site"

GRANT = {
    "文号": "财社〔2024〕1号",
    "下达日期": "2024-11-20",
    "资金级次": "中央",
    "资金类别": "困难群众救助补助资金",
    "预算年度": "2025",
    "区划代码": "620199",
    "金额": "2338046.00",
    "摘要": "",
}
ROLL = {
    "批次号": "B202501-1",
    "序号": "1",
    "所属月份": "2025-01",
    "发放日期": "2025-01-06",
    "救助项目": "城市低保",
    "发放类型": "正常",
    "资金类别": "困难群众救助补助资金",
    "资金级次": "中央",
    "预算年度": "2025",
    "家庭编号": "H000001",
    "收款人姓名": "韩明桂",
    "收款人身份证号": "620199197202163882",
    "开户银行": "示例农商银行",
    "银行账号": "9900000000004996",
    "金额": "240.00",
    "经办人": "G001",
    "审核人": "G003",
}


def csv_bytes(
    rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",", newline: str = "\r\n"
) -> bytes:
    """Every cell in quotes where it needs them, `newline` between rows."""

    def quoted(cell: str) -> str:
        needs = any(mark in cell for mark in (delimiter, '"', "\n", "\r"))
        return '"' + cell.replace('"', '""') + '"' if needs else cell

    return newline.join(delimiter.join(map(quoted, row)) for row in [*rows, []]).encode(encoding)


def workbook_bytes(
    rows: Sequence[Sequence[object]], more: dict[str, Sequence[Sequence[object]]] | None = None
) -> bytes:
    """A workbook whose first sheet holds `rows`; `more` sheets by name."""
    book = Workbook()
    sheets = {"Sheet1": rows} | (more or {})
    book.remove(book.active)
    for name, cells in sheets.items():
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def raw_workbook(sheet_rows: str, prefix: str = "", texts: str = "") -> bytes:
    """A workbook with exactly this XML in its one sheet, for what openpyxl would not write."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    p = f"{prefix}:" if prefix else ""
    xmlns = f'xmlns{":" + prefix if prefix else ""}="{main}"'
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="r" Type="{related}/officeDocument" '
        'Target="/xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets>'
        '<sheet name="一" sheetId="1" r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="s" Type="{related}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="t" Type="{related}/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<{p}worksheet {xmlns}><{p}sheetData>{sheet_rows}</{p}sheetData></{p}worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{texts}</sst>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def inline_row(number: int, cells: Sequence[str]) -> str:
    """A row of inline texts for `raw_workbook`."""
    inner = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f'<row r="{number}">{inner}</row>'


def table(*rows: dict[str, str]) -> list[list[str]]:
    """Header and rows as lists of cells."""
    return [list(rows[0]), *([row[name] for name in rows[0]] for row in rows)]


def read(path: Path, content: bytes, kind: str) -> list[Row | RowProblem]:
    path.write_bytes(content)
    with read_rows(path, KINDS[kind]) as rows:
        return list(rows)


def read_one(path: Path, content: bytes, kind: str) -> Row:
    (row,) = read(path, content, kind)
    assert isinstance(row, Row), row
    return row


def refused(path: Path, content: bytes, kind: str) -> RowProblem:
    (problem,) = read(path, content, kind)
    assert isinstance(problem, RowProblem), problem
    return problem
