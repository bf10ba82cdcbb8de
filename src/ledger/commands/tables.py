"""Answers at a terminal: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from ledger.decide.refusal import yuan

if TYPE_CHECKING:
    from ledger.intake.importer import FileReport
    from projections.queries import Row

_SEVERITY = {"critical": "[red]严重 critical[/]", "warning": "[yellow]警告 warning[/]", "notice": "提示 notice"}
_FUND_COLUMNS = (
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
_CAP_COLUMNS = (
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
    make = {"funds": _funds_table, "cap": _cap_table, "alerts": _alerts_table}[name]
    _console().print(make(rows))


def _console() -> Console:
    # A pipe has no width of its own; a table cut to 80 columns would lose figures.
    return Console() if sys.stdout.isatty() else Console(width=200)


def _funds_table(rows: Sequence[Row]) -> Table:
    table = Table(title="资金余额(元) / fund balances (yuan)")
    table.add_column("资金 fund")
    _add_figures(table, _FUND_COLUMNS)
    for row in rows:
        fund = f"{row['region']} {row['category']}\n{row['level']} {row['year']}"
        table.add_row(fund, *(_figure(row[name]) for name, _ in _FUND_COLUMNS))
    return table


def _cap_table(rows: Sequence[Row]) -> Table:
    table = Table(title="购买服务上限(元) / purchase-of-services cap (yuan)")
    for title in ("区划 region", "年度 year", "规则 rules", "效力 force"):
        table.add_column(title)
    _add_figures(table, _CAP_COLUMNS)
    force = {"mandatory": "不得超过 mandatory", "in_principle": "原则上 in principle", "none": "未设上限 no cap"}
    for row in rows:
        table.add_row(
            row["region"],
            str(row["year"]),
            row["jurisdiction"],
            force.get(row["force"], row["force"]),
            *(_figure(row[name]) for name, _ in _CAP_COLUMNS),
        )
    return table


def _alerts_table(rows: Sequence[Row]) -> Table:
    table = Table(title=f"预警 {len(rows)} 条 / {len(rows)} findings", caption="预警是问题,不是结论 / a finding is a question, not a verdict")
    for title in ("级别 severity", "规则 rule", "类别 kind", "对象 refs", "发现日 found on", "证据位置 evidence"):
        table.add_column(title)
    table.add_column("金额 yuan", justify="right")
    for row in rows:
        evidence = ", ".join(map(str, row["evidence"][:6])) + (" …" if len(row["evidence"]) > 6 else "")
        table.add_row(
            _SEVERITY[row["severity"]],
            f"{row['name']}\n{row['rule']}",
            row["kind"],
            "\n".join(row["refs"]),
            str(row["found_on"]),
            evidence,
            _figure(row["amount_fen"]),
        )
    return table


def show_import(reports: Sequence[FileReport], *, as_json: bool, dry_run: bool) -> None:
    """Prints what became of each file of an import."""
    if as_json:
        json.dump([_plain(report) for report in reports], sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    title = "试算结果,未入账 / dry run, nothing recorded" if dry_run else "导入结果 / imported"
    table = Table(title=title)
    table.add_column("文件 file")
    table.add_column("类型 kind")
    for heading in ("新入账 recorded", "已在账 on record", "退回 rejected"):
        table.add_column(heading, justify="right")
    table.add_column("退回清单 / rejects, problem")
    for report in reports:
        where = str(report.problem or report.rejects_path or "")
        table.add_row(report.file, report.kind, f"{report.recorded:,}", f"{report.known:,}", f"{report.rejected:,}", where)
    _console().print(table)


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


def _add_figures(table: Table, columns: Sequence[tuple[str, str]]) -> None:
    for _, title in columns:
        table.add_column(title, justify="right", no_wrap=False)


def _figure(amount_fen: int | None) -> str:
    if amount_fen is None:
        return "—"
    return f"[red]{yuan(amount_fen)}[/]" if amount_fen < 0 else yuan(amount_fen)
