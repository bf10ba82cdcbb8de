"""docs/refusals.md says what the classes say, and the law says what the refusals quote."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.decide import law
from ledger.decide.__main__ import decisions, page
from ledger.decide.law import Citation
from ledger.decide.on_case import OnCase
from tests.audit_sampling.steps import AUDIT_DECISIONS
from tests.sampling.steps import SAMPLING_DECISIONS
from tests.story import DECISION_OF

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
QUOTED = [value for value in vars(law).values() if isinstance(value, Citation)]


def test_the_page_is_fresh() -> None:
    written = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m ledger.decide > docs/refusals.md"


def test_every_decision_is_on_it() -> None:
    # The steps of cases and of samples have stories of their own (tests/cases, tests/sampling).
    of_requests = {one for one in decisions() if not issubclass(one, OnCase)}
    assert of_requests == {*DECISION_OF.values(), *SAMPLING_DECISIONS.values(), *AUDIT_DECISIONS.values()}
    for decision in decisions():
        assert (f"`{decision.__name__}`" in page()) == bool(decision.REFUSALS)


def words(text: str) -> str:
    """Without white space, which no quotation keeps."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("cited", QUOTED, ids=lambda cited: f"{cited.title}{cited.article}")
def test_the_law_says_so(cited: Citation) -> None:
    if not SHARED.exists():
        pytest.skip("the texts of the law are not beside the repository")
    texts = [*(SHARED / "domain" / "law").glob("*.md"), *(SHARED / "seeds").glob("*.txt")]
    title = re.sub(r"（.*?）", "", cited.title)
    named = [text for path in texts if title in (text := path.read_text(encoding="utf-8")) or title in path.name]
    assert named, f"no text has the title {title}"
    assert any(words(cited.quotation) in words(text) for text in named)
