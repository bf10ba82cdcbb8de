"""A county to sample for audit from, and the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections.open_book import OpenBook
from tests.audit_sampling.county import settle
from tests.sampling.county import Program


@pytest.fixture
def program(
    opened: OpenBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    """Twelve households paid twice, contracts, expenses and recoveries, and ``mingzhang``."""
    settle(opened)
    return Program(opened, tmp_path, monkeypatch, capsys)
