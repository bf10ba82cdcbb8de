"""Parameters that a backtest sets for itself: what somebody types, checked against what is in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from ledger.policy import Parameter, PolicyPack, ServiceCap
from projections.rules import Rule, RuleError

Overrides = dict[str, Any]

# The least and the most that a number of a unit can sensibly be.
_RANGES = {
    "days": (0, 3_660),
    "working_days": (0, 3_660),
    "months": (0, 600),
    "basis_points": (0, 10_000),
    "day_of_month": (1, 31),
    "households": (1, 100_000),
    "multiple": (0, 100),
}
_ANY_RANGE = (0, 10**15)
# A member of a mapping is measured by its own name where that says another unit than the parameter's.
_UNIT_OF = {"day": "day_of_month", "grace_days": "days", "share_basis_points": "basis_points"}
_MOST_LETTERS = 2_000


class ParameterError(RuleError):
    """A parameter that cannot be set so."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        super().__init__(f"参数 {name}:{zh}", f"parameter {name}: {en}")
        self.parameter = name


def read_overrides(typed: Iterable[str], rule: Rule, policy: PolicyPack, on: date) -> Overrides:
    """Values by name from ``name=value`` (or ``name.member=value``), over those that the rule joins on a day.

    Raises:
        ParameterError: the rule reads no such parameter, or the value is of another type or out of range.
    """
    overrides: Overrides = {}
    for text in typed:
        place, mark, value = text.partition("=")
        name, dot, member = place.strip().partition(".")
        if not mark or not name:
            raise ParameterError(text[:40], "须写成 名称=值", "must be written name=value")
        if len(value) > _MOST_LETTERS:
            raise ParameterError(name, f"超过 {_MOST_LETTERS} 字", f"longer than {_MOST_LETTERS} characters")
        held = _held(name, rule, policy, on)
        plain = overrides.get(name, held.model_dump(mode="json")["value"])
        new = _with_member(held, plain, member, value.strip()) if dot else _whole(held, plain, value.strip())
        overrides[name] = _valid(held, new)
    return overrides


def shown(value: Any) -> str:
    """A value as it can be typed."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)


def _held(name: str, rule: Rule, policy: PolicyPack, on: date) -> Parameter:
    if name not in rule.parameters:
        listed = ", ".join(rule.parameters)
        has = (f"可设:{listed}", f"it reads {listed}") if listed else ("它没有参数", "it has none")
        raise ParameterError(
            name, f"规则 {rule.rule} 不使用它;{has[0]}", f"rule {rule.rule} does not read it; {has[1]}"
        )
    held = policy.find(name, on)
    if held is None:
        raise ParameterError(name, f"{on} 在 {policy.name} 无此规定", f"{policy.name} has none in force on {on}")
    return held


def _with_member(held: Parameter, plain: Any, member: str, text: str) -> Any:
    if not isinstance(plain, dict):
        raise ParameterError(held.name, "没有分项,请写 名称=值", "has no members: write name=value")
    if member not in plain:
        listed = ", ".join(plain)
        raise ParameterError(held.name, f"没有分项“{member}”,可选 {listed}", f"no member {member!r}: one of {listed}")
    return plain | {member: _read(held, plain[member], text, member)}


def _whole(held: Parameter, plain: Any, text: str) -> Any:
    if not isinstance(plain, dict):
        return _read(held, plain, text, None)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        example = f"{held.name}.{next(iter(plain))}=…"
        raise ParameterError(held.name, f"有分项,请写 {example}", f"has members: write {example}")
    for member, value in given.items():
        plain = _with_member(held, plain, member, value if isinstance(value, str) else shown(value))
    return plain


def _read(held: Parameter, plain: Any, text: str, member: str | None) -> Any:
    """A text as a value of the type that ``plain`` has."""
    if isinstance(plain, list):
        # The cap counts some categories, or all of them.
        if member == "counted_categories" and text == "all":
            return text
        return [
            part.strip() for part in text.replace("、", ",").strip("[]").replace('"', "").split(",") if part.strip()
        ]
    if isinstance(plain, int):
        return _number(held, text, _UNIT_OF.get(member or "", held.unit))
    return text


def _number(held: Parameter, text: str, unit: str) -> int:
    digits = text.removeprefix("-").removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise ParameterError(
            held.name, f"须为整数,单位 {held.unit},不能是“{text[:20]}”", f"must be a whole number, not {text[:20]!r}"
        )
    least, most = _RANGES.get(unit, _ANY_RANGE)
    if not least <= int(text) <= most:
        raise ParameterError(
            held.name, f"{text} 超出范围 {least} 至 {most}({unit})", f"{text} is out of range: {least} to {most} {unit}"
        )
    return int(text)


def _valid(held: Parameter, value: Any) -> Any:
    if value in ("", []):
        raise ParameterError(held.name, "不能为空", "must not be empty")
    try:
        changed = Parameter.model_validate(held.model_dump() | {"value": value})
        if held.name == "service_cap":
            ServiceCap.read(changed)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise ParameterError(held.name, f"值不合要求({reason})", f"the value is not valid ({reason})") from None
    return value
