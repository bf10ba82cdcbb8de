"""Supervision rules: one ``.sql`` file each, a header and a query whose first column is its subject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg

from ledger.book.database import APP_ROLE

_HEADER = re.compile(r"^-- (rule|name|kind|severity|law|question|clears): (.+)$", re.MULTILINE)
_FIELDS = ("rule", "name", "kind", "severity", "law", "question", "clears")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file says it; ``finds`` is the file's opening sentence."""

    rule: str
    name: str
    kind: str
    severity: str
    law: str
    question: str
    clears: str
    finds: str
    sql: str


def parse_rule(text: str) -> Rule:
    """Reads a rule file.

    Raises:
        ValueError: a header line is missing.
    """
    header = dict(_HEADER.findall(text))
    missing = [name for name in _FIELDS if name not in header]
    if missing:
        raise ValueError(f"规则文件缺少 {'、'.join(missing)} / the rule's header lacks {', '.join(missing)}")
    first = text.splitlines()[0].removeprefix("--").strip()
    return Rule(**{name: header[name].strip() for name in _FIELDS}, finds=first, sql=text)


@cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule of the product, by name."""
    folder = files("projections").joinpath("findings")
    texts = [entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return tuple(sorted((parse_rule(text) for text in texts), key=lambda rule: rule.rule))


def create_views(conn: psycopg.Connection[Any]) -> None:
    """Makes each rule a view of the schema ``finding``, reading facts through the two clocks."""
    for rule in load_rules():
        conn.execute(f"create view finding.{rule.rule} as\n{rule.sql}".encode())
    conn.execute(f"grant select on all tables in schema finding to {APP_ROLE}".encode())
