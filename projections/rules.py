"""Supervision rules: one ``.sql`` file each, a header and a query whose first column is its subject."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from ledger.policy import load_pack, pack_names
from projections.rule_header import BASES, FIELDS, NONE, Both, RuleError, header_of, listed, wrong_values

__all__ = [
    "BASES",
    "FIELDS",
    "Both",
    "BrokenRule",
    "Origin",
    "Rule",
    "RuleError",
    "check_parameters",
    "load_rules",
    "load_site_rules",
    "parse_rule",
    "read_file",
    "unknown_parameters",
]

Origin = Literal["product", "site"]

# A rule is read by people; a file beyond this is something else.
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule file that was skipped, and why; ``line`` and ``column`` count from 1."""

    file: str
    zh: str
    en: str
    line: int | None = None
    column: int | None = None

    @classmethod
    def of(cls, file: str, error: RuleError) -> BrokenRule:
        return cls(file, error.zh, error.en, error.line, error.column)

    def __str__(self) -> str:
        return f"{self.place}: {self.zh} / {self.en}"

    @property
    def place(self) -> str:
        """``over_standard.sql:12:8``."""
        return ":".join([self.file, *(str(at) for at in (self.line, self.column) if at)])


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file says it; ``finds`` is the file's opening sentence, ``version`` the SHA-256 of its text."""

    rule: str
    name: str
    title: str
    kind: str
    severity: str
    subjects: tuple[str, ...]
    is_clocked: bool
    is_overpaid: bool
    basis: str
    law: str
    text: str | None
    quotation: str | None
    parameters: tuple[str, ...]
    question: Both
    clears: Both
    example: Both
    finds: Both
    sql: str
    version: str
    origin: Origin = "product"

    @property
    def file(self) -> str:
        return f"{self.rule}.sql"


def parse_rule(sql: str, origin: Origin = "product") -> Rule:
    """Reads a rule file.

    Raises:
        RuleError: every line of the header that is missing, there twice, unknown or of no known value.
    """
    finds, header, problems = header_of(sql)
    problems += wrong_values(header)
    if problems:
        raise RuleError("；".join(zh for zh, _ in problems), "; ".join(en for _, en in problems))
    return Rule(
        rule=header["rule"],
        name=header["name"],
        title=header["title"],
        kind=header["kind"],
        severity=header["severity"],
        basis=header["basis"],
        law=header["law"],
        subjects=listed(header["subject"]),
        is_clocked=header["clock"] == "yes",
        is_overpaid=header["overpaid"] == "yes",
        text=_or_none(header["text"]),
        quotation=_or_none(header["quotation"]),
        parameters=listed(header["parameters"]),
        question=_both(header["question"]),
        clears=_both(header["clears"]),
        example=_both(header["example"]),
        finds=finds,
        sql=sql,
        version=hashlib.sha256(sql.encode()).hexdigest(),
        origin=origin,
    )


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule of the product, by name.

    Raises:
        RuleError: a file of the product is broken; its name stands first.
    """
    found = []
    for entry in _sql_files(files("projections").joinpath("findings")):
        try:
            found.append(_read(entry, "product"))
        except RuleError as error:
            raise RuleError(f"{entry.name}:{error.zh}", f"{entry.name}: {error.en}", error.line) from None
    return tuple(found)


def load_site_rules(folder: Path | None) -> tuple[tuple[Rule, ...], tuple[BrokenRule, ...]]:
    """The rules of a site's own folder, and the files there that are none; no folder, no rules."""
    if folder is None or not folder.is_dir():
        return (), ()
    taken = {rule.rule for rule in load_rules()}
    sound: list[Rule] = []
    broken: list[BrokenRule] = []
    for entry in _sql_files(folder):
        try:
            sound.append(_site_rule(entry, taken))
        except RuleError as error:
            broken.append(BrokenRule.of(entry.name, error))
    return tuple(sound), tuple(broken)


def unknown_parameters(names: Iterable[str]) -> list[str]:
    """Those that no policy pack has."""
    left = list(names)
    # Most stand in the national pack, which is at hand; reading every pack takes a second.
    for pack in sorted(pack_names(), key=lambda name: name != "national"):
        if not left:
            break
        known = {parameter.name for parameter in load_pack(pack).parameters()}
        left = [name for name in left if name not in known]
    return left


def read_file(path: Path) -> str:
    """The text of a rule file.

    Raises:
        RuleError: it cannot be read, is too large, or is not UTF-8.
    """
    return _text_of(path)


def check_parameters(rule: Rule) -> None:
    """Raises RuleError where the header names a parameter that no policy pack has."""
    if unknown := unknown_parameters(rule.parameters):
        names = "、".join(unknown)
        raise RuleError(
            f"parameters:没有参数“{names}”,任何政策包都未定义",
            f"parameters: no policy pack has {names}",
            _line_of(rule.sql, "parameters"),
        )


def _site_rule(entry: Traversable, taken: set[str]) -> Rule:
    rule = _read(entry, "site")
    if rule.rule in taken:
        # Findings are known by the rule's name: the same name for another question would mix two histories.
        raise RuleError(
            f"规则名“{rule.rule}”是产品自带规则,请另起名称",
            f"{rule.rule} is a rule of the product: take another name",
            _line_of(rule.sql, "rule"),
        )
    check_parameters(rule)
    return rule


def _read(entry: Traversable, origin: Origin) -> Rule:
    rule = parse_rule(_text_of(entry), origin)
    if entry.name != rule.file:
        raise RuleError(
            f"文件须名为 {rule.file},与规则名一致",
            f"the file must be called {rule.file}, as the rule is",
            _line_of(rule.sql, "rule"),
        )
    return rule


def _text_of(entry: Traversable) -> str:
    try:
        # A pipe or a device would never end.
        if isinstance(entry, Path) and entry.exists() and not entry.is_file():
            raise RuleError("不是文件", "it is no file")
        with entry.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise RuleError(f"无法读取({error.strerror})", f"cannot be read ({error.strerror})") from None
    if len(content) > _MOST_BYTES:
        raise RuleError(f"文件超过 {_MOST_BYTES} 字节", f"the file is larger than {_MOST_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise RuleError("文件须为 UTF-8 编码", "the file is not UTF-8") from None
    if "\0" in text:
        raise RuleError("文件含有零字节,不是文本", "the file has a zero byte in it: it is no text")
    return text


def _sql_files(folder: Traversable) -> list[Traversable]:
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql") and not entry.name.startswith(".")]
    return sorted(found, key=lambda entry: entry.name)


def _both(value: str) -> Both:
    return Both("" if value == "none / none" else value)


def _or_none(value: str) -> str | None:
    return None if value == NONE else value


def _line_of(sql: str, name: str) -> int | None:
    """The line of the file on which a header line stands."""
    return next((n for n, line in enumerate(sql.split("\n"), 1) if line.startswith(f"-- {name}:")), None)
