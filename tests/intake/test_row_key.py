"""A row's key: the same for the same row, another for any other, and no use to who lacks the secret."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.intake.kinds import KINDS
from ledger.intake.row_key import row_key

from .written import SECRET

BLANK = {kind.name: dict.fromkeys((column.field for column in kind.columns), None) for kind in KINDS.values()}
DEATH = BLANK["deaths"] | {"id_number": "620199197012042297", "died_on": date(2025, 5, 11)}
SHORT = st.none() | st.text(max_size=3)


def test_a_key_has_16_bytes_and_never_changes() -> None:
    key = row_key(KINDS["deaths"], DEATH, SECRET)
    assert key.hex() == "23194bad66be8d9b56b4866bee593e60"
    assert key == row_key(KINDS["deaths"], dict(reversed(DEATH.items())), SECRET)


@given(first=st.tuples(SHORT, SHORT, SHORT), second=st.tuples(SHORT, SHORT, SHORT))
def test_no_two_rows_share_a_key(first: tuple[str | None, ...], second: tuple[str | None, ...]) -> None:
    assume(first != second)
    fields = ("name", "id_number", "source")
    keys = {
        row_key(KINDS["deaths"], DEATH | dict(zip(fields, cells, strict=True)), SECRET) for cells in (first, second)
    }
    assert len(keys) == 2


def test_the_kind_and_the_secret_are_part_of_the_key() -> None:
    shared = {"name": None, "id_number": "620199197012042297"}
    values = BLANK["deaths"] | BLANK["households"] | shared
    keys = {
        row_key(KINDS["deaths"], values, SECRET),
        row_key(KINDS["households"], values, SECRET),
        row_key(KINDS["deaths"], values, SECRET + b"!"),
    }
    assert len(keys) == 3


def test_a_secret_too_short_to_keep_one_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        row_key(KINDS["deaths"], DEATH, b"short")
