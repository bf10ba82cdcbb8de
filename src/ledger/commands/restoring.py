"""``mingzhang restore``: a new book from an archive, byte for byte what was sealed, or none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.commands.log_access import database_of, ending, progress

if TYPE_CHECKING:
    from ledger.archive.checking import CheckedArchive, Outside
    from ledger.archive.restoring import Restored
    from ledger.book.database import Database
    from ledger.seal.note import Note
    from projections.open_book import Place

EPILOG = "例 / example:  mingzhang --data 新账 restore /media/backup/账归档 --checkpoint 财政检查点.txt --vault"


def restore(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="归档文件夹 / the folder of an archive")],
    checkpoint: Annotated[
        str | None,
        typer.Option(metavar="FILE|-", help="外部保存的检查点,- 为标准输入 / a checkpoint that somebody else kept"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="VKEY", help="外部得知的账本公钥,或其文件 / the log's key, known from elsewhere"),
    ] = None,
    vault: Annotated[bool, typer.Option("--vault", help="连同保险库和附件 / with the vault and documents")] = False,
) -> None:
    """恢复:由归档建一本新账,逐字节相同,否则拒绝并指明位置 / a new book from an archive, byte for byte, or none."""
    place: Place = context.obj.place
    with ending():
        checked, restored = _bring_back(place, folder, _outside(place, checkpoint, key), with_vault=vault)
        _show(checked, restored, place, is_known=bool(checkpoint or key))


def _bring_back(place: Place, folder: Path, outside: Outside, *, with_vault: bool) -> tuple[CheckedArchive, Restored]:
    from ledger.archive.checking import check_archive, read_manifest
    from ledger.archive.errors import ArchiveMisuse
    from ledger.archive.restoring import holds_events, restore_book
    from ledger.archive.vault_rows import has_vault
    from ledger.book.database import Database

    if with_vault and not has_vault(read_manifest(folder)):
        raise ArchiveMisuse("归档中没有保险库", "the archive has no vault in it")
    with ExitStack() as closing:
        if _is_there(place) and holds_events(closing.enter_context(database_of(place))):
            raise ArchiveMisuse("这里已有账本,请另指 --data", "there is a book here already: name another --data")
        # Nothing is made before the archive is known to be whole.
        checked = check_archive(folder, outside, progress("已核对", "checked"))
        _refuse_another_key(place, checked)
        url = closing.enter_context(database_of(place))
        database = Database(url)
        closing.callback(database.close)
        restored = restore_book(
            checked,
            url,
            place.data,
            place.seal_folder,
            with_vault=with_vault,
            progress=progress("已恢复", "restored"),
        )
        _derive(database, place)
        return checked, restored


def _derive(database: Database, place: Place) -> None:
    """The projections, as an opening makes them; a policy that is new since is adopted by the next opening."""
    from eventsourcing.dcb.domain import Selector

    from ledger.book.book import Book
    from ledger.book.mapper import query_of
    from ledger.events.book import BOOK_TAG, BookOpened
    from ledger.policy import NoSuchPackError, load_pack
    from projections.engine import Engine

    book, engine = Book(database), Engine(database, place.site_rules)
    for found in book.recorder.read(query_of(Selector(types=[BookOpened], tags=[BOOK_TAG])), limit=1):
        opened = book.event_at(found.position)
        with suppress(NoSuchPackError):
            if isinstance(opened, BookOpened):
                engine.adopt(load_pack(opened.jurisdiction))
    engine.catch_up()


def _is_there(place: Place) -> bool:
    from projections.open_book import NotOpened

    try:
        place.must_hold_a_book()
    except NotOpened:
        return False
    return True


def _refuse_another_key(place: Place, checked: CheckedArchive) -> None:
    from ledger.archive.errors import ArchiveMisuse
    from ledger.seal.keys import read_key

    key_file = place.sealing.key_file
    if key_file is None or not key_file.exists():
        return
    if read_key(key_file).verifier.material != checked.keys[-1].key.material:
        raise ArchiveMisuse(
            f"封存密钥 {key_file} 不是这本账的", f"the signing key {key_file} is not the one that seals this log"
        )


def _outside(place: Place, checkpoint: str | None, key: str | None) -> Outside:
    from ledger.archive.checking import Outside
    from ledger.seal.keys import read_verifier
    from ledger.seal.note import NoteError

    try:
        known = read_verifier(key) if key else None
        note = _note(checkpoint) if checkpoint else None
    except NoteError as error:
        raise typer.BadParameter(str(error)) from None
    seal = place.seal_folder
    return Outside(note, known, seal if seal.read("checkpoint") is not None else None)


def _note(name: str) -> Note:
    from ledger.seal.checkpoint import Checkpoint
    from ledger.seal.note import Note

    note = Note.parse(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
    Checkpoint.parse(note.text)
    return note


def _show(checked: CheckedArchive, restored: Restored, place: Place, *, is_known: bool) -> None:
    held = checked.checkpoint
    typer.echo(
        f"已恢复 {restored.events:,} 条,根哈希与检查点一致 / "
        f"{restored.events:,} events restored, with the root of the checkpoint"
    )
    typer.echo(f"账本 / log: {held.origin}\n根哈希 / root: {held.root.hex()}")
    for remark in _remarks(checked, restored, place, is_known=is_known):
        typer.echo(remark, err=True)


def _remarks(checked: CheckedArchive, restored: Restored, place: Place, *, is_known: bool) -> Iterator[str]:
    keys = place.data / "keys"
    if not is_known:
        yield (
            "未与外部检查点或公钥核对,不能排除尾部缺失或整体伪造 / not compared with a checkpoint or key from outside: "
            "a missing tail or a forgery as a whole cannot be ruled out"
        )
    if not checked.is_manifest_signed:
        yield "清单没有签名 / the manifest is not signed"
    if not restored.has_vault:
        yield (
            "未恢复保险库,姓名、账号无从还原,只宜查阅 / without the vault names and accounts stay unknown: "
            "good for reading only"
        )
    elif not (keys / "vault.key").exists():
        yield (
            f"请把保险库主密钥放回 {keys / 'vault.key'},否则姓名保持密封,账本不能打开 / "
            "put the vault's master key back there: until then names stay sealed and the book is not opened"
        )
    if place.sealing.key_file is not None and not place.sealing.key_file.exists():
        yield (
            f"请把封存密钥放回 {place.sealing.key_file},否则不能继续封存 / "
            "put the signing key back there: until then nothing is sealed"
        )
