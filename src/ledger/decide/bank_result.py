"""银行回盘: what the bank says of a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from eventsourcing.dcb.domain import Selector
from pydantic import model_validator

from ledger.decide.refusal import Refusal, yuan
from ledger.decide.refusals import LineFinished, ReversalTooLarge, UnknownLine
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Account, Code, Event, Fen, FreeText, LineNo, Name, line_tag
from ledger.events.payment import (
    PaymentInstructed,
    PaymentObserved,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
)


class BankResultRequest(Request):
    """One row of ``bank``; a negative amount is money of a settled line that comes back."""

    batch_no: Code
    line_no: LineNo
    holder_name: Name | None = None
    account: Account | None = None
    amount_fen: Fen
    outcome: Literal["成功", "失败"]
    failure_reason: FreeText | None = None
    settled_on: date | None = None
    bank_serial: Code | None = None

    @model_validator(mode="after")
    def _is_dated_and_possible(self) -> BankResultRequest:
        if self.outcome == "成功" and self.settled_on is None:
            raise ValueError("成功的行须填入账日期 / a successful line needs settled_on")
        if self.outcome == "失败" and self.amount_fen < 0:
            raise ValueError("失败的行金额须为正数 / the amount of a failed line is positive")
        return self


@dataclass(slots=True)
class ResultStanding:
    """All that must be known to judge a bank result; ``instructed`` holds the line's fund, household and sum."""

    instructed: dict[str, Any] | None = None
    is_finished: bool = False
    settled_fen: int = 0


def judge(result: BankResultRequest, standing: ResultStanding) -> Refusal | None:
    """The first rule that a bank result breaks; None when it may be recorded."""
    where_zh = f"批次“{result.batch_no}”第 {result.line_no} 行"
    where_en = f"line {result.line_no} of batch {result.batch_no}"
    if standing.instructed is None:
        return UnknownLine(f"{where_zh}没有发放记录", f"{where_en} was never instructed", column="序号")
    if result.amount_fen < 0:
        if -result.amount_fen > standing.settled_fen:
            return ReversalTooLarge(
                f"{where_zh}已入账 {yuan(standing.settled_fen)} 元,冲正 {yuan(-result.amount_fen)} 元",
                f"{where_en} settled {yuan(standing.settled_fen)} yuan, the reversal is {yuan(-result.amount_fen)}",
                column="金额",
            )
        return None
    if standing.is_finished:
        return LineFinished(f"{where_zh}已有结果", f"{where_en} has its result", column="处理结果")
    return None


def outcome_event(result: BankResultRequest, standing: ResultStanding) -> tuple[type[Event], dict[str, Any]]:
    """The event that a result becomes, and its fields beside those of the one who asks."""
    fields = result.model_dump(include={"batch_no", "line_no", "holder_name", "account", "bank_serial"})
    fields["amount_fen"] = abs(result.amount_fen)
    is_second = result.amount_fen > 0 and standing.is_finished
    if standing.instructed is None or is_second:
        # A second result of a line is money that nobody instructed, like a line that is not there at all.
        observed = result.model_dump(include={"settled_on", "failure_reason"})
        return PaymentObserved, fields | observed | {"succeeded": result.outcome == "成功" and result.amount_fen > 0}
    line = dict(standing.instructed)
    paid_on = line.pop("paid_on")
    fields |= line
    if result.amount_fen < 0:
        return PaymentReversed, fields | {"reversed_on": result.settled_on}
    if result.outcome == "成功":
        return PaymentSettled, fields | {"settled_on": result.settled_on}
    # Banks leave the date of a failure out; it is known no earlier than the day of the instruction.
    returned_on = result.settled_on or paid_on
    return PaymentReturned, fields | {"returned_on": returned_on, "failure_reason": result.failure_reason}


class RecordBankResult(Decide[BankResultRequest]):
    """A line that was instructed has one result; what comes back later is a reversal."""

    REFUSALS = (UnknownLine, ReversalTooLarge, LineFinished)

    def __init__(self, request: BankResultRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.standing = ResultStanding()

    def consistency_boundary(self) -> Selector:
        types = (PaymentInstructed, PaymentSettled, PaymentReturned, PaymentReversed)
        return one_of(types, line_tag(self.request.batch_no, self.request.line_no))

    def learn(self, event: Event) -> None:
        standing = self.standing
        match event:
            case PaymentInstructed():
                standing.instructed = {
                    "household": event.household,
                    "region": event.region,
                    "category": event.category,
                    "level": event.level,
                    "budget_year": event.budget_year,
                    "instructed_fen": event.amount_fen,
                    "paid_on": event.paid_on,
                }
            case PaymentSettled():
                standing.settled_fen += event.amount_fen
                standing.is_finished = True
            case PaymentReversed():
                standing.settled_fen -= event.amount_fen
            case PaymentReturned():
                standing.is_finished = True

    def execute(self) -> None:
        refusal = judge(self.request, self.standing)
        if refusal is not None:
            self.refuse(refusal)
        cls, fields = outcome_event(self.request, self.standing)
        self.record(cls, **fields)
