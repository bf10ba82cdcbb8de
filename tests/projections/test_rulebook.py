"""The rule book: every rule explains itself in full, has its stories, and docs/rules.md says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.policy import load_pack, pack_names
from projections.rulebook import page
from projections.rules import Rule, load_rules, unknown_parameters
from tests.projections.test_rules import OF_CASES, STORIES

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
TABLE = Path(__file__).parents[3] / "shared" / "domain" / "rules.md"

every_rule = pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.rule)


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m projections.rulebook > docs/rules.md"


@every_rule
def test_a_rule_says_all_that_a_reader_needs(rule: Rule) -> None:
    for both in (rule.finds, rule.question, rule.clears, rule.example):
        assert both.zh, "in Chinese"
        assert both.en, "and in English"
    assert unknown_parameters(rule.parameters) == []
    # What a text says is quoted from the text; what no text says quotes none.
    assert (rule.text is None) == (rule.quotation is None)
    assert rule.basis != "L" or rule.quotation


@every_rule
def test_a_rule_is_on_the_page_with_its_law_and_the_values_of_every_jurisdiction(rule: Rule) -> None:
    text = page()
    section = text[text.index(f'<a id="{rule.rule}"></a>') :].split('\n<a id="')[0]
    for words in (rule.question.zh, rule.question.en, rule.clears.en, rule.example.en, rule.law, rule.quotation or ""):
        assert words in section, words
    for pack in pack_names():
        for one in load_pack(pack).parameters():
            national = one in load_pack("national").parameters()
            if one.name in rule.parameters and (pack == "national" or not national):
                assert f"| {pack} | {one.in_force_from}" in section, (pack, one.name)


@every_rule
def test_a_rule_has_a_story_that_finds_it_one_that_is_nearly_it_and_one_that_clears_it(rule: Rule) -> None:
    if rule.rule in OF_CASES:
        return
    told = [story for story in STORIES if story.rule == rule.rule]
    assert any(story.found for story in told), "a story that finds it"
    assert any(story.near for story in told), "a story that is nearly one and is clean"
    assert any(story.cleared for story in told), "a story that shows it cleared"


def test_every_rule_of_the_domain_is_there() -> None:
    if not TABLE.exists():
        pytest.skip("the domain's table of rules is not beside the repository")
    first = TABLE.read_text(encoding="utf-8").split("\nNext (")[0]
    named = {line.split("`")[1] for line in first.splitlines() if line.startswith("| `")}
    assert len(named) == 28
    assert named <= {rule.rule for rule in load_rules()}
