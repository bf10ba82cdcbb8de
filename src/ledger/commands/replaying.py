"""``mingzhang replay``: an archive's book at any moment in one DuckDB file, and the history under another rule."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ledger.commands.options import AsJson, AsOf, KnownAt, day_of, moment_of

if TYPE_CHECKING:
    from datetime import date

    from ledger.policy import PolicyPack
    from projections.overrides import Overrides
    from projections.replay.another_rule import Comparison, Figure
    from projections.replay.replaying import Replayed

    OtherRule = tuple[PolicyPack | None, Overrides]


class Only(StrEnum):
    """What alone is made."""

    balances = "balances"


EPILOG = "例 / example:  mingzhang replay ./归档 --as-of 2025-06-30 --known-at 2025-07-05T18:00 --out book.duckdb"


def replay(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="归档目录 / the folder of an archive")],
    as_of: AsOf = None,
    known_at: KnownAt = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.duckdb", help="写到哪个文件 / the file to write, with SQL to read")
    ] = None,
    only: Annotated[Only | None, typer.Option(help="只算余额 / the balances alone")] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml|PACK", help="假设适用另一规则包,作比较 / as if this pack were in force"),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="假设的参数值,作比较 / a parameter as if it were so")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """由归档重放账本 / the book of an archive at any moment, derived again; or as another rule would have it."""
    from projections.replay.another_rule import under
    from projections.replay.loading import NotAnArchive
    from projections.replay.replaying import replay as run
    from projections.replay.rulebook import NoPolicy
    from projections.rules import RuleError

    if only and (policy or parameter):
        raise typer.BadParameter(
            "--only balances 不能与 --policy、--parameter 同用 / balances go by no policy: leave --only out"
        )
    if not archive.is_dir():
        raise typer.BadParameter(f"没有这个文件夹:{archive} / there is no such folder", param_hint="ARCHIVE")
    if out is not None and not out.absolute().parent.is_dir():
        raise typer.BadParameter(
            f"没有文件夹 {out.absolute().parent} / there is no folder {out.absolute().parent}", param_hint="--out"
        )
    day, moment = day_of(as_of) or context.obj.place.business_day, moment_of(known_at)
    try:
        other = _other_rule(archive, policy, parameter, day) if policy or parameter else None
        book = run(archive, out, day, moment, only="balances" if only else None, told=_progress)
    except FileExistsError:
        raise typer.BadParameter(
            f"“{out}”已存在,请另取文件名 / {out} is there already: name another file", param_hint="--out"
        ) from None
    except (NotAnArchive, NoPolicy, RuleError) as error:
        raise typer.BadParameter(str(error), param_hint="ARCHIVE") from None
    with closing(book):
        if isinstance(moment, int) and moment > book.head:
            typer.echo(f"归档只到第 {book.head:,} 号事件 / the archive ends at event {book.head:,}", err=True)
        compared = under(book, *other) if other else None
        if as_json:
            typer.echo(json.dumps(_plain(book, compared), ensure_ascii=False, indent=1, default=str))
        else:
            _show(book, out, compared)


def _other_rule(archive: Path, policy: Path | None, typed: list[str] | None, on: date | None) -> OtherRule:
    """The pack and the parameters of a comparison, read before the replay begins, which takes a while."""
    from ledger.policy import PolicyFileError, load_pack, load_pack_file, pack_names
    from projections.open_book import today
    from projections.overrides import ParameterError
    from projections.replay.another_rule import read_parameters
    from projections.replay.rulebook import policy_in

    try:
        is_ours = policy is not None and str(policy) in pack_names() and not policy.exists()
        pack = load_pack(str(policy)) if is_ours else load_pack_file(policy) if policy else None
    except PolicyFileError as error:
        raise typer.BadParameter(str(error), param_hint="--policy") from None
    except OSError as error:
        said = f"读不到“{policy}” / cannot read {policy}: {error.strerror}"
        raise typer.BadParameter(said, param_hint="--policy") from None
    in_force = pack or policy_in(archive)
    if in_force is None:
        raise typer.BadParameter(
            "归档的账本尚未启用任何规则包 / the archive's book was never opened, and goes by no pack",
            param_hint="ARCHIVE",
        )
    try:
        return pack, read_parameters(typed or [], in_force, on or today())
    except ParameterError as error:
        raise typer.BadParameter(str(error), param_hint="--parameter") from None


def _progress(text: str) -> None:
    typer.echo(text, err=True)


def _plain(book: Replayed, compared: Comparison | None) -> dict[str, Any]:
    told: dict[str, Any] = {"as_of": book.as_of, "known_at": min(book.known_at, book.head), "head": book.head}
    told |= book.tables | {"skipped": dict(book.skipped), "seconds": book.seconds}
    return told | ({"comparison": asdict(compared)} if compared else {})


def _show(book: Replayed, out: Path | None, compared: Comparison | None) -> None:
    from ledger.commands import tables

    tables.show("funds", book.tables["funds"], as_json=False)
    if compared is not None:
        _show_comparison(compared)
    elif "cap" in book.tables:
        tables.show("cap", book.tables["cap"], as_json=False)
    if "alerts" in book.tables:
        typer.echo(f"预警 {len(book.tables['alerts']):,} 条 / findings: {len(book.tables['alerts']):,}")
    for rule, reason in book.skipped.items():
        typer.echo(f"规则“{rule}”未能运行,已跳过({reason}) / rule {rule} could not be asked", err=True)
    taken = sum(book.seconds.values())
    typer.echo(
        f"截至 {book.as_of},已知至第 {min(book.known_at, book.head):,} 号事件,用时 {taken:.1f} 秒 / "
        f"as of {book.as_of}, known up to event {min(book.known_at, book.head):,}, {taken:.1f} s"
    )
    if out is not None:
        typer.echo(f"已写入 / written: {out}")
    command = f"mingzhang verify {book.archive}"
    typer.echo(f"重放不核验归档,核验用 {command} / the archive was not verified: {command}")


def _show_comparison(compared: Comparison) -> None:
    from ledger.commands.difference_page import FIGURE_WORDS
    from ledger.commands.tables import terminal
    from projections.overrides import shown

    changed = ", ".join(f"{name}={shown(value)}" for name, value in compared.parameters.items())
    name = " ".join(one for one in (compared.policy.get("name"), compared.policy.get("version")) if one)
    screen = terminal()
    table = Table(title=f"另一规则下 / under another rule: {name} {changed}".rstrip(), caption=compared.note)
    table.add_column("")
    for heading in ("账本 record", "另一规则 other rule", "差 difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading, figures in (("上限 cap", compared.cap), ("资金 funds", compared.funds)):
        for one in figures:
            word = FIGURE_WORDS[one.figure.removesuffix("_fen")]
            table.add_row(f"{heading} {one.key}\n{word}(元 yuan)", *_yuan(one))
    differing = [row for row in compared.findings if row.added or row.dropped or row.changed]
    for row in differing:
        table.add_row(
            f"预警 {row.name}\n{row.rule}",
            f"{row.record:,}",
            f"{row.other:,}",
            f"+{len(row.added):,} -{len(row.dropped):,} ~{len(row.changed):,}",
        )
    screen.print(table)
    same = len(compared.findings) - len(differing)
    screen.print(f"预警相同的规则 {same} 条 / rules that find the same on both sides: {same}")


def _yuan(one: Figure) -> list[str]:
    from ledger.decide.refusal import yuan

    return [yuan(value) if value is not None else "—" for value in (one.record, one.other, one.difference)]
