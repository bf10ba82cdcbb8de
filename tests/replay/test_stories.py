"""What rules find and books say, told as stories, in PostgreSQL and in the replay of the same log."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book.book import Book
from ledger.book.database import Database
from projections.engine import Engine
from projections.overrides import ParameterError
from projections.queries import Clocks
from projections.replay.another_rule import read_parameters, under
from projections.replay.clocks import set_clocks
from projections.replay.comparison import compare_with
from projections.replay.loading import NotAnArchive
from projections.replay.reading import alerts, cap
from projections.replay.replaying import replay
from projections.replay.taking import take_tables
from projections.rule_template import template
from projections.rules import Rule, load_rules, parse_rule
from tests.histories import Step, steps
from tests.projections import stories_household, stories_money
from tests.projections.rule_story import RuleStory
from tests.projections.test_agreement import live
from tests.projections.test_rules import SPINE
from tests.replay.replayed import plain, replayed, said_live
from tests.story import FUNDED, Story, contract, day, grant, receipt, service_expense

LATER = day("2025-12-31")
numbers = count(1)
# One story a rule: the casebook's replay asks them all of far more.
TOLD = list(
    {
        story.rule: story
        for story in (*SPINE, *stories_household.STORIES, *stories_money.STORIES)
        if story.jurisdiction == "lanzhou-new-area"
    }.values()
)


def keep_rules(archive: Path, rules: Iterable[Rule]) -> Path:
    """The folder of an archive's rules, with these."""
    folder = archive / "rules"
    folder.mkdir()
    for rule in rules:
        (folder / f"{rule.rule}-{rule.version[:8]}.sql").write_text(rule.sql, encoding="utf-8")
    return folder


@pytest.mark.parametrize("told", TOLD, ids=str)
def test_a_rule_finds_the_same_in_the_replay(story: Story, told: RuleStory, tmp_path: Path) -> None:
    story.observed(*told.given, *told.found)
    as_of = day(told.as_of)
    # The rule of the story alone: histories below, and the casebook, ask them all at once.
    keep_rules(tmp_path, [rule for rule in load_rules() if rule.rule == told.rule])
    with replayed(story, as_of, archive=tmp_path) as book:
        live = said_live(story, Clocks(as_of))
        assert plain(book.tables) == live | {"alerts": [row for row in live["alerts"] if row["rule"] == told.rule]}
        assert any(told.ref in row["refs"] for row in book.tables["alerts"])
        assert book.skipped == {}


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    history=steps("decided", "observed", "observed"),
    share=st.floats(0, 1),
    as_of=st.sampled_from(["2025-01-31", "2025-02-20", "2025-12-31"]),
)
def test_any_history_is_the_live_one_in_every_table_and_view(
    database_url: str, history: list[Step], share: float, as_of: str
) -> None:
    database = Database(database_url, max_connections=2)
    try:
        story = Story.begin(Book(database), Engine(database), "lanzhou-new-area")
        live(story, history, next(numbers))
        known_at = round(share * story.book.recorder.head())
        with replayed(story, day(as_of)) as book:
            for clocks in (Clocks(day(as_of)), Clocks(day(as_of), known_at)):
                assert compare_with(database, book, clocks).differences == ()
    finally:
        database.close()


def over_the_cap(story: Story) -> Story:
    """2 % of 1,000,000 yuan may be committed; 30,000 is."""
    return story.observed(*FUNDED, contract(30_000))


def test_the_history_under_another_cap_is_a_comparison_and_leaves_the_record(story: Story) -> None:
    over_the_cap(story)
    with replayed(story, LATER) as book:
        before = plain(book.tables)
        values = read_parameters(["service_cap.share_basis_points=500"], story.policy, LATER)
        found = under(book, parameters=values)
        assert [(one.figure, one.difference) for one in found.cap] == [
            ("limit_fen", 3_000_000),
            ("headroom_fen", 3_000_000),
        ]
        assert found.funds == ()
        (rule,) = [one for one in found.findings if one.added or one.dropped or one.changed]
        assert (rule.rule, rule.record, rule.other, len(rule.dropped)) == ("service_cap", 1, 0, 1)
        assert "not the record" in found.note
        # The file's own views still say what the record says.
        assert plain({"cap": cap(book.conn)})["cap"] == before["cap"]
        assert plain({"alerts": alerts(book.conn, book.rules).findings})["alerts"] == before["alerts"]
        kept = book.conn.execute("select count(*), count(distinct note) from comparison").fetchone()
        assert kept is not None
        assert kept[1] == 1


@pytest.mark.parametrize("typed", ["service_kap=1", "service_cap.share_basis_points=viel", "service_cap"])
def test_a_parameter_that_is_none_is_refused(story: Story, typed: str) -> None:
    with pytest.raises(ParameterError):
        read_parameters([typed], story.policy, LATER)


def test_the_clocks_of_a_file_move_by_plain_sql(story: Story, tmp_path: Path) -> None:
    story.observed(grant(1_000), receipt(400, on="2025-01-05"), receipt(600, on="2025-03-01"))
    with story.book.database.dedicated() as conn:
        take_tables(conn, tmp_path / "archive")
    replay(tmp_path / "archive", tmp_path / "book.duckdb", LATER, policy=story.policy).close()
    with duckdb.connect(str(tmp_path / "book.duckdb")) as conn:
        asked = "select received_fen from known.fund_balance"
        assert conn.execute(asked).fetchall() == [(100_000,)]
        assert conn.execute("select received_fen from funds").fetchall() == [(100_000,)]
        conn.execute("create or replace macro known.as_of() as date '2025-02-01'")
        assert conn.execute(asked).fetchall() == [(40_000,)]
        set_clocks(conn, LATER, 1)
        assert conn.execute(asked).fetchall() == [(0,)]


def test_balances_alone_are_those_of_the_whole(story: Story, tmp_path: Path) -> None:
    story.observed(*FUNDED, contract(10_000), service_expense(4_000))
    with story.book.database.dedicated() as conn:
        head = take_tables(conn, tmp_path / "archive")
    for known_at in (None, head - 1, 2):
        whole = replay(tmp_path / "archive", None, LATER, known_at, policy=story.policy)
        alone = replay(tmp_path / "archive", tmp_path / f"{known_at}.duckdb", LATER, known_at, only="balances")
        assert alone.tables["funds"] == whole.tables["funds"]
        whole.close()
        alone.close()


def test_a_site_rule_of_the_archive_is_asked_and_one_that_reads_files_is_not(story: Story, tmp_path: Path) -> None:
    over_the_cap(story)
    rules = keep_rules(tmp_path, load_rules())
    header = template("all_contracts").partition("\nselect ")[0]
    (rules / "all_contracts-1.sql").write_text(
        f"{header}\nselect contract_no as subject, array['contract:' || contract_no] as refs, amount_fen, "
        "signed_on as found_on, array[position] as evidence from contract_committed",
        encoding="utf-8",
    )
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    header = template("reads_files").partition("\nselect ")[0]
    for name, source in (("reads_files", f'"{secret}"'), ("calls_reader", f"read_csv('{secret}')")):
        (rules / f"{name}.sql").write_text(
            f"{header.replace('reads_files', name)}\nselect a::text as subject, array['x:1'] as refs, 0 as amount_fen, "
            f"null::date as found_on, array[1] as evidence from {source}",
            encoding="utf-8",
        )
    with replayed(story, LATER, archive=tmp_path) as book:
        assert [row["amount_fen"] for row in book.tables["alerts"] if row["rule"] == "all_contracts"] == [3_000_000]
        assert set(book.skipped) == {"reads_files", "calls_reader"}
        with pytest.raises(duckdb.PermissionException):
            book.conn.execute(f"select * from read_csv('{secret}')")


def test_a_folder_without_tables_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(NotAnArchive):
        replay(tmp_path, tmp_path / "book.duckdb")
    assert not (tmp_path / "book.duckdb").exists()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "book.duckdb").write_bytes(b"kept")
    with pytest.raises(FileExistsError):
        replay(tmp_path, tmp_path / "book.duckdb")
    assert (tmp_path / "book.duckdb").read_bytes() == b"kept"


def test_the_template_of_a_rule_can_be_asked_of_a_replay(story: Story) -> None:
    story.observed(*FUNDED)
    with replayed(story, LATER) as book:
        assert alerts(book.conn, [parse_rule(template("large_payments"), "site")]).skipped == {}
