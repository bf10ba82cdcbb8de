"""Opening a file by what it is, not by its extension, and finding the table of a kind in it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from ledger.intake.cells import Cell
from ledger.intake.columns import Column, Kind
from ledger.intake.delimited import DelimitedFile
from ledger.intake.header import Header, find_header
from ledger.intake.old_workbook import OldWorkbook
from ledger.intake.problems import FileProblem
from ledger.intake.workbook import Workbook

_HEADER_WITHIN_ROWS: Final = 60


class Source(Protocol):
    """A file as rows of cells. A layout is one way to read it: a delimiter, or a sheet of a workbook."""

    @property
    def layouts(self) -> tuple[str, ...]: ...

    def rows(self, layout: str) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Each row from the start, with its line or row number."""

    def progress(self) -> tuple[int, int]:
        """(done, total), in bytes or rows, of the rows last asked for."""

    def close(self) -> None: ...


def open_source(path: Path) -> Source:
    """Raises FileProblem."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
        if head.startswith(b"PK"):
            return Workbook(path)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            return OldWorkbook(path)
        if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"%PDF")):
            return DelimitedFile(path)
    except OSError as error:
        raise FileProblem(
            path.name,
            f"打不开文件（{error.strerror}），请检查权限或是否被占用",
            f"cannot be opened ({error.strerror}): check its permissions and whether another program holds it",
        ) from None
    raise FileProblem(
        path.name,
        "是网页或 PDF，不是表格，请用电子表格软件打开后另存为 XLSX 或 CSV（UTF-8）",
        "is a web page or a PDF, not a table: open it in a spreadsheet program and save it as XLSX or CSV (UTF-8)",
    )


def find_table(source: Source, path: Path, kind: Kind) -> tuple[str, Header]:
    """The one layout in which the source has the kind's header. Raises FileProblem if none has it, or several."""
    found: dict[str, Header] = {}
    trouble: FileProblem | None = None
    for layout in source.layouts:
        try:
            header = find_header(islice(source.rows(layout), _HEADER_WITHIN_ROWS), kind)
        except FileProblem as problem:
            trouble = problem
            continue
        if header is not None:
            found[layout] = header
    whole = [layout for layout, header in found.items() if not header.missing]
    if len(whole) > 1:
        raise FileProblem(
            path.name,
            f"有多张工作表都是{kind.title_zh}：{'、'.join(whole)}；请每个文件只留一张",
            f"several sheets hold {kind.name}: {', '.join(whole)}; keep one sheet a file",
        )
    if whole and not found[whole[0]].doubled:
        return whole[0], found[whole[0]]
    if found:
        raise _unfit(path, max(found.values(), key=lambda header: len(header.places)))
    raise trouble or _no_header(path, kind)


def _unfit(path: Path, header: Header) -> FileProblem:
    if header.missing:
        return FileProblem(
            path.name,
            f"表头缺少栏目：{_names_zh(header.missing)}；请补上后重新导入",
            f"the header lacks {_names_en(header.missing)}: add it and import the file again",
            header.line,
        )
    return FileProblem(
        path.name,
        f"表头有重复的栏目：{_names_zh(header.doubled)}；请只保留一个",
        f"the header has more than one {_names_en(header.doubled)}: keep one",
        header.line,
    )


def _no_header(path: Path, kind: Kind) -> FileProblem:
    needed = tuple(column for column in kind.columns if column.in_header)
    return FileProblem(
        path.name,
        f"前 {_HEADER_WITHIN_ROWS} 行里找不到{kind.title_zh}的表头，需要的栏目：{_names_zh(needed)}",
        f"no header of {kind.name} in the first {_HEADER_WITHIN_ROWS} rows; it needs {_names_en(needed)}",
    )


def _names_zh(columns: tuple[Column, ...]) -> str:
    return "、".join(column.header for column in columns)


def _names_en(columns: tuple[Column, ...]) -> str:
    return ", ".join(f"{column.header} ({column.field})" for column in columns)
