"""Every text of a file that is to be published, and where it stands: read from its bytes, not from what made them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its place; row and column from 1, 0 where it stands in no table; ``heading`` is its column's."""

    row: int
    column: int
    heading: str
    text: str

    @property
    def where_zh(self) -> str:
        return f"第{self.row}行第{self.column}列" if self.column else "表外文字"

    @property
    def where_en(self) -> str:
        return f"row {self.row} column {self.column}" if self.column else "outside the table"


def csv_cells(data: bytes) -> Iterator[Cell]:
    """The cells of a CSV file; its first row is the header.

    Raises:
        UnicodeDecodeError: not UTF-8.
    """
    header: list[str] = []
    for row, cells in enumerate(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")), start=1):
        header = header or cells
        for column, text in enumerate(cells, start=1):
            yield Cell(row, column, header[column - 1] if column <= len(header) else "", text)


def html_cells(data: bytes) -> Iterator[Cell]:
    """The texts of a page: cells of its table, all other text, comments, and every attribute.

    Raises:
        UnicodeDecodeError: not UTF-8.
    """
    page = _Page()
    page.feed(data.decode("utf-8"))
    page.close()
    page.end_text()
    # Also as one text: a number could be broken up by tags.
    yield from page.cells
    yield from (Cell(0, 0, "", block) for block in page.blocks if block.strip())


class _Page(HTMLParser):
    """Gathers text by table cell and by block."""

    _INLINE = frozenset({"a", "b", "i", "u", "s", "em", "strong", "span", "small", "sub", "sup", "code", "font", "wbr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.cells: list[Cell] = []
        self.blocks: list[str] = []
        self._text = ""
        self._row = self._column = 0
        self._header: list[str] = []
        self._is_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.blocks += [value for _, value in attrs if value]
        if tag in self._INLINE:
            return
        self.end_text()
        if tag == "table":
            self._row, self._header = 0, []
        elif tag == "tr":
            self._row, self._column = self._row + 1, 0
        elif tag in ("td", "th"):
            self._column += 1
            self._is_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._INLINE:
            self.end_text()

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_comment(self, data: str) -> None:
        self.blocks.append(data)

    def handle_decl(self, decl: str) -> None:
        self.blocks.append(decl)

    def handle_pi(self, data: str) -> None:
        self.blocks.append(data)

    def unknown_decl(self, data: str) -> None:
        self.blocks.append(data)

    def end_text(self) -> None:
        """What was gathered is a cell of the table, or a block outside it."""
        text, self._text = self._text.strip(), ""
        if self._is_cell:
            if self._row == 1:
                self._header.append(text)
            heading = self._header[self._column - 1] if self._column <= len(self._header) else ""
            self.cells.append(Cell(self._row, self._column, heading, text))
            self._is_cell = False
        elif text:
            self.blocks.append(text)
