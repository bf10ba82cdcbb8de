"""Which kind a file is, by its name, and the order in which files are imported."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ledger.intake.characters import narrow
from ledger.intake.columns import Kind
from ledger.intake.kinds import KINDS
from ledger.intake.problems import UsageProblem
from ledger.intake.rejects import SUFFIX

_TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"}
_OTHER_TABLES = {".txt", ".xlsb", ".ods", ".et", ".ett", ".numbers", ".dbf", ".zip", ".rar", ".7z"}


def kind_of(path: Path) -> Kind | None:
    """The kind that a file's name says, or None.

    `rolls.csv`, `rolls-2025-01.xlsx`, `2025年1月发放花名册.xlsx` and `rolls.csv.rejects.csv` are all rolls. The kind
    comes first in an English name and anywhere in a Chinese one; a name that says two kinds says none.
    """
    name = path.name
    while name.lower().endswith(SUFFIX):
        name = name[: -len(SUFFIX)]
    stem = re.split(r"\.(?:csv|tsv|txt|xlsx?|xlsm)\b", name, maxsplit=1, flags=re.IGNORECASE)[0]
    folded = narrow(stem).strip().lower().replace("_", "-")
    found = [kind for kind in KINDS.values() if _names(kind, folded)]
    return found[0] if len(found) == 1 else None


def _names(kind: Kind, stem: str) -> bool:
    if re.match(rf"{kind.name}(?![a-z])", stem):
        return True
    return any(title in stem for title in (kind.stems or (kind.title_zh,)))


def arrange(paths: Sequence[Path]) -> list[tuple[Kind, Path]]:
    """Files, and the files of folders with their subfolders, by kind in import order and then by name.

    In a folder, rejects, hidden files and what is no table are passed over; a table of no known kind is not.
    Raises UsageProblem.
    """
    found: dict[Path, tuple[Kind, Path]] = {}
    for path in paths:
        for file in _files_in(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), (_known_kind(file), file))
    if not found:
        raise UsageProblem("没有可导入的文件。" + _accepted_zh(), "There is no file to import. " + _accepted_en())
    order = list(KINDS)
    return sorted(found.values(), key=lambda item: (order.index(item[0].name), _by_number(item[1])))


def _known_kind(file: Path) -> Kind:
    if not file.is_file():
        raise UsageProblem(f"找不到文件 {file.name}。", f"There is no file {file.name}.")
    if file.suffix.lower() not in _TABLES:
        raise UsageProblem(
            f"{file.name} 不是 CSV 或 XLSX 文件，请另存为其中一种。",
            f"{file.name} is neither CSV nor XLSX: save it as one of them.",
        )
    if kind := kind_of(file):
        return kind
    raise UsageProblem(
        f"看不出 {file.name} 是哪类文件。" + _accepted_zh(), f"The name {file.name} says no kind. " + _accepted_en()
    )


def _files_in(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)
        if hidden or not file.is_file() or file.name.lower().endswith(SUFFIX):
            continue
        suffix = file.suffix.lower()
        if suffix in _TABLES - {".txt"} or (suffix in _OTHER_TABLES and kind_of(file)):
            yield file


def _by_number(path: Path) -> tuple[list[tuple[int, str]], str]:
    """`rolls-2` before `rolls-10`."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in pieces], str(path)


def _accepted_zh() -> str:
    return "文件名应为：" + "、".join(f"{kind.name}（{kind.title_zh}）" for kind in KINDS.values()) + "。"


def _accepted_en() -> str:
    return "Accepted names: " + ", ".join(KINDS) + "."
