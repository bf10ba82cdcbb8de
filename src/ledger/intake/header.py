"""Finding the header among the first rows of a table, and which column is which."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.intake.cells import Cell, as_written
from ledger.intake.characters import compact, visible
from ledger.intake.columns import Column, Kind
from ledger.intake.rejects import ADDED_COLUMNS

_REMARK = re.compile(r"\((?:元|人民币元|单位:元|必填|选填|可不填|文本)\)|[*:]")


@dataclass(frozen=True, slots=True)
class Header:
    """The header row of a table.

    names: the headers as written, without the columns that a rejects file adds
    places: index of the cell for each field that the table has
    notes: index and name of each column that the kind does not know
    missing: columns that the kind needs and the table lacks; doubled: columns that it has twice
    is_rejects: whether a rejects file's columns follow `names`
    """

    line: int
    names: tuple[str, ...]
    places: dict[str, int]
    notes: tuple[tuple[int, str], ...]
    missing: tuple[Column, ...]
    doubled: tuple[Column, ...]
    is_rejects: bool


def find_header(rows: Iterable[tuple[int, Sequence[Cell]]], kind: Kind) -> Header | None:
    """The row that names the most of the kind's columns: at least two, the first one that names all it needs."""
    best: Header | None = None
    for line, cells in rows:
        found = _as_header(line, cells, kind)
        if len(found.places) >= 2 and (best is None or len(found.places) > len(best.places)):
            best = found
            if not found.missing:
                break
    return best


def as_header_text(cell: Cell) -> str:
    """A header cell without spaces, marks of being required and the unit yuan (not 万元, which is another amount)."""
    return _REMARK.sub("", compact(visible(as_written(cell))))


def _as_header(line: int, cells: Sequence[Cell], kind: Kind) -> Header:
    names = [as_written(cell) for cell in cells]
    texts = [as_header_text(cell) for cell in cells]
    added = len(ADDED_COLUMNS)
    ends = [at for at in range(len(texts)) if tuple(texts[at : at + added]) == ADDED_COLUMNS]
    if ends:
        names, texts = names[: ends[-1]], texts[: ends[-1]]
    places: dict[str, int] = {}
    doubled = []
    for column in kind.columns:
        at = [i for i, text in enumerate(texts) if text == column.header]
        at = at or [i for i, text in enumerate(texts) if text in column.aliases]
        if at:
            places[column.field] = at[0]
        if len(at) > 1:
            doubled.append(column)
    known = set(places.values())
    return Header(
        line=line,
        names=tuple(names),
        places=places,
        notes=tuple(_notes(texts, known)),
        missing=tuple(column for column in kind.columns if column.in_header and column.field not in places),
        doubled=tuple(doubled),
        is_rejects=bool(ends),
    )


def _notes(texts: Sequence[str], known: set[int]) -> Iterator[tuple[int, str]]:
    for at, text in enumerate(texts):
        if at not in known:
            yield at, text if text and text not in texts[:at] else f"{text}第{at + 1}列"
