"""``mingzhang verify``: a live book, or an archive or bundle that somebody brings, down to the last byte."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.commands.log_access import FAILED, database_of, ending, rule_files
from ledger.commands.options import AsJson

if TYPE_CHECKING:
    from ledger.seal.note import VerifierKey
    from ledger.verify.report import Report
    from ledger.verify.trust import OutsideNote, Trust
    from ledger.verify.whole_log import How
    from projections.open_book import Place

EPILOG = "例 / example:  mingzhang verify --key log.vkey --checkpoint 财政检查点.txt"


def verify(
    context: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="归档或取证包;省略则为本账 / an archive or a bundle, not the book"),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="VKEY|FILE", help="外部得知的账本公钥 / the log's key, known from elsewhere")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="外部保存的检查点,可多个 / a checkpoint kept elsewhere")
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="VKEY|FILE", help="见证人公钥,可多个 / a witness's key")
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(min=0, help="至少几家见证,省略则须全部 / how many of them must have signed: all, if left out"),
    ] = None,
    sm3: Annotated[bool, typer.Option("--sm3", help="逐条重算 SM3 / hash every event with SM3 too")] = False,
    log_only: Annotated[bool, typer.Option("--log-only", help="不核对投影 / leave the projections out")] = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="每项最多列出几处 / named of each check")] = 20,
    as_json: AsJson = False,
) -> None:
    """核验:逐字节核对日志、封存、签名、投影;不符时退出码 3 / every byte, signature and figure; exit 3 on failure."""
    from ledger.commands.verify_page import show_report
    from ledger.verify.whole_log import How

    trust = _trust(key, checkpoint or [], witness or [], quorum)
    with ending(), _bar() as progress:
        how = How(is_sm3=sm3, most=most, progress=progress)
        place: Place = context.obj.place
        report = _of_folder(target, trust, how) if target else _of_book(place, trust, how, log_only=log_only)
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        show_report(report)
    raise typer.Exit(0 if report.is_good else FAILED)


def _of_folder(folder: Path, trust: Trust, how: How) -> Report:
    from ledger.verify.archived import verify_folder

    return verify_folder(folder, trust, how)


def _of_book(place: Place, trust: Trust, how: How, *, log_only: bool) -> Report:
    from ledger.verify.live import verify_live

    place.must_hold_a_book()
    rules: dict[str, set[str]] = {}
    for one in rule_files(place.site_rules):
        rules.setdefault(one.rule, set()).add(one.sha256)
    with database_of(place) as url:
        report = verify_live(url, place.seal_folder.path, trust, how, rules)
        return report if log_only else _with_projections(place, url, report)


def _with_projections(place: Place, url: str, report: Report) -> Report:
    """The report with what a rebuild from the log gives otherwise than the live tables and views say."""
    from ledger.book.database import Database
    from ledger.verify.report import Discrepancy
    from projections.engine import Engine
    from projections.open_book import today
    from projections.queries import Clocks
    from projections.replay.comparison import compare

    if not report.is_good or not report.size:
        note = ("日志有误,未核对投影", "the log is not right, so that the projections were not compared with it")
        return report.with_remark(*note) if report.size else report
    clocks = Clocks(as_of=place.business_day or today())
    database = Database(url, business_day=clocks.as_of)
    try:
        Engine(database, place.site_rules).catch_up()
        compared = compare(database, clocks=clocks)
    finally:
        database.close()
    report.tally.count("projection", len(compared.names))
    for one in compared.differences:
        zh, en = (
            f"多 {one.live_only} 行、缺 {one.replay_only} 行",
            f"{one.live_only} rows more, {one.replay_only} missing",
        )
        why = f": {one.problem}" if one.problem else ""
        first = one.positions[0] if one.positions else None
        report.tally.add(Discrepancy("projection", zh + why, en + why, first, file=one.name))
    return report


def _trust(key: str | None, checkpoints: list[Path], witnesses: list[str], quorum: int | None) -> Trust:
    from ledger.verify.trust import Trust

    if quorum is not None and quorum > len(witnesses):
        raise typer.BadParameter(
            f"只给出 {len(witnesses)} 家见证的公钥 / keys of {len(witnesses)} witnesses were given",
            param_hint="--quorum",
        )
    return Trust(
        key=_key(key, "log", "--key") if key else None,
        witnesses=tuple(_key(one, "witness", "--witness") for one in witnesses),
        quorum=len(witnesses) if quorum is None else quorum,
        outside=tuple(_outside(path) for path in checkpoints),
    )


def _key(text: str, kind: str, option: str) -> VerifierKey:
    from ledger.seal.keys import read_verifier
    from ledger.seal.note import NoteError

    try:
        key = read_verifier(text)
    except NoteError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if key.kind != kind:
        raise typer.BadParameter("这是另一种公钥 / it is a key of the other kind", param_hint=option)
    return key


def _outside(path: Path) -> OutsideNote:
    from ledger.seal.note import NoteError
    from ledger.verify.trust import OutsideNote

    try:
        return OutsideNote.read(path)
    except NoteError as error:
        raise typer.BadParameter(str(error), param_hint="--checkpoint") from None
    except OSError as error:
        raise typer.BadParameter(f"读不到 {path.name} / {error.strerror}", param_hint="--checkpoint") from None


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("核验 verify"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
