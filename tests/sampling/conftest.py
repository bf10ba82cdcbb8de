"""A county to sample from, and the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.open_book import OpenBook
from tests.sampling.county import Program, settle


@pytest.fixture
def program(
    opened: OpenBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    """Twelve households in two townships, and ``mingzhang``."""
    settle(opened)
    return Program(opened, tmp_path, monkeypatch, capsys)
