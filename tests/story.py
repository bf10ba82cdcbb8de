"""Stories in the domain's words: what is asked of a book, with everything that the story does not care about filled in.

People and accounts are words here (``"韩"``, ``"韩的卡"``) and stand in events as pseudonyms, as the vault would give.
Amounts are in yuan where a story says them, since people do; requests hold fen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from ledger.book.batch import Recorded
from ledger.book.book import Book, MakeDecision
from ledger.decide.assistance import DecisionRequest
from ledger.decide.bank_result import BankResultRequest
from ledger.decide.contract import ContractRequest
from ledger.decide.evidence import DeathRequest, KinshipRequest
from ledger.decide.grant import GrantRequest
from ledger.decide.household import HEAD, HouseholdRequest
from ledger.decide.opening import OpeningRequest, OpenTheBook
from ledger.decide.other_expense import ExpenseRequest
from ledger.decide.receipt import ReceiptRequest
from ledger.decide.recovery import RecoveryRequest
from ledger.decide.refusal import Refusal
from ledger.decide.roll_line import RollLineRequest
from ledger.decide.seal_key import RotateSealKey, RotationRequest
from ledger.decide.service_expense import ServiceExpenseRequest
from ledger.decide.slice import Asked, Decide, Request
from ledger.decide.transfer import TransferRequest
from ledger.decide.visit import VisitRequest
from ledger.events.base import Event, Origin
from ledger.intake.prepare import DECISIONS
from ledger.intake.sets import Row
from ledger.policy import PolicyPack, load_pack
from projections.engine import Engine
from projections.queries import Clocks, alerts, cap, funds, reading

REGION = "620199"
RELIEF = "困难群众救助补助资金"
FUND: dict[str, Any] = {"region": REGION, "category": RELIEF, "level": "中央", "budget_year": 2025}
DECISION_OF: dict[type[Request], type[Decide[Any]]] = {
    OpeningRequest: OpenTheBook,
    RotationRequest: RotateSealKey,
    **dict(DECISIONS.values()),
}


def pseudonym(letter: str, word: str) -> str:
    """What stands in an event for somebody: of the vault's shape, the same for the same word."""
    return letter + base64.b32encode(hashlib.sha256(word.encode()).digest()).decode().lower()[:20]


def person(word: str) -> str:
    return pseudonym("p", word)


def name(word: str) -> str:
    return pseudonym("n", word)


def account(word: str) -> str:
    return pseudonym("a", word)


def fen(yuan: float | int) -> int:
    return round(yuan * 100)


def day(text: str) -> date:
    return date.fromisoformat(text)


def opening(jurisdiction: str = "lanzhou-new-area", **changes: Any) -> OpeningRequest:
    pack = load_pack(jurisdiction)
    fields: dict[str, Any] = {
        "jurisdiction": pack.name,
        "version": pack.version,
        "sha256": pack.sha256,
        "opened_on": day("2025-01-01"),
    }
    return OpeningRequest(**fields | changes)


def rotation(old: str, new: str) -> RotationRequest:
    """The seal passes from one key to another, each named by a letter."""
    return RotationRequest(old_key=f"AQ{old * 42}", new_key=f"AQ{new * 42}", rotated_on=day("2025-03-01"))


def grant(yuan: int = 1_000_000, no: str = "财社〔2025〕1号", on: str = "2025-01-02", **changes: Any) -> GrantRequest:
    fields: dict[str, Any] = {**FUND, "document_no": no, "issued_on": day(on), "amount_fen": fen(yuan)}
    return GrantRequest(**fields | changes)


def receipt(
    yuan: int = 1_000_000, no: str = "财社〔2025〕1号", on: str = "2025-01-05", **changes: Any
) -> ReceiptRequest:
    fields: dict[str, Any] = {"document_no": no, "received_on": day(on), "amount_fen": fen(yuan)}
    return ReceiptRequest(**fields | changes)


def transfer(yuan: int, to: str = "620199001", no: str = "新拨〔2025〕1号", **changes: Any) -> TransferRequest:
    fields: dict[str, Any] = {
        **FUND,
        "document_no": no,
        "passed_on": day("2025-02-01"),
        "to_region": to,
        "amount_fen": fen(yuan),
    }
    fields["from_region"] = fields.pop("region")
    return TransferRequest(**fields | changes)


def household(no: str = "H1", who: str = "韩", relation: str = HEAD, **changes: Any) -> HouseholdRequest:
    fields: dict[str, Any] = {
        "household": no,
        "region": "620199001001",
        "person": person(who),
        "name": name(who),
        "identity_valid": True,
        "relation": relation,
        "account": account(f"{who}的卡"),
        "registered_on": day("2024-12-01"),
    }
    return HouseholdRequest(**fields | changes)


def decision(
    kind: str = "批准",
    no: str = "H1",
    yuan: int | None = 500,
    start: str | None = "2025-01",
    on: str = "2024-12-20",
    **changes: Any,
) -> DecisionRequest:
    fields: dict[str, Any] = {
        "decision_no": f"{no}-{kind}-{on}-{start}",
        "decided_on": day(on),
        "decision_type": kind,
        "household": no,
        "programme": "城市低保",
        "monthly_amount_fen": None if yuan is None else fen(yuan),
        "start_month": start,
        "handled_by": "G001",
        "reviewed_by": "G002",
        "approved_by": "G003",
    }
    return DecisionRequest(**fields | changes)


def line(
    no: str = "H1", yuan: float = 500, month: str = "2025-01", batch: str = "B1", number: int = 1, **changes: Any
) -> RollLineRequest:
    fields: dict[str, Any] = {
        **FUND,
        "batch_no": batch,
        "line_no": number,
        "for_month": month,
        "paid_on": day(f"{month}-08"),
        "programme": "城市低保",
        "payment_type": "正常",
        "household": no,
        "payee": person("韩"),
        "payee_name": name("韩"),
        "identity_valid": True,
        "account": account("韩的卡"),
        "amount_fen": fen(yuan),
        "handled_by": "G001",
        "reviewed_by": "G002",
    }
    return RollLineRequest(**fields | changes)


def bank(
    yuan: float = 500, batch: str = "B1", number: int = 1, on: str | None = "2025-01-09", **changes: Any
) -> BankResultRequest:
    fields: dict[str, Any] = {
        "batch_no": batch,
        "line_no": number,
        "holder_name": name("韩"),
        "account": account("韩的卡"),
        "amount_fen": fen(yuan),
        "outcome": "成功",
        "settled_on": None if on is None else day(on),
    }
    return BankResultRequest(**fields | changes)


def failed(yuan: float = 500, batch: str = "B1", number: int = 1, **changes: Any) -> BankResultRequest:
    return bank(yuan, batch, number, on=None, **{"outcome": "失败", "failure_reason": "账户冻结"} | changes)


def contract(yuan: int = 10_000, no: str = "C-01", on: str = "2025-03-01", **changes: Any) -> ContractRequest:
    fields: dict[str, Any] = {
        **FUND,
        "contract_no": no,
        "signed_on": day(on),
        "provider": "示例社工服务中心",
        "service_class": "访视照料",
        "procurement_method": "公开招标",
        "amount_fen": fen(yuan),
        "handled_by": "G001",
        "approved_by": "G003",
    }
    return ContractRequest(**fields | changes)


def visit(no: str = "V1", contract_no: str = "C-01", **changes: Any) -> VisitRequest:
    fields: dict[str, Any] = {
        "visit_no": no,
        "contract_no": contract_no,
        "served_on": day("2025-04-01"),
        "service_item": "上门访视",
        "quantity_milli": 1000,
        "unit_price_fen": fen(60),
    }
    return VisitRequest(**fields | changes)


def service_expense(
    yuan: int = 1_000, no: str = "S1", contract_no: str = "C-01", **changes: Any
) -> ServiceExpenseRequest:
    fields: dict[str, Any] = {
        "expense_no": no,
        "paid_on": day("2025-05-01"),
        "contract_no": contract_no,
        "invoice_no": f"I-{no}",
        "amount_fen": fen(yuan),
        "handled_by": "G001",
        "approved_by": "G003",
    }
    return ServiceExpenseRequest(**fields | changes)


def expense(yuan: int = 1_000, no: str = "E1", purpose: str = "取暖补贴", **changes: Any) -> ExpenseRequest:
    fields: dict[str, Any] = {
        **FUND,
        "expense_no": no,
        "paid_on": day("2025-05-01"),
        "purpose": purpose,
        "amount_fen": fen(yuan),
        "handled_by": "G001",
        "approved_by": "G003",
    }
    return ExpenseRequest(**fields | changes)


def recovery(
    step: str = "立案", yuan: float | None = 500, no: str = "R1", on: str = "2025-06-01", **changes: Any
) -> RecoveryRequest:
    fields: dict[str, Any] = {
        "recovery_no": no,
        "occurred_on": day(on),
        "step": step,
        "household": "H1",
        "amount_fen": None if yuan is None else fen(yuan),
    }
    return RecoveryRequest(**fields | changes)


def death(who: str = "韩", on: str = "2025-03-15", **changes: Any) -> DeathRequest:
    fields: dict[str, Any] = {"person": person(who), "name": name(who), "died_on": day(on), "source": "殡葬"}
    return DeathRequest(**fields | changes)


def kin(who: str = "韩", staff_no: str = "G009", **changes: Any) -> KinshipRequest:
    fields: dict[str, Any] = {"staff_no": staff_no, "kin": person(who), "kinship": "母亲"}
    return KinshipRequest(**fields | changes)


FUNDED: tuple[Request, ...] = (grant(), receipt())
ENTITLED: tuple[Request, ...] = (*FUNDED, household(), decision())


@dataclass(frozen=True, slots=True)
class Story:
    """A book in which things are asked, one after another."""

    book: Book
    engine: Engine
    policy: PolicyPack

    @classmethod
    def begin(cls, book: Book, engine: Engine, jurisdiction: str) -> Story:
        policy = load_pack(jurisdiction)
        engine.adopt(policy)
        return cls(book, engine, policy)

    def asked(self, origin: Origin = "decided", **paper: Any) -> Asked:
        return Asked("G007", "finance", origin, self.policy, **paper)

    def ask(self, request: Request, origin: Origin = "decided", key: UUID | None = None) -> Recorded:
        """Asks for one thing; raises its refusal."""
        asked = self.asked(origin)
        return self.book.do(lambda: DECISION_OF[type(request)](request, asked), key)

    def refusal_of(self, request: Request) -> Refusal | None:
        try:
            self.ask(request)
        except Refusal as refusal:
            return refusal
        return None

    def decided(self, *requests: Request) -> Story:
        for request in requests:
            self.ask(request)
        return self

    def observed(self, *requests: Request) -> Story:
        for request in requests:
            self.ask(request, "observed")
        return self

    def rows(self, requests: Iterable[Request], origin: Origin = "decided") -> list[Row[Any]]:
        """Requests as the rows of a file."""
        return [Row(uuid4(), request, self.asked(origin)) for request in requests]

    def events(self, after: int = 0) -> list[Event]:
        stored = self.book.recorder.read(after=after)
        return [self.book.mapper.to_domain_event(one.event).decision for one in stored]

    def found(self, rule: str, as_of: str | None = None) -> list[dict[str, Any]]:
        """The findings of a rule at the end of a day (default: today)."""
        self.engine.catch_up()
        with reading(self.book.database, clocks(as_of)) as cursor:
            return alerts(cursor, (rule,))

    def funds(self, as_of: str | None = "2030-12-31") -> dict[str, dict[str, int]]:
        """Each fund's figures by its id."""
        self.engine.catch_up()
        with reading(self.book.database, clocks(as_of)) as cursor:
            return {f"{r['region']}|{r['category']}|{r['level']}|{r['year']}": r for r in funds(cursor)}

    def cap(self, as_of: str | None = "2025-12-31") -> Sequence[dict[str, Any]]:
        self.engine.catch_up()
        with reading(self.book.database, clocks(as_of)) as cursor:
            return cap(cursor)


def record_at_once(book: Book, decisions: Iterable[MakeDecision]) -> None:
    """Decides in one batch, of which nothing is refused."""
    answers = book.do_batch([(uuid4(), make) for make in decisions])
    assert not any(isinstance(answer, Refusal) for answer in answers)


def clocks(as_of: str | None) -> Clocks:
    return Clocks(as_of=day(as_of) if as_of else None)
