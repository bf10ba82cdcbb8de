"""A county's clerks at the API: what each of them sends, with everything that a story does not care about filled in."""

from __future__ import annotations

from typing import Any

import psycopg
from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from ledger.access import make_token
from ledger.vault.identity import check_digit
from projections.open_book import OpenBook

COUNTY = "620199"
TOWNSHIP = "620199001"
NEIGHBOUR = "620198"
RELIEF = "困难群众救助补助资金"
FUND = f"{COUNTY}|{RELIEF}|中央|2025"
NAME = "韩示例"


def identity(nth: int) -> str:
    """A synthetic ID number of the region 620199, its check digit right."""
    first = f"62019919800101{nth:03d}"
    return first + check_digit(first)


class County:
    """The application, and a client for each role that bears its token."""

    def __init__(self, app: FastAPI, books: OpenBook) -> None:
        self.app = app
        self.books = books

    def seal(self) -> None:
        """Seals what is recorded so far, as the program does every few seconds."""
        with psycopg.connect(self.books.database.url, autocommit=True) as conn:
            self.books.sealing.seal(conn)

    def token(self, role: str, region: str = COUNTY, staff: str = "G001") -> str:
        return make_token(self.books.database, staff, role, region, 1)

    def client(self, role: str, region: str = COUNTY, staff: str = "G001") -> TestClient:
        """A program that bears a token of this role and region."""
        headers = {"Authorization": f"Bearer {self.token(role, region, staff)}"}
        return TestClient(self.app, headers=headers, follow_redirects=False)

    def anybody(self) -> TestClient:
        """A program without a token."""
        return TestClient(self.app, follow_redirects=False)

    def logged_in(self, role: str, region: str = COUNTY) -> TestClient:
        """A person at the console."""
        browser = self.anybody()
        answer = browser.post("/login", data={"token": self.token(role, region), "next": "/"})
        assert answer.status_code == 303, answer.text
        return browser

    def record(self, role: str, kind: str, body: dict[str, Any], **options: Any) -> Response:
        client = self.client(role, **options.pop("who", {}))
        answer: Response = client.post(f"/api/v1/{kind}", json=body, **options)
        return answer

    def grant(self, document_no: str, amount_fen: int, **changes: Any) -> Response:
        return self.record("finance", "grants", grant(document_no, amount_fen) | changes)

    def receive(self, document_no: str, amount_fen: int) -> None:
        """A grant that arrives at once."""
        receipt = {"document_no": document_no, "received_on": "2025-01-10", "amount_fen": amount_fen}
        for answer in (self.grant(document_no, amount_fen), self.record("finance", "receipts", receipt)):
            assert answer.status_code == 201, answer.text

    def register(self, household: str, region: str = COUNTY, nth: int = 1) -> None:
        answer = self.record("civil_affairs", "households", member(household, nth) | {"region": region})
        assert answer.status_code == 201, answer.text

    def approve(self, household: str, decision_no: str) -> None:
        answer = self.record("civil_affairs", "decisions", approval(household, decision_no))
        assert answer.status_code == 201, answer.text

    def pay(self, household: str, line_no: int, nth: int = 1) -> None:
        answer = self.record("civil_affairs", "rolls", roll_line(household, line_no, nth))
        assert answer.status_code == 201, answer.text


def grant(document_no: str, amount_fen: int) -> dict[str, Any]:
    return {
        "document_no": document_no,
        "issued_on": "2025-01-05",
        "level": "中央",
        "category": RELIEF,
        "budget_year": 2025,
        "region": COUNTY,
        "amount_fen": amount_fen,
    }


def member(household: str, nth: int) -> dict[str, Any]:
    return {
        "household": household,
        "region": COUNTY,
        "name": NAME,
        "id_number": identity(nth),
        "relation": "户主",
        "bank": "示例银行",
        "account": f"99000000000{nth:05d}",
        "holder_name": NAME,
        "registered_on": "2024-12-01",
    }


def approval(household: str, decision_no: str) -> dict[str, Any]:
    return {
        "decision_no": decision_no,
        "decided_on": "2024-12-20",
        "decision_type": "批准",
        "household": household,
        "programme": "城市低保",
        "assistance_class": "全额",
        "persons": 1,
        "monthly_amount_fen": 631_00,
        "start_month": "2025-01",
        "handled_by": "G011",
        "reviewed_by": "G012",
        "approved_by": "G013",
    }


def roll_line(household: str, line_no: int, nth: int) -> dict[str, Any]:
    return {
        "batch_no": "B202501-1",
        "line_no": line_no,
        "for_month": "2025-01",
        "paid_on": "2025-01-20",
        "programme": "城市低保",
        "payment_type": "正常",
        "category": RELIEF,
        "level": "中央",
        "budget_year": 2025,
        "household": household,
        "payee_name": NAME,
        "payee_id_number": identity(nth),
        "bank": "示例银行",
        "account": f"99000000000{nth:05d}",
        "amount_fen": 631_00,
        "handled_by": "G011",
        "reviewed_by": "G012",
    }


def contract(contract_no: str, amount_fen: int) -> dict[str, Any]:
    return {
        "contract_no": contract_no,
        "signed_on": "2025-03-05",
        "provider": "示例服务社",
        "service_class": "照料护理",
        "procurement_method": "公开招标",
        "amount_fen": amount_fen,
        "category": RELIEF,
        "level": "中央",
        "budget_year": 2025,
        "region": COUNTY,
        "handled_by": "G021",
        "approved_by": "G022",
    }
