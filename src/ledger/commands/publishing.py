"""``mingzhang publish``: 一公开. Every file passes the gate, and its hash is put on record, before it is written."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.commands.options import AsJson

if TYPE_CHECKING:
    from ledger.commands.publication import Publisher
    from projections.open_book import OpenBook

app = typer.Typer(name="publish", help="公开公示 / make results public", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="输出目录 / where the files are written")]
PublicationNo = Annotated[str | None, typer.Option("--no", help="公开编号 / the publication's number")]


@app.command(epilog="例 / example:  mingzhang --role audit publish result 抽2026-1 --results 检查结果.csv --out 公开")
def result(
    context: typer.Context,
    sample_no: Annotated[str, typer.Argument(metavar="NO", help="抽样编号 / the sample's number")],
    out: Out,
    results: Annotated[
        Path | None, typer.Option(help="检查结果:对象、结论(、处理) / subject, conclusion (and measure)")
    ] = None,
    no: PublicationNo = None,
) -> None:
    """公开抽查结果 / the notice of a sample's result."""
    with _opened(context) as books:
        _say(_publisher(context, books).result(sample_no, results, no, out))


@app.command(
    epilog="例 / example:  mingzhang --role civil_affairs publish beneficiaries --region 620199001 --month 2025-06 "
    "--out 公开"
)
def beneficiaries(
    context: typer.Context,
    region: Annotated[str, typer.Option(help="区划代码 / region code")],
    month: Annotated[str, typer.Option(help="月份 / month, YYYY-MM")],
    out: Out,
    programme: Annotated[str | None, typer.Option(help="救助项目 / a programme")] = None,
    no: PublicationNo = None,
) -> None:
    """公示救助对象 / the notice of beneficiaries: names masked, nothing that the rules do not let be shown."""
    from ledger.publication.beneficiaries import Scope

    with _opened(context) as books:
        _say(_publisher(context, books).beneficiaries(Scope(region, month, programme), no, out))


@app.command("list", epilog="例 / example:  mingzhang publish list --json")
def list_publications(context: typer.Context, as_json: AsJson = False) -> None:
    """列出公开记录 / what was made public, with the hash of every file."""
    from ledger.commands import sample_tables
    from projections.publications import publications
    from projections.queries import Clocks, reading

    with _opened(context) as books, reading(books.database, Clocks()) as cursor:
        rows = publications(cursor)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str, indent=1))
    else:
        sample_tables.show_publications(rows)


def _publisher(context: typer.Context, books: OpenBook) -> Publisher:
    from ledger.commands.publication import Publisher

    return Publisher(books, context.obj.who.staff, context.obj.who.role)


def _opened(context: typer.Context) -> AbstractContextManager[OpenBook]:
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    return open_book(context.obj.place)


def _say(paths: list[Path]) -> None:
    typer.echo("已通过检查并公开 / passed the gate, published:\n" + "\n".join(map(str, paths)))
