"""A verification on one page: whether it passed, what was checked, what does not agree, how far it can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ledger.commands.tables import terminal
from ledger.verify.report import CHECKS

if TYPE_CHECKING:
    from ledger.verify.report import Discrepancy, Report

_TELLING_EVENTS = 100_000
_KINDS = {
    "live": ("账本", "the book"),
    "archive": ("归档", "the archive"),
    "evidence": ("取证", "the evidence"),
    "bundle": ("取证包", "the bundle"),
}


def show_report(report: Report) -> None:
    """Prints the page."""
    console = terminal()
    console.print(_verdict(report), soft_wrap=True)
    for line in _facts(report):
        console.print(line, soft_wrap=True)
    console.print(_checks(report))
    if not report.is_good:
        console.print(_discrepancies(report))
    for zh, en in report.remarks:
        console.print(escape(f"注意:{zh} / note: {en}"), soft_wrap=True)


def _verdict(report: Report) -> str:
    zh, en = _KINDS[report.kind]
    if report.is_good:
        return f"[green]通过 / pass[/]:{zh}的 {report.size:,} 条事件全部相符 / {en}: all {report.size:,} events agree"
    count = report.tally.wrong.total()
    first = report.discrepancies[0]
    things = "1 discrepancy" if count == 1 else f"{count:,} discrepancies"
    return (
        f"[red]不通过 / fail[/]:{zh}有 {count:,} 处不符,首处:{escape(first.place_zh)} / "
        f"{en} has {things}, the first at {escape(first.place_en)}"
    )


def _facts(report: Report) -> Iterator[str]:
    yield f"账本标识 origin  {escape(report.origin) or '—'}"
    sealed = f",已封存 sealed {report.sealed_size:,},未封存 not sealed yet {max(0, report.size - report.sealed_size):,}"
    yield f"条数 events      {report.size:,}{'' if report.kind == 'bundle' else sealed}"
    if report.root:
        yield f"根哈希 root      {report.root.hex()}"
    for key in report.keys:
        told = "已与外部核对 known from outside" if key.is_known else "未经外部核对 taken on trust"
        since = f",自第 {key.since} 条起 from {key.since} on" if key.since > 1 else ""
        yield f"公钥 key         {key.key_id}({told}{since})"
    for one in report.witnesses:
        when = datetime.fromtimestamp(one.at_second, UTC).isoformat(timespec="seconds")
        yield f"见证 witness     {escape(one.name)}:{one.size:,} 条,{when}"
    # Of a small book, the rate would be that of starting up.
    rate = f"({report.size / report.seconds:,.0f} 条/秒 events/s)" if report.size >= _TELLING_EVENTS else ""
    yield f"用时 took        {report.seconds:.1f} s{rate}"


def _checks(report: Report) -> Table:
    table = Table(title="核对 checks")
    table.add_column("项目 check")
    table.add_column("已核对 checked", justify="right")
    table.add_column("不符 wrong", justify="right")
    for name, checked, wrong in report.checks():
        zh, en = CHECKS[name]
        table.add_row(f"{zh} {en}", f"{checked:,}", f"[red]{wrong:,}[/]" if wrong else "0")
    return table


def _discrepancies(report: Report) -> Table:
    shown = report.discrepancies
    count = report.tally.wrong.total()
    title = "不符之处 discrepancies" + (f"(前 {len(shown)} 处,共 {count:,} 处)" if count > len(shown) else "")
    table = Table(title=title)
    table.add_column("位置或文件 where", overflow="fold")
    table.add_column("项目 check")
    table.add_column("原因 reason", overflow="fold")
    for one in shown:
        table.add_row(escape(_place(one)), CHECKS[one.check][0], escape(f"{one.zh}\n{one.en}"))
    return table


def _place(one: Discrepancy) -> str:
    if one.position is None:
        return one.file or "全账 the whole book"
    span = f"{one.position}" if one.upto in (None, one.position) else f"{one.position}–{one.upto}"
    return f"{span}\n{one.file}" if one.file else span
