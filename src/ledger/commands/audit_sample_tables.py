"""Samples for audit at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ledger.commands.tables import figure, terminal
from ledger.decide.audit_evaluation import Limit, StrataEvaluation, UnitEvaluation
from projections.audit_sampling import words

if TYPE_CHECKING:
    from projections.queries import Row
    from projections.sample_check import Check

_FOUND = {True: "一致 yes", False: "[red]不一致 NO[/]", None: "[yellow]未核 not checked[/]"}
_MOST_EVIDENCE = 6


def show_list(rows: Sequence[Row]) -> None:
    """Every sample, a line each."""
    table = _table(
        "审计样本 / samples for audit", "编号 no", "抽取 drawn", "总体 population", "范围 scope", "方法 method"
    )
    for heading in ("项 drawn / of", "总额(元) yuan", "已审定 tested"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["sample_no"],
            str(row["drawn_on"]),
            words.POPULATION_WORDS[row["population"]],
            escape("\n".join(words.scope_words(row))),
            words.METHOD_WORDS[row["method"]],
            f"{row['drawn_size']:,} / {row['population_size']:,}",
            figure(row["population_fen"]),
            f"{row['tested_size']:,}",
        )
    terminal().print(table)


def show_one(row: Row, items: Sequence[Row] | None = None) -> None:
    """One sample: what it was drawn from and how, its strata, and its items where they are asked for."""
    table = _table(f"审计样本 {row['sample_no']}", "", "")
    for label, value in _facts(row):
        table.add_row(label, escape(value))
    terminal().print(table)
    strata = _table("层 / strata", "层 stratum")
    for heading in ("总体 items", "金额(元) yuan", "抽中 drawn"):
        strata.add_column(heading, justify="right")
    for name, count, amount_fen, size in zip(
        row["strata"], row["strata_counts"], row["strata_fen"], row["strata_sizes"], strict=True
    ):
        strata.add_row(escape(words.stratum_words(row, name)), f"{count:,}", figure(amount_fen), f"{size:,}")
    terminal().print(strata)
    if items is not None:
        terminal().print(_items(row, items))


def _facts(row: Row) -> list[tuple[str, str]]:
    known = f"{row['as_of']} @ {row['known_position']}"
    population = f"{row['population_size']:,}, SHA-256 {row['population_sha256']}"
    facts = [
        ("总体 population", words.POPULATION_WORDS[row["population"]]),
        ("范围 scope", "\n".join(words.scope_words(row))),
        ("时点 clocks", known),
        ("总体项数、哈希 population", population),
        ("总体金额(元) yuan", figure(row["population_fen"])),
        ("剔除 set aside", f"{row['aside_count']:,}, {figure(row['aside_fen'])} 元"),
        ("方法 method", words.METHOD_WORDS[row["method"]]),
        ("抽中 drawn", f"{len(row['items']):,}"),
        ("种子 seed", f"{row['seed']}\n{words.SEED_WORDS[row['seed_source']]}"),
        ("事件位置 position", str(row["position"])),
    ]
    if row["interval_fen"]:
        facts.append(("间隔、起点(元) interval, start", f"{figure(row['interval_fen'])}, {figure(row['start_fen'])}"))
    return facts


def _items(row: Row, items: Sequence[Row]) -> Table:
    table = _table(f"抽中 {len(items)} 项 / {len(items)} drawn", "#", "项目 item", "层 stratum", "证据 evidence")
    for heading in ("账面(元) book", "审定(元) audited"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in items:
        evidence = ", ".join(map(str, one["evidence"][:_MOST_EVIDENCE]))
        more = " …" if len(one["evidence"]) > _MOST_EVIDENCE else ""
        stratum = escape(words.stratum_words(row, one["stratum"]))
        amounts = figure(one["amount_fen"]), figure(one["audited_fen"])
        table.add_row(str(one["seq"]), escape(one["item"]), stratum, evidence + more, *amounts)
    return table


def show_checks(sample_no: str, checks: Sequence[Check]) -> None:
    """What a check asked, and what it found."""
    table = _table(f"核验 {sample_no} / check", "", "核对 check")
    for check in checks:
        table.add_row(_FOUND[check.holds], f"{check.zh} / {check.en}")
    terminal().print(table)


def show_evaluation(row: Row, evaluation: UnitEvaluation | StrataEvaluation) -> None:
    """What testing says of the population."""
    if evaluation.untested:
        print(f"尚有 {evaluation.untested} 项未审定 / {evaluation.untested} items are not tested yet")
    if isinstance(evaluation, StrataEvaluation):
        _show_strata(row, evaluation)
    else:
        _show_units(evaluation)


def _show_units(evaluation: UnitEvaluation) -> None:
    table = _table(f"评价 evaluation:置信水平 confidence {evaluation.confidence_percent} %", "")
    for heading in ("高估(元) overstated", "低估(元) understated"):
        table.add_column(heading, justify="right", no_wrap=True)

    def add(label: str, name: str) -> None:
        table.add_row(label, *(figure(getattr(one, name)) for one in (evaluation.over, evaluation.under)))

    add("全查层错报 known, taken whole", "certain_fen")
    add("推断错报(含全查层) projected misstatement", "projected_fen")
    add("基本精确度 basic precision", "basic_fen")
    add("增量允许额 incremental allowance", "allowance_fen")
    add("错报上限 upper misstatement limit", "upper_fen")
    terminal().print(table)
    for one in (evaluation.over, evaluation.under):
        if one.taints:
            terminal().print(_taints(one))
    if evaluation.is_within is not None:
        said = {True: "不超过 within", False: "[red]超过 above[/]"}[evaluation.is_within]
        terminal().print(f"错报上限{said} 可容忍错报 tolerable {figure(evaluation.tolerable_fen)} 元 yuan")


def _taints(limit: Limit) -> Table:
    table = _table("错报 misstatements", "项目 item", "污染率 taint")
    for heading in ("账面(元) book", "审定(元) audited", "推断(元) projected", "允许额(元) allowance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in limit.taints:
        amounts = one.book_fen, one.audited_fen, one.projected_fen, one.allowance_fen
        table.add_row(escape(one.item), str(one.taint), *map(figure, amounts))
    return table


def _show_strata(row: Row, evaluation: StrataEvaluation) -> None:
    table = _table("推断错报(审定减账面) / projection (audited less book)", "层 stratum")
    for heading in ("已审定 tested", "样本差异(元) difference", "比率法(元) by ratio", "差额法(元) by difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in evaluation.strata:
        amounts = one.difference_fen, one.by_ratio_fen, one.by_difference_fen
        name = escape(words.stratum_words(row, one.stratum.stratum))
        table.add_row(name, f"{one.tested:,} / {one.stratum.size:,}", *map(figure, amounts))
    table.add_row("合计 total", "", "", figure(evaluation.by_ratio_fen), figure(evaluation.by_difference_fen))
    terminal().print(table)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
