"""What a rule's header quotes stands word for word in the text that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections.rules import Rule, load_rules

SHARED = Path(__file__).parents[2].parent / "shared"
QUOTED = [rule for rule in load_rules() if rule.quotation]


def words(text: str) -> str:
    """Without white space, which no quotation keeps."""
    return "".join(text.split())


def text_named(name: str) -> str:
    """A law of the domain by its file's name, or a seed by its number."""
    seed = re.fullmatch(r"seed-(\d{3})", name)
    found = list((SHARED / "seeds").glob(f"{seed[1]}_*.txt")) if seed else [SHARED / "domain" / "law" / f"{name}.md"]
    assert len(found) == 1, f"{name} names {len(found)} files"
    return found[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", QUOTED, ids=lambda rule: rule.rule)
def test_the_text_says_so(rule: Rule) -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is absent: quotations are not compared with their texts")
    assert rule.text is not None, "a quotation names its text"
    assert words(rule.quotation or "") in words(text_named(rule.text))


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.rule)
def test_a_rule_from_a_text_quotes_it_and_shows_an_example(rule: Rule) -> None:
    assert rule.example
    assert rule.law
    assert (rule.text is None) == (rule.quotation is None)
    if rule.basis == "L":
        assert rule.quotation, "a rule that is from a text quotes it"
