"""购买服务合同: commit money to a purchased service, within the cap."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.law import Citation
from ledger.decide.refusal import yuan
from ledger.decide.refusals import CapExceeded, DutiesNotSeparated, NumberReused, ReasonMissing, RuleNotOnFile
from ledger.decide.slice import Asked, Decide, Request, one_of, rules_of
from ledger.events.base import (
    BudgetYear,
    Code,
    Event,
    FreeText,
    Level,
    PositiveFen,
    Region,
    Short,
    cap_tag,
    contract_tag,
)
from ledger.events.funding import GrantIssued, GrantWithdrawn
from ledger.events.services import ContractCommitted
from ledger.policy import NoCap, ServiceCap


class ContractRequest(Request):
    """One row of ``contracts``; ``reason`` is what an in-principle cap asks for when it is passed."""

    contract_no: Code
    signed_on: date
    provider: FreeText
    provider_code: Code | None = None
    service_class: Short
    procurement_method: Short
    amount_fen: PositiveFen
    category: Short
    level: Level
    budget_year: BudgetYear
    region: Region
    handled_by: Code | None = None
    approved_by: Code | None = None
    reason: FreeText | None = None


class CommitContract(Decide[ContractRequest]):
    """A commitment fits under the cap of its region and budget year.

    A mandatory cap (不得) refuses what does not fit; a cap in principle (原则上) asks for a written reason.
    """

    REFUSALS = (NumberReused, DutiesNotSeparated, RuleNotOnFile, CapExceeded, ReasonMissing)

    def __init__(self, request: ContractRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False
        self.granted: list[tuple[str, str, int]] = []
        self.committed: list[tuple[str, int]] = []

    def consistency_boundary(self) -> list[Selector]:
        request = self.request
        return [
            one_of((ContractCommitted,), contract_tag(request.contract_no)),
            one_of((GrantIssued, GrantWithdrawn, ContractCommitted), cap_tag(request.region, request.budget_year)),
        ]

    def learn(self, event: Event) -> None:
        match event:
            case GrantIssued():
                self.granted.append((event.category, event.level, event.amount_fen))
            case GrantWithdrawn():
                self.granted.append((event.category, event.level, -event.amount_fen))
            case ContractCommitted():
                self.is_used = self.is_used or event.contract_no == self.request.contract_no
                if (event.region, event.budget_year) == (self.request.region, self.request.budget_year):
                    self.committed.append((event.category, event.amount_fen))

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            self.refuse(
                NumberReused(
                    f"合同“{request.contract_no}”已登记,内容不同",
                    f"contract {request.contract_no} is on record with other contents",
                    column="合同编号",
                    contract_no=request.contract_no,
                )
            )
        self.separate_duties(经办人=request.handled_by, 审批人=request.approved_by)
        if self.asked.origin == "decided":
            self._check_cap()
        self.record(ContractCommitted, **request.model_dump())

    def _check_cap(self) -> None:
        request = self.request
        with rules_of("签订日期"):
            cap = self.asked.policy.service_cap(request.signed_on)
        if isinstance(cap, NoCap) or not counts(cap, request.category):
            return
        limit_fen = limit_of(cap, sum(a for c, lv, a in self.granted if is_base(cap, c, lv)))
        committed_fen = sum(a for c, a in self.committed if counts(cap, c))
        if committed_fen + request.amount_fen <= limit_fen:
            return
        is_mandatory = cap.rule.force == "mandatory"
        if not is_mandatory and request.reason:
            return
        source = cap.rule.source
        refusal = CapExceeded if is_mandatory else ReasonMissing
        raise refusal(
            f"{request.budget_year} 年上限 {yuan(limit_fen)} 元,已承诺 {yuan(committed_fen)} 元,"
            f"本合同 {yuan(request.amount_fen)} 元",
            f"the {request.budget_year} limit is {yuan(limit_fen)} yuan, {yuan(committed_fen)} is committed, "
            f"this contract is {yuan(request.amount_fen)}",
            column="合同金额",
            citation=Citation(source.title, source.article or "", source.quotation or ""),
            limit_fen=limit_fen,
            committed_fen=committed_fen,
            headroom_fen=limit_fen - committed_fen,
        )


def counts(cap: ServiceCap, category: str) -> bool:
    """Whether purchases from this 资金类别 count against the cap."""
    return cap.counted_categories == "all" or category in cap.counted_categories


def is_base(cap: ServiceCap, category: str, level: str) -> bool:
    """Whether grants of this 资金类别 and 资金级次 are part of the cap's base."""
    return category in cap.base_categories and level in cap.base_levels


def limit_of(cap: ServiceCap, base_fen: int) -> int:
    """The cap in fen: its share of the base, rounded down to the fen."""
    return base_fen * cap.share_basis_points // 10_000
