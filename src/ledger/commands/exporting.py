"""``mingzhang export``: the books as a journal of another program, to a file or to standard output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from ledger.commands.options import AsOf, KnownAt, day_of, moment_of
from ledger.commands.taking_out import whole

if TYPE_CHECKING:
    from ledger.seal.checkpoint import Checkpoint


class Program(StrEnum):
    """Whose journal is written."""

    hledger = "hledger"
    ledger = "ledger"
    beancount = "beancount"


EPILOG = "例 / example:  mingzhang export hledger 账册.journal --as-of 2025-12-31 --assert"


def export(
    context: typer.Context,
    program: Annotated[
        Program, typer.Argument(metavar="hledger|ledger|beancount", help="记账程序 / the accounting program")
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="输出文件,- 为标准输出 / - is standard output")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    is_asserted: Annotated[
        bool, typer.Option("--assert", help="附各月末余额,由该程序核对 / month-end balances for it to check")
    ] = False,
    by_household: Annotated[
        bool, typer.Option("--by-household", help="附家庭编号 / tag payments with the household's number")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有文件 / overwrite a file that is there")] = False,
) -> None:
    """导出账册,供独立程序核算 / the books as a journal that an independent program can add up."""
    from projections.export.journals import write_journal
    from projections.open_book import open_book
    from projections.queries import Clocks, reading

    context.obj.place.must_hold_a_book()
    clocks = Clocks(day_of(as_of), moment_of(known_at))
    if file.exists() and not force:
        raise typer.BadParameter(
            f"“{file}”已存在,覆盖请加 --force / {file} is there already; --force overwrites it", param_hint="FILE"
        )
    with open_book(context.obj.place) as books, reading(books.database, clocks) as cursor, _opened(file) as out:
        written = write_journal(
            cursor,
            program.value,
            out,
            is_asserted=is_asserted,
            by_household=by_household,
            checkpoint=_checkpoint(context.obj.place.data),
            progress=lambda entries: typer.echo(f"已写 {entries:,} 笔 / {entries:,} transactions", err=True),
        )
    typer.echo(
        f"已导出 {written.entries:,} 笔、{written.postings:,} 条分录、{written.assertions:,} 个核对余额到 {file} / "
        f"{written.entries:,} transactions, {written.postings:,} postings and {written.assertions:,} asserted balances",
        err=True,
    )


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """Standard output, or a file that is there whole or not at all."""
    if str(file) == "-":
        out = typer.get_text_stream("stdout", encoding="utf-8")
        yield out
        out.flush()
        return
    with whole(file, "FILE") as binary, TextIOWrapper(binary, encoding="utf-8", newline="\n") as out:
        yield out


def _checkpoint(data: Path) -> Checkpoint | None:
    from ledger.seal.folder import NotSealed, SealFolder

    try:
        return SealFolder(data / "seal").checkpoint()
    except NotSealed:
        return None
