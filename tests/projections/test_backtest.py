"""A backtest: what a draft or other parameters would add, drop and change, and that nothing of it stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from ledger.book.book import Book
from ledger.book.database import Database
from ledger.cli import Setting, Who
from ledger.commands.rules import app
from ledger.policy import load_pack
from projections.backtest import Backtest, backtest
from projections.engine import Engine
from projections.open_book import Place, open_book
from projections.overrides import ParameterError, read_overrides
from projections.queries import Clocks, reading
from projections.rules import Rule, RuleError, load_rules, parse_rule
from tests.story import ENTITLED, Story, bank, line

PACK = load_pack("lanzhou-new-area")
DAY = date(2025, 12, 31)
CLOCKS = Clocks(DAY)


def rule(name: str) -> Rule:
    return next(rule for rule in load_rules() if rule.rule == name)


def edited(name: str, old: str, new: str) -> Rule:
    """A draft made of a live rule."""
    sql = rule(name).sql
    assert old in sql
    return parse_rule(sql.replace(old, new), "site")


@pytest.fixture
def short(book: Book, engine: Engine) -> Database:
    """A household short of 100 yuan in January and of 50 in February."""
    paid = (line(), bank(400), line(month="2025-02", number=2), bank(450, number=2, on="2025-02-09"))
    Story.begin(book, engine, "lanzhou-new-area").observed(*ENTITLED, *paid)
    engine.catch_up()
    return engine.database


def tried(database: Database, draft: Rule, typed: tuple[str, ...] = (), clocks: Clocks = CLOCKS) -> Backtest:
    live = next((one for one in load_rules() if one.rule == draft.rule), None)
    values = read_overrides(typed, draft, PACK, clocks.as_of or DAY)
    return backtest(database, clocks, live if live == draft and live else draft, live, values)


class TestDrafts:
    def test_the_same_rule_differs_in_nothing(self, short: Database) -> None:
        found = tried(short, rule("short_paid"))
        assert (found.added, found.dropped, found.changed) == ((), (), ())
        assert found.live is not None
        assert (found.live.findings, found.live.amount_fen) == (1, 150_00)
        assert found.live.plan_cost == found.tried.plan_cost > 0

    def test_a_draft_changes_an_amount(self, short: Database) -> None:
        draft = edited("short_paid", "where m.settled_fen > 0", "where m.for_month > '2025-01' and m.settled_fen > 0")
        (changed,) = tried(short, draft).changed
        assert (changed.refs, changed.live_fen, changed.tried_fen) == (("household:H1",), 150_00, 50_00)

    def test_a_draft_drops_and_another_adds(self, short: Database) -> None:
        nothing = edited("short_paid", "where m.settled_fen > 0", "where m.settled_fen < 0")
        (dropped,) = tried(short, nothing).dropped
        assert (dropped.subject, dropped.live_fen, dropped.tried_fen) == ("H1", 150_00, None)
        new = parse_rule(rule("short_paid").sql.replace("rule: short_paid", "rule: paid_a_little_short"), "site")
        found = tried(short, new)
        assert found.live is None
        (added,) = found.added
        assert (added.subject, added.live_fen, added.tried_fen) == ("H1", None, 150_00)

    def test_it_looks_through_both_clocks(self, short: Database) -> None:
        assert tried(short, rule("short_paid"), clocks=Clocks(date(2025, 2, 10))).tried.amount_fen == 100_00
        assert tried(short, rule("short_paid"), clocks=Clocks(DAY, 1)).tried.findings == 0

    def test_nothing_of_it_stays(self, short: Database, engine: Engine) -> None:
        before = engine.digest()
        tried(short, edited("short_paid", "m.settled_fen > 0", "m.settled_fen > 1"), ("short_paid_grace_days=200",))
        assert engine.digest() == before
        with short.connection() as conn:
            left = "select count(*) from pg_class where relnamespace = 'finding'::regnamespace and relname like 'try%'"
            assert conn.execute(left.encode()).fetchone() == (0,)
            assert conn.execute("select current_setting('mingzhang.parameters', true), current_user").fetchone() in (
                ("", "mingzhang_app"),
                (None, "mingzhang_app"),
            )
        with reading(short, CLOCKS) as cursor:
            row = cursor.execute("select value from parameter where name = 'short_paid_grace_days'").fetchone()
            assert row == {"value": 10}

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("from paid_month m", "from vault.subject m", "permission denied for schema vault"),
            ("where m.settled_fen > 0", "where pg_sleep(1) is null", "pg_sleep"),
            ("group by m.household", "group by m.household, m.for_month", "has 2 rows: one row a subject"),
            ("where m.settled_fen > 0", "where 1 / (m.settled_fen - m.settled_fen) > 0", "division by zero"),
        ],
    )
    def test_a_broken_draft_is_refused(self, short: Database, old: str, new: str, told: str) -> None:
        with pytest.raises(RuleError) as error:
            tried(short, edited("short_paid", old, new))
        assert told in error.value.en
        assert error.value.zh

    def test_a_draft_that_takes_too_long_is_ended(self, short: Database) -> None:
        slow = "where (select count(*) from generate_series(1, 100000000000) n where n > m.settled_fen) > 0"
        draft = edited("short_paid", "where m.settled_fen > 0", f"{slow} and m.settled_fen > 0")
        with pytest.raises(RuleError, match="too long"):
            backtest(short, CLOCKS, draft, None, {}, seconds=1)
        assert tried(short, rule("short_paid")).tried.findings == 1


class TestParameters:
    def test_a_grace_of_more_days_drops_what_is_not_yet_due(self, short: Database) -> None:
        on = Clocks(date(2025, 2, 20))
        assert tried(short, rule("short_paid"), (), on).tried.findings == 1
        (dropped,) = tried(short, rule("short_paid"), ("short_paid_grace_days=25",), on).dropped
        assert dropped.live_fen == 100_00
        (changed,) = tried(short, rule("short_paid"), ("short_paid_grace_days=5",)).changed
        assert (changed.live_fen, changed.tried_fen) == (150_00, 150_00)
        assert changed.found_on == date(2025, 2, 5)

    @pytest.mark.parametrize(
        ("name", "typed", "value"),
        [
            ("short_paid", "short_paid_grace_days=0", {"short_paid_grace_days": 0}),
            ("paid_after_death", "death_stop.低保=1", {"death_stop": {"特困": 1, "低保": 1}}),
            ("paid_after_death", '{"x"', None),
            ("diverted", "work_costs=办公费、差旅费", {"work_costs": ["办公费", "差旅费"]}),
        ],
    )
    def test_what_is_typed_is_read_by_the_type_in_force(
        self, name: str, typed: str, value: dict[str, object] | None
    ) -> None:
        if value is None:
            with pytest.raises(ParameterError, match="name=value"):
                read_overrides([typed], rule(name), PACK, DAY)
        else:
            assert read_overrides([typed], rule(name), PACK, DAY) == value

    def test_members_are_set_one_by_one_or_together(self) -> None:
        both = {"death_stop": {"特困": 2, "低保": 4}}
        for typed in (["death_stop.特困=2", "death_stop.低保=4"], ['death_stop={"特困": 2, "低保": 4}']):
            assert read_overrides(typed, rule("paid_after_death"), PACK, DAY) == both
        cap = read_overrides(["service_cap.counted_categories=all"], rule("service_cap"), PACK, DAY)
        assert cap["service_cap"]["counted_categories"] == "all"

    @pytest.mark.parametrize(
        ("name", "typed", "told"),
        [
            ("short_paid", "no_such_thing=1", "does not read it; it reads short_paid_grace_days"),
            ("short_paid", "receipt_due_days=1", "does not read it"),
            ("bank_mismatch", "receipt_due_days=1", "it has none"),
            ("short_paid", "short_paid_grace_days", "must be written name=value"),
            ("short_paid", "short_paid_grace_days=", "must be a whole number"),
            ("short_paid", "short_paid_grace_days=ten", "must be a whole number"),
            ("short_paid", "short_paid_grace_days=1.5", "must be a whole number"),
            ("short_paid", "short_paid_grace_days=-1", "out of range: 0 to 3660"),
            ("short_paid", "short_paid_grace_days=99999", "out of range"),
            ("short_paid", "short_paid_grace_days.x=1", "has no members"),
            ("paid_after_death", "death_stop=3", "has members"),
            ("paid_after_death", "death_stop.五保=3", "no member"),
            ("paid_after_death", "death_stop.低保=-3", "out of range: 0 to 600"),
            ("service_cap", "service_cap.share_basis_points=10001", "out of range: 0 to 10000"),
            ("service_cap", "service_cap.base_levels=乡级", "not valid"),
            ("diverted", "work_costs=、", "must not be empty"),
            ("diverted", "work_costs=" + "长" * 3000, "longer than"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_reason(self, name: str, typed: str, told: str) -> None:
        with pytest.raises(ParameterError) as error:
            read_overrides([typed], rule(name), PACK, DAY)
        assert told in error.value.en
        assert error.value.zh

    def test_what_no_rule_of_the_jurisdiction_sets_cannot_be_set(self) -> None:
        with pytest.raises(ParameterError, match="shanghai has none in force on 2025-12-31"):
            read_overrides(["service_cap.share_basis_points=1"], rule("service_cap"), load_pack("shanghai"), DAY)


class TestCommand:
    """``mingzhang rules`` as somebody types it."""

    @pytest.fixture
    def typed(self, short: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("COLUMNS", "250")
        with open_book(Place(tmp_path / "data", short.url), "lanzhou-new-area"):
            yield Commands(short, tmp_path)
        Engine(short)

    def test_list_and_show_say_what_is_in_force(self, typed: Commands) -> None:
        listed = json.loads(typed("list", "--json").stdout)
        assert {one["rule"] for one in listed} == {rule.rule for rule in load_rules()}
        shown = typed("show", "short_paid").stdout
        for words in ("少发、克扣", "short_paid_grace_days", "10 (days", "from paid_month m"):
            assert words in shown, words
        plain = json.loads(typed("show", "short_paid", "--json").stdout)
        assert plain["parameters_in_force"][0]["value"] == 10

    def test_a_new_rule_can_be_tried_as_it_stands_and_then_put_in_place(self, typed: Commands) -> None:
        assert typed("new", "large_month").exit_code == 0
        draft = typed.folder / "large_month.sql"
        assert typed("new", "large_month").exit_code == 2
        assert "新增 added: 0" in typed("try", "large_month.sql", "--as-of", "2025-12-31").stdout
        draft.write_text(draft.read_text(encoding="utf-8").replace("1000000", "40000"), encoding="utf-8")
        found = json.loads(typed("try", "large_month.sql", "--as-of", "2025-12-31", "--json").stdout)
        assert found["live"] is None
        assert [(one["subject"], one["tried_fen"]) for one in found["added"]] == [("H1", 450_00)]
        (typed.folder / "data" / "rules").mkdir(parents=True)
        draft.rename(typed.folder / "data" / "rules" / "large_month.sql")
        assert "large_month" in typed("list").stdout
        (typed.folder / "data" / "rules" / "broken_one.sql").write_text("select 1", encoding="utf-8")
        answer = typed("list")
        assert answer.exit_code == 0
        assert "broken_one.sql: " in answer.stderr

    def test_a_live_rule_is_tried_with_other_parameters(self, typed: Commands) -> None:
        words = ("try", "--rule", "short_paid", "--parameter", "short_paid_grace_days=25", "--as-of", "2025-02-20")
        answer = typed(*words)
        assert answer.exit_code == 0
        assert "不再发现 dropped: 1" in answer.stdout
        assert len(json.loads(typed(*words, "--json").stdout)["dropped"]) == 1

    def test_what_is_wrong_is_said_with_its_place_and_ends_with_2(self, typed: Commands) -> None:
        sql = rule("short_paid").sql.replace("m.settled_fen > 0", "m.setled_fen > 0")
        (typed.folder / "short_paid.sql").write_text(sql, encoding="utf-8")
        at = next(n for n, text in enumerate(sql.split("\n"), 1) if "setled_fen" in text)
        cases = {
            ("try", "short_paid.sql"): f"short_paid.sql:{at}:7: 没有这一列",
            ("try", "nowhere.sql"): "nowhere.sql: 无法读取",
            ("try",): "name a draft file",
            ("try", "--rule", "no_such_rule"): "no rule 'no_such_rule'",
            ("try", "--rule", "short_paid", "--parameter", "short_paid_grace_days=-1"): "out of range",
            ("show", "no_such_rule"): "no rule 'no_such_rule'",
            ("new", "Bad Name"): "规则名“Bad Name”",
            ("new", "short_paid", "--out", "other.sql"): "is a rule of the product",
        }
        for words, told in cases.items():
            answer = typed(*words)
            assert answer.exit_code == 2, words
            assert told in answer.stderr.replace("\n", " "), answer.stderr


class Commands:
    """``mingzhang rules`` beside a database, in a folder of its own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.folder = folder
        self._setting = Setting(Place(folder / "data", database.url), Who("G001", "audit"))

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, words, obj=self._setting)
