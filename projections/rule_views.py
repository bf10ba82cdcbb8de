"""Rules as views of the schema ``finding``: made one by one, checked, and run where they can do no harm.

A rule's views belong to the role ``mingzhang_rule``, which may read the schemas ``known``, ``finding`` and
``projection`` and nothing else; a view reads what its owner may read, whoever asks it. What a rule may call is
narrower still: only functions that are not volatile, so nothing that writes, waits, sets a setting (and with it the
clocks or the role) or reads a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from ledger.book.database import APP_ROLE, RULE_ROLE
from projections.rules import BrokenRule, Rule, RuleError

# A rule that takes longer than this is reported and skipped; it must not hold up the others.
RULE_SECONDS = 120
# Planning reads no rows.
_PLAN_SECONDS = 10
_COLUMNS = {
    "subject": "text",
    "refs": "text[]",
    "amount_fen": "bigint",
    "found_on": "date",
    "evidence": "bigint[]",
}
_OPTIONAL = {"severity": "text"}
_SEARCH = "set local search_path = known, finding, pg_temp"
_ZH = {
    errors.SyntaxError: "SQL 语法有误",
    errors.UndefinedTable: "没有这张表或视图",
    errors.UndefinedColumn: "没有这一列",
    errors.UndefinedFunction: "没有这个函数,或参数类型不符",
    errors.InsufficientPrivilege: "规则不得读取这里",
    errors.QueryCanceled: "用时过长,已终止",
    errors.GroupingError: "分组有误",
    errors.DivisionByZero: "除数为零",
}

# A view's stored query tells what it reads and calls; built-in functions leave no other trace.
_READ_ELSEWHERE = r"""
select distinct c.oid::regclass::text
from pg_rewrite r, regexp_matches(r.ev_action::text, ':relid (\d+)', 'g') m, pg_class c
where r.ev_class = %s::regclass and c.oid = m[1]::oid and c.oid <> r.ev_class
  and (c.relnamespace <> all ('{known,finding}'::regnamespace[]) or c.relname = 'hidden_case')
order by 1
"""
# The functions of XML read tables that are named in a text; which cases are hidden is nobody's to read.
_FORBIDDEN_CALLS = r"""
select distinct p.oid::regprocedure::text
from pg_rewrite r, regexp_matches(r.ev_action::text, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') m, pg_proc p
where r.ev_class = %s::regclass and p.oid = m[1]::oid
  and (p.provolatile = 'v' or p.proname ~ '_to_xml' or p.proname = 'hidden_cases'
       or p.pronamespace <> all ('{pg_catalog,known}'::regnamespace[]))
order by 1
"""


@contextmanager
def as_rule(conn: psycopg.Connection[Any], seconds: int = RULE_SECONDS) -> Iterator[None]:
    """Within a transaction: as the role that may only read what rules read, each statement for so many seconds."""
    conn.execute(f"set local role {RULE_ROLE}; set local statement_timeout = '{seconds}s'".encode())
    try:
        yield
    finally:
        # A transaction that failed takes both back by itself.
        if conn.info.transaction_status == TransactionStatus.INTRANS:
            conn.execute(b"reset role; set local statement_timeout to default")


def make_views(conn: psycopg.Connection[Any], rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], tuple[BrokenRule, ...]]:
    """Within a transaction: makes the views be those of ``rules``, touching only what differs from what is there.

    Returns:
        The rules that have their view, and those that cannot have one, with the reason.
    """
    wanted = {rule.rule: rule.version for rule in rules}
    for name, version in _present(conn).items():
        if wanted.get(name) != version:
            # A rule that is built on it is made again below.
            conn.execute(sql.SQL("drop view if exists finding.{} cascade").format(sql.Identifier(name)))
    present = _present(conn)
    sound, broken = [], []
    for rule in rules:
        try:
            if rule.rule not in present:
                _make(conn, rule)
            sound.append(rule)
        except RuleError as error:
            broken.append(BrokenRule.of(rule.file, error))
    return tuple(sound), tuple(broken)


def _present(conn: psycopg.Connection[Any]) -> dict[str, str | None]:
    """The views that are there and the versions of the rules that they were made from."""
    rows = conn.execute(
        "select relname, obj_description(oid, 'pg_class') from pg_class "
        "where relnamespace = 'finding'::regnamespace and relkind = 'v'"
    ).fetchall()
    return dict(rows)


def _make(conn: psycopg.Connection[Any], rule: Rule) -> None:
    conn.execute(_SEARCH.encode())
    with conn.transaction(), as_rule(conn, _PLAN_SECONDS):
        create_view(conn, f"finding.{rule.rule}", rule.sql)
        conn.execute(f"grant select on finding.{rule.rule} to {APP_ROLE}".encode())
        conn.execute(f"comment on view finding.{rule.rule} is '{rule.version}'".encode())


def create_view(conn: psycopg.Connection[Any], view: str, text: str) -> None:
    """As the role of rules: makes a view of a rule's text and checks what it reads, calls and answers.

    Raises:
        RuleError: with the line and column of ``text`` where PostgreSQL names them.
    """
    # Within brackets and in binary form it is one query and nothing else: nothing can follow a semicolon.
    opening = f"create view {view} as select * from (\n"
    try:
        conn.execute(f"{opening}{text}\n) found".encode(), binary=True)
        _check_reads(conn, view)
        _check_calls(conn, view)
        _check_columns(conn, view)
        conn.execute(f"explain select * from {view}".encode())
    except psycopg.Error as error:
        raise explained(error, text, len(opening)) from None


def explained(error: psycopg.Error, text: str, before: int = 0) -> RuleError:
    """What PostgreSQL says, as a problem of the file: ``before`` characters of the statement were ours."""
    zh = next((words for kind, words in _ZH.items() if isinstance(error, kind)), "SQL 无法执行")
    said = error.diag.message_primary or type(error).__name__
    line = column = None
    if error.diag.statement_position and (at := int(error.diag.statement_position) - 1 - before) >= 0:
        head = text[:at]
        line, column = head.count("\n") + 1, at - (head.rfind("\n") + 1) + 1
    hint = f" ({error.diag.message_hint})" if error.diag.message_hint else ""
    return RuleError(f"{zh}:{said}", f"{said}{hint}", line, column)


def _check_reads(conn: psycopg.Connection[Any], view: str) -> None:
    rows = conn.execute(_READ_ELSEWHERE.encode(), [view]).fetchall()
    if names := ", ".join(name for (name,) in rows):
        raise RuleError(
            f"规则只能读取 known 与 finding 中的视图,不得读取 {names}",
            f"a rule reads the views of known and finding alone, not {names}",
        )


def _check_calls(conn: psycopg.Connection[Any], view: str) -> None:
    rows = conn.execute(_FORBIDDEN_CALLS.encode(), [view]).fetchall()
    if names := ", ".join(name for (name,) in rows):
        raise RuleError(
            f"规则不得调用会写入、等待、改设置或每次结果不同的函数:{names}",
            f"a rule may not call what writes, waits, sets a setting or answers differently each time: {names}",
        )


def _check_columns(conn: psycopg.Connection[Any], view: str) -> None:
    rows = conn.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 order by attnum",
        [view],
    ).fetchall()
    types: dict[str, str] = dict(rows)
    if rows and rows[0][0] != "subject":
        raise RuleError("第一列须为 subject", "the first column must be subject")
    problems = [
        (f"缺少列 {name}({kind})", f"column {name} ({kind}) is missing")
        for name, kind in _COLUMNS.items()
        if name not in types
    ]
    for name, kind in types.items():
        due = (_COLUMNS | _OPTIONAL).get(name)
        if due is None:
            problems.append((f"多出列 {name}", f"column {name} is not asked for"))
        elif kind != due:
            problems.append((f"列 {name} 须为 {due},现为 {kind}", f"column {name} must be {due}, and is {kind}"))
    if problems:
        raise RuleError("；".join(zh for zh, _ in problems), "; ".join(en for _, en in problems))
