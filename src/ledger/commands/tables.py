"""Answers at a terminal: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from ledger.decide.refusal import yuan

if TYPE_CHECKING:
    from datetime import date

    from ledger.intake.importer import FileReport
    from projections.queries import Row
    from projections.supervision import Supervised

# A pipe has no width of its own.
PIPE_WIDTH = 132
_FIGURE_WIDTH = 20
SEVERITY_WORDS = {"critical": "[red]严重 critical[/]", "warning": "[yellow]警告 warning[/]", "notice": "提示 notice"}
_FORCE = {"mandatory": "不得超过 mandatory", "in_principle": "原则上 in principle", "none": "未设上限 no cap"}
_FUND_FIGURES = (
    ("issued_fen", "下达 issued"),
    ("received_fen", "到账 received"),
    ("settled_fen", "已发 settled"),
    ("in_transit_fen", "在途 in transit"),
    ("services_fen", "购买服务 services"),
    ("other_fen", "其他 other"),
    ("passed_down_fen", "拨付 passed down"),
    ("recovered_fen", "追回 recovered"),
    ("available_fen", "可用 available"),
)
_CAP_FIGURES = (
    ("base_fen", "基数 base"),
    ("limit_fen", "上限 limit"),
    ("committed_fen", "已承诺 committed"),
    ("spent_fen", "已支付 spent"),
    ("headroom_fen", "余量 headroom"),
)


def show(name: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Prints the rows of ``funds``, ``cap`` or ``alerts``; amounts in yuan for people, in fen as JSON."""
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, default=str, indent=1)
        sys.stdout.write("\n")
        return
    console = terminal()
    if not rows and name != "alerts":
        console.print("当时账上没有任何登记 / nothing was on record")
    elif name == "alerts":
        console.print(_alerts_table(rows))
    elif name == "funds":
        heads = [f"{row['region']}\n{row['category']}\n{row['level']} {row['year']}" for row in rows]
        for table in _figures("资金余额(元) / fund balances (yuan)", heads, _FUND_FIGURES, rows, console.width):
            console.print(table)
    else:
        heads = [f"{row['region']} {row['year']}\n{_FORCE.get(row['force'], row['force'])}" for row in rows]
        for table in _figures("购买服务上限(元) / the cap (yuan)", heads, _CAP_FIGURES, rows, console.width):
            console.print(table)


def terminal() -> Console:
    is_asked = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console() if is_asked else Console(width=PIPE_WIDTH)


def _figures(
    title: str, heads: Sequence[str], figures: Sequence[tuple[str, str]], rows: Sequence[Row], width: int
) -> Iterator[Table]:
    """Figures down, funds across, as many beside each other as fit: no amount is ever cut short."""
    across = max(1, (width - 22) // (_FIGURE_WIDTH + 3))
    for start in range(0, len(rows), across):
        table = Table(title=title)
        table.add_column("")
        for head in heads[start : start + across]:
            table.add_column(head, justify="right", min_width=_FIGURE_WIDTH)
        for name, label in figures:
            table.add_row(label, *(figure(row[name]) for row in rows[start : start + across]))
        yield table


def _alerts_table(rows: Sequence[Row]) -> Table:
    caption = "预警是问题,不是结论 / a finding is a question, not a verdict"
    table = Table(title=f"预警 {len(rows)} 条 / {len(rows)} finding{'' if len(rows) == 1 else 's'}", caption=caption)
    for heading in ("级别 severity", "规则 rule", "对象 refs", "发现日 found on", "证据位置 evidence"):
        table.add_column(heading, overflow="fold")
    table.add_column("金额(元) yuan", justify="right", no_wrap=True)
    for row in rows:
        evidence = ", ".join(map(str, row["evidence"][:6])) + (" …" if len(row["evidence"]) > 6 else "")
        table.add_row(
            f"{SEVERITY_WORDS[row['severity']]}\n{row['id']}",
            f"{row['name']}\n{row['rule']}",
            "\n".join(row["refs"]),
            str(row["found_on"]),
            evidence,
            figure(row["amount_fen"]),
        )
    return table


def show_import(reports: Sequence[FileReport], *, as_json: bool, dry_run: bool) -> None:
    """Prints what became of each file of an import."""
    if as_json:
        json.dump([_plain(report) for report in reports], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    table = Table(title="试算结果,未入账 / dry run, nothing recorded" if dry_run else "导入结果 / imported")
    table.add_column("文件 file", overflow="fold")
    for heading in ("新入账 recorded", "已在账 on record", "退回 rejected"):
        table.add_column(heading, justify="right")
    table.add_column("退回清单 / rejects", overflow="fold")
    for report in reports:
        where = (
            f"[red]未读完 / not read to its end:[/] {report.problem}"
            if report.problem
            else str(report.rejects_path or "")
        )
        table.add_row(report.file, f"{report.recorded:,}", f"{report.known:,}", f"{report.rejected:,}", where)
    terminal().print(table)


def show_supervised(seen: Supervised | None, day: date, kept_on: date | None) -> None:
    """Prints what a look at the books recorded."""
    if seen is None and kept_on is not None and kept_on > day:
        print(
            f"预警已记录至 {kept_on},不倒记;查看往日请用 alerts --as-of / findings are on record up to {kept_on} "
            "and are not kept backwards; ask for a past day with alerts --as-of"
        )
    elif seen is None:
        print(f"没有新情况,预警已是 {day} 的 / nothing is new, the findings are those of {day}")
    else:
        print(
            f"{day}:新增 {seen.raised},补充 {seen.extended},解除 {seen.cleared} / "
            f"raised {seen.raised}, extended {seen.extended}, cleared {seen.cleared} ({seen.seconds:.1f} s)"
        )
        for rule in seen.skipped:
            print(f"规则“{rule}”未能运行,已跳过,其预警不变 / rule {rule} failed and was skipped, its findings stand")


def _plain(report: FileReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "kind": report.kind,
        "recorded": report.recorded,
        "known": report.known,
        "rejected": report.rejected,
        "rejects": str(report.rejects_path) if report.rejects_path else None,
        "problem": str(report.problem) if report.problem else None,
    }


def figure(amount_fen: int | None) -> str:
    if amount_fen is None:
        return "—"
    return f"[red]{yuan(amount_fen)}[/]" if amount_fen < 0 else yuan(amount_fen)
