"""What the program says of itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.cli import app
from ledger.version import product_version

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_it_names_its_version() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert told.exit_code == 0, told.output
    installed = product_version()
    assert told.stdout == f"mingzhang {installed or '(未安装 / not installed)'}\n"
    if installed is None:
        pytest.skip("the program runs from its sources here")
    assert installed == PROJECT["version"]
