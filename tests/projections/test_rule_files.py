"""Rule files: what a header must say, a site's own rules beside the product's, and what no rule may do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.book.book import Book
from ledger.book.database import RULE_ROLE, Database
from projections.engine import Engine
from projections.evaluation import evaluate
from projections.queries import Clocks, reading
from projections.rule_template import template
from projections.rule_views import as_rule
from projections.rules import FIELDS, RuleError, load_rules, load_site_rules, parse_rule
from tests.story import ENTITLED, Story, bank, line

SITE = template("large_month").replace("1000000", "30000")
DAY = Clocks(None)


def header(**changes: str) -> str:
    """The template with some header lines said otherwise."""
    lines = template("large_month").split("\n")
    return "\n".join(
        f"-- {name}: {changes[name]}" if (name := line[3:].partition(":")[0]) in changes else line for line in lines
    )


def query(sql: str) -> str:
    """A site rule of this query alone."""
    top = template("large_month").split("-- 以上每行")[0]
    return top + sql


def selecting(what: str, of: str = "") -> str:
    """A rule whose rows are right in form, and that says ``what`` somewhere."""
    return query(
        f"select 'H1'::text as subject, array[{what}::text] as refs, 0::bigint as amount_fen, "
        f"'2025-01-01'::date as found_on, '{{}}'::bigint[] as evidence {of}"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "rules"
    place.mkdir()
    return place


@pytest.fixture
def last(database: Database) -> Iterator[None]:
    """Leaves the database with the product's rules alone."""
    yield
    Engine(database)


class TestHeader:
    @pytest.mark.parametrize("name", FIELDS)
    def test_every_line_must_be_there_once(self, name: str) -> None:
        lines = template("large_month").split("\n")
        there = next(line for line in lines if line.startswith(f"-- {name}:"))
        without = "\n".join(line for line in lines if line != there)
        with pytest.raises(RuleError, match=f"缺少 {name} / the header lacks {name}"):
            parse_rule(without)
        lines.insert(2, there)
        with pytest.raises(RuleError, match=f"{name} is there twice"):
            parse_rule("\n".join(lines))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("severity", "grave"),
            ("subject", "village"),
            ("subject", "household, village"),
            ("clock", "maybe"),
            ("overpaid", "true"),
            ("basis", "X"),
            ("question", "为何?"),
            ("clears", " / to repay"),
            ("rule", "Large-Month"),
            ("rule", "a; drop table x"),
        ],
    )
    def test_a_wrong_value_is_named(self, name: str, value: str) -> None:
        with pytest.raises(RuleError) as told:
            parse_rule(header(**{name: value}))
        assert name in told.value.zh or value in told.value.zh
        assert told.value.en

    def test_every_problem_is_told_at_once(self) -> None:
        with pytest.raises(RuleError) as told:
            parse_rule(header(severity="grave", basis="X", kind=""))
        for word in ("grave", "'X'", "kind"):
            assert word in told.value.en

    def test_a_line_that_no_header_has_is_named(self) -> None:
        with pytest.raises(RuleError, match="there is no header line severty"):
            parse_rule(header().replace("-- severity:", "-- severty:"))

    def test_it_ends_without_a_semicolon(self) -> None:
        with pytest.raises(RuleError, match="no semicolon at the end"):
            parse_rule(header() + ";\n")

    def test_the_first_line_says_what_it_finds_in_both_languages(self) -> None:
        with pytest.raises(RuleError, match="line 1"):
            parse_rule("-- 只有中文。\n" + header().partition("\n")[2])

    def test_what_it_says_is_typed(self) -> None:
        rule = parse_rule(header(subject="household, batch", clock="yes", overpaid="yes", parameters="a, b"), "site")
        assert (rule.subjects, rule.is_clocked, rule.is_overpaid) == (("household", "batch"), True, True)
        assert (rule.parameters, rule.text, rule.origin) == (("a", "b"), None, "site")
        assert (rule.question.zh, rule.question.en) == ("这笔款项为何这样大?", "Why is this payment so large?")
        assert rule.version == parse_rule(rule.sql).version != parse_rule(header()).version


class TestSiteRules:
    def test_a_file_in_the_folder_is_a_rule_without_code(
        self, database: Database, book: Book, folder: Path, last: None
    ) -> None:
        (folder / "large_month.sql").write_text(SITE, encoding="utf-8")
        engine = Engine(database, folder)
        assert [rule.rule for rule in engine.rules if rule.origin == "site"] == ["large_month"]
        assert engine.broken_rules == ()
        Story.begin(book, engine, "lanzhou-new-area").observed(*ENTITLED, line(), bank())
        engine.catch_up()
        with reading(database, DAY) as cursor:
            (found,) = [one for one in evaluate(cursor, engine.rules).findings if one["rule"] == "large_month"]
        assert (found["refs"], found["amount_fen"], found["severity"]) == (["household:H1"], 50_000, "notice")

    def test_editing_a_rule_makes_its_view_again_and_no_projection(
        self, database: Database, book: Book, folder: Path, last: None
    ) -> None:
        (folder / "large_month.sql").write_text(SITE, encoding="utf-8")
        engine = Engine(database, folder)
        Story.begin(book, engine, "lanzhou-new-area").observed(*ENTITLED, line(), bank())
        engine.catch_up()
        made, facts = views(database), engine.digest()
        (folder / "large_month.sql").write_text(SITE.replace("30000", "90000"), encoding="utf-8")
        engine.read_rules()
        now = views(database)
        assert {name for name in now if now[name] != made[name]} == {"large_month"}
        assert engine.digest() == facts
        (folder / "large_month.sql").unlink()
        assert "large_month" not in {rule.rule for rule in Engine(database, folder).rules}
        assert "large_month" not in views(database)
        assert Engine(database, folder).rules == load_rules()

    def test_opening_again_touches_no_view(self, database: Database, engine: Engine) -> None:
        made = views(database)
        assert Engine(database).rules == engine.rules
        assert views(database) == made

    def test_a_rule_may_build_on_a_rule_of_the_product(self, database: Database, folder: Path, last: None) -> None:
        sql = query("select subject, refs, amount_fen, found_on, evidence from finding.over_standard")
        (folder / "large_month.sql").write_text(sql, encoding="utf-8")
        engine = Engine(database, folder)
        assert engine.broken_rules == ()
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("comment on view finding.over_standard is 'of an older version'")
        assert Engine(database, folder).rules == engine.rules
        assert views(database).keys() >= {"large_month", "over_standard"}

    @pytest.mark.parametrize(
        ("file", "text", "told"),
        [
            ("large_month.sql", "select 1", "line 1"),
            ("other_name.sql", SITE, "the file must be called large_month.sql"),
            ("over_standard.sql", template("over_standard"), "is a rule of the product"),
            ("large_month.sql", header(parameters="no_such_thing"), "no policy pack has no_such_thing"),
            ("large_month.sql", "\0", "zero byte"),
            ("large_month.sql", "-- " + "长" * 40_000, "larger than"),
            ("large_month.sql", query("selec 1"), "syntax error"),
            ("large_month.sql", query("select 'H1' as household"), "first column must be subject"),
            ("large_month.sql", query("select 1 as subject"), "column subject must be text, and is integer"),
            ("large_month.sql", query("select 'H1'::text as subject"), "column evidence (bigint[]) is missing"),
            ("large_month.sql", selecting("'x'", ", 1 as extra").replace("evidence ,", "evidence,"), "column extra"),
            ("large_month.sql", selecting("'x'", "from no_such_view"), "no_such_view"),
            ("large_month.sql", selecting("'x'", "; -- the end"), "syntax error"),
            ("large_month.sql", selecting("(1/0)"), "division by zero"),
        ],
    )
    def test_a_broken_file_is_reported_and_stops_nothing(
        self, database: Database, folder: Path, last: None, file: str, text: str, told: str
    ) -> None:
        (folder / file).write_text(text, encoding="utf-8")
        (folder / "sound_rule.sql").write_text(template("sound_rule"), encoding="utf-8")
        (folder / "notes.txt").write_text("not a rule", encoding="utf-8")
        engine = Engine(database, folder)
        (broken,) = engine.broken_rules
        assert broken.file == file
        assert told in broken.en
        assert broken.zh
        assert {rule.rule for rule in engine.rules} == {rule.rule for rule in load_rules()} | {"sound_rule"}

    def test_what_is_no_text_is_reported(self, folder: Path) -> None:
        (folder / "large_month.sql").write_bytes(b"\xff\xfe\x00")
        (folder / "a_folder.sql").mkdir()
        sound, broken = load_site_rules(folder)
        assert sound == ()
        assert [one.file for one in broken] == ["a_folder.sql", "large_month.sql"]
        assert load_site_rules(folder / "nowhere") == ((), ())

    def test_an_error_names_the_line_and_column_of_the_file(self, database: Database, folder: Path, last: None) -> None:
        text = query("select m.household as subject,\n       m.nothing as refs\nfrom paid_month m")
        (folder / "large_month.sql").write_text(text, encoding="utf-8")
        (broken,) = Engine(database, folder).broken_rules
        lines = text.split("\n")
        assert broken.line is not None
        assert broken.column is not None
        assert lines[broken.line - 1][broken.column - 1 :].startswith("m.nothing")
        assert broken.place == f"large_month.sql:{broken.line}:{broken.column}"


def views(database: Database) -> dict[str, int]:
    """The rules' views, each with a number that changes when it is made again."""
    with psycopg.connect(database.url) as conn:
        rows = conn.execute("select relname, oid::bigint from pg_class where relnamespace = 'finding'::regnamespace")
        return dict(rows.fetchall())


class TestWhatARuleMayDo:
    """A site's rule is somebody's file: it reads what rules read, and can do nothing else."""

    @pytest.mark.parametrize(
        "text",
        [
            selecting("token", "from vault.subject"),
            selecting("digest", "from access.token"),
            selecting("payload", "from book.event"),
            selecting("household", "from fact.household_registered"),
            selecting("fund", "from projection.movement"),
            selecting("rolname", "from pg_authid"),
            selecting("usename", "from pg_stat_activity"),
            selecting("relname", "from pg_class"),
            selecting("pg_sleep(1000)"),
            selecting("pg_read_file('/etc/passwd')"),
            selecting("set_config('mingzhang.as_of', '2020-01-01', true)"),
            selecting("set_config('role', 'none', false)"),
            selecting("random()"),
            selecting("clock_timestamp()"),
            selecting("lo_import('/etc/passwd')"),
            selecting("query_to_xml('select * from vault.subject', true, true, '')"),
            selecting("table_to_xml('pg_class'::regclass, true, true, '')"),
            selecting("pg_terminate_backend(1)"),
            selecting("'x'", "where pg_advisory_lock(1) is null"),
            selecting("'x'", "where exists (select 1 from vault.subject)"),
            selecting("'x'", "order by set_config('role', 'none', false)"),
            selecting("'x'") + ";\ndrop table fact.grant_issued",
            selecting("'x'") + ";\nreset role;\ncreate table taken (x int)",
            query("with gone as (delete from known.parameter returning *) select 'x'::text as subject from gone"),
            query("drop schema fact cascade"),
            query("select 'x'::text as subject) found; drop schema fact cascade; select (1"),
        ],
    )
    def test_it_is_refused_before_it_runs(self, database: Database, folder: Path, last: None, text: str) -> None:
        (folder / "large_month.sql").write_text(text, encoding="utf-8")
        engine = Engine(database, folder)
        (broken,) = engine.broken_rules
        assert broken.zh
        assert broken.en
        assert "large_month" not in views(database)
        assert engine.rules == load_rules()

    def test_every_rule_of_the_product_keeps_to_this(self, engine: Engine) -> None:
        assert engine.broken_rules == ()
        assert engine.rules == load_rules()

    @pytest.mark.parametrize(
        "statement",
        [
            "select * from vault.subject",
            "select * from access.token",
            "select * from book.event",
            "select * from fact.grant_issued",
            "insert into projection.parameter select * from projection.parameter",
            "delete from projection.balance",
            "create table known.taken (x int)",
            "drop table fact.grant_issued",
            "select table_to_xml('vault.subject', true, true, '')",
        ],
    )
    def test_its_role_may_do_no_more_than_read(self, database: Database, engine: Engine, statement: str) -> None:
        with database.connection() as conn, conn.transaction(), as_rule(conn):
            assert conn.execute("select current_user").fetchone() == (RULE_ROLE,)
            with pytest.raises(psycopg.Error) as told, conn.transaction():
                conn.execute(statement.encode())
        assert told.value.sqlstate == "42501"

    def test_a_rule_that_runs_forever_is_ended_and_the_session_is_itself_again(
        self, database: Database, engine: Engine
    ) -> None:
        with database.connection() as conn, conn.transaction():
            with pytest.raises(psycopg.errors.QueryCanceled), conn.transaction(), as_rule(conn, seconds=1):
                conn.execute("select count(*) from generate_series(1, 1000000000000)")
            with as_rule(conn):
                conn.execute("select * from finding.over_standard")
            assert conn.execute("select current_user, current_setting('statement_timeout')").fetchone() == (
                "mingzhang_app",
                "0",
            )
