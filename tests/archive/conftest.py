from __future__ import annotations

from pathlib import Path

import pytest

from ledger.archive import log_part
from tests.archive.shelf import Shelf, signer
from tests.story import Story, bank, decision, grant, household, line, opening, receipt


@pytest.fixture
def shelf(story: Story, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A book of 27 events, archived in parts of ten."""
    monkeypatch.setattr(log_part, "PART_EVENTS", 10)
    story.decided(opening(), grant(), receipt())
    for nth in range(1, 5):
        story.decided(household(f"H{nth}", f"人{nth}"), decision(no=f"H{nth}"))
    for nth in range(1, 5):
        story.decided(line(f"H{nth}", number=nth), bank(number=nth))
    story.observed(line("H1", 900, "2025-02", "B2", 9), bank(900, "B2", 9))
    return Shelf(database_url, tmp_path, signer())
