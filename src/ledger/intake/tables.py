"""A file of a kind to typed rows, as a stream: `with read_rows(path, kind) as rows: for row in rows: …`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

from ledger.intake.cells import Cell, as_written, is_blank, is_total
from ledger.intake.columns import Column, Kind, When
from ledger.intake.delimited import DelimitedFile, UnclosedQuote
from ledger.intake.header import as_header_text
from ledger.intake.problems import CellProblem, FileProblem, RowProblem
from ledger.intake.sources import find_table, open_source

_MOST_REMEMBERED: Final = 8192


@dataclass(frozen=True, slots=True)
class Row:
    """One row that was read.

    line: physical line (CSV) or row number (workbook) where it starts, from 1
    values: for every field of the kind its typed value, or None
    notes: cells of columns that the kind does not know, by header, where not blank
    raw: the row's cells as written, in the order of the file's header
    """

    line: int
    values: dict[str, object]
    notes: dict[str, str]
    raw: tuple[str, ...]


class RowReader:
    """Gives a file's rows in order, each a Row or a RowProblem, from the start each time it is iterated.

    Blank rows, repeated headers and totals rows (合计 with nothing else that identifies a row) are passed over.
    header: the file's headers as written
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        self._source = open_source(path)
        try:
            self._layout, self._header = find_table(self._source, path, kind)
        except FileProblem:
            self._source.close()
            raise
        self.header: tuple[str, ...] = self._header.names
        places = self._header.places
        self._plan = [(c, places[c.field], _Memo(c)) for c in kind.columns if c.field in places]
        self._fields = [(column.field, place, memo) for column, place, memo in self._plan]
        self._absent = dict.fromkeys(column.field for column in kind.columns if column.field not in places)
        self._conditions = [(column, column.required_when) for column in kind.columns if column.required_when]
        self._is_text = isinstance(self._source, DelimitedFile)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._source.close()

    def progress(self) -> tuple[int, int]:
        """(done, total) of where the iteration is, in bytes or rows."""
        return self._source.progress()

    def __iter__(self) -> Iterator[Row | RowProblem]:
        width, is_rejects = len(self.header), self._header.is_rejects
        for line, cells in self._source.rows(self._layout):
            if line <= self._header.line:
                continue
            if isinstance(cells, UnclosedQuote):
                yield RowProblem(
                    line,
                    "",
                    "该行有一个引号没有闭合，请补上引号后重新导入",
                    "a quote opened in this row never closes: close it and import the row again",
                    self._raw(cells),
                )
                continue
            if len(cells) < width:
                row = self._row(line, [*cells, *[""] * (width - len(cells))])
            else:
                row = self._row(line, cells[:width] if is_rejects else cells)
            if row is not None:
                yield row

    def _row(self, line: int, cells: Sequence[Cell]) -> Row | RowProblem | None:
        try:
            values = {field: memo[cells[place]] for field, place, memo in self._fields}
        except CellProblem:
            return None if self._is_no_row(cells) else self._problem(line, cells)
        if self._absent:
            values.update(self._absent)
        beyond = len(cells) > len(self.header) and not all(map(is_blank, cells[len(self.header) :]))
        if (beyond and self._is_text) or any(_unmet(column, when, values) for column, when in self._conditions):
            return self._problem(line, cells)
        return Row(line, values, self._notes(cells) if beyond or self._header.notes else {}, self._raw(cells))

    def _raw(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        return tuple(cast("Sequence[str]", cells)) if self._is_text else tuple(map(as_written, cells))

    def _notes(self, cells: Sequence[Cell]) -> dict[str, str]:
        beyond = [(at, f"第{at + 1}列") for at in range(len(self.header), len(cells))]
        return {
            name: as_written(cells[at]).strip()
            for at, name in [*self._header.notes, *beyond]
            if not is_blank(cells[at])
        }

    def _is_no_row(self, cells: Sequence[Cell]) -> bool:
        """Whether the row is blank, the header again, or totals."""
        filled = [(column, place) for column, place, _ in self._plan if not is_blank(cells[place])]
        if not filled:
            return all(map(is_blank, cells))
        if all(as_header_text(cells[place]) == as_header_text(self.header[place]) for _, place, _ in self._plan):
            return True
        named = [column for column, place in filled if not is_total(cells[place])]
        return any(map(is_total, cells)) and all(column.summed for column in named)

    def _problem(self, line: int, cells: Sequence[Cell]) -> RowProblem:
        """Everything that is wrong with the row, column by column."""
        values: dict[str, object] = {}
        wrong: dict[str, CellProblem] = {}
        for column, place, memo in self._plan:
            try:
                values[column.field] = memo[cells[place]]
            except CellProblem as problem:
                wrong[column.header] = problem
        for column, when in self._conditions:
            if column.header not in wrong and _unmet(column, when, values):
                wrong[column.header] = self._asked_for(when, values)
        reasons = [(f"{name}：{each.reason_zh}", f"{name}: {each.reason_en}") for name, each in wrong.items()]
        surplus = len(cells) - len(self.header)
        return RowProblem(
            line,
            "、".join(wrong) or "整行",
            "；".join(zh for zh, _ in reasons) or f"比表头多出 {surplus} 个单元格，请检查金额等处是否有未加引号的逗号",
            "; ".join(en for _, en in reasons)
            or f"has {surplus} more cells than the header: look for a comma that is not in quotes",
            self._raw(cells),
        )

    def _asked_for(self, when: When, values: dict[str, object]) -> CellProblem:
        header = next(column.header for column, _, _ in self._plan if column.field == when.field)
        found = values[when.field]
        if when.values:
            return CellProblem(f"{header}为“{found}”时不能为空", f"must be filled when {header} is {found}")
        return CellProblem(f"填写了{header}时不能为空", f"must be filled when {header} is")


def _unmet(column: Column, when: When, values: dict[str, object]) -> bool:
    return values.get(column.field) is None and when.holds(values)


class _Memo(dict[Cell, object]):
    """What the cells of one column mean, remembered for the first few thousand different ones."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._plain = column.plain.fullmatch
        self._parse = column.parser
        self._required = column.required

    def __missing__(self, cell: Cell) -> object:
        value: object
        if isinstance(cell, str) and self._plain(cell):
            value = cell
        elif not is_blank(cell):
            value = self._parse(cell)
        elif self._required:
            raise CellProblem("不能为空", "must be filled")
        else:
            value = None
        if len(self) < _MOST_REMEMBERED:
            self[cell] = value
        return value


def read_rows(path: Path, kind: Kind) -> RowReader:
    """The rows of a CSV or workbook. Raises FileProblem, here or while iterating."""
    return RowReader(path, kind)
