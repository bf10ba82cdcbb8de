"""The one gate to the public: what is to be published is read again byte for byte, and nothing else is ever written.

passed = pass_gate(files, names=..., digests=...)   # GateClosed where somebody would be given away
passed.write(folder)
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath

from ledger.intake.problems import UsageProblem
from ledger.publication.cells import Cell, csv_cells, html_cells
from ledger.publication.masking import is_masked
from ledger.publication.numbers import gives_away, gives_away_across

_READERS: Mapping[str, Callable[[bytes], Iterator[Cell]]] = {".csv": csv_cells, ".html": html_cells}
_NAME_COLUMN = re.compile("姓名|户主|申请人|户名")
# What a spreadsheet would run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_MOST_PLACES = 5
# A name of one character is part of every second word; one filed with stars shows nobody.
_SHORTEST_NAME = 2
# A name does not go on after the end of a sentence.
_SENTENCE_ENDS = frozenset("。!?;\n")
_FILLERS = frozenset("\u115f\u1160")
_ORDINAL = "序号"

_REASONS = {
    "number": ("疑似证件号、电话或账号", "looks like an ID, telephone or account number"),
    "name": ("出现完整姓名", "a full name"),
    "unmasked": ("姓名未遮掩", "a name that is not masked"),
    "formula": ("以公式符号开头", "begins like a formula"),
    "control": ("含控制字符", "a control character"),
}


class GateClosed(UsageProblem):
    """Something would give somebody away; nothing was published. Places are named, values never repeated."""

    def __init__(self, places: list[tuple[str, Cell, str]]) -> None:
        shown = places[:_MOST_PLACES]
        zh = "；".join(f"{file} {cell.where_zh}:{_REASONS[reason][0]}" for file, cell, reason in shown)
        en = "; ".join(f"{file} {cell.where_en}: {_REASONS[reason][1]}" for file, cell, reason in shown)
        count = len(places)
        super().__init__(
            f"公开内容未通过检查,共 {count} 处,未公开任何内容:{zh}。请改正后重试;日期写作2025年1月8日。",
            f"/ {count} places may not be made public, nothing was published: {en}. Put them right and try again.",
        )
        self.places = [(file, cell.row, cell.column, reason) for file, cell, reason in places]


@dataclass(frozen=True, slots=True)
class Passed:
    """Files that passed the gate, by name; only ``pass_gate`` makes them."""

    files: Mapping[str, bytes]

    def digests(self) -> dict[str, str]:
        """The SHA-256 of each file, in hex."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    def write(self, folder: Path) -> list[Path]:
        """Writes every file whole or not at all; the paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, data in self.files.items():
            unfinished = folder / f".{name}.part"
            unfinished.write_bytes(data)
            os.replace(unfinished, folder / name)
            paths.append(folder / name)
        return paths


def pass_gate(files: Mapping[str, bytes], *, names: Collection[str] = (), digests: Collection[str] = ()) -> Passed:
    """The files, once every cell and every text of them was looked at.

    ``names`` are full names that must not stand in them; ``digests`` are hashes and seeds of the log (64 hex digits),
    which are not taken for numbers.

    Raises:
        GateClosed: somebody would be given away.
        ValueError: a file is of no kind that can be read again, or a digest is none.
    """
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise ValueError("a digest has 64 hex digits")
    known = {name for name in names if len(name) >= _SHORTEST_NAME and "*" not in name}
    full = known | {folded for name in known if len(folded := _folded(name)) >= _SHORTEST_NAME}
    places: list[tuple[str, Cell, str]] = []
    for name, data in files.items():
        reader = _READERS.get(PurePath(name).suffix)
        if reader is None:
            raise ValueError(f"{name}: no reader")
        cells = [Cell(0, 0, "", PurePath(name).stem), *reader(data)]
        places += [(name, cell, reason) for cell in cells if (reason := _wrong(cell, full, digests))]
        places += [(name, cell, "number") for cell in _split_numbers(cells)]
    if places:
        raise GateClosed(places)
    return Passed(dict(files))


def _wrong(cell: Cell, names: Collection[str], digests: Collection[str]) -> str | None:
    text = cell.text
    if _CONTROL.search(text):
        return "control"
    for digest in digests:
        text = text.replace(digest, "")
    if gives_away(text):
        return "number"
    if cell.row > 1 and cell.text and _NAME_COLUMN.search(cell.heading) and not is_masked(cell.text):
        return "unmasked"
    # As written too: folding could leave nothing of a name.
    closed_up, folded = "".join(text.split()), _folded(text)
    if any(name in closed_up or name in folded for name in names):
        return "name"
    return "formula" if cell.column and cell.text.startswith(_FORMULA) else None


def _folded(text: str) -> str:
    """Letters and digits alone, each in its usual form; the ends of sentences and the stars of a mask stay."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in unicodedata.normalize("NFKC", normal) if _is_kept(one))


def _is_kept(character: str) -> bool:
    is_word = unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "Mc"
    return character == "*" or character in _SENTENCE_ENDS or (is_word and character not in _FILLERS)


def _split_numbers(cells: list[Cell]) -> Iterator[Cell]:
    """The first cell of each row whose cells give somebody away together; ordinals are nobody's number."""
    for _, row in groupby(cells, key=lambda cell: cell.row):
        told = [cell for cell in row if cell.column and cell.heading != _ORDINAL]
        if gives_away_across([cell.text for cell in told]):
            yield told[0]
