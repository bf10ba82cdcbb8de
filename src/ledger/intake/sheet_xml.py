"""The XML parts of an XLSX workbook, each read as a stream: rows of a sheet, shared texts, elements with attributes."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import IO, Final
from xml.parsers import expat

from ledger.intake.cells import UNCALCULATED, Cell

_CHUNK: Final = 1 << 16
_MOST_COLUMNS: Final = 16_384
_MOST_TEXT: Final = 1 << 28  # bytes of XML
_LAST_DAY: Final = 2_958_465  # 9999-12-31
_ESCAPED = re.compile(r"_x00([01][0-9A-Fa-f]|5F)_")


class TooLarge(Exception):
    """The shared texts would not fit in memory."""


def elements(part: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each element's name without its prefix and its attributes, in document order."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda name, attributes: found.append((_local(name), attributes))
    for _ in _fed(parser, part):
        yield from found
        found.clear()


def shared_texts(part: IO[bytes]) -> list[str]:
    """The workbook's table of texts, without its pronunciation marks (rPh). Raises TooLarge."""
    texts: list[str] = []
    runs: list[str] = []
    characters: list[str] = []
    inside: set[str] = set()

    def start(name: str, _: dict[str, str]) -> None:
        inside.add(_local(name))
        characters.clear()

    def end(name: str) -> None:
        local = _local(name)
        inside.discard(local)
        if local == "t" and "rPh" not in inside:
            runs.append("".join(characters))
        elif local == "si":
            texts.append(_unescaped("".join(runs)))
            runs.clear()

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters.append
    for done in _fed(parser, part):
        if done > _MOST_TEXT:
            raise TooLarge
    return texts


class SheetRows:
    """The rows of one sheet as (row number, cells); a cell that the file leaves out is "".

    The handlers run for every cell of a file, so they are few and know element names with the prefix that the sheet
    uses for all of them.
    """

    def __init__(self, texts: Sequence[str], dated: Sequence[bool], day_zero: datetime) -> None:
        self._texts, self._dated, self._day_zero = texts, dated, day_zero
        self._columns: dict[str, int] = {"": -1}
        self._done: list[tuple[int, list[Cell]]] = []
        self._characters: list[str] = []
        self._line = 0
        self._row: list[Cell] = []
        self._cell: dict[str, str] = {}
        self._value: str | None = None
        self._has_formula = self._is_phonetic = False

    def read(self, part: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
        """Raises expat.ExpatError, ValueError or LookupError if the part is damaged."""
        parser = _parser()

        def root(name: str, _: dict[str, str]) -> None:
            prefix = name[: name.rfind(":") + 1]
            self._c, self._v, self._t = f"{prefix}c", f"{prefix}v", f"{prefix}t"
            self._row_name, self._f, self._phonetic = f"{prefix}row", f"{prefix}f", f"{prefix}rPh"
            parser.StartElementHandler = self._start
            parser.EndElementHandler = self._end

        parser.StartElementHandler = root
        parser.CharacterDataHandler = self._characters.append
        for _ in _fed(parser, part):
            yield from self._done
            self._done.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._cell, self._value, self._has_formula = attributes, None, False
        elif name in (self._v, self._t):
            self._characters.clear()
        elif name == self._row_name:
            self._line = int(attributes.get("r", self._line + 1))
            self._row = []
        elif name == self._f:
            self._has_formula = True
        elif name == self._phonetic:
            self._is_phonetic = True

    def _end(self, name: str) -> None:
        if name == self._c:
            letters = self._cell.get("r", "").rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column(letters)
            if column == len(self._row) or column < 0:
                self._row.append(self._typed())
            else:
                self._row.extend([""] * (column + 1 - len(self._row)))
                self._row[column] = self._typed()
        elif name == self._v:
            self._value = "".join(self._characters)
        elif name == self._t and not self._is_phonetic:
            self._value = (self._value or "") + "".join(self._characters)
        elif name == self._row_name:
            self._done.append((self._line, self._row))
        elif name == self._phonetic:
            self._is_phonetic = False

    def _typed(self) -> Cell:
        value, kind = self._value, self._cell.get("t", "n")
        if value is None:
            return UNCALCULATED if self._has_formula else ""
        if kind == "s":
            return self._texts[int(value)]
        if kind == "n":
            return _number(value, self._day_zero if self._dated[int(self._cell.get("s", 0))] else None)
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return _iso(value) if kind == "d" else _unescaped(value)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
        if not 1 <= number <= _MOST_COLUMNS:
            raise ValueError(letters)
    return number - 1


@lru_cache(maxsize=8192)
def _number(value: str, day_zero: datetime | None) -> Cell:
    """The shortest decimal that stands for the binary number in the file, which some write as 240.30000000000001.

    With a date format the number counts days from `day_zero`. What is no finite number stays the text that it is.
    """
    try:
        binary = float(value)
    except ValueError:
        return value
    if not isfinite(binary):
        return value
    if day_zero and 0 <= binary <= _LAST_DAY:
        days = int(binary)
        return day_zero + timedelta(days=days, seconds=round((binary - days) * 86_400))
    return Decimal(int(binary)) if binary.is_integer() else Decimal(repr(binary))


def _iso(value: str) -> Cell:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None)
    except ValueError:
        return value


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x00" in text else text


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parser() -> expat.XMLParserType:
    """An expat parser that refuses a document type; no workbook has one."""

    def refuse(*_: object) -> None:
        raise ValueError("document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _fed(parser: expat.XMLParserType, part: IO[bytes]) -> Iterator[int]:
    """Parses the part chunk by chunk and after each gives the bytes done."""
    done = 0
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)
        done += len(chunk)
        yield done
    parser.Parse(b"", True)
    yield done
