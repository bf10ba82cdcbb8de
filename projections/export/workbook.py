"""A table of rows as an XLSX workbook that opens in WPS and Excel, with a second sheet that says what it is.

Text stays text (numbers of papers, and whatever begins with ``=``), days are dates, and money is a number whose digits
are written from whole fen: a spreadsheet keeps fifteen digits exactly, and an amount of more is written as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Any, Final

import xlsxwriter

from ledger.decide.refusal import yuan

Row = dict[str, Any]
EXACT_FEN: Final = 10**15
MOST_ROWS: Final = 1_048_575
# A cell holds 32,767 UTF-16 units; a Chinese character outside the first plane takes two.
MOST_CHARACTERS: Final = 16_000
# Before this day spreadsheets count with a 29 February 1900 that never was.
_FIRST_DAY: Final = date(1900, 3, 1)


class Form(Enum):
    """What a column holds, and so how its cells are written."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its two headings, its width in characters, and how its value is had from a row."""

    zh: str
    en: str
    width: int
    of: Callable[[Row], Any]
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """What is exported: a title in both languages, its columns, and what a reader must know of it."""

    title_zh: str
    title_en: str
    columns: Sequence[Column]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where and when the rows come from: the two clocks, the policy, what was chosen, and who took them out."""

    as_of: date
    position: int
    policy: str
    staff: str
    exported_at: datetime
    filters: Sequence[tuple[str, str]] = field(default=())


class TooManyRows(ValueError):
    """A sheet holds 1,048,575 rows below its header."""


def workbook(table: Table, rows: Iterable[Row], provenance: Provenance) -> bytes:
    """The workbook; rows are written as they come and not held in memory.

    Raises:
        TooManyRows: a sheet cannot hold them.
    """
    written = BytesIO()
    # Row by row; the instant is given, so that the same rows make the same bytes.
    book = xlsxwriter.Workbook(written, {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"title": table.title_zh, "created": provenance.exported_at.replace(tzinfo=None)})
    forms = Forms(book)
    count, sums = fill_sheet(book.add_worksheet(table.title_zh), forms, table, rows)
    _describe(book.add_worksheet("说明 About"), forms, table, provenance, count, sums)
    book.close()
    return written.getvalue()


class Forms:
    """The formats of cells."""

    def __init__(self, book: Any) -> None:
        top = {"valign": "top"}
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#DCE6F1", "border": 1}
        # «@» keeps a number of a paper as it is when somebody edits the cell.
        self.text = book.add_format(top | {"num_format": "@", "text_wrap": True})
        self.money = book.add_format(top | {"num_format": "#,##0.00;[Red]-#,##0.00", "align": "right"})
        self.day = book.add_format(top | {"num_format": "yyyy-mm-dd", "align": "left"})
        self.count = book.add_format(top | {"num_format": "0", "align": "right"})
        self.head = book.add_format(head)


def fill_sheet(sheet: Any, forms: Forms, table: Table, rows: Iterable[Row]) -> tuple[int, dict[str, int]]:
    """Writes header and rows; how many there were, and the sum of each column of money in fen."""
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for nth, column in enumerate(table.columns):
        sheet.set_column(nth, nth, column.width)
    sheet.set_row(0, 34)
    for nth, column in enumerate(table.columns):
        sheet.write_string(0, nth, f"{column.zh}\n{column.en}", forms.head)
    count, sums = 0, {column.zh: 0 for column in table.columns if column.form is Form.MONEY}
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise TooManyRows(f"超过一张工作表的 {MOST_ROWS:,} 行 / more than the {MOST_ROWS:,} rows of a sheet")
        for nth, column in enumerate(table.columns):
            value = column.of(row)
            write_cell(sheet, forms, (count, nth), column.form, value)
            if column.form is Form.MONEY:
                sums[column.zh] += value or 0
    sheet.autofilter(0, 0, max(count, 1), len(table.columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{count + 1}"})
    return count, sums


def write_cell(sheet: Any, forms: Forms, at: tuple[int, int], form: Form, value: Any) -> None:
    """One cell; an absent value is an empty cell."""
    if value is None:
        sheet.write_blank(*at, None, forms.text)
    elif form is Form.MONEY:
        _write_money(sheet, forms, at, value)
    elif form is Form.DAY and value >= _FIRST_DAY:
        sheet.write_datetime(*at, value, forms.day)
    elif form is Form.COUNT:
        sheet.write_number(*at, Decimal(value), forms.count)
    else:
        sheet.write_string(*at, _text(value), forms.text)


def _write_money(sheet: Any, forms: Forms, at: tuple[int, int], amount_fen: int) -> None:
    """A Decimal is written by its own digits; as a float 9.95 would stand in the file as 9.949999999999999."""
    if abs(amount_fen) < EXACT_FEN:
        sheet.write_number(*at, Decimal(amount_fen).scaleb(-2), forms.money)
    else:
        sheet.write_string(*at, yuan(amount_fen), forms.text)


def _text(value: Any) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "……"


def _describe(sheet: Any, forms: Forms, table: Table, provenance: Provenance, count: int, sums: dict[str, int]) -> None:
    """What the table is, from when and where, for somebody who finds the file in a year."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 80)
    chosen = [f"{name}：{value}" for name, value in provenance.filters]
    lines: list[tuple[str, Form, Any]] = [
        ("内容 Contents", Form.TEXT, f"{table.title_zh} {table.title_en}"),
        ("业务截至 As of", Form.DAY, provenance.as_of),
        ("日志位置 Log position", Form.COUNT, provenance.position),
        ("规则版本 Policy version", Form.TEXT, provenance.policy),
        ("筛选条件 Filters", Form.TEXT, chosen or "无 none"),
        ("行数 Rows", Form.COUNT, count),
        *((f"{name} 合计（元） Sum (yuan)", Form.MONEY, amount) for name, amount in sums.items()),
        ("导出人工号 Exported by", Form.TEXT, provenance.staff),
        ("导出时刻 Exported at", Form.TEXT, provenance.exported_at.isoformat(timespec="seconds")),
        (
            "说明 Remark",
            Form.TEXT,
            table.remark or "由事件日志推导，可随时重算 Derived from the log, can be derived again",
        ),
    ]
    for nth, (label, form, value) in enumerate(lines):
        sheet.write_string(nth, 0, label, forms.head)
        write_cell(sheet, forms, (nth, 1), form, value)
