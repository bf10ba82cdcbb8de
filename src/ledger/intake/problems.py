"""What can be wrong with a file handed in: with the command, with a whole file, with one row, with one cell.

Every message is in Chinese and English and says what to do. None repeats a personal value.
"""

from dataclasses import dataclass


class UsageProblem(Exception):
    """The command names something that cannot be imported (exit code 2)."""

    def __init__(self, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{reason_zh} {reason_en}")
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class FileProblem(Exception):
    """A file, or the rest of it from `line` on, cannot be read at all. `file` is its name without folders."""

    def __init__(self, file: str, reason_zh: str, reason_en: str, line: int | None = None) -> None:
        at = f":{line}" if line else ""
        super().__init__(f"{file}{at}: {reason_zh} {reason_en}")
        self.file = file
        self.line = line
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class CellProblem(Exception):
    """One cell cannot be read as what its column holds."""

    def __init__(self, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{reason_zh} {reason_en}")
        self.reason_zh = reason_zh
        self.reason_en = reason_en


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that cannot be read.

    line: physical line (CSV) or row number (workbook) where the row starts, from 1
    column: the Chinese header, or several joined by 、
    raw: the row's cells as written, in the order of the file's header
    """

    line: int
    column: str
    reason_zh: str
    reason_en: str
    raw: tuple[str, ...]
