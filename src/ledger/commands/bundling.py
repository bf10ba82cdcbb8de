"""``mingzhang bundle``: a part of the book for whoever may have it, with a proof for every event."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.commands.archiving import show_missing
from ledger.commands.log_access import ending, progress, rule_files

if TYPE_CHECKING:
    from ledger.archive.bundling import Bundled
    from ledger.archive.rulebook import RuleFile
    from projections.open_book import OpenBook
    from projections.portion import Portion

EPILOG = "例 / example:  mingzhang bundle --subject household:H000123 --year 2025 取证/H000123"
EVERYWHERE = "000000"
_REGION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_SPAN = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?")
_MOST_POSITIONS = 10_000_000


def bundle(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="新文件夹 / a new folder")],
    region: Annotated[str, typer.Option(metavar="CODE", help="仅该区划及其下级 / what lies in a region")] = EVERYWHERE,
    year: Annotated[
        int | None, typer.Option(min=1990, max=2100, help="业务日期或预算年度为该年 / by business day or budget year")
    ] = None,
    subject: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND:ID", help="所涉对象,可多个,如 household:H000123 / whom or what it concerns"),
    ] = None,
    positions: Annotated[
        str | None, typer.Option(metavar="N,N-M…", help="日志位置,如 17,100-120 / positions in the log")
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="附姓名对照(须有权限,留痕) / with names, for roles that may; on record")
    ] = False,
    purpose: Annotated[str | None, typer.Option(help="取得姓名的事由 / why names are revealed")] = None,
) -> None:
    """取证包:账本的一部分,每个事件附证明 / a part of the book with a proof for every event."""
    from projections.open_book import open_book
    from projections.portion import Portion

    who = context.obj.who
    if not _REGION.fullmatch(region):
        raise typer.BadParameter("区划代码须为 6、9 或 12 位数字 / 6, 9 or 12 digits", param_hint="--region")
    _check_reveal(who.role, purpose, is_asked=reveal)
    asked = Portion(region, year, tuple(subject or ()), tuple(_positions(positions)))
    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place) as books, ending():
        purpose_given = purpose if reveal else None
        done = _write(
            books, asked, out, who.staff, who.role, purpose_given, list(rule_files(context.obj.place.site_rules))
        )
    _show(done, out)


def _write(
    books: OpenBook, asked: Portion, out: Path, staff: str, role: str, purpose: str | None, rules: list[RuleFile]
) -> Bundled:
    from ledger.archive.bundling import write_bundle

    def revealed(tokens: Sequence[str]) -> dict[str, str]:
        return books.vault.reveal(tokens, officer=staff, purpose=purpose or "")

    chosen = _chosen(books, asked, role)
    with books.database.connection() as conn:
        books.sealing.seal(conn)
        return write_bundle(
            conn,
            books.seal_folder,
            out,
            chosen,
            asked=_as_asked(asked),
            signer=books.sealing.signer(),
            rules=rules,
            reveal=revealed if purpose else None,
            progress=progress("已写", "written"),
        )


def _chosen(books: OpenBook, asked: Portion, role: str) -> list[int]:
    from projections.portion import KINDS, UnknownSubject, positions_of
    from projections.queries import Clocks, reading
    from projections.samples import ANY_DAY

    try:
        with reading(books.database, Clocks(as_of=ANY_DAY)) as cursor:
            return positions_of(cursor, asked, role)
    except UnknownSubject as error:
        raise typer.BadParameter(
            f"账中没有“{error}”(写作“类别:编号”,类别有 {'、'.join(KINDS)}) / there is no {error}, written KIND:ID",
            param_hint="--subject",
        ) from None


def _as_asked(asked: Portion) -> dict[str, object]:
    given = {"region": asked.region if asked.region != EVERYWHERE else None, "year": asked.year}
    return given | {"subjects": list(asked.subjects), "positions": len(asked.positions)}


def _positions(text: str | None) -> list[int]:
    found: list[int] = []
    for part in text.split(",") if text else ():
        span = _SPAN.fullmatch(part.strip())
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (1, 0)
        if last < first or last - first + len(found) >= _MOST_POSITIONS:
            raise typer.BadParameter(
                f"“{part}”不是位置或起-止 / {part!r} is no position or span", param_hint="--positions"
            )
        found += range(first, last + 1)
    return found


def _check_reveal(role: str, purpose: str | None, *, is_asked: bool) -> None:
    from ledger.access import may_reveal

    if not is_asked:
        return
    if not may_reveal(role):
        raise typer.BadParameter("该岗位不能查看姓名 / this role may not reveal names", param_hint="--reveal")
    if not (purpose or "").strip():
        raise typer.BadParameter("须写明事由 / say why names are revealed", param_hint="--purpose")


def _show(done: Bundled, out: Path) -> None:
    manifest = done.manifest
    typer.echo(
        f"已写出取证包 {out}:{done.events:,} 个事件,各附证明 / {out}: {done.events:,} events, each with its proof\n"
        f"账本 / log: {manifest.origin}\n检查点 / checkpoint: {manifest.size:,} 条, {manifest.root.hex()}"
    )
    if done.left:
        typer.echo(f"另有 {done.left:,} 个选中的事件尚未封存,未写出 / {done.left:,} are not sealed yet", err=True)
    if manifest.extra["has_names"]:
        typer.echo(
            f"names.csv 有 {done.names:,} 个姓名等原值,属敏感个人信息,用毕即删;保险库已留痕 / "
            f"names.csv holds {done.names:,} values: sensitive personal data, on the vault's record",
            err=True,
        )
    show_missing(len(done.missing))
