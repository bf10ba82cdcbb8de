"""The README's tour is run as it stands, and prints what it says it prints.

``MINGZHANG_WRITE_TOUR=1 pytest tests/test_readme.py`` writes what the commands print now into the README.
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
README = ROOT / "README.md"
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


def test_the_tour_prints_what_the_readme_says(tmp_path: Path, programs: Path) -> None:
    here = tmp_path / "tour"
    here.mkdir()
    text = README.read_text(encoding="utf-8")
    ran = _BLOCK.sub(lambda block: f"```console\n{''.join(_ran(block[1], here, programs))}```", text)
    if os.environ.get("MINGZHANG_WRITE_TOUR"):
        README.write_text(ran, encoding="utf-8")
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
    assert done.returncode in (0, 1), done.stderr[-2000:]
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    # The digest covers when events were recorded, so it is another each time.
    return "".join(f"{re.sub('[0-9a-f]{64}', '…', line)}\n" for line in lines)
