"""属实: a finding is true; where a household was overpaid, its recovery is opened in the same act."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from eventsourcing.dcb.domain import Selector, Tagged

from ledger.decide.case_refusals import (
    AmountOverFinding,
    HouseholdNotNamed,
    MoneyAlreadyClaimed,
    RecoveryAlreadyOpen,
    RecoveryFallsShort,
)
from ledger.decide.claims import CLAIM_EVENTS, Claims
from ledger.decide.judging import JUDGING_REFUSALS, Judging, JudgingRequest
from ledger.decide.on_case import is_hidden
from ledger.decide.refusal import yuan
from ledger.decide.refusals import NumberReused
from ledger.decide.slice import Asked, one_of
from ledger.events.base import Code, Event, PositiveFen, household_tag
from ledger.events.case import CaseOpened, FindingEstablished
from ledger.events.finding import finding_tag
from ledger.events.recovery import RecoveryOpened, recovery_tag

_HOUSEHOLD = "household:"


class EstablishRequest(JudgingRequest):
    """In what amount (default: the finding's), and of whom it is recovered where the finding names several households.

    ``is_overpaid`` says whether the finding's rule finds money that a household was overpaid, and is filled in by
    whoever asks. ``recovery_no`` is a new number, made by whoever asks where the officer names none, that gives nothing
    away: the recovery is seen by those who may not see a confidential case. Or it is that of a recovery from the
    household that is on record and asks for this very money; then none is opened. Where the recoveries of the finding
    ask for less than is established by now, ``is_other_money`` with a new number opens one for the rest.
    """

    established_on: date
    is_overpaid: bool
    recovery_no: Code
    amount_fen: PositiveFen | None = None
    household: Code | None = None
    is_other_money: bool = False


class EstablishFinding(Judging[EstablishRequest]):
    """The same money is not asked for twice: one recovery a finding, and none beside another without a word on it."""

    REFUSALS = (
        *JUDGING_REFUSALS,
        AmountOverFinding,
        HouseholdNotNamed,
        RecoveryFallsShort,
        RecoveryAlreadyOpen,
        NumberReused,
        MoneyAlreadyClaimed,
    )
    EVENT = FindingEstablished

    def __init__(self, request: EstablishRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.claims = Claims()
        self.earlier: dict[str, str] = {}
        self.confidential: dict[str, CaseOpened] = {}

    def consistency_boundary(self) -> list[Selector]:
        boundary = super().consistency_boundary()
        if not self.request.is_overpaid:
            return boundary
        boundary.append(one_of((CaseOpened, FindingEstablished), finding_tag(self.request.finding)))
        boundary.append(one_of(CLAIM_EVENTS, recovery_tag(self.request.recovery_no)))
        # The boundary grows by the households that the finding turns out to name.
        return boundary + [one_of(CLAIM_EVENTS, household_tag(household)) for household in self._named()]

    def learn(self, event: Event) -> None:
        super().learn(event)
        self.claims.learn(event)
        if isinstance(event, CaseOpened) and event.is_confidential:
            self.confidential[event.case_no] = event
        if isinstance(event, FindingEstablished) and event.finding == self.request.finding and event.recovery_no:
            self.earlier[event.recovery_no] = event.case_no

    def execute(self) -> None:
        self.check_turn()
        self.check()
        request, amount_fen = self.request, self._amount_fen()
        said = request.model_dump(exclude={"is_overpaid", "household", "recovery_no", "amount_fen"})
        if not request.is_overpaid:
            self.record(FindingEstablished, **said, amount_fen=amount_fen)
            return
        household = self._household()
        own = self._own(household)
        goes_on = self.claims.is_against(request.recovery_no, household)
        rest_fen = (amount_fen or 0) - self._claimed_fen({*own, request.recovery_no} if goes_on else own)
        if goes_on:
            self._check_covers(household, own, rest_fen)
        else:
            self._check_claims(household, own, rest_fen)
        self.record(FindingEstablished, **said, amount_fen=amount_fen, recovery_no=request.recovery_no)
        if not goes_on:
            self._open_recovery(household, rest_fen)

    def _named(self) -> list[str]:
        """The households that the finding names."""
        seen = self.known.seen.get(self.request.finding)
        return sorted(ref.removeprefix(_HOUSEHOLD) for ref in (seen.refs if seen else ()) if ref.startswith(_HOUSEHOLD))

    def _amount_fen(self) -> int | None:
        """What is established: no more than the finding says, and something where it is to be recovered."""
        most_fen = self.found.amount_fen
        amount_fen = self.request.amount_fen or (most_fen if most_fen and most_fen > 0 else None)
        if self.request.is_overpaid and amount_fen is None:
            zh, en = "预警没有金额，须填认定金额", "the finding has no amount: name one"
            self.refuse(AmountOverFinding(zh, en, column="金额"))
        if most_fen and amount_fen and amount_fen > most_fen:
            zh = f"预警金额 {yuan(most_fen)} 元，认定 {yuan(amount_fen)} 元"
            en = f"the finding is of {yuan(most_fen)} yuan, this is {yuan(amount_fen)}"
            self.refuse(AmountOverFinding(zh, en, column="金额", most_fen=most_fen))
        return amount_fen

    def _household(self) -> str:
        named = self._named()
        household = self.request.household or (named[0] if len(named) == 1 else "")
        if household not in named:
            listed = "、".join(named)
            zh, en = f"预警涉及 {listed or '无家庭'}", f"the finding names {', '.join(named) or 'no household'}"
            self.refuse(HouseholdNotNamed(zh, en, column="家庭编号"))
        return household

    def _own(self, household: str) -> list[str]:
        """The finding's recoveries that ask this household, or are still owed by another that it names."""
        return [
            no
            for no, case in self.earlier.items()
            if (self.claims.is_open(no) or self.claims.is_against(no, household)) and self._may_know(case)
        ]

    def _may_know(self, case_no: str) -> bool:
        # Nobody else learns that a confidential case established this: its recovery is one among others.
        confidential = self.confidential.get(case_no)
        if confidential is None:
            return True
        return self.request.case_no in self.confidential and not is_hidden(confidential, self.asked)

    def _claimed_fen(self, numbers: Iterable[str]) -> int:
        return sum(self.claims.opened[no].amount_fen for no in numbers)

    def _check_covers(self, household: str, own: list[str], rest_fen: int) -> None:
        """The recovery to go on with asks for this money: it is not over since before, and asks for all of it."""
        no = self.request.recovery_no
        if no not in own and no not in self.claims.against(household, self.found.found_on):
            zh, en = f"追缴“{no}”在预警之前已了结", f"recovery {no} was settled before the finding"
            self.refuse(RecoveryFallsShort(zh, en, column="追缴编号"))
        if rest_fen > 0:
            zh = f"追缴“{no}”少于认定金额，尚差 {yuan(rest_fen)} 元"
            en = f"recovery {no} asks for {yuan(rest_fen)} yuan less than is established"
            self.refuse(RecoveryFallsShort(zh, en, column="追缴编号", rest_fen=rest_fen))

    def _check_claims(self, household: str, own: list[str], rest_fen: int) -> None:
        if own and rest_fen <= 0:
            zh, en = f"追缴“{own[0]}”已就此立案", f"recovery {own[0]} asks for it already"
            self.refuse(RecoveryAlreadyOpen(zh, en, column="追缴编号"))
        if self.request.recovery_no in self.claims.opened:
            no = self.request.recovery_no
            self.refuse(NumberReused(f"追缴编号“{no}”已用", f"recovery {no} is on record", column="追缴编号"))
        others = self.claims.against(household, self.found.found_on)
        if others and not self.request.is_other_money:
            owed = "、".join(f"{no}（尚欠 {yuan(self.claims.owed_fen[no])} 元）" for no in others)
            zh, en = f"家庭“{household}”已有追缴 {owed}", f"household {household} has {', '.join(others)}"
            self.refuse(MoneyAlreadyClaimed(zh, en, column="追缴编号"))

    def _open_recovery(self, household: str, amount_fen: int) -> None:
        """Opened by the book itself, whatever the case: the officer stands on the event before it, with the case."""
        event = RecoveryOpened(
            origin="decided",
            recorded_by="system",
            recorded_role="system",
            recovery_no=self.request.recovery_no,
            occurred_on=self.day,
            household=household,
            amount_fen=amount_fen,
        )
        self.new_decisions.append(Tagged(tags=event.tags(), decision=event))
