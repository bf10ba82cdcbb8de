"""The README's tour and the walks of the howtos are run as they stand, and print what they say they print.

``MINGZHANG_WRITE_TOUR=1 pytest tests/test_readme.py`` writes what the commands print now into the pages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOWTO = ROOT / "docs" / "howto"
PAGES = (ROOT / "README.md", HOWTO / "case.md", HOWTO / "audit.md", HOWTO / "backup.md")
# A digest covers when events were recorded, which is now, and the number of a recovery that a case opens is made by
# chance.
_CHANGING = re.compile(
    r"[0-9a-f]{64}|(?<=Z2025-)[a-z0-9]{8}\b|\b20\d\d-\d\d-\d\d \d\d:\d\d\b|(?<=mingzhang/)[0-9a-f]{16}"
)
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with ``mingzhang`` and ``python``, as they are in the virtual environment of this test."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / "mingzhang").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ledger.cli "$@"\n')
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_print_what_the_page_says(tmp_path: Path, programs: Path, page: Path) -> None:
    here = tmp_path / "tour"
    here.mkdir()
    text = page.read_text(encoding="utf-8")
    ran = _BLOCK.sub(lambda block: f"```console\n{''.join(_ran(block[1], here, programs))}```", text)
    if os.environ.get("MINGZHANG_WRITE_TOUR"):
        page.write_text(ran, encoding="utf-8")
    assert ran == text


def _ran(block: str, here: Path, programs: Path) -> Iterator[str]:
    for line in block.splitlines():
        if line.startswith("$ "):
            yield f"{line}\n{_output(line.removeprefix('$ '), here, programs)}"


def _output(command: str, here: Path, programs: Path) -> str:
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    source = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = os.environ | {"PATH": path, "PYTHONPATH": source, "COLUMNS": "132", "NO_COLOR": "1"}
    done = subprocess.run(
        ["sh", "-c", command], cwd=here, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 1, 2, 3), done.stderr[-2000:]
    # At a terminal there are no log lines, and what went wrong stands below what went right.
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    lines = [line.rstrip() for line in [*done.stdout.splitlines(), *said]]
    return "".join(f"{_CHANGING.sub('…', line)}\n" for line in lines)
