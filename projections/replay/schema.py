"""The schemas of the projections in DuckDB, from the same files that PostgreSQL has them from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlglot import exp

from ledger.events import EVENT_CLASSES
from projections import facts
from projections.replay.dialect import Names, Untranslatable, parsed, translated

# A piece of SQL that may hide a semicolon, or the semicolon.
_PART = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$\$.*?\$\$|;|[^-'$;]+|.", re.DOTALL)
_HEAD = re.compile(r"create (?:or replace )?(?P<kind>table|view|function|macro) (?P<schema>\w+)\.(?P<name>\w+)")
_FUNCTION = re.compile(
    r"create function (?P<schema>\w+)\.(?P<name>\w+)\((?P<args>[^)]*)\)\s+"
    r"returns (?:table \((?P<table>[^)]*)\)|(?P<type>\w+))(?P<attributes>.*?)"
    r"(?:\breturn\b(?P<expression>.*)|as \$\$(?P<body>.*)\$\$)",
    re.DOTALL,
)
_DO = re.compile(r"array array\[(?P<kinds>[^]]*)\].*?execute format\((?P<format>.*?), kind\)", re.DOTALL)
# Of PL/pgSQL the files use no more than a block around one statement, or around ``return (query)``.
_BLOCK = re.compile(r"\s*begin\s+(?P<inner>.*?);?\s*end\s*\Z", re.DOTALL)
_NAMED = re.compile(r"\b(?:known|projection)\.\w+")
# What a session of PostgreSQL sets for itself is a macro that clocks.py makes.
_SETTING = "current_setting("


@dataclass(frozen=True, slots=True)
class Schema:
    """What the files make, as PostgreSQL has it, by name and in order; ``names`` are those that stand in DuckDB.

    ``advances`` are the functions that fill the tables of ``projection``, as their bodies.
    """

    made: dict[str, str]
    advances: tuple[str, ...]
    names: Names

    def statements(self) -> list[str]:
        """Everything, in DuckDB's SQL."""
        return [_put_once(text, self.names) for text in self.made.values()]

    def statements_for(self, wanted: str, instead: Mapping[str, str]) -> list[str]:
        """What makes one relation and all that it is made of; ``instead`` says how some of it is made otherwise."""
        made = {**self.made, **instead}
        needed: set[str] = set()
        left = [wanted]
        while left:
            name = left.pop()
            if name not in needed and name in made:
                needed.add(name)
                left += _NAMED.findall(made[name])
        return [_put_once(text, self.names) for name, text in made.items() if name in needed]

    def filled(self) -> dict[str, str]:
        """What fills each table of ``projection`` from the whole log at once, in order."""
        found = dict(_at_once(body, self.names) for body in self.advances)
        return found | {"balance": _RUNNING}


# The steps of the live balances change rows of before. At once there is no before, and the view says what they keep.
_RUNNING = "insert into projection.balance select fund, account, day, balance_fen from projection.running_balance"


@cache
def schema() -> Schema:
    """The schemas ``known`` and ``projection``; what stands in them is put to DuckDB when it is wanted."""
    first, *others = _files()
    views = [one for one in facts.tables() if one.startswith("create view")]
    ours = statements_of(files("projections.replay").joinpath("engine.sql").read_text(encoding="utf-8"))
    theirs = [*statements_of(first), *views, *(one for text in others for one in statements_of(text))]
    made: dict[str, str] = {}
    advances: list[str] = []
    names = Names()
    for statement in [*ours, *(one for text in theirs for one in _repeated(text))]:
        head = _HEAD.match(statement)
        if head is None:
            continue
        _note(head, names)
        function = _FUNCTION.match(statement)
        if function and function["name"].startswith("advance_"):
            advances.append(_inner(function["body"]))
        elif _SETTING not in statement and head["name"] != "held_until":
            name = f"{head['schema']}.{head['name']}"
            # What is made anew stands where it is made anew, after what it then reads.
            made.pop(name, None)
            made[name] = statement
    return Schema(made, tuple(body for body in advances if "update projection." not in body), names)


def statements_of(text: str) -> list[str]:
    """A file's statements, without comments."""
    found, now = [], ""
    for part in _PART.findall(text):
        if part == ";":
            found.append(now.strip())
            now = ""
        elif not part.startswith("--"):
            now += part
    return [one for one in [*found, now.strip()] if one]


def fact_columns() -> dict[str, dict[str, str]]:
    """Every fact table and its columns with their types, as PostgreSQL has them."""
    own = {"position": "bigint", "recorded_at": "timestamptz", "effective_on": "date"}
    return {facts.table_name(cls): own | facts.columns(cls) for cls in EVENT_CLASSES}


def _files() -> list[str]:
    """The texts of ``projections/sql``, in the order in which the engine makes them."""
    folder = files("projections").joinpath("sql")
    entries = sorted((one for one in folder.iterdir() if one.name.endswith(".sql")), key=lambda one: one.name)
    return [one.read_text(encoding="utf-8") for one in entries]


def _repeated(statement: str) -> Iterable[str]:
    """A statement, or those that PL/pgSQL makes of a list of names with ``format``."""
    if not statement.startswith("do $$"):
        return [statement]
    found = _DO.search(statement)
    if found is None:
        raise Untranslatable(statement.splitlines()[0])
    pattern = "".join(part.replace("''", "'") for part in re.findall(r"'((?:[^']|'')*)'", found["format"]))
    return [pattern.replace("%1$I", kind) for kind in re.findall(r"'(\w+)'", found["kinds"])]


def _note(head: re.Match[str], names: Names) -> None:
    if head["kind"] in ("function", "macro"):
        names.macros[head["name"]] = head["schema"]
    else:
        names.relations.setdefault(head["schema"], set()).add(head["name"])


def _put_once(statement: str, names: Names) -> str:
    key = ("make", statement)
    if key not in names.written:
        names.written[key] = _put(statement, names)
    return names.written[key]


def _put(statement: str, names: Names) -> str:
    """A statement in DuckDB's SQL."""
    if statement.startswith("create macro"):
        return statement
    function = _FUNCTION.match(statement)
    if function:
        return _macro(function, names)
    tree = parsed(statement).copy()
    tree.set("replace", False)
    if isinstance(tree.this, exp.Schema):
        # No keys: what they would refuse cannot come of a log that PostgreSQL holds, and they cost memory.
        kept = [one for one in tree.this.expressions if isinstance(one, exp.ColumnDef)]
        for column in kept:
            column.set("constraints", [])
        tree.this.set("expressions", kept)
    return translated(tree, names)


def _macro(function: re.Match[str], names: Names) -> str:
    arguments = [one.split()[0] for one in function["args"].split(",") if one.strip()]
    head = f"create macro {function['schema']}.{function['name']}({', '.join(arguments)}) as"
    if function["table"]:
        columns = ", ".join(one.split()[0] for one in function["table"].split(","))
        return f"{head} table select * from ({translated(parsed(function['body']), names)}) as rows_of({columns})"
    expression = function["expression"] or _inner(function["body"]).removeprefix("return")
    return f"{head} ({translated(parsed(f'select {expression}'), names).removeprefix('SELECT ')})"


def _inner(body: str) -> str:
    block = _BLOCK.match(body)
    return block["inner"] if block else body


def _at_once(body: str, names: Names) -> tuple[str, str]:
    """The body of an ``advance_…``, from the first position to the last; the table that it fills, and the statement."""
    tree = parsed(body).copy()
    insert = tree.find(exp.Insert)
    if insert is None:
        raise Untranslatable(body[:60])
    # A row of before is what it would conflict with.
    insert.set("conflict", None)
    for column, value in (("after", 0), ("upto", 2**63 - 1)):
        for one in list(tree.find_all(exp.Column)):
            if one.name == column and not one.table:
                one.replace(exp.Literal.number(value))
    return insert.find(exp.Table).name, translated(tree, names)  # type: ignore[union-attr]
