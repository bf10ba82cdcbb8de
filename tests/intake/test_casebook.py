"""The casebook's files are read to the last row."""

import json
from pathlib import Path

import pytest

from ledger.intake.files import arrange
from ledger.intake.kinds import KINDS
from ledger.intake.row_key import row_key
from ledger.intake.tables import Row, read_rows

from .written import SECRET

CASEBOOK = Path(__file__).parents[3] / "shared" / "casebook" / "county-2025"


def test_every_row_of_the_casebook_is_read_and_has_its_own_key() -> None:
    if not CASEBOOK.exists():
        pytest.skip("the casebook is not beside the repository")
    read: dict[str, int] = {}
    for kind, path in arrange([CASEBOOK / "files"]):
        with read_rows(path, kind) as rows:
            found = [row for row in rows if isinstance(row, Row)]
        read[kind.name] = len(found)
        assert len({row_key(KINDS[kind.name], row.values, SECRET) for row in found}) == len(found)
    assert read == json.loads((CASEBOOK / "expected.json").read_text(encoding="utf-8"))["rows"]
