"""The figures, each beside what it is measured against and what it should be."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ratio`` is to ``beside``, whichever way round the goal says; no goal, no verdict."""

    name: str
    value: float
    unit: str
    beside: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def at_least(name: str, value: float, unit: str, goal: float) -> Figure:
    return Figure(name, value, unit, goal=f">= {goal:,.0f}", met=value >= goal)


def at_most(name: str, value: float, unit: str, goal: float) -> Figure:
    return Figure(name, value, unit, goal=f"<= {goal:,.0f}", met=value <= goal)


def of_limit(name: str, value: float, unit: str, limit: float, beside: str, goal: float | None) -> Figure:
    """How much of a limit was reached."""
    ratio = value / limit
    if goal is None:
        return Figure(name, value, unit, beside, ratio)
    return Figure(name, value, unit, beside, ratio, f">= {goal:.1f}", ratio >= goal)


def times_theirs(name: str, theirs: float, unit: str, ours: float, goal: float | None) -> Figure:
    """How many times as fast as somebody else we are; ``value`` is theirs."""
    ratio = ours / theirs
    if goal is None:
        return Figure(name, theirs, unit, "ours / theirs", ratio)
    return Figure(name, theirs, unit, "ours / theirs", ratio, f">= {goal:.0f}" if goal > 1 else "> 1", ratio >= goal)


_VERDICT = {True: "met", False: "MISSED", None: ""}


def text(figures: list[Figure]) -> str:
    """A Markdown table."""
    lines = ["| what | figure | unit | beside | ratio | goal | |", "|---|--:|---|---|--:|--:|---|"]
    for f in figures:
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
        figure = f"{f.value:,.0f}" if f.value >= 100 else f"{f.value:,.1f}"
        lines.append(f"| {f.name} | {figure} | {f.unit} | {f.beside} | {ratio} | {f.goal} | {_VERDICT[f.met]} |")
    return "\n".join(lines)


def save(path: Path, machine: dict[str, object], figures: list[Figure]) -> None:
    content = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
