"""``mingzhang case``: work a case from 立案 to 销号, and look at the board, at one case, and at how the rules fare."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.commands.case_input import fen_of, misfit, severity_of
from ledger.commands.options import AsJson, AsOf, KnownAt, day_of, moment_of

if TYPE_CHECKING:
    from projections.case_desk import Officer
    from projections.open_book import OpenBook

app = typer.Typer(name="case", help="办案 / cases: from a finding to its end", no_args_is_help=True)

# Whoever holds the book's key and its data may look everywhere in it; what he may do there follows from his role.
_EVERYWHERE = "000000"

CaseNo = Annotated[str, typer.Argument(metavar="NO", help="案件编号 / case number")]
Finding = Annotated[str, typer.Argument(metavar="FINDING", help="预警编号 / the finding's id")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="日期,默认今天 / the day, today if left out")]
Reason = Annotated[str | None, typer.Option(help="理由,封存于保险库 / why; sealed in the vault")]
NeededReason = Annotated[str, typer.Option("--reason", help="理由,封存于保险库 / why; sealed in the vault")]
Facts = Annotated[str, typer.Option(help="查明或整改情况,封存于保险库 / what was found or done; sealed in the vault")]
Due = Annotated[str | None, typer.Option("--due", metavar="DATE", help="期限 / by when")]


@app.command("open", epilog="例 / example:  mingzhang --staff S001 --role audit case open f0123456789abcdef")
def open_case(
    context: typer.Context,
    findings: Annotated[list[str], typer.Argument(metavar="FINDING…", help="预警编号 / ids of findings")],
    no: Annotated[str | None, typer.Option(help="案件编号,默认自动编 / case number, made if left out")] = None,
    region: Annotated[str | None, typer.Option(help="区划代码,默认预警所在 / where it lies")] = None,
    severity: Annotated[str | None, typer.Option(help="critical 严重 | warning 警告 | notice 提示")] = None,
    confidential: Annotated[bool, typer.Option("--confidential", help="涉密,仅纪检 / discipline only")] = False,
    unit_region: Annotated[str | None, typer.Option(help="被查单位区划 / region of the unit under inquiry")] = None,
    unit: Annotated[str | None, typer.Option(help="被查单位 / the unit under inquiry; sealed")] = None,
    reason: Reason = None,
    on: On = None,
) -> None:
    """立案:一条或多条预警 / open a case on one or more findings."""
    level = severity_of(severity, "--severity")
    values = {"findings": tuple(findings), "region": region, "severity": level, "is_confidential": confidential}
    more = {"unit_region": unit_region, "unit": unit, "reason": reason, "opened_on": day_of(on, "--on")}
    _work(context, "open", no, **values, **more)


@app.command(epilog="例 / example:  mingzhang --staff S001 --role audit case assign A2025-7k3mq9xw --to M001")
def assign(
    context: typer.Context,
    no: CaseNo,
    to: Annotated[str, typer.Option(help="承办人工号 / staff number of who looks into it")],
    due: Due = None,
    on: On = None,
) -> None:
    """派单或改派 / name who looks into it, or somebody else instead."""
    _work(context, "assign", no, assigned_to=to, due_on=day_of(due, "--due"), assigned_on=day_of(on, "--on"))


@app.command(epilog="例 / example:  mingzhang --staff M001 --role civil_affairs case investigate NO --facts 重复入账")
def investigate(context: typer.Context, no: CaseNo, facts: Facts, on: On = None) -> None:
    """核查:由承办人登记 / what was found out, by the one assigned."""
    _work(context, "investigate", no, facts=facts, investigated_on=day_of(on, "--on"))


@app.command(epilog="例 / example:  mingzhang --staff S001 --role audit case establish NO FINDING --reason 属实")
def establish(
    context: typer.Context,
    no: CaseNo,
    finding: Finding,
    reason: NeededReason,
    amount: Annotated[str | None, typer.Option(help="认定金额(元),默认预警金额 / amount in yuan")] = None,
    household: Annotated[str | None, typer.Option(help="追缴哪一户 / of whom it is recovered")] = None,
    recovery_no: Annotated[str | None, typer.Option(help="追缴编号,默认自动编 / recovery number")] = None,
    other_money: Annotated[bool, typer.Option("--other-money", help="与已有追缴不是同一笔 / other money")] = False,
    on: On = None,
) -> None:
    """属实:多发的同时立追缴 / it is true; an overpayment opens its recovery in the same act."""
    values = {"household": household, "recovery_no": recovery_no, "is_other_money": other_money}
    fen = fen_of(amount)
    _work(context, "establish", no, finding=finding, reason=reason, amount_fen=fen, established_on=_on(on), **values)


@app.command(epilog="例 / example:  mingzhang --staff S001 --role audit case dismiss NO FINDING --reason 补发有据")
def dismiss(context: typer.Context, no: CaseNo, finding: Finding, reason: NeededReason, on: On = None) -> None:
    """不属实 / there was nothing in it."""
    _work(context, "dismiss", no, finding=finding, reason=reason, dismissed_on=_on(on))


@app.command(epilog="例 / example:  mingzhang case tolerate NO FINDING --good-faith --duty-done --cause 断网 …")
def tolerate(
    context: typer.Context,
    no: CaseNo,
    finding: Finding,
    reason: NeededReason,
    good_faith: Annotated[bool, typer.Option("--good-faith", help="秉持公心 / in good faith")] = False,
    duty_done: Annotated[bool, typer.Option("--duty-done", help="履职尽责 / duty done")] = False,
    cause: Annotated[str | None, typer.Option(help="客观原因 / the objective cause; sealed")] = None,
    corrected: Annotated[str | None, typer.Option(metavar="DATE", help="纠正日期 / corrected on")] = None,
    on: On = None,
) -> None:
    """容错:四项事实缺一不可 / tolerate an error: each of the law's four facts is needed."""
    facts: dict[str, object] = {"is_in_good_faith": good_faith, "is_duty_done": duty_done, "objective_cause": cause}
    facts["corrected_on"] = day_of(corrected, "--corrected")
    _work(context, "tolerate", no, finding=finding, reason=reason, tolerated_on=_on(on), **facts)


@app.command(epilog="例 / example:  mingzhang --staff S001 --role audit case lower NO --to notice --reason 情节轻微")
def lower(
    context: typer.Context,
    no: CaseNo,
    to: Annotated[str, typer.Option(help="warning 警告 | notice 提示")],
    reason: NeededReason,
    on: On = None,
) -> None:
    """降级:期限不变 / take it less seriously; the deadline stays."""
    _work(context, "lower", no, severity=severity_of(to, "--to"), reason=reason, lowered_on=_on(on))


@app.command(epilog="例 / example:  mingzhang case measure NO FINDING --measure 追回 --to 示例街道 --due 2025-04-01")
def measure(
    context: typer.Context,
    no: CaseNo,
    finding: Finding,
    measure: Annotated[str, typer.Option(help="停发 | 追回 | 移送 | 提示函")],
    to: Annotated[str, typer.Option(help="发给谁 / sent to whom; sealed")],
    due: Annotated[str, typer.Option(metavar="DATE", help="期限 / by when")],
    on: On = None,
) -> None:
    """处置 / order what is to be done."""
    due_on = day_of(due, "--due")
    _work(context, "measure", no, finding=finding, measure=measure, sent_to=to, due_on=due_on, ordered_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff M002 --role civil_affairs case report NO --facts 已缴回")
def report(context: typer.Context, no: CaseNo, facts: Facts, on: On = None) -> None:
    """整改:登记整改情况 / report what was put right."""
    _work(context, "report", no, facts=facts, reported_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff S002 --role audit case accept NO")
def accept(context: typer.Context, no: CaseNo, reason: Reason = None, on: On = None) -> None:
    """复核通过 / accept the rectification."""
    _work(context, "accept", no, reason=reason, accepted_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff S002 --role audit case reject NO --reason 尚欠200元")
def reject(context: typer.Context, no: CaseNo, reason: NeededReason, on: On = None) -> None:
    """复核退回 / it is to be reported anew."""
    _work(context, "reject", no, reason=reason, rejected_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff S003 --role audit case close NO --reason 已追回")
def close(context: typer.Context, no: CaseNo, reason: Reason = None, on: On = None) -> None:
    """销号:写明理由,由第二人办理 / close it, with a reason and by a second person."""
    _work(context, "close", no, reason=reason, closed_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff S001 --role audit case reopen NO --reason 新线索")
def reopen(context: typer.Context, no: CaseNo, reason: NeededReason, on: On = None) -> None:
    """重开:从派单重新办理 / begin anew."""
    _work(context, "reopen", no, reason=reason, reopened_on=_on(on))


@app.command(epilog="例 / example:  mingzhang --staff M001 --role civil_affairs case attach NO 1.pdf --title 缴款书")
def attach(
    context: typer.Context,
    no: CaseNo,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="文件 / the document")],
    title: Annotated[str, typer.Option(help="名称,封存于保险库 / what it is; sealed")],
    on: On = None,
) -> None:
    """附件:按哈希保存 / put a document on the case; it is kept under its hash."""
    from projections import case_desk

    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    with _at_desk(context) as (books, officer):
        sha256 = case_desk.attach(books, officer, no, title, kind, file.read_bytes(), day=_on(on))
    typer.echo(f"已附 / attached: {sha256}")


@app.command(epilog="例 / example:  mingzhang case show A2025-7k3mq9xw --purpose 复核")
def show(
    context: typer.Context,
    no: CaseNo,
    purpose: Annotated[str | None, typer.Option(help="查阅事由,写明则显示原文并留痕 / why texts are revealed")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """查看一案 / one case with its timeline; that it was read is on record."""
    from ledger.access import may_reveal, views_of
    from ledger.commands import case_tables
    from projections import case_desk, cases
    from projections.queries import Clocks

    with _at_desk(context) as (books, officer):
        case = case_desk.look_into(books, officer, no, Clocks(day_of(as_of), moment_of(known_at)))
        if case is None:
            raise typer.BadParameter(f"没有案件“{no}” / there is no case {no}", param_hint="NO")
        if purpose and not may_reveal(officer.role):
            raise typer.BadParameter("该岗位不能查阅原文 / this role may not reveal texts", param_hint="--purpose")
        tokens = cases.texts_in([case, *case["timeline"]])
        words = books.vault.reveal(tokens, officer=officer.staff, purpose=purpose) if purpose else {}
        seen_by = views_of(books.database, no)
    if as_json:
        typer.echo(json.dumps(case_tables.plain(case, words), ensure_ascii=False, default=str, indent=1))
    else:
        case_tables.show_case(case, words, seen_by)


@app.command("list", epilog="例 / example:  mingzhang case list --overdue")
def list_cases(
    context: typer.Context,
    status: Annotated[str | None, typer.Option(help="办理阶段 / stage, such as reported")] = None,
    severity: Annotated[str | None, typer.Option(help="critical 严重 | warning 警告 | notice 提示")] = None,
    to: Annotated[str | None, typer.Option(help="承办人工号 / assigned to")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="仅逾期 / overdue ones only")] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """案件一览 / the board."""
    from ledger.commands import case_tables
    from projections import cases
    from projections.queries import Clocks, reading

    if status is not None and status not in cases.STATUSES:
        raise typer.BadParameter(f"可选 / one of: {', '.join(cases.STATUSES)}", param_hint="--status")
    level = severity_of(severity, "--severity")
    wanted: dict[str, Any] = {"status": status, "severity": level, "assigned_to": to, "overdue": overdue or None}
    clocks = Clocks(day_of(as_of), moment_of(known_at))
    with _at_desk(context) as (books, officer), reading(books.database, clocks) as cursor:
        rows = cases.list_cases(cursor, officer.role, officer.region, **wanted)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str, indent=1))
    else:
        case_tables.show_list(rows)


@app.command(epilog="例 / example:  mingzhang case outcomes")
def outcomes(context: typer.Context, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """规则成效:属实、不属实、容错各几条 / how each rule fares: a noisy rule shows."""
    from ledger.commands import case_tables
    from projections import cases
    from projections.queries import Clocks, reading

    clocks = Clocks(day_of(as_of), moment_of(known_at))
    with _at_desk(context) as (books, officer), reading(books.database, clocks) as cursor:
        rows = cases.rule_outcomes(cursor, officer.role, officer.region)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str, indent=1))
    else:
        case_tables.show_outcomes(rows)


@contextmanager
def _at_desk(context: typer.Context) -> Iterator[tuple[OpenBook, Officer]]:
    from projections.case_desk import Officer
    from projections.open_book import open_book

    context.obj.place.must_hold_a_book()
    who = context.obj.who
    with open_book(context.obj.place) as books:
        yield books, Officer(who.staff, who.role, _EVERYWHERE)


def _work(context: typer.Context, step: str, no: str | None, **values: object) -> None:
    from pydantic import ValidationError

    from projections.case_desk import STEPS, work

    with _at_desk(context) as (books, officer):
        try:
            worked = work(books, officer, step, {"case_no": no, **values})
        except ValidationError as error:
            raise misfit(error, step) from None
    taken = STEPS[step]
    typer.echo(f"已登记{taken.zh} / recorded ({taken.en}): {worked.case_no}, {worked.position}")


def _on(text: str | None) -> date | None:
    return day_of(text, "--on")
