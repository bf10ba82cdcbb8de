"""``mingzhang subjects``: whom the open findings concern, ranked, with the reasons."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.commands.options import AsJson, AsOf, KnownAt, Xlsx, day_of, moment_of

if TYPE_CHECKING:
    from projections.queries import Row

EPILOG = "例 / example:  mingzhang subjects --kind household --as-of 2025-12-31"
KINDS = {
    "office": "机构 office",
    "official": "工作人员 official",
    "provider": "服务商 provider",
    "fund": "资金 fund",
    "household": "家庭 household",
}
EVERYWHERE = "000000"
# More than this nobody reads at a terminal.
MOST_SHOWN = 20


def subjects(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help=" | ".join(KINDS))] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    xlsx: Xlsx = None,
) -> None:
    """重点对象 / whom the findings concern, ranked, with the reasons."""
    from ledger.commands import taking_out
    from projections.open_book import open_book
    from projections.queries import Clocks, alerts, reading
    from projections.ranking import ranked, ties_of, weights_in_force

    _check(kind)
    context.obj.place.must_hold_a_book()
    clocks = Clocks(day_of(as_of), moment_of(known_at))
    with open_book(context.obj.place) as books, reading(books.database, clocks) as cursor:
        findings = alerts(cursor, rules=books.engine.rules)
        weights = weights_in_force(cursor)
        every = ranked(findings, weights, ties_of(cursor, findings), EVERYWHERE)
        rows = [row for row in every if kind in (None, row["kind"])]
        if xlsx:
            taking_out.save(cursor, "subjects", rows, context.obj.who.staff, xlsx)
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        _print(rows, weights)


def _check(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(
            f"没有类别“{kind}”,可选 {'、'.join(KINDS)} / there is no kind {kind!r}; choose one of {', '.join(KINDS)}",
            param_hint="--kind",
        )


def _print(rows: Sequence[Row], weights: dict[str, int]) -> None:
    from rich.console import Console
    from rich.table import Table

    from ledger.decide.refusal import yuan

    console = Console() if sys.stdout.isatty() else Console(width=132)
    points = " · ".join(f"{name} {value}" for name, value in weights.items())
    for kind, title in KINDS.items():
        own = [row for row in rows if row["kind"] == kind]
        if own:
            caption = f"每条预警分值 / points of a finding: {points} · 排序不是结论 / a ranking is no verdict"
            table = Table(title=f"{title} · {min(len(own), MOST_SHOWN)}/{len(own)}", caption=caption)
            table.add_column("位次 rank", justify="right")
            table.add_column("对象 subject", overflow="fold")
            table.add_column("得分 score", justify="right")
            table.add_column("理由 reasons", overflow="fold")
            table.add_column("金额(元) yuan", justify="right", no_wrap=True)
            for row in own[:MOST_SHOWN]:
                table.add_row(
                    str(row["rank"]), row["subject"], str(row["score"]), _reasons(row), yuan(row["amount_fen"])
                )
            console.print(table)


def _reasons(row: Row) -> str:
    lines = [
        f"{reason['name']} {reason['count']} × {reason['severity']} = {reason['points']}" for reason in row["reasons"]
    ]
    if row["signed"]:
        lines.append(f"仅签批 {len(row['signed'])} 条,不计分 / signed only, no points")
    return "\n".join(lines)
