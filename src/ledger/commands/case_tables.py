"""Cases at a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from ledger.commands.tables import SEVERITY_WORDS, terminal
from ledger.decide.case_state import STATUS_WORDS
from ledger.decide.refusal import yuan
from projections.case_desk import STEPS
from projections.cases import TEXTS

if TYPE_CHECKING:
    from ledger.access import CaseView
    from projections.queries import Row

_SEALED = "(已封存 sealed)"
_BOARD = ("编号 no", "阶段 stage", "级别 severity", "区划 region", "承办人 assigned to", "期限 due on", "预警 findings")
# The lists of a case whose rows hold what somebody wrote.
_WITH_TEXTS = ("timeline", "outcomes", "orders", "documents")
_COUNTS = {"raised": "预警", "open": "未解除", "established": "属实", "dismissed": "不属实", "tolerated": "容错"}


def show_list(rows: Sequence[Row]) -> None:
    """The board."""
    table = Table(title=f"案件 {len(rows)} 件 / {len(rows)} case{'' if len(rows) == 1 else 's'}")
    for heading in _BOARD:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row["case_no"] + (" 涉密 confidential" if row["is_confidential"] else ""),
            _stage(row),
            SEVERITY_WORDS[row["severity"]],
            row["region"],
            row["assigned_to"] or "—",
            f"[red]{row['due_on']} 逾期 overdue[/]" if row["is_overdue"] else str(row["due_on"]),
            "\n".join(row["findings"]),
        )
    terminal().print(table)


def show_case(case: Row, words: Mapping[str, str], seen_by: Sequence[CaseView]) -> None:
    """One case, its steps in order, and who read it."""
    out = terminal()
    head = f"案件 / case {case['case_no']}  {_stage(case)}  {SEVERITY_WORDS[case['severity']]}"
    out.print(f"{head}  期限 / due on {case['due_on']}{'  [red]逾期 overdue[/]' if case['is_overdue'] else ''}")
    if case["unit"]:
        out.print(f"被查单位 / unit under inquiry: {words.get(case['unit'], _SEALED)}", markup=False)
    table = Table()
    for heading in ("位置 position", "日期 day", "步骤 step", "工号 staff", "内容 what"):
        table.add_column(heading, overflow="fold")
    for step in case["timeline"]:
        taken, said = STEPS[step["step"]], _said(step, words)
        table.add_row(str(step["position"]), str(step["day"]), f"{taken.zh} {taken.en}", step["staff"], said)
    out.print(table)
    for row in case["recoveries"]:
        out.print(_recovered(row))
    readers = ", ".join(sorted({one.staff for one in seen_by}))
    out.print(f"查阅 {len(seen_by)} 次 / read {len(seen_by)} time{'' if len(seen_by) == 1 else 's'}: {readers}")


def show_outcomes(rows: Sequence[Row]) -> None:
    """How each rule fares."""
    table = Table(title="规则成效 / how the rules fare")
    table.add_column("规则 rule", overflow="fold")
    for heading in (*(f"{zh} {name}" for name, zh in _COUNTS.items()), "不属实率 share dismissed"):
        table.add_column(heading, justify="right")
    for row in rows:
        share = row["dismissed_basis_points"]
        counts = [str(row[name]) for name in _COUNTS]
        table.add_row(row["rule"], *counts, "—" if share is None else f"{share // 100} %")
    terminal().print(table)


def plain(case: Row, words: Mapping[str, str]) -> dict[str, Any]:
    """A case for programs, texts in place of pseudonyms where they were revealed."""
    parts = {name: [_revealed(row, words) for row in case[name]] for name in _WITH_TEXTS}
    return _revealed(case, words) | parts


def _revealed(row: Row, words: Mapping[str, str]) -> Row:
    return row | {name: words.get(row[name], row[name]) for name in TEXTS if row.get(name)}


def _recovered(row: Row) -> str:
    named = (("claimed", "应追"), ("repaid", "缴回"), ("written_off", "核销"), ("owed", "尚欠"))
    said = ", ".join(f"{zh} {name.replace('_', ' ')} {yuan(row[f'{name}_fen'])}" for name, zh in named)
    return f"追缴 / recovery {row['recovery_no']} {row['household']} (元 yuan): {said}"


def _stage(row: Row) -> str:
    return f"{STATUS_WORDS[row['status']]} {row['status']}"


def _said(step: Row, words: Mapping[str, str]) -> str:
    """What a step says, in its order: whom or what it concerns, how much, and what was written."""
    parts = [str(step[name]) for name in ("finding", "measure", "severity", "assigned_to", "recovery_no") if step[name]]
    if step["amount_fen"]:
        parts.append(f"{yuan(step['amount_fen'])} 元 yuan")
    if step["due_on"]:
        parts.append(f"期限 due {step['due_on']}")
    if step["sha256"]:
        parts.append(step["sha256"][:12])
    parts += [words.get(step[name], _SEALED) for name in ("sent_to", "reason", "facts", "title") if step[name]]
    return " · ".join(parts)
