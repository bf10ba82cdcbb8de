"""The cells of large matrices: those that ``make test`` tries, and the rest, which ``make matrix`` does."""

from __future__ import annotations

from typing import Any

import pytest


def cell(value: object, *, is_here: bool, name: str = "") -> Any:
    """A parameter of a test, in ``make test`` or left to ``make matrix``."""
    return pytest.param(value, id=name or str(value), marks=[] if is_here else [pytest.mark.matrix])
