"""Options that several commands take, and how what is typed there is read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="截至该营业日终的真实情况 / what was true at the end of that business day"
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", metavar="INSTANT|POSITION", help="仅按当时已知 / by what was known then"),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
Xlsx = Annotated[
    Path | None, typer.Option("--xlsx", metavar="FILE", help="另存为工作簿(WPS、Excel) / write a workbook as well")
]


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """A day as typed; typer.BadParameter (exit code 2) where it is none."""
    from ledger.intake.cells import day
    from ledger.intake.problems import CellProblem

    try:
        return day(text) if text else None
    except CellProblem as problem:
        raise typer.BadParameter(f"{problem.reason_zh} / {problem.reason_en}", param_hint=option) from None


def moment_of(text: str | None) -> int | datetime | None:
    """A position or an instant as typed, the clock of Shanghai where it names no zone."""
    from projections.open_book import BUSINESS_ZONE

    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "须为日志位置或时刻,如 2025-07-01T18:00 / a position or an instant such as 2025-07-01T18:00",
            param_hint="--known-at",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=BUSINESS_ZONE)
