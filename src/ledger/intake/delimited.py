"""CSV in the encodings and with the delimiters that offices use, read as a stream."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final

from ledger.intake.problems import FileProblem

_CHUNK: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 22
# A cell of more lines than this is a quote that was never closed.
_MOST_LINES: Final = 100
_QUOTE: Final = '"'
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnclosedQuote(list[str]):
    """The cells of a row in which a quote was opened and never closed."""


csv.field_size_limit(_LONGEST_LINE * _MOST_LINES)


class DelimitedFile:
    """A text table. Its layouts are the delimiters that it may have; what cannot be decoded is U+FFFD in its cell.

    Raises FileProblem if the file is empty or no text at all.
    """

    layouts = (",", "\t", ";")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = _encoding_of(path)
        self._size = path.stat().st_size
        self._bytes: IO[bytes] | None = None

    def rows(self, layout: str) -> Iterator[tuple[int, list[str]]]:
        """Each row from the file's start with the physical line where it begins, split at the delimiter `layout`."""
        self.close()
        self._bytes = self._path.open("rb")
        text = io.TextIOWrapper(self._bytes, encoding=self._encoding, errors="replace", newline="")
        yield from _rows(iter(partial(text.readline, _LONGEST_LINE), ""), layout)

    def progress(self) -> tuple[int, int]:
        """Bytes read of the file's bytes."""
        if self._bytes is None:
            return 0, self._size
        return (self._size if self._bytes.closed else self._bytes.tell()), self._size

    def close(self) -> None:
        if self._bytes is not None:
            self._bytes.close()


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Physical lines as rows. A quoted cell may hold line breaks; a quote that never closes holds no other rows."""
    waiting: deque[str] = deque()
    number = 1
    while line := (waiting.popleft() if waiting else next(lines, "")):
        block = [line]
        quotes = line.count(_QUOTE)
        while quotes % 2 and len(block) < _MOST_LINES and (more := waiting.popleft() if waiting else next(lines, "")):
            block.append(more)
            quotes += more.count(_QUOTE)
        if quotes % 2 or _swallows(block, delimiter):
            # The quote is a slip of the pen: it spoils its own row, and the lines after it are rows again.
            waiting.extendleft(reversed(block[1:]))
            yield number, UnclosedQuote(_cells(block[:1], 0, delimiter))
            number += 1
        else:
            yield number, _cells(block, quotes, delimiter)
            number += len(block)


def _swallows(block: list[str], delimiter: str) -> bool:
    """Whether what a quoted cell holds looks like rows of its own."""
    enough = max(2, block[0].count(delimiter) // 2)
    return any(line.count(delimiter) >= enough for line in block[1:])


def _cells(block: list[str], quotes: int, delimiter: str) -> list[str]:
    if quotes:
        return next(csv.reader(block, delimiter=delimiter), [])
    text = block[0].rstrip("\r\n")
    return text.split(delimiter) if text else []


def _encoding_of(path: Path) -> str:
    """By its BOM; else UTF-8 if all of it is, or all of it up to one damaged place; else GB18030."""
    with path.open("rb") as file:
        head = file.read(_CHUNK)
        for bom, encoding in _BOMS:
            if head.startswith(bom):
                return encoding
        if not head:
            raise FileProblem(path.name, "文件是空的", "the file is empty")
        if b"\0" in head:
            raise FileProblem(
                path.name,
                "不是文本文件，请另存为 CSV（UTF-8）或 XLSX",
                "is not a text file: save it as CSV (UTF-8) or XLSX",
            )
        decoder = codecs.getincrementaldecoder("utf-8")()
        begins = ""
        while head:
            try:
                text = decoder.decode(head)
            except UnicodeDecodeError as damage:
                return "utf-8" if _chinese(begins + damage.object[: damage.start].decode()) else "gb18030"
            begins = begins or text
            head = file.read(_CHUNK)
    return "utf-8"


def _chinese(text: str) -> bool:
    """Whether text that decoded as UTF-8 is Chinese; GB18030 decodes so only by chance, as a few two-byte letters."""
    return sum(char >= "\u2e80" for char in text) > sum("\x7f" < char < "\u0800" for char in text)
