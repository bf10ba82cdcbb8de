"""Whatever bytes a file holds, reading gives rows, row problems or a problem of the file, and nothing else."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.intake.kinds import KINDS
from ledger.intake.problems import FileProblem, RowProblem
from ledger.intake.tables import Row, read_rows

from .written import GRANT, csv_bytes, table, workbook_bytes

TEXT = csv_bytes(table(GRANT, GRANT))
BOOK = workbook_bytes(table(GRANT, GRANT))
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=4)), min_size=1, max_size=6)


def reads_or_says_why(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "grants.csv")
        path.write_bytes(content)
        with suppress(FileProblem), read_rows(path, KINDS["grants"]) as rows:
            assert all(isinstance(row, Row | RowProblem) for row in rows)


def edited(content: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    changed = bytearray(content)
    for place, put in edits:
        at = place % len(changed)
        changed[at : at + len(put)] = put
    return bytes(changed)


@given(st.binary())
@example(b"PK\x03\x04")
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf")
def test_any_bytes(content: bytes) -> None:
    reads_or_says_why(content)


@settings(deadline=None)
@given(EDITS, st.integers(0, len(TEXT)), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_a_damaged_text(edits: list[tuple[int, bytes]], cut: int, encoding: str) -> None:
    reads_or_says_why(edited(TEXT.decode().encode(encoding), edits)[cut // 2 :])


@settings(deadline=None)
@given(EDITS, st.integers(1, len(BOOK)))
def test_a_damaged_workbook(edits: list[tuple[int, bytes]], cut: int) -> None:
    reads_or_says_why(edited(BOOK, edits))
    reads_or_says_why(BOOK[:cut])
