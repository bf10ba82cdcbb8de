"""A rule that came with an archive may answer badly, or try more than a question: it alone is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from projections.queries import Clocks
from projections.replay import reading
from projections.replay.dialect import Untranslatable, written
from projections.replay.reading import alerts, asked, cap, funds
from projections.replay.replaying import Replayed, make_rule_views
from projections.replay.schema import schema
from projections.rules import Rule, load_rules
from tests.replay.replayed import plain, replayed, said_live
from tests.story import FUNDED, Story, day

AS_OF = day("2025-12-31")
WHOLE = {
    "subject": "'household:1'",
    "refs": "array['household:1']",
    "amount_fen": "1::bigint",
    "found_on": "as_of()",
    "evidence": "array[1]::bigint[]",
}
ENDLESS = "with recursive a(n) as (select 1 union all select n + 1 from a) select count(*) as n from a where n < 0"
CHANGES = [
    "delete from projection.balance returning 'household:1' as subject",
    "with gone as (delete from projection.balance returning 1 as n) select n from gone",
    "with gone as (drop table projection.movement) select 1",
    "with made as (create table mine as select 1) select 1",
    "select 1 as subject into mine",
    "insert into projection.balance select * from projection.balance returning 1",
    "update projection.balance set balance_fen = 0 returning 1",
    "create table mine as select 1",
    "drop table projection.movement",
    "truncate projection.movement",
    "set enable_external_access = true",
    "copy (select 1) to 'mine.csv'",
    "attach 'mine.db' as p",
    "select 1; drop table projection.movement",
]
NO_QUERIES = ["", "select 'unclosed", "(" * 5000, "select * from jsonb_each()", "select held_since()"]


def answering(**columns: str) -> str:
    return "select " + ", ".join(f"{sql} as {name}" for name, sql in (WHOLE | columns).items() if sql)


def rule_of(sql: str, name: str = "of_an_archive") -> Rule:
    return replace(load_rules()[0], rule=name, sql=sql, origin="site")


@pytest.fixture
def book(story: Story) -> Iterator[Replayed]:
    story.observed(*FUNDED)
    with replayed(story, AS_OF) as book:
        assert plain(book.tables) == said_live(story, Clocks(AS_OF))
        assert book.tables["funds"]
        yield book


def skipped(book: Replayed, sql: str) -> str:
    """Why the rule is skipped; the one after it is asked, and the book is as it was."""
    rules = [rule_of(sql), rule_of(answering(), "honest")]
    tables = "select schema_name, table_name from duckdb_tables() where not temporary order by all"
    before = book.conn.execute(tables).fetchall()
    make_rule_views(book.conn, rules)
    found = alerts(book.conn, rules)
    assert [row["rule"] for row in found.findings] == ["honest"]
    assert book.conn.execute(tables).fetchall() == before
    assert (funds(book.conn), cap(book.conn)) == (book.tables["funds"], book.tables["cap"])
    assert found.skipped.keys() == {"of_an_archive"}
    return found.skipped["of_an_archive"]


@pytest.mark.parametrize("sql", [*CHANGES, *NO_QUERIES], ids=lambda sql: sql[:40])
def test_a_rule_is_one_query(sql: str) -> None:
    with pytest.raises(Untranslatable):
        written(sql, schema().names)


def test_every_rule_of_ours_is_one_query() -> None:
    assert all(written(rule.sql, schema().names) for rule in load_rules())


def test_a_rule_that_changes_something_is_skipped_and_changes_nothing(book: Replayed) -> None:
    for sql in CHANGES:
        assert skipped(book, sql)
    assert "只能是一条查询" in skipped(book, CHANGES[0])
    assert "one select" in skipped(book, CHANGES[1])


def test_a_rule_could_not_write_if_it_came_to_it(book: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "written", lambda sql, names: sql if "delete" in sql else written(sql, names))
    assert "read-only" in skipped(book, CHANGES[0])


def test_a_rule_whose_answer_is_no_list_of_findings_is_skipped(book: Replayed) -> None:
    for name in WHOLE:
        assert f"答复缺少列 / the answer lacks {name}" == skipped(book, answering(**{name: ""}))
    wrong = [
        {"subject": "1"},
        {"subject": "array['household:1']"},
        {"subject": "null"},
        {"refs": "7"},
        {"refs": "'household:1'"},
        {"refs": "array[1, 2]"},
        {"amount_fen": "'1'"},
        {"amount_fen": "1.5"},
        {"amount_fen": "array[1]"},
        {"found_on": "0"},
        {"found_on": "'2025-01-01'"},
        {"found_on": "timestamp '2025-01-01 00:00:00'"},
        {"evidence": "'1'"},
        {"evidence": "array[0]"},
        {"severity": "array['notice']"},
        {"severity": "'dreadful'"},
    ]
    for columns in wrong:
        assert skipped(book, answering(**columns))


def test_a_rule_without_end_is_interrupted(book: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "RULE_SECONDS", 2.0)
    assert skipped(book, ENDLESS) == "超时 / took too long"


def test_only_the_first_rows_are_read(book: Replayed) -> None:
    assert len(asked(book.conn, "select g from generate_series(1, 1000) g", most=3)) == 3
    assert skipped(book, answering() + " from generate_series(1, 200001) g") == "too_many_rows"
