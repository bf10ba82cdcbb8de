"""The header of a rule file: its lines, what each may say, and every mistake in it told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ledger.events.finding import SEVERITIES

BASES = {"L": "规定 law", "A": "审计做法 audit practice", "D": "本系统默认 our default"}
# What the first column of a rule may be.
SUBJECTS = (
    "household",
    "person",
    "account",
    "batch",
    "document",
    "fund",
    "contract",
    "expense",
    "region_year",
    "recovery",
    "provider",
    "official",
    "paper",
    "case",
)
FIELDS = (
    "rule",
    "name",
    "title",
    "kind",
    "severity",
    "subject",
    "clock",
    "overpaid",
    "basis",
    "law",
    "text",
    "quotation",
    "parameters",
    "question",
    "clears",
    "example",
)
_BOTH = ("question", "clears", "example")
_NAME = re.compile(r"[a-z][a-z0-9_]{2,47}")
NONE = "none"
_LINE = re.compile(r"-- ([a-z_]+): ?(.*)")


class Both(str):
    """Words as the file has them, «中文 / English»; empty where there are none yet."""

    __slots__ = ()

    @property
    def zh(self) -> str:
        return self.partition(" / ")[0]

    @property
    def en(self) -> str:
        return self.partition(" / ")[2]


class RuleError(ValueError):
    """A rule file that cannot be used: why, in both languages, and where in the file if that is known."""

    def __init__(self, zh: str, en: str, line: int | None = None, column: int | None = None) -> None:
        self.zh, self.en, self.line, self.column = zh, en, line, column
        super().__init__(f"{zh} / {en}")


Problem = tuple[str, str]


def header_of(sql: str) -> tuple[Both, dict[str, str], list[Problem]]:
    """The opening sentence, the header's lines, and what is wrong with their number and names."""
    lines = sql.split("\n")
    finds = Both(lines[0].removeprefix("--").strip())
    problems: list[Problem] = []
    if not lines[0].startswith("-- ") or _LINE.fullmatch(lines[0]) or not (finds.zh and finds.en):
        problems.append(
            ("第 1 行须为“-- 中文。 / English.”,说明发现什么", "line 1 must say what it finds: -- 中文。 / English.")
        )
    header: dict[str, str] = {}
    for line in lines[1:]:
        if not line.startswith("--"):
            break
        if match := _LINE.fullmatch(line.rstrip()):
            name, value = match[1], match[2].strip()
            if name not in FIELDS:
                problems.append((f"没有“{name}”这一行", f"there is no header line {name}"))
            elif name in header:
                problems.append((f"“{name}”写了两次", f"{name} is there twice"))
            header[name] = value
    if sql.rstrip().endswith(";"):
        problems.append(("不要以分号结尾", "no semicolon at the end"))
    if missing := [name for name in FIELDS if not header.get(name)]:
        problems.append((f"缺少 {'、'.join(missing)}", f"the header lacks {', '.join(missing)}"))
    return finds, header, problems


def wrong_values(header: dict[str, str]) -> list[Problem]:
    """What is wrong with the values of a header; a line that is missing is not wrong as well."""
    allowed: dict[str, Iterable[str]] = {
        "severity": SEVERITIES,
        "basis": BASES,
        "clock": ("yes", "no"),
        "overpaid": ("yes", "no"),
        "subject": SUBJECTS,
    }
    problems: list[Problem] = []
    for name, values in allowed.items():
        held = listed(header.get(name, "")) if name == "subject" else ((header.get(name) or next(iter(values))),)
        for one in held:
            if one not in values:
                choices = ", ".join(values)
                problems.append((f"{name} 不能是“{one}”,可选 {choices}", f"{name} cannot be {one!r}: one of {choices}"))
    if (rule := header.get("rule")) and not _NAME.fullmatch(rule):
        problems.append(
            (f"规则名“{rule}”须为小写字母、数字、下划线,3 至 48 个", f"rule {rule!r} must be 3-48 of a-z, 0-9 and _")
        )
    if len(listed(header.get("subject", ""))) > 2:
        problems.append(("subject 至多两种", "subject may be two kinds at most"))
    for name in _BOTH:
        if (value := header.get(name)) and not (Both(value).zh and Both(value).en):
            problems.append((f"{name} 须写成“中文 / English”", f"{name} must be written «中文 / English»"))
    return problems


def listed(value: str) -> tuple[str, ...]:
    """``"a, b"`` -> ("a", "b"); ``"none"`` -> ()."""
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    return () if names == (NONE,) else names
