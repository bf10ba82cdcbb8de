"""追缴: open a recovery, agree instalments, take repayments, write off."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from eventsourcing.dcb.domain import Selector
from pydantic import model_validator

from ledger.decide.refusal import yuan
from ledger.decide.refusals import NumberReused, OverRepaid, RecoveryNotOpen, UnknownLine
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event, FreeText, LineNo, PositiveFen, household_tag, line_tag
from ledger.events.payment import PaymentInstructed, PaymentSettled
from ledger.events.recovery import (
    InstalmentsAgreed,
    RecoveryOpened,
    RecoveryReceived,
    RecoveryWrittenOff,
    recovery_tag,
)

Step = Literal["立案", "分期", "缴回", "核销"]
EVENT_OF: dict[Step, type[Event]] = {
    "立案": RecoveryOpened,
    "分期": InstalmentsAgreed,
    "缴回": RecoveryReceived,
    "核销": RecoveryWrittenOff,
}
_FUND = ("region", "category", "level", "budget_year")


class RecoveryRequest(Request):
    """One row of ``recoveries``."""

    recovery_no: Code
    occurred_on: date
    step: Step
    household: Code
    batch_no: Code | None = None
    line_no: LineNo | None = None
    amount_fen: PositiveFen | None = None
    reason: FreeText | None = None

    @model_validator(mode="after")
    def _says_how_much(self) -> RecoveryRequest:
        if self.step != "分期" and self.amount_fen is None:
            raise ValueError(f"{self.step}须填金额 / amount_fen is needed for {self.step}")
        return self


class Recover(Decide[RecoveryRequest]):
    """What is repaid or written off is not more than what is owed; a repayment goes back to the fund that paid."""

    REFUSALS = (NumberReused, RecoveryNotOpen, OverRepaid, UnknownLine)

    def __init__(self, request: RecoveryRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.opened: RecoveryOpened | None = None
        self.owed_fen = 0
        self.lines: dict[tuple[str, int], dict[str, Any]] = {}
        self.settled: dict[tuple[str, int], date] = {}

    def consistency_boundary(self) -> list[Selector]:
        request = self.request
        boundary = [
            one_of((RecoveryOpened, RecoveryReceived, RecoveryWrittenOff), recovery_tag(request.recovery_no)),
        ]
        if request.step != "缴回":
            return boundary
        if request.batch_no and request.line_no:
            line = line_tag(request.batch_no, request.line_no)
            return [*boundary, one_of((PaymentInstructed, PaymentSettled), line)]
        # The household's lines come first; then the boundary grows by what the bank said of each.
        boundary.append(one_of((PaymentInstructed,), household_tag(request.household)))
        return boundary + [one_of((PaymentSettled,), line_tag(*line)) for line in self.lines]

    def learn(self, event: Event) -> None:
        match event:
            case RecoveryOpened():
                self.opened = self.opened or event
                self.owed_fen += event.amount_fen
            case RecoveryReceived() | RecoveryWrittenOff():
                self.owed_fen -= event.amount_fen
            case PaymentInstructed():
                if event.household == self.request.household:
                    self.lines[event.batch_no, event.line_no] = {name: getattr(event, name) for name in _FUND}
            case PaymentSettled():
                self.settled[event.batch_no, event.line_no] = event.settled_on

    def execute(self) -> None:
        request = self.request
        opened = self.opened
        if request.step == "立案":
            if opened is not None:
                self.refuse(self._reused())
        elif opened is None or opened.household != request.household or opened.occurred_on > request.occurred_on:
            self.refuse(self._not_open())
        if request.step in ("缴回", "核销") and (request.amount_fen or 0) > self.owed_fen:
            self.refuse(self._over_repaid())
        fund = self._fund_repaid() if request.step == "缴回" else {}
        if request.step == "缴回" and not fund:
            self.refuse(self._never_paid())
        self.record(EVENT_OF[request.step], **request.model_dump(exclude={"step"}), **fund)

    def _fund_repaid(self) -> dict[str, Any]:
        """The fund of the line that is named, else of the latest line settled by the day of the repayment."""
        request = self.request
        if request.batch_no and request.line_no:
            named = (request.batch_no, request.line_no)
            return self.lines.get(named, {}) if named in self.settled else {}
        settled = {line: on for line, on in self.settled.items() if line in self.lines}
        by_then = {line: on for line, on in settled.items() if on <= request.occurred_on} or settled
        return self.lines[max(by_then, key=lambda line: (by_then[line], line))] if by_then else {}

    def _not_open(self) -> RecoveryNotOpen:
        return RecoveryNotOpen(
            f"追缴“{self.request.recovery_no}”在该日之前没有对家庭“{self.request.household}”立案",
            f"recovery {self.request.recovery_no} was not open against household {self.request.household} that day",
            column="追缴编号",
        )

    def _never_paid(self) -> UnknownLine:
        return UnknownLine(
            f"没有付给家庭“{self.request.household}”并已入账的发放行,无法确定退回哪项资金",
            f"no settled line of household {self.request.household} tells which fund the money goes back to",
            column="家庭编号",
        )

    def _reused(self) -> NumberReused:
        return NumberReused(
            f"追缴“{self.request.recovery_no}”已立案,内容不同",
            f"recovery {self.request.recovery_no} is open with other contents",
            column="追缴编号",
        )

    def _over_repaid(self) -> OverRepaid:
        amount_fen = self.request.amount_fen or 0
        return OverRepaid(
            f"追缴“{self.request.recovery_no}”尚欠 {yuan(self.owed_fen)} 元,本次 {yuan(amount_fen)} 元",
            f"recovery {self.request.recovery_no} still owes {yuan(self.owed_fen)} yuan, this is {yuan(amount_fen)}",
            column="金额",
            owed_fen=self.owed_fen,
        )
