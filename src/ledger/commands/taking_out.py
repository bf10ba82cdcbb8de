"""What a command takes out of the books: a file, whole or not at all; rows as a workbook beside the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer

if TYPE_CHECKING:
    import psycopg

    from projections.queries import Row


def save(cursor: psycopg.Cursor[Row], name: str, rows: Sequence[Row], staff: str, path: Path) -> None:
    """Writes the rows of ``funds``, ``cap``, ``alerts`` or ``subjects`` to an XLSX file, whole or not at all."""
    from projections.export import tables
    from projections.export.provenance import provenance_of
    from projections.export.workbook import workbook

    table = {"funds": tables.FUNDS, "cap": tables.CAPS, "alerts": tables.FINDINGS, "subjects": tables.SUBJECTS}[name]
    content = workbook(table, rows, provenance_of(cursor, staff))
    with whole(path, "--xlsx") as out:
        out.write(content)
    typer.echo(f"已导出 {len(rows)} 行到 {path} / {len(rows)} rows written to {path}", err=True)


@contextmanager
def whole(path: Path, option: str) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all; typer.BadParameter (exit code 2) where it cannot be written."""
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as out:
            yield out
        beside.replace(path)
    except OSError as error:
        raise typer.BadParameter(
            f"无法写入“{path}”:{error.strerror} / cannot write {path}: {error.strerror}", param_hint=option
        ) from None
    finally:
        beside.unlink(missing_ok=True)
