"""FILE.rejects.csv: the rows that were not recorded, as written, with the reason, to correct and import again."""

import csv
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

SUFFIX: Final = ".rejects.csv"
ADDED_COLUMNS: Final = ("行号", "栏目", "原因", "Reason")

_PLAIN_NUMBER = re.compile(r"\s*[+-]?[0-9,]*\.?[0-9]+\s*")
_FORMULA_STARTS = tuple("=+-@＝＋－＠")


def rejects_names(sources: Sequence[Path]) -> dict[Path, str]:
    """The rejects file's name for each source of one run.

    `rolls.csv.rejects.csv`; where two folders hold a `rolls.csv`, `rolls.csv.<folder>.rejects.csv`. A number follows
    where that name is taken, also by a source: a corrected rejects file imported beside its own source is not lost.
    """
    names: dict[Path, str] = {}
    shared = [source.name for source in sources]
    taken = set(shared)
    for source in sources:
        middle = f".{source.resolve().parent.name}" if shared.count(source.name) > 1 else ""
        name, count = f"{source.name}{middle}{SUFFIX}", 1
        while name in taken:
            count += 1
            name = f"{source.name}{middle}-{count}{SUFFIX}"
        taken.add(name)
        names[source] = name
    return names


class Rejects:
    """Writes the rejected rows of one source file into `folder`, from the first one on; no rejection, no file.

    A file that an earlier run left under the same name is removed on entry. The text is UTF-8 with a BOM, so that
    spreadsheets open it, and a cell that one would take for a formula starts with an apostrophe, which reading takes
    away again. Holds personal data as the source did: readable by its owner only.

    header: the source's headers; name: the file's name, by default that of the source with `.rejects.csv` added
    """

    def __init__(self, folder: Path, source: Path, header: Sequence[str], name: str | None = None) -> None:
        self.path = folder / (name or source.name + SUFFIX)
        self.count = 0
        self._header = tuple(header)
        self._file: IO[str] | None = None
        self._write: Callable[[Iterable[object]], object]

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def add(self, line: int, column: str, reason_zh: str, reason_en: str, raw: Sequence[str]) -> None:
        """Write one rejected row: its cells, then line number, column, reason in Chinese and in English."""
        if self._file is None:
            self._open()
        width = len(self._header)
        cells = [*raw, *[""] * (width - len(raw))]
        # cells beyond the header would push the added columns aside, so they join the last one, as they came
        cells[width - 1 :] = [",".join(cells[width - 1 :])] if len(cells) > width else cells[width - 1 :]
        self._write([*map(no_formula, cells), line, column, reason_zh, reason_en])
        self.count += 1

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "w", encoding="utf-8-sig", newline="", opener=_private)  # noqa: SIM115 closed on exit
        self._write = csv.writer(self._file).writerow
        self._write([*map(no_formula, self._header), *ADDED_COLUMNS])

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def no_formula(cell: str) -> str:
    """A cell as a spreadsheet takes it for text: one that it would take for a formula starts with an apostrophe."""
    harmless = not cell.lstrip().startswith(_FORMULA_STARTS) or _PLAIN_NUMBER.fullmatch(cell)
    return cell if harmless else f"'{cell}"
