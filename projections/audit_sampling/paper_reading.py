"""Audited amounts read back from a working paper: by item, in whole fen, never through a float."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ledger.intake.cells import Cell, as_written, is_blank, signed_money
from ledger.intake.problems import CellProblem, FileProblem
from ledger.intake.workbook import Workbook

SHEET: Final = "样本 Items"
ITEM_HEAD: Final = "项目\nItem"
BOOK_HEAD: Final = "账面金额（元）\nBook amount (yuan)"
AUDITED_HEAD: Final = "审定金额（元）\nAudited amount (yuan)"
# What an office's program makes of a paper of 5,000 items is well below.
MOST_BYTES: Final = 20 << 20
_NOTHING = re.compile(r"[+-]?0+(\.0{1,2})?")


class PaperProblem(ValueError):
    """A working paper that cannot be read; in both languages, ``chinese`` and ``english``."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english


@dataclass(frozen=True, slots=True)
class AuditedAmount:
    """A row of a working paper whose audited amount is filled in."""

    item: str
    book_fen: int
    audited_fen: int


def audited_amounts(paper: bytes) -> list[AuditedAmount]:
    """The rows of a working paper that have an audited amount, in its order.

    Raises:
        PaperProblem: it is no working paper, an amount is none, or none is filled in.
    """
    if len(paper) > MOST_BYTES:
        raise PaperProblem("底稿超过 20 MB", "the working paper is larger than 20 MB")
    with TemporaryDirectory(prefix="mingzhang-") as folder:
        path = Path(folder) / "paper.xlsx"
        path.write_bytes(paper)
        try:
            book = Workbook(path)
            if SHEET not in book.layouts:
                raise _no_paper()
            found = list(_rows(book))
            book.close()
        except FileProblem as problem:
            raise PaperProblem(problem.reason_zh, problem.reason_en) from None
    if not found:
        raise PaperProblem("底稿没有填写审定金额", "no audited amount is filled in")
    return found


def _rows(book: Workbook) -> Iterator[AuditedAmount]:
    places: list[int] = []
    for line, cells in book.rows(SHEET):
        if not places:
            places = _places(cells)
        elif len(cells) > places[2] and not is_blank(cells[places[2]]):
            item, amount, audited = (cells[place] for place in places)
            yield AuditedAmount(as_written(item), _fen(amount, line), _fen(audited, line))
    if not places:
        raise _no_paper()


def _places(cells: Sequence[Cell]) -> list[int]:
    written = [as_written(cell).replace("\r", "") for cell in cells]
    heads = (ITEM_HEAD, BOOK_HEAD, AUDITED_HEAD)
    return [written.index(head) for head in heads] if all(head in written for head in heads) else []


def _fen(cell: Cell, line: int) -> int:
    if _NOTHING.fullmatch(as_written(cell).strip()):
        return 0
    try:
        return signed_money(cell)
    except CellProblem as problem:
        raise PaperProblem(f"第{line}行:{problem.reason_zh}", f"line {line}: {problem.reason_en}") from None


def _no_paper() -> PaperProblem:
    return PaperProblem(f"不是审计抽样底稿,缺少工作表“{SHEET}”或其表头", f"it is no working paper: no sheet {SHEET}")
