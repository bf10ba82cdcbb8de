"""Samples and publications at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from ledger.commands.tables import terminal

if TYPE_CHECKING:
    from projections.queries import Row
    from projections.sample_check import Check

STATES = {"committed": "已承诺 committed", "frozen": "已冻结 frozen", "drawn": "已抽取 drawn"}
_FOUND = {True: "一致 yes", False: "[red]不一致 NO[/]", None: "[yellow]未核 not checked[/]"}
UNASSIGNED = "无人可派:须回避 / nobody: all are barred"


def show_list(rows: Sequence[Row]) -> None:
    """Every sample, a line each."""
    table = _table(
        "抽样 / samples", "编号 no", "区划 region", "总体 population", "承诺 committed", "冻结 frozen", "抽取 drawn"
    )
    for heading in ("抽取数 size", "种子 seeds"):
        table.add_column(heading, justify="right")
    for row in rows:
        kind = row["population"] + (f" {row['programme']}" if row["programme"] else "")
        of = f" / {row['population_size']:,}" if row["population_size"] is not None else ""
        days = (str(row[day] or "—") for day in ("committed_on", "frozen_on", "drawn_on"))
        table.add_row(
            row["sample_no"], row["region"], escape(kind), *days, f"{row['size']}{of}", str(row["seed_count"])
        )
    terminal().print(table)


def show_one(row: Row) -> None:
    """One sample: its commitments, its frozen population, its draw."""
    table = _table(
        f"抽样 {row['sample_no']}:{STATES[row['state']]}", "步骤 step", "日期 day", "位置 position", "内容 what"
    )
    for nth, one in enumerate(row["commitments"]):
        step = "承诺 committed" if nth == 0 else "加入种子 pledged"
        what = f"SHA-256 {one['seed_sha256']}\n持有人 held by {one['held_by']}"
        table.add_row(step, str(one["committed_on"]), str(one["position"]), what)
    if row["frozen_position"] is not None:
        what = f"{row['population_size']:,} @ {row['known_position']}, SHA-256 {row['population_sha256']}"
        table.add_row("冻结 frozen", str(row["frozen_on"]), str(row["frozen_position"]), what)
    if row["drawn_position"] is not None:
        what = "\n".join(f"种子 seed {seed}" for seed in row["seeds"])
        table.add_row("抽取 drawn", str(row["drawn_on"]), str(row["drawn_position"]), what)
    terminal().print(table)
    if row["drawn_position"] is not None:
        terminal().print(_drawn(row))


def _drawn(row: Row) -> Table:
    table = _table(f"抽中 {len(row['subjects'])} / drawn {len(row['subjects'])}", "对象 subject", "检查人员 inspectors")
    for subject, team in zip(row["subjects"], row["inspectors"], strict=True):
        table.add_row(escape(subject), escape(team) or f"[red]{UNASSIGNED}[/]")
    return table


def show_checks(row: Row, checks: Sequence[Check]) -> None:
    """The step that a sample has reached, what its verification asked, and what it found."""
    table = _table(f"核验 {row['sample_no']} / verification:{STATES[row['state']]}", "", "核对 check")
    for check in checks:
        table.add_row(_FOUND[check.holds], f"{check.zh} / {check.en}")
    terminal().print(table)


def show_publications(rows: Sequence[Row]) -> None:
    """What was made public, a line each."""
    table = _table("公开 / publications", "编号 no", "类别 kind", "区划 region", "日期 day", "至 until", "文件 files")
    for row in rows:
        days = str(row["published_on"]), str(row["until"] or "—")
        table.add_row(row["publication_no"], row["kind"], row["region"], *days, "\n".join(row["files"]))
    terminal().print(table)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
