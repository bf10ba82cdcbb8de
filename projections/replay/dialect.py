"""SQL that is written for PostgreSQL, as DuckDB takes it: the same text, parsed and written anew by sqlglot.

What differs is said here once, construct by construct; the rules and projections themselves are not written twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.generator import Generator
from sqlglot.generators.duckdb import DuckDBGenerator

# Rows that PostgreSQL's functions make of a JSON value, as a query over DuckDB's ``json_each``.
_JSON_ROWS = {
    "jsonb_each": "select key, value from json_each(__it)",
    "jsonb_each_text": "select key, value ->> '$' as value from json_each(__it)",
    "jsonb_array_elements": "select value from json_each(__it)",
    "jsonb_array_elements_text": "select value ->> '$' as value from json_each(__it)",
}
_ROW_FUNCTIONS = (exp.GenerateSeries, exp.ExplodingGenerateSeries)
_CHANGES = (exp.DML, exp.DDL, exp.Into)


class Untranslatable(ValueError):
    """A statement that cannot be put to DuckDB; the message says what of it, in English."""


@dataclass(slots=True)
class Names:
    """What stands in the schemas: views and tables by schema, and the macros."""

    relations: dict[str, set[str]] = field(default_factory=lambda: {"known": set(), "finding": set()})
    # Macros, by name: the schema that each is in.
    macros: dict[str, str] = field(default_factory=dict)
    # Relations that were made once of a view, for all who read it: name -> where it is read instead.
    made: dict[str, str] = field(default_factory=dict)
    # What was put to DuckDB before: parsing and writing a text takes longer than asking a small book.
    written: dict[tuple[str, ...], str] = field(default_factory=dict)


def _divided(written: Generator, node: exp.Expr) -> str:
    return f"(({written.sql(node, 'this')}) // ({written.sql(node, 'expression')}))"


def _has_member(written: Generator, node: exp.Expr) -> str:
    member = exp.Anonymous(this="to_json", expressions=[node.expression])
    return written.func("json_contains", node.this, member)


class _Generator(DuckDBGenerator):
    """DuckDB as sqlglot writes it; but division between whole numbers stays whole, and jsonb is JSON."""

    TRANSFORMS = DuckDBGenerator.TRANSFORMS | {
        exp.Div: _divided,
        exp.IntDiv: _divided,
        exp.JSONBContainsTopKey: _has_member,
        exp.JSONBExtractScalar: lambda self, node: f"({self.sql(node, 'this')} ->> '$')",
    }
    TYPE_MAPPING = DuckDBGenerator.TYPE_MAPPING | {exp.DataType.Type.JSONB: "JSON"}


class _Written(DuckDB):
    Generator = _Generator


@cache
def parsed(sql: str) -> exp.Expr:
    """One statement as PostgreSQL has it; not to be changed, for it is parsed once.

    Raises:
        Untranslatable: it cannot be parsed, or is not one statement.
    """
    try:
        found = [one for one in sqlglot.parse(sql, read="postgres") if one is not None]
    except SqlglotError as error:
        raise Untranslatable(str(error).splitlines()[0]) from None
    if len(found) != 1:
        raise Untranslatable(f"{len(found)} statements")
    return found[0]


def translated(tree: exp.Expr, names: Names, parameters: Iterable[str] = ()) -> str:
    """A parsed statement in DuckDB's SQL, every relation and macro named with its schema.

    Raises:
        Untranslatable: it reads or calls something that the replay does not have.
    """
    tree = tree.copy()
    for change in (_plain_selects, _json_rows, _arrays, _types, _ordered_aggregates):
        tree = tree.transform(change, copy=False)
    # The innermost first: a call is replaced together with its arguments.
    for call in reversed(list(tree.find_all(exp.Anonymous))):
        _qualify_call(call, names)
    for table in list(tree.find_all(exp.Table)):
        _qualify_table(table, names)
    return tree.sql(dialect=_Written, comments=False)


def written(sql: str, names: Names) -> str:
    """One query of PostgreSQL in DuckDB's SQL, worked out once.

    Raises:
        Untranslatable: as ``parsed`` and ``translated``; or it is no query, or one that changes something.
    """
    key = (sql, *sorted(names.made))
    if key not in names.written:
        try:
            names.written[key] = translated(_query(parsed(sql)), names)
        except Untranslatable:
            raise
        # An archive may hold any text: what the translator stumbles over cannot be translated.
        except (SqlglotError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            raise Untranslatable(f"无法转换 / cannot be translated ({type(error).__name__})") from error
    return names.written[key]


def _query(tree: exp.Expr) -> exp.Expr:
    """A statement that only reads, ``with`` and all."""
    named = (cte.this for cte in tree.find_all(exp.CTE))
    if not all(isinstance(one, exp.Query) for one in (tree, *named)) or tree.find(*_CHANGES):
        raise Untranslatable("只能是一条查询,不得改动 / it must be one select that changes nothing")
    return tree


def _plain_selects(node: exp.Expr) -> exp.Expr:
    """What steers PostgreSQL's planner and means nothing else: fences, expressions against indexes, sub-selects."""
    if isinstance(node, exp.Select):
        if not node.expressions:
            node.set("expressions", [exp.Literal.number(1)])
        offset = node.args.get("offset")
        if offset is not None and offset.expression.name == "0":
            node.set("offset", None)
    if isinstance(node, exp.Add) and node.expression == exp.Literal.number(0):
        return node.left
    # (select f()) keeps PostgreSQL from calling f for every row; here f is a constant once it is expanded.
    if isinstance(node, exp.Subquery) and not isinstance(node.parent, exp.From | exp.Join | exp.Lateral):
        inner = node.this
        is_bare = isinstance(inner, exp.Select) and not (inner.args.get("from_") or inner.args.get("where"))
        if is_bare and len(inner.expressions) == 1:
            return exp.Paren(this=inner.expressions[0])
    return node


def _json_rows(node: exp.Expr) -> exp.Expr:
    name = _called(node)
    if name in _JSON_ROWS and isinstance(node.parent, exp.Table | exp.Lateral):
        return node
    if isinstance(node, exp.Table | exp.Lateral) and (name := _called(node.this)) in _JSON_ROWS:
        query = sqlglot.parse_one(_JSON_ROWS[name], read="duckdb")
        argument = node.this.expressions[0]
        query = query.transform(lambda one: argument.copy() if one == exp.column("__it") else one)
        alias = node.args.get("alias")
        return exp.Subquery(this=query, alias=alias.copy() if alias else None)
    if name == "jsonb_typeof":
        return exp.Lower(this=exp.Anonymous(this="json_type", expressions=node.expressions))
    return node


def _arrays(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.ArrayRemove) and isinstance(node.expression, exp.Null):
        kept = sqlglot.parse_one("list_filter(__it, lambda one: one is not null)", read="duckdb")
        array: exp.Expr = node.this
        return kept.transform(lambda one: array.copy() if one == exp.column("__it") else one)
    return node


def _types(node: exp.Expr) -> exp.Expr:
    # A numeric without places is a whole number beyond bigint: nothing here has a fraction of a fen.
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.DECIMAL and not node.expressions:
        return exp.DataType(this=exp.DataType.Type.INT128)
    return node


def _ordered_aggregates(node: exp.Expr) -> exp.Expr:
    """``held_since(day, holds order by day)``: DuckDB's macro puts the days in order itself."""
    if _called(node) == "held_since" and isinstance(last := node.expressions[-1], exp.Order):
        if len(last.expressions) != 1 or last.expressions[0].this != node.expressions[0]:
            raise Untranslatable("held_since must be ordered by its first argument")
        node.set("expressions", [*node.expressions[:-1], last.this])
    return node


def _called(node: exp.Expr | None) -> str:
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else ""


def _qualify_call(call: exp.Anonymous, names: Names) -> None:
    schema = names.macros.get(_called(call))
    if schema is None or isinstance(call.parent, exp.Dot):
        return
    if isinstance(call.parent, exp.Table):
        call.parent.set("db", exp.to_identifier(schema))
    else:
        call.replace(exp.Dot(this=exp.to_identifier(schema), expression=call.copy()))


def _qualify_table(table: exp.Table, names: Names) -> None:
    name = table.name.lower()
    if not isinstance(table.this, exp.Identifier):
        if not _makes_rows(table.this, names):
            raise Untranslatable(f"the rows of {table.this.sql()[:60]}")
        return
    if isinstance(table.parent, exp.Schema) or (not table.db and name in _common(table)):
        return
    if table.db in ("", "known") and name in names.made:
        schema, _, made = names.made[name].partition(".")
        table.set("db", exp.to_identifier(schema))
        table.set("this", exp.to_identifier(made))
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
        return
    if not table.db:
        found = next((one for one in ("known", "finding") if name in names.relations[one]), None)
        if found is None:
            raise Untranslatable(f"there is no {name}")
        table.set("db", exp.to_identifier(found))


def _makes_rows(function: exp.Expr, names: Names) -> bool:
    """Whether a function in ``from`` is one of ours or one that reads nothing but its arguments."""
    return isinstance(function, _ROW_FUNCTIONS) or _called(function) in {"json_each", *names.macros}


def _common(table: exp.Table) -> set[str]:
    """The names that ``with`` gives in the queries around a table."""
    found: set[str] = set()
    node: exp.Expr | None = table
    while node is not None:
        with_ = node.args.get("with_")
        if with_ is not None:
            found |= {cte.alias.lower() for cte in with_.expressions}
        node = node.parent
    return found
