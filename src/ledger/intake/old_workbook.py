"""Old .xls workbooks, read by calamine in a process of its own.

calamine holds the whole workbook, and a damaged one can make it end its process; a child with a memory limit turns that
into an error about one file. An .xls has at most 65,536 rows. Its error cells (#N/A) arrive empty.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from ledger.intake.cells import Cell
from ledger.intake.problems import FileProblem

_CHILD: Final = Path(__file__).with_name("xls_to_json.py")
_LONGEST_SECONDS: Final = 120


class OldWorkbook:
    """An .xls workbook. Its layouts are the names of its sheets. Raises FileProblem."""

    def __init__(self, path: Path) -> None:
        try:
            command = [sys.executable, "-I", str(_CHILD), str(path.resolve())]
            child = subprocess.run(command, capture_output=True, check=True, timeout=_LONGEST_SECONDS)
            self._sheets: dict[str, list[list[tuple[str, str]]]] = dict(map(json.loads, child.stdout.splitlines()))
        except (subprocess.SubprocessError, OSError, ValueError):
            raise FileProblem(
                path.name,
                "读不出这个旧版或加密的工作簿，请去掉密码并另存为 XLSX 或 CSV（UTF-8）",
                "this old or encrypted workbook cannot be read: save it without a password as XLSX or CSV (UTF-8)",
            ) from None
        self._done = self._total = 0

    @property
    def layouts(self) -> tuple[str, ...]:
        return tuple(self._sheets)

    def rows(self, layout: str) -> Iterator[tuple[int, list[Cell]]]:
        """Each row of the sheet `layout`, with its row number."""
        self._total = len(self._sheets[layout])
        for line, row in enumerate(self._sheets[layout], start=1):
            self._done = line
            yield line, [_typed(*cell) for cell in row]

    def progress(self) -> tuple[int, int]:
        """Rows read of the sheet's rows."""
        return self._done, self._total

    def close(self) -> None:
        self._sheets = {}


def _typed(kind: str, text: str) -> Cell:
    if kind == "n":
        number = Decimal(text)
        return Decimal(int(number)) if number == number.to_integral_value() else number
    return datetime.fromisoformat(text) if kind == "d" else text
