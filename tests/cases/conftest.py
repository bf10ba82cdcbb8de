from __future__ import annotations

import pytest

from tests.cases.told import CaseStory, seen
from tests.story import Story


@pytest.fixture
def told(story: Story) -> CaseStory:
    """A book in which household H1 was found to be paid twice."""
    return CaseStory(story).found(seen())
