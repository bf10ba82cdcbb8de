"""Money that comes back from 其他支出, handed in as a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from projections.open_book import OpenBook
from tests.handed_in import hand_in, said

GRANTS = (
    "文号,下达日期,资金级次,资金类别,预算年度,区划代码,金额\n"
    "新财1号,2025-01-02,县级,困难群众救助补助资金,2025,620199,5000\n"
)
RECEIPTS = "文号,到账日期,金额\n新财1号,2025-01-05,5000\n"
HEADER = "支出编号,支付日期,区划代码,资金类别,资金级次,预算年度,用途,收款单位,收款账号,金额,经办人,审批人\n"
FUND = "620199,困难群众救助补助资金,县级,2025"
PAID = f"O1,2025-05-09,{FUND},借款周转,某单位,9900009000085533,3000.00,G002,G008\n"
BACK = f"O1,2025-06-01,{FUND},借款周转,某单位,9900009000085533,-1500.00,G002,G008\n"


def figures(books: OpenBook) -> tuple[int, int, list[int]]:
    now = said(books, date(2025, 12, 31))
    (fund,) = now["funds"]
    diverted = [alert["amount_fen"] for alert in now["alerts"] if alert["rule"] == "diverted"]
    return fund["other_fen"], fund["available_fen"], diverted


def test_what_comes_back_is_in_its_fund_again_and_clears_the_finding(opened: OpenBook, tmp_path: Path) -> None:
    files, rejects = tmp_path / "files", tmp_path / "rejects"
    files.mkdir()
    for name, text in {"grants": GRANTS, "receipts": RECEIPTS, "other-expenses": HEADER + PAID}.items():
        (files / f"{name}.csv").write_text(text, encoding="utf-8")
    hand_in(opened, [files], "observed", rejects)
    assert figures(opened) == (300_000, 200_000, [300_000])
    refund = tmp_path / "其他支出-6月.csv"
    refund.write_text(HEADER + BACK, encoding="utf-8")
    (report,) = hand_in(opened, [refund], "decided", rejects)
    assert (report.recorded, report.rejected) == (1, 0)
    assert figures(opened) == (150_000, 350_000, [150_000])
    # Two halves of one day are two rows of one file: the first is known, the second is new; a third is too much.
    refund.write_text(HEADER + BACK * 3, encoding="utf-8")
    (report,) = hand_in(opened, [refund], "decided", rejects)
    assert (report.known, report.recorded, report.rejected) == (1, 1, 1)
    assert figures(opened) == (0, 500_000, [])


def test_a_refund_is_decided_after_the_payment_of_its_day(opened: OpenBook, tmp_path: Path) -> None:
    back = BACK.replace("2025-06-01", "2025-05-09").replace("借款周转", "取暖补贴")
    (tmp_path / "grants.csv").write_text(GRANTS, encoding="utf-8")
    (tmp_path / "receipts.csv").write_text(RECEIPTS, encoding="utf-8")
    (tmp_path / "other-expenses.csv").write_text(HEADER + back + PAID.replace("借款周转", "取暖补贴"), encoding="utf-8")
    reports = hand_in(opened, [tmp_path], "decided", tmp_path / "rejects")
    assert [report.rejected for report in reports] == [0, 0, 0]
    assert figures(opened) == (150_000, 350_000, [])
