"""Rules and backtests at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from ledger.commands.tables import SEVERITY_WORDS, figure, terminal
from projections.backtest import Backtest, Difference, Measured
from projections.overrides import shown
from projections.rulebook import in_force
from projections.rules import BASES, Rule

if TYPE_CHECKING:
    from ledger.policy import PolicyPack

# Longer lists are for --json.
_MOST_ROWS = 40


def plain(rule: Rule) -> dict[str, Any]:
    """A rule's header for programs."""
    return {name: value for name, value in asdict(rule).items() if name != "sql"}


def values_in_force(rule: Rule, policy: PolicyPack, on: date) -> list[dict[str, Any]]:
    """The rule's parameters on a day; one that is not in force then has no value."""
    found = in_force(rule, policy, on)
    return [{"name": name} | (one.model_dump(mode="json", exclude={"also"}) if one else {}) for name, one in found]


def show_list(rules: Sequence[Rule]) -> None:
    table = Table(title=f"规则 {len(rules)} 条 / {len(rules)} rules")
    for heading in ("规则 rule", "名称 name", "级别 severity", "对象 subject", "参数 parameters", "版本 version"):
        table.add_column(heading, overflow="fold")
    for rule in rules:
        table.add_row(
            f"{rule.rule}\n[dim]{rule.origin}[/]",
            f"{escape(rule.name)} · {escape(rule.kind)}\n{escape(rule.title)}",
            f"{SEVERITY_WORDS[rule.severity]}\n{BASES[rule.basis]}",
            "\n".join(rule.subjects),
            "\n".join(rule.parameters) or "—",
            rule.version[:8],
        )
    terminal().print(table)


def show_rule(rule: Rule, parameters: Sequence[dict[str, Any]]) -> None:
    out = terminal()
    table = Table(title=f"{escape(rule.name)} {escape(rule.title)} ({rule.rule})", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in (
        ("发现 finds", rule.finds),
        ("问题 question", rule.question),
        ("依据 law", f"{BASES[rule.basis]}\n{rule.law}"),
        ("原文 quotation", rule.quotation or "—"),
        ("如何消除 clears", rule.clears),
        ("例 example", rule.example or "—"),
    ):
        table.add_row(label, escape(text))
    table.add_row("级别 severity", SEVERITY_WORDS[rule.severity])
    table.add_row("对象 subject", ", ".join(rule.subjects))
    table.add_row("随时间变化 clock", "是 yes" if rule.is_clocked else "否 no")
    table.add_row("来源与版本 origin", f"{rule.origin} · {rule.version}")
    for one in parameters:
        table.add_row(f"参数 {one['name']}", escape(_value(one)))
    out.print(table)
    out.print(Syntax(rule.sql, "sql", background_color="default", word_wrap=True))


def _value(one: dict[str, Any]) -> str:
    if "value" not in one:
        return "当日无此规定 / not in force on that day"
    source = one["source"]
    cited = f"《{source['title']}》{source['article'] or ''}"
    words = source["quotation"] or source["note_zh"] or ""
    return f"{shown(one['value'])} ({one['unit']}, {one['force']})\n{cited} {words}"


def show_backtest(found: Backtest) -> None:
    """The live rule beside what was tried, then what it adds, drops and changes."""
    out = terminal()
    title = f"试运行 {found.rule} / trying {found.rule}"
    if found.parameters:
        title += "\n" + ", ".join(f"{name}={shown(value)}" for name, value in found.parameters.items())
    table = Table(title=escape(title), caption="什么也没有保存 / nothing was kept")
    for heading in ("", "现行 live", "试运行 tried"):
        table.add_column(heading, justify="right")
    for label, row in _figures(found.live, found.tried):
        table.add_row(label, *row)
    out.print(table)
    for heading, rows in (
        ("新增 added", found.added),
        ("不再发现 dropped", found.dropped),
        ("有变化 changed", found.changed),
    ):
        out.print(_differences(heading, rows))


def _figures(live: Measured | None, tried: Measured) -> list[tuple[str, list[str]]]:
    sides = (live, tried)
    return [
        ("预警 findings", [f"{one.findings:,}" if one else "—" for one in sides]),
        ("金额(元) yuan", [figure(one.amount_fen) if one else "—" for one in sides]),
        ("用时 ms", [f"{one.milliseconds:,}" if one else "—" for one in sides]),
        ("计划代价 plan cost", [f"{one.plan_cost:,}" if one else "—" for one in sides]),
    ]


def _differences(heading: str, rows: Sequence[Difference]) -> Table | str:
    if not rows:
        return f"{heading}: 0"
    more = f"另有 {len(rows) - _MOST_ROWS} 条,用 --json 查看 / more with --json" if len(rows) > _MOST_ROWS else None
    table = Table(title=f"{heading}: {len(rows):,}", caption=more)
    table.add_column("级别 severity")
    table.add_column("对象 refs", overflow="fold")
    table.add_column("发现日 found on", no_wrap=True)
    for name in ("现行(元) live", "试运行(元) tried"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows[:_MOST_ROWS]:
        refs = escape("\n".join(row.refs))
        table.add_row(
            SEVERITY_WORDS[row.severity], refs, str(row.found_on), figure(row.live_fen), figure(row.tried_fen)
        )
    return table
