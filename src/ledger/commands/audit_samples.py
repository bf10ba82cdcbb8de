"""``mingzhang audit-sample``: samples for audit, drawn, checked, put on paper, tested and evaluated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.commands.options import AsJson, AsOf, KnownAt, day_of, moment_of

if TYPE_CHECKING:
    from projections.open_book import OpenBook
    from projections.queries import Row

app = typer.Typer(name="audit-sample", help="审计抽样 / sampling for audit", no_args_is_help=True)

SampleNo = Annotated[str, typer.Argument(metavar="NO", help="抽样编号 / the sample's number")]
Population = Annotated[
    str,
    typer.Option(
        help="payments | grants | receipts | contracts | service_expenses | other_expenses | recoveries | households "
        "| findings"
    ),
]
Method = Annotated[str, typer.Option(help="mus 货币单元 | stratified 分层 | random 简单随机")]
Region = Annotated[str, typer.Option(help="区划代码 / region code")]
FromDay = Annotated[str | None, typer.Option("--from", metavar="DATE", help="期间起日 / first day")]
UntilDay = Annotated[str | None, typer.Option("--until", metavar="DATE", help="期间止日 / last day")]
Programme = Annotated[str | None, typer.Option(help="救助项目 / programme")]
Fund = Annotated[str | None, typer.Option(help="资金:区划|类别|级次|年度 / a fund's id")]
Size = Annotated[int | None, typer.Option(min=1, max=5_000, help="样本量 / how many items")]
Tolerable = Annotated[str | None, typer.Option(metavar="YUAN", help="可容忍错报(元) / tolerable misstatement")]
Expected = Annotated[str | None, typer.Option(metavar="YUAN", help="预计错报(元) / expected misstatement")]
Confidence = Annotated[int | None, typer.Option(min=50, max=99, metavar="PERCENT", help="置信水平 / confidence")]
StrataBy = Annotated[str | None, typer.Option("--by", help="分层依据 / amount | township | programme | fund | kind")]
Bands = Annotated[int | None, typer.Option(min=2, max=20, help="等值金额层数 / bands of about equal value")]
Bounds = Annotated[str | None, typer.Option(metavar="YUAN,…", help="各金额层的起点(元) / where further bands begin")]
CertainFrom = Annotated[str | None, typer.Option(metavar="YUAN", help="此额以上全查 / taken whole from this amount")]
SizesBy = Annotated[str | None, typer.Option(help="各层按 count 项数 | amount 金额分配 / how the size is shared out")]
StratumSize = Annotated[
    list[str] | None, typer.Option(metavar="STRATUM=N", help="指定某层样本量 / the size of one stratum")
]
Seed = Annotated[str | None, typer.Option(help="种子(64 位十六进制),不给则随机生成 / made where none is given")]
Out = Annotated[Path, typer.Option("--out", help="输出目录 / the folder to write to")]
DIFFERS = 3


@app.command(
    epilog="例 / example:  mingzhang --role audit audit-sample draw 审2026-1 --population payments --region 620199 "
    "--method mus --tolerable 50000 --confidence 95 --from 2025-01-01 --until 2025-12-31"
)
def draw(
    context: typer.Context,
    sample_no: SampleNo,
    population: Population,
    method: Method,
    region: Region,
    from_day: FromDay = None,
    until_day: UntilDay = None,
    programme: Programme = None,
    fund: Fund = None,
    size: Size = None,
    tolerable: Tolerable = None,
    expected: Expected = None,
    confidence: Confidence = None,
    by: StrataBy = None,
    bands: Bands = None,
    bounds: Bounds = None,
    certain_from: CertainFrom = None,
    sizes_by: SizesBy = None,
    stratum_size: StratumSize = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """抽样:按方法和种子抽取,记入账本 / draw a sample and put it on record, seed and all."""
    from ledger.commands import audit_sample_tables
    from ledger.commands.audit_sampling import asked_for, plan_from, scope_from
    from projections.audit_sampling.desk import draw_audit_sample
    from projections.queries import Clocks

    scope = asked_for(
        scope_from, population, region, day_of(from_day, "--from"), day_of(until_day, "--until"), programme, fund
    )
    amounts = {"tolerable_fen": tolerable, "expected_fen": expected, "certain_fen": certain_from}
    choices = {"method": method, "size": size, "confidence_percent": confidence, "strata_by": by, "bands": bands}
    plan = asked_for(plan_from, amounts, bounds, stratum_size or [], choices | {"sizes_by": sizes_by})
    with _books(context) as books:
        clocks = Clocks(day_of(as_of), moment_of(known_at))
        asked_for(draw_audit_sample, books, _auditor(context), sample_no, scope, plan, clocks, seed=seed)
        found = _known(books, sample_no)
    _print_json(found) if as_json else audit_sample_tables.show_one(found)


@app.command("list", epilog="例 / example:  mingzhang audit-sample list --json")
def list_samples(context: typer.Context, as_json: AsJson = False) -> None:
    """列出样本 / every sample for audit; one that was drawn and never tested stays to be seen."""
    from ledger.commands import audit_sample_tables
    from projections.audit_sampling.samples import audit_samples
    from projections.queries import Clocks, reading

    with _books(context) as books, reading(books.database, Clocks()) as cursor:
        rows = audit_samples(cursor)
    _print_json(rows) if as_json else audit_sample_tables.show_list(rows)


@app.command(epilog="例 / example:  mingzhang audit-sample show 审2026-1")
def show(context: typer.Context, sample_no: SampleNo, as_json: AsJson = False) -> None:
    """查看样本及其项目 / one sample with its items and their evidence."""
    from ledger.commands import audit_sample_tables
    from projections.audit_sampling.samples import items_of

    with _books(context) as books:
        found = _known(books, sample_no)
        items = items_of(books.database, found)
    _print_json(found | {"items": items}) if as_json else audit_sample_tables.show_one(found, items)


@app.command(epilog="例 / example:  mingzhang audit-sample population 审2026-1 --json")
def population(context: typer.Context, sample_no: SampleNo, as_json: AsJson = False) -> None:
    """列出总体 / the population as the log gives it at the sample's clocks: item, fen, what it is stratified by."""
    from projections.audit_sampling.samples import population_of

    with _books(context) as books:
        lines = population_of(books.database, _known(books, sample_no))
    if as_json:
        _print_json([line._asdict() for line in lines])
    else:
        typer.echo("\n".join("\t".join(map(str, line)) for line in lines))


@app.command(epilog="例 / example:  mingzhang audit-sample check 审2026-1")
def check(context: typer.Context, sample_no: SampleNo, as_json: AsJson = False) -> None:
    """核验:仅凭日志重抽一遍 / draw it again from the log at its clocks; exit code 3 where it differs."""
    from dataclasses import asdict

    from ledger.commands import audit_sample_tables
    from projections.audit_sampling.check import check_audit_sample

    with _books(context) as books:
        _known(books, sample_no)
        checks = check_audit_sample(books.database, sample_no)
    _print_json([asdict(one) for one in checks]) if as_json else audit_sample_tables.show_checks(sample_no, checks)
    raise typer.Exit(0 if all(one.holds for one in checks) else DIFFERS)


@app.command(epilog="例 / example:  mingzhang --role audit audit-sample paper 审2026-1 --out 底稿")
def paper(context: typer.Context, sample_no: SampleNo, out: Out = Path()) -> None:
    """导出底稿和证明文件 / the working paper, and beside it a proof file for each piece of evidence."""
    from ledger.commands.audit_sampling import write_paper

    with _books(context) as books:
        written = write_paper(books, context.obj.who.staff, _known(books, sample_no), out)
    typer.echo(f"底稿 / working paper: {written.path}\n证明文件 / proof files: {written.proofs}")
    if not written.is_sealed:
        typer.echo("账本尚未封存,没有证明文件 / the book is not sealed: there are no proof files", err=True)


@app.command(epilog="例 / example:  mingzhang --role audit audit-sample record 审2026-1 底稿/审2026-1.xlsx")
def record(
    context: typer.Context,
    sample_no: SampleNo,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="填好的底稿 / the paper, filled in")],
) -> None:
    """登记审定金额 / put the audited amounts of a working paper on record."""
    from ledger.commands.audit_sampling import asked_for, bytes_of
    from projections.audit_sampling.desk import record_audit_tests

    with _books(context) as books:
        count = asked_for(record_audit_tests, books, _auditor(context), sample_no, bytes_of(file))
    typer.echo(f"已登记 {count} 项审定金额 / {count} audited amounts recorded")


@app.command(epilog="例 / example:  mingzhang audit-sample evaluate 审2026-1 --tolerable 50000")
def evaluate(
    context: typer.Context,
    sample_no: SampleNo,
    confidence: Confidence = None,
    tolerable: Tolerable = None,
    as_json: AsJson = False,
) -> None:
    """评价:推断错报和错报上限 / what testing says of the population: projected misstatement, upper limit."""
    from ledger.commands import audit_sample_tables
    from ledger.commands.audit_sampling import fen_of
    from ledger.intake.problems import UsageProblem
    from projections.audit_sampling.evaluation import as_row, evaluation_of

    with _books(context) as books:
        found = _known(books, sample_no)
        if not found["tested_size"]:
            raise UsageProblem(
                "还没有登记审定金额,请先 audit-sample record",
                "/ nothing was tested yet: put the audited amounts on record with audit-sample record",
            )
        evaluation = evaluation_of(books.database, found, confidence, fen_of("--tolerable", tolerable))
    if as_json:
        _print_json(as_row(evaluation))
    else:
        audit_sample_tables.show_evaluation(found, evaluation)


@contextmanager
def _books(context: typer.Context) -> Iterator[OpenBook]:
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    with open_book(context.obj.place) as books:
        yield books


def _auditor(context: typer.Context) -> Any:
    from projections.audit_sampling.desk import Auditor

    return Auditor(context.obj.who.staff, context.obj.who.role)


def _known(books: OpenBook, sample_no: str) -> Row:
    from ledger.intake.problems import UsageProblem
    from projections.audit_sampling.samples import find_audit_sample

    found = find_audit_sample(books.database, sample_no)
    if found is None:
        raise UsageProblem("没有这个抽样编号", "/ there is no audit sample of this number")
    return found


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str, indent=1))
