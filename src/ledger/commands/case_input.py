"""What is typed to work a case: severities and amounts read, and what does not fit said in both languages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pydantic import ValidationError

_SEVERITIES = {"严重": "critical", "警告": "warning", "提示": "notice"}
# Fields that are not an option of their own name.
_TYPED_AS = {
    "case_no": "NO", "finding": "FINDING", "findings": "FINDING", "assigned_to": "--to", "sent_to": "--to",
    "due_on": "--due", "amount_fen": "--amount", "objective_cause": "--cause", "corrected_on": "--corrected",
}  # fmt: skip
_FINDING = ("须为预警编号:f 加 16 位十六进制数字", "a finding's id is f and 16 hexadecimal digits")
_REGION = ("须为 6、9 或 12 位数字", "a region is 6, 9 or 12 digits")
_PATTERNS = {
    "finding": _FINDING,
    "findings": _FINDING,
    "region": _REGION,
    "unit_region": _REGION,
    "media_type": ("文件类型不合格式", "the type of the file is malformed"),
}


def severity_of(text: str | None, option: str) -> str | None:
    """A severity as typed, in English or Chinese; typer.BadParameter (exit code 2) where it is none."""
    if text is None:
        return None
    severity = _SEVERITIES.get(text, text)
    if severity not in _SEVERITIES.values():
        allowed = ", ".join(f"{en} ({zh})" for zh, en in _SEVERITIES.items())
        raise typer.BadParameter(f"可选 / one of: {allowed}", param_hint=option)
    return severity


def fen_of(text: str | None) -> int | None:
    """An amount in yuan as typed; typer.BadParameter (exit code 2) where it is none."""
    from ledger.intake.cells import money
    from ledger.intake.problems import CellProblem

    try:
        return money(text) if text else None
    except CellProblem as problem:
        raise typer.BadParameter(f"{problem.reason_zh} / {problem.reason_en}", param_hint="--amount") from None


def misfit(error: ValidationError, step: str) -> typer.BadParameter:
    """The first thing that does not fit, without what was typed, which may be personal."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else step
    zh, en = _said(name, first["type"], str(first["msg"]), first.get("ctx", {}))
    return typer.BadParameter(f"{zh} / {en}", param_hint=_TYPED_AS.get(name, f"--{name.replace('_', '-')}"))


def _said(name: str, type_: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    if type_ == "missing":
        return "须填写", "this is needed"
    if type_ == "literal_error":
        allowed = ", ".join(re.findall("'([^']+)'", str(context["expected"])))
        return f"可选:{allowed}", f"one of: {allowed}"
    if type_ == "string_pattern_mismatch":
        return _PATTERNS.get(name, ("不得含换行、制表等控制字符", "no line breaks, tabs or other control characters"))
    if type_ == "string_too_long":
        return f"最多 {context['max_length']} 字", f"at most {context['max_length']} characters"
    zh, _, en = message.removeprefix("Value error, ").partition(" / ")
    return (zh, en) if en else ("不合格式", zh)
