"""Each rule in three stories: what it finds, what is nearly that and clean, and how a finding is cleared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.book.book import Book
from projections.engine import Engine
from projections.rules import load_rules
from tests.projections import stories_household, stories_money
from tests.projections.rule_story import LATER, PAID, PAID_TWICE, SECOND_HOME, SENT_BACK, TEKUN, RuleStory, months
from tests.story import (
    ENTITLED,
    FUNDED,
    Story,
    account,
    bank,
    contract,
    day,
    death,
    decision,
    expense,
    failed,
    grant,
    household,
    line,
    receipt,
    recovery,
    service_expense,
)

SPINE: tuple[RuleStory, ...] = (
    RuleStory(
        "bank_mismatch",
        "household:H1",
        20,
        found=(line(), bank(480)),
        near=(line(), bank(500)),
        cleared=(bank(-480), line(number=2), bank(500, number=2)),
        found_on="2025-01-09",
    ),
    RuleStory(
        "bank_mismatch",
        "household:H1",
        500,
        found=(line(), bank(account=account("别人的卡"))),
        near=(line(), bank(account=None)),
        cleared=(bank(-500),),
    ),
    RuleStory(
        "bank_mismatch",
        "batch:B1",
        500,
        found=(*PAID, bank(number=77)),
        near=(*PAID, failed(number=77)),
        cleared=(line(number=77),),
    ),
    RuleStory(
        "bank_mismatch",
        "batch:B1",
        500,
        found=(*PAID, bank()),
        near=(*PAID, bank(-500)),
        cleared=(),
    ),
    RuleStory(
        "diverted",
        "expense:E1",
        1000,
        found=(expense(purpose="招待费"),),
        near=(
            expense(purpose="先行救助垫付"),
            expense(no="E2", purpose="办公费"),
            expense(no="E3", purpose="招待费", category="社会救助工作经费"),
        ),
        cleared=(),
        found_on="2025-05-01",
        severity="critical",
    ),
    RuleStory(
        "duplicate_payment",
        "household:H1",
        500,
        found=PAID_TWICE,
        near=(
            *PAID,
            line(number=2, yuan=100, payment_type="补发"),
            bank(100, number=2),
            line(number=3),
            failed(number=3),
            line(number=4, month="2025-02"),
            bank(number=4),
            line(number=5, yuan=20, payment_type="价格补贴"),
            bank(20, number=5),
        ),
        cleared=(SENT_BACK,),
    ),
    RuleStory(
        "intercepted",
        "document:财社〔2025〕1号",
        400_000,
        given=(grant(),),
        found=(receipt(600_000),),
        near=(receipt(600_000), receipt(400_000, on="2025-01-30")),
        cleared=(receipt(400_000, on="2025-06-01"),),
        found_on="2025-02-01",
        severity="critical",
    ),
    RuleStory(
        "intercepted",
        "document:财社〔2025〕1号",
        400_000,
        given=(grant(),),
        found=(receipt(1_000_000), receipt(-400_000, on="2025-01-20")),
        near=(),
        cleared=(grant(-400_000),),
    ),
    RuleStory(
        "over_standard",
        "household:H1",
        60,
        found=(line(yuan=560), bank(560)),
        near=(*PAID, line(number=2, yuan=60, payment_type="价格补贴"), bank(60, number=2)),
        cleared=(recovery("立案", 60), recovery("缴回", 60)),
        found_on="2025-01-09",
    ),
    RuleStory(
        "over_standard",
        "household:H1",
        60,
        found=(*PAID, line(number=2, yuan=60, payment_type="补发"), bank(60, number=2)),
        near=PAID_TWICE,
        cleared=(decision("调整", yuan=560, start="2025-01", on="2025-03-01"),),
    ),
    RuleStory(
        "paid_after_death",
        "household:H1",
        1000,
        given=(*FUNDED, household(), decision(programme=TEKUN)),
        found=(*months(1, 6, programme=TEKUN), death(on="2025-03-15")),
        near=(*months(1, 4, programme=TEKUN), death(on="2025-03-15")),
        cleared=(recovery("立案", 1000), recovery("缴回", 1000)),
        found_on="2025-05-09",
        severity="critical",
    ),
    RuleStory(
        "paid_after_death",
        "household:H1",
        500,
        given=(*ENTITLED, household("H1", "老韩", "父亲")),
        found=(*months(1, 7), death("老韩", "2025-03-31")),
        near=(
            *months(1, 6),
            decision("调整", yuan=300, start="2025-07", on="2025-06-20"),
            *months(7, 9, 300),
            death("老韩", "2025-03-31"),
        ),
        cleared=(bank(-500, number=7, on="2025-08-01"),),
    ),
    RuleStory(
        "paid_without_decision",
        "household:H1",
        500,
        given=(*FUNDED, household(), decision(end_month="2025-01")),
        found=(*PAID, line(number=2, month="2025-02"), bank(number=2)),
        near=PAID,
        cleared=(decision(start="2025-02", on="2025-01-25"),),
        severity="critical",
    ),
    RuleStory(
        "paid_without_decision",
        "household:H1",
        500,
        given=(*ENTITLED, decision("终止", yuan=None, start="2025-02", on="2025-01-25")),
        found=(*PAID, line(number=2, month="2025-02"), bank(number=2)),
        near=(*PAID, line(number=2, month="2025-02"), failed(number=2)),
        cleared=(bank(-500, number=2, on="2025-03-01"),),
    ),
    RuleStory(
        "service_cap",
        "region:620199",
        1,
        given=FUNDED,
        found=(contract(10_000), contract(10_001, "C-02")),
        near=(contract(10_000), contract(10_000, "C-02"), contract(90_000, "C-03", category="社会救助工作经费")),
        cleared=(grant(50, "追加", "2025-11-01"),),
        found_on="2025-03-01",
        severity="critical",
    ),
    RuleStory(
        "service_cap",
        "region:620199",
        8_000,
        given=(*FUNDED, contract(20_000)),
        found=(grant(-400_000, "收回", "2025-11-20"),),
        near=(grant(-400_000, "收回", "2025-11-20", level="县级"),),
        cleared=(grant(400_000, "再下达", "2025-12-01"),),
        found_on="2025-11-20",
    ),
    RuleStory(
        "service_cap",
        "region:620199",
        1,
        given=FUNDED,
        found=(contract(20_001, category="社会救助工作经费", reason="原因"),),
        near=(contract(20_000, category="社会救助工作经费"),),
        cleared=(grant(50, "专项", category="社会救助专项资金"),),
        jurisdiction="provincial-plan",
    ),
    RuleStory(
        "shared_account",
        "household:H2",
        1000,
        given=(*ENTITLED, *SECOND_HOME),
        found=(*PAID, line("H2", number=2), bank(number=2, on="2025-01-11")),
        near=(
            *PAID,
            line(month="2025-02", number=3),
            bank(number=3),
            line("H2", number=2, account=account("李的卡")),
            bank(number=2, account=account("李的卡")),
        ),
        cleared=(bank(-500, number=2, on="2025-02-01"),),
        found_on="2025-01-11",
        severity="warning",
    ),
    RuleStory(
        "shared_account",
        "household:H5",
        2500,
        given=(*FUNDED, *(r for n in range(1, 6) for r in (household(f"H{n}", f"户{n}"), decision(no=f"H{n}")))),
        found=tuple(r for n in range(1, 6) for r in (line(f"H{n}", number=n), bank(number=n))),
        near=tuple(r for n in range(1, 6) for r in (line(f"H{n}", number=n), failed(number=n))),
        cleared=(),
        severity="critical",
    ),
    RuleStory(
        "short_paid",
        "household:H1",
        100,
        found=(line(), bank(400)),
        near=PAID,
        cleared=(line(number=2, yuan=100, payment_type="补发"), bank(100, number=2)),
        found_on="2025-02-10",
    ),
    RuleStory(
        "short_paid",
        "household:H1",
        500,
        found=(line(yuan=400), bank(400), line(yuan=100, month="2025-02", number=2), bank(100, number=2)),
        near=(line(), failed()),
        cleared=(decision("调整", yuan=100, start="2025-01", on="2025-03-01"),),
    ),
)
STORIES = (*SPINE, *stories_household.STORIES, *stories_money.STORIES)
every_story = pytest.mark.parametrize("told", STORIES, ids=str)


def begun(told: RuleStory, book: Book, engine: Engine) -> Story:
    return Story.begin(book, engine, told.jurisdiction).observed(*told.given)


# What cases come to is told in tests/cases.
OF_CASES = {"rectify_overdue"}


def test_every_rule_has_its_stories() -> None:
    assert {told.rule for told in STORIES} | OF_CASES == {rule.rule for rule in load_rules()}
    for rule in {told.rule for told in STORIES}:
        assert any(told.near for told in STORIES if told.rule == rule), rule
        assert any(told.cleared for told in STORIES if told.rule == rule) or rule == "diverted"


@every_story
def test_it_is_found_and_can_be_cleared(book: Book, engine: Engine, told: RuleStory) -> None:
    story = begun(told, book, engine).observed(*told.found)
    (finding,) = story.found(told.rule, told.as_of)
    assert told.ref in finding["refs"]
    assert finding["amount_fen"] == told.yuan * 100
    assert finding["status"] == "open"
    assert finding["severity"] == (told.severity or finding["severity"])
    if told.found_on:
        assert finding["found_on"] == day(told.found_on)
    evidence = [type(event).__name__ for event in map(book.event_at, finding["evidence"])]
    assert evidence, "a finding shows what it rests on"
    if told.cleared:
        story.observed(*told.cleared)
        assert story.found(told.rule, told.as_of) == []


@pytest.mark.parametrize("told", [told for told in STORIES if told.found_on], ids=str)
def test_it_is_found_from_its_day_on(book: Book, engine: Engine, told: RuleStory) -> None:
    """On the day that it names as the first, and not on the day before."""
    story = begun(told, book, engine).observed(*told.found)
    found_on = day(told.found_on or "")
    assert story.found(told.rule, (found_on - timedelta(days=1)).isoformat()) == []
    assert len(story.found(told.rule, found_on.isoformat())) == 1


@every_story
def test_what_is_nearly_that_is_clean(book: Book, engine: Engine, told: RuleStory) -> None:
    assert begun(told, book, engine).observed(*told.near).found(told.rule, told.as_of) == []


class TestTime:
    """A rule answers for the day that it is asked about."""

    def test_a_short_month_is_judged_ten_days_after_its_end(self, story: Story) -> None:
        story.observed(*ENTITLED, line(), bank(400))
        assert story.found("short_paid", "2025-02-09") == []
        assert len(story.found("short_paid", "2025-02-10")) == 1

    def test_a_grant_is_missed_thirty_days_after_it_was_issued(self, story: Story) -> None:
        story.observed(grant(), receipt(600_000))
        assert story.found("intercepted", "2025-01-31") == []
        assert len(story.found("intercepted", "2025-02-01")) == 1

    def test_a_second_payment_is_found_when_the_bank_has_paid_it(self, story: Story) -> None:
        story.observed(*ENTITLED, *PAID, line(number=2), bank(number=2, on="2025-01-20"))
        assert story.found("duplicate_payment", "2025-01-19") == []
        assert len(story.found("duplicate_payment", "2025-01-20")) == 1
        story.observed(SENT_BACK)
        assert len(story.found("duplicate_payment", "2025-02-28")) == 1
        assert story.found("duplicate_payment", "2025-03-01") == []

    def test_a_cap_that_nobody_set_is_passed_by_nobody(self, book: Book, engine: Engine) -> None:
        story = Story.begin(book, engine, "shanghai").observed(*FUNDED, contract(900_000))
        assert story.found("service_cap", LATER) == []
        (row,) = story.cap()
        assert (row["force"], row["limit_fen"], row["headroom_fen"]) == ("none", None, None)


def test_the_cap_counts_what_its_jurisdiction_says(book: Book, engine: Engine) -> None:
    """Both readings over the same books: what is committed, what was spent, and from which grants the limit comes."""
    happened = (
        *FUNDED,
        grant(300_000, "专项", level="省级", category="社会救助专项资金"),
        grant(500_000, "市级", level="市级"),
        contract(10_000),
        contract(7_000, "C-02", category="社会救助工作经费"),
        service_expense(4_000),
        service_expense(-500, "S2"),
        service_expense(1_000, "S3", "C-02"),
    )
    Story.begin(book, engine, "lanzhou-new-area").observed(*happened)
    said = {}
    for jurisdiction in ("lanzhou-new-area", "provincial-plan"):
        (row,) = Story.begin(book, engine, jurisdiction).cap()
        said[jurisdiction] = tuple(
            row[name] // 100 for name in ("base_fen", "limit_fen", "committed_fen", "spent_fen", "headroom_fen")
        )
    assert said == {
        "lanzhou-new-area": (1_000_000, 20_000, 10_000, 3_500, 10_000),
        "provincial-plan": (1_300_000, 26_000, 17_000, 4_500, 9_000),
    }
