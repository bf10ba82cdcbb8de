"""Run by `old_workbook` as a program: print each sheet of the .xls named on the command line as one JSON line.

A line is [sheet name, rows], a row a list of cells, a cell [type letter, text]: s text, n number, d date and time.
"""

import json
import sys
from datetime import date
from typing import Final

from python_calamine import CalamineWorkbook

if sys.platform != "win32":
    import resource

_MOST_MEMORY: Final = 2 << 30


def main(path: str) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with CalamineWorkbook.from_path(path) as workbook:
        for name in workbook.sheet_names:
            rows = [[_tagged(cell) for cell in row] for row in workbook.get_sheet_by_name(name).iter_rows()]
            print(json.dumps([name, rows]))


def _tagged(cell: object) -> tuple[str, str]:
    if isinstance(cell, bool):
        return "s", str(cell).upper()
    if isinstance(cell, int | float):
        return "n", repr(cell)
    return ("d", cell.isoformat()) if isinstance(cell, date) else ("s", str(cell))


if __name__ == "__main__":
    main(sys.argv[1])
