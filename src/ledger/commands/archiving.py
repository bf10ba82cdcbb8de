"""``mingzhang archive``: the whole book as files that outlive the program; a book that fails, as evidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.commands.log_access import FAILED, end, ending, log_of, progress, rule_files

if TYPE_CHECKING:
    import psycopg

    from ledger.archive.evidence import TakenAsIs
    from ledger.archive.writing import Archived
    from projections.open_book import Place

EPILOG = "例 / example:  mingzhang archive /media/backup/账归档 --with-vault"


def archive(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档文件夹 / the folder, new or of an earlier run")],
    with_vault: Annotated[
        bool,
        typer.Option("--with-vault", help="连同保险库和附件(仍是密文) / with the vault and documents, still sealed"),
    ] = False,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="账目未通过核对时原样取证 / a book that fails, taken as it is")
    ] = False,
) -> None:
    """归档:整本账的日志、表、封存和规则;再次运行只追加 / the whole book as files; run again, it adds what is new."""
    place: Place = context.obj.place
    place.must_hold_a_book()
    with ending(), log_of(place) as conn:
        if as_is:
            _show_as_is(_take_as_is(conn, place, folder), folder)
        else:
            _show(_take(conn, place, folder, with_vault=with_vault), folder)


def _take(conn: psycopg.Connection[Any], place: Place, folder: Path, *, with_vault: bool) -> Archived:
    from ledger.archive.vault_rows import document_files, vault_files
    from ledger.archive.writing import archive_book

    def keepsakes() -> Iterable[tuple[str, bytes]]:
        if with_vault:
            yield from vault_files(conn)
            yield from document_files(place.data)

    sealing = place.sealing
    sealing.seal(conn)
    return archive_book(
        conn,
        place.seal_folder,
        folder,
        signer=sealing.signer(),
        rules=rule_files(place.site_rules),
        keepsakes=keepsakes,
        progress=progress("已归档", "archived"),
    )


def _take_as_is(conn: psycopg.Connection[Any], place: Place, folder: Path) -> TakenAsIs:
    from ledger.archive.evidence import archive_as_is

    return archive_as_is(conn, place.seal_folder, folder, signer=place.sealing.signer())


def _show(done: Archived, folder: Path) -> None:
    manifest = done.manifest
    typer.echo(
        f"已归档到 {folder}:共 {manifest.size:,} 条,本次新增 {done.added:,} 条 / "
        f"archived to {folder}: {manifest.size:,} events, {done.added:,} of them new"
    )
    typer.echo(f"账本 / log: {manifest.origin}\n根哈希 / root: {manifest.root.hex()}")
    if done.unsealed:
        typer.echo(
            f"另有 {done.unsealed:,} 条尚未封存,未归档(签名密钥不在此处) / {done.unsealed:,} more are not sealed yet",
            err=True,
        )
    show_missing(len(done.missing))


def show_missing(count: int) -> None:
    """Says how many versions of packs and rules could not be added."""
    if count:
        typer.echo(
            f"事件提到的政策包或规则有 {count} 个旧版本此处没有原文,见 README.md / "
            f"{count} versions of packs and rules that events name are not at hand: see README.md",
            err=True,
        )


def _show_as_is(taken: TakenAsIs, folder: Path) -> None:
    typer.echo(
        f"已原样取证到 {folder}:{taken.events:,} 行,与封存不符 {taken.differences:,} 处 / "
        f"taken as it is to {folder}: {taken.events:,} rows, {taken.differences:,} differences from the seal"
    )
    if one := taken.first:
        end(f"第 {one.position} 号事件:{one.reason_zh} / event {one.position}: {one.reason_en}", FAILED)
