"""Whatever is done to a book behind the program's back is found, and where; and nothing is found where nothing was."""

from __future__ import annotations

from pathlib import Path

from ledger.verify.archived import verify_folder
from ledger.verify.live import verify_live
from ledger.verify.report import Report
from ledger.verify.trust import Trust
from ledger.verify.whole_log import How
from tests.verify.tampered_book import TamperedBook, Workshop
from tests.verify.trials import Expected, Trial, archived, each_trial


def verified(book: TamperedBook, trust: Trust | None = None, *, is_sm3: bool = False) -> Report:
    return verify_live(book.shop.url, book.seal, trust, How(is_sm3=is_sm3, workers=1))


def assert_as_expected(report: Report, expected: Expected) -> None:
    said = [(one.check, one.position, one.upto, one.file) for one in report.discrepancies]
    assert report.is_good == expected.is_good, said
    if expected.position is not None and expected.is_exact:
        assert report.first_position == expected.position, said
    elif expected.position is not None:
        assert any((p or 0) <= expected.position <= (upto or p or 0) for _, p, upto, _ in said), said
    if expected.file is not None:
        assert any(one.file == expected.file for one in report.discrepancies), said


@each_trial
def test_a_book_passes_until_it_is_tampered_with(shop: Workshop, trial: Trial, tmp_path: Path) -> None:
    book, chance = trial.book(shop)
    untouched = verified(book, is_sm3=trial.number % 3 == 0)
    assert untouched.is_good, untouched.discrepancies
    assert untouched.size == trial.size
    expected = trial.tamper(book, chance)
    assert_as_expected(verified(book, expected.trust, is_sm3=expected.is_sm3), expected)
    folder = archived(book, tmp_path / "evidence")
    report = verify_folder(folder, expected.trust, How(is_sm3=expected.is_sm3, workers=1))
    assert_as_expected(report, expected if expected.in_archive else Expected(is_good=True))
