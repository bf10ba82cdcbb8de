"""Rows of a command as a workbook beside the terminal's table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise typer.BadParameter(
            f"无法写入“{path}”:{error.strerror} / cannot write {path}: {error.strerror}", param_hint="--xlsx"
        ) from None
    typer.echo(f"已导出 {len(rows)} 行到 {path} / {len(rows)} rows written to {path}", err=True)
