"""``mingzhang sample``: 双随机, from the commitment to a seed to the draw, and its verification by anyone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.commands.options import AsJson

if TYPE_CHECKING:
    from ledger.commands.sampling import Sampling
    from projections.queries import Row

app = typer.Typer(name="sample", help="双随机抽查 / random subjects, random inspectors", no_args_is_help=True)

SampleNo = Annotated[str, typer.Argument(metavar="NO", help="抽样编号 / the sample's number")]
SeedFile = Annotated[
    Path | None,
    typer.Option("--seed-file", help="自带种子文件(64 位十六进制) / a seed file of your own, kept by yourself"),
]
DIFFERS = 3


@app.command(
    epilog="例 / example:  mingzhang --role audit sample commit 抽2026-1 --population household "
    "--region 620199 --size 20"
)
def commit(
    context: typer.Context,
    sample_no: SampleNo,
    population: Annotated[str, typer.Option(help="household | contract | provider | batch")],
    region: Annotated[str, typer.Option(help="区划代码 / region code")],
    size: Annotated[int, typer.Option(min=1, max=5_000, help="抽取数 / how many subjects")],
    programme: Annotated[str | None, typer.Option(help="救助项目 / a programme")] = None,
    inspectors: Annotated[int, typer.Option(min=1, max=9, help="每个对象的检查人数 / inspectors a subject")] = 2,
    seed_file: SeedFile = None,
) -> None:
    """承诺:先公布种子的哈希 / put a secret seed's hash on record, before the population is frozen."""
    with _sampling(context) as sampling:
        fields = {"population": population, "region": region, "size": size, "programme": programme}
        digest = sampling.commit(sample_no, seed_file, **fields, inspectors_per_subject=inspectors)
    typer.echo(f"已承诺 / committed: {sample_no}\n种子哈希 / seed's SHA-256: {digest}")


@app.command(epilog="例 / example:  mingzhang --staff A007 --role audit sample pledge 抽2026-1")
def pledge(context: typer.Context, sample_no: SampleNo, seed_file: SeedFile = None) -> None:
    """加入种子:由另一部门的人另持一个 / add a seed of another office, so that nobody alone can steer the draw."""
    with _sampling(context) as sampling:
        digest = sampling.pledge(sample_no, seed_file)
    typer.echo(f"已加入 / pledged: {sample_no}\n种子哈希 / seed's SHA-256: {digest}")


@app.command(epilog="例 / example:  mingzhang --role audit sample freeze 抽2026-1 --roster 检查人员.csv")
def freeze(
    context: typer.Context,
    sample_no: SampleNo,
    roster: Annotated[Path, typer.Option(help="检查人员名录:工号、区划代码(、身份证号) / the roster of inspectors")],
) -> None:
    """冻结:总体和检查人员名录 / freeze the population and the roster, after the commitment."""
    with _sampling(context) as sampling:
        found = sampling.freeze(sample_no, roster)
    typer.echo(
        f"已冻结 / frozen: {sample_no},总体 / population {found['population_size']:,},"
        f"检查人员 / inspectors {len(found['roster'])}\n名单哈希 / its SHA-256: {found['population_sha256']}"
    )


@app.command(epilog="例 / example:  mingzhang --role audit sample draw 抽2026-1")
def draw(
    context: typer.Context,
    sample_no: SampleNo,
    seed_file: Annotated[list[Path] | None, typer.Option(help="自带种子文件 / seed files kept elsewhere")] = None,
    as_json: AsJson = False,
) -> None:
    """抽取:揭示种子,抽对象和检查人员 / reveal the seeds, draw subjects and inspectors."""
    from ledger.commands import sample_tables

    with _sampling(context) as sampling:
        found = sampling.draw(sample_no, seed_file or [])
    _print_json(found) if as_json else sample_tables.show_one(found)


@app.command(epilog="例 / example:  mingzhang sample verify 抽2026-1")
def verify(context: typer.Context, sample_no: SampleNo, as_json: AsJson = False) -> None:
    """核验:仅凭日志重抽一遍 / draw it again from the log, as far as it has come; exit code 3 where it differs."""
    from dataclasses import asdict

    from ledger.commands import sample_tables
    from projections.sample_check import verify as checks_of

    with _sampling(context) as sampling:
        found = _known(sampling, sample_no)
        checks = checks_of(sampling.books.database, sample_no)
    _print_json([asdict(check) for check in checks]) if as_json else sample_tables.show_checks(found, checks)
    raise typer.Exit(0 if all(check.holds is not False for check in checks) else DIFFERS)


@app.command("list", epilog="例 / example:  mingzhang sample list --json")
def list_samples(context: typer.Context, as_json: AsJson = False) -> None:
    """列出抽样 / every sample and how far it is."""
    from ledger.commands import sample_tables
    from projections.queries import Clocks, reading
    from projections.samples import samples

    with _sampling(context) as sampling, reading(sampling.books.database, Clocks()) as cursor:
        rows = samples(cursor)
    _print_json(rows) if as_json else sample_tables.show_list(rows)


@app.command(epilog="例 / example:  mingzhang sample show 抽2026-1")
def show(context: typer.Context, sample_no: SampleNo, as_json: AsJson = False) -> None:
    """查看一次抽样 / one sample: commitments, frozen population, draw."""
    from ledger.commands import sample_tables

    with _sampling(context) as sampling:
        found = _known(sampling, sample_no)
    _print_json(found) if as_json else sample_tables.show_one(found)


@contextmanager
def _sampling(context: typer.Context) -> Iterator[Sampling]:
    from ledger.commands.sampling import Sampling
    from projections.open_book import open_book

    place, who = context.obj.place, context.obj.who
    place.must_hold_a_book()
    with open_book(place) as books:
        yield Sampling(books, place.data, who.staff, who.role)


def _known(sampling: Sampling, sample_no: str) -> Row:
    from ledger.commands.sampling import checked_no
    from ledger.intake.problems import UsageProblem
    from projections.samples import find_sample

    found = find_sample(sampling.books.database, checked_no(sample_no))
    if found is None:
        raise UsageProblem("没有这个抽样编号", "/ there is no sample of this number")
    return found


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str, indent=1))
