"""The county's own books, kept while its files are written: fund figures and the cap, by none of the product's code."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from ledger.county.records import CENTRAL, PROVINCE, RELIEF, SPECIAL, Contract, Fund
from ledger.county.world import World

FIGURES = ("issued", "received", "settled", "in_transit", "services", "other", "passed_down", "recovered")
_SIGN_IN_AVAILABLE = (0, 1, -1, -1, -1, -1, -1, 1)

# The two readings of the 2 % cap (seeds 002 and 003); the other jurisdictions have none.
CAP_FORCE = {"lanzhou-new-area": "mandatory", "provincial-plan": "in_principle"}


class Books:
    """Running fund figures in fen."""

    def __init__(self) -> None:
        self._figures: defaultdict[Fund, Counter[str]] = defaultdict(Counter)

    def add(self, fund: Fund, figure: str, amount_fen: int) -> None:
        self._figures[fund][figure] += amount_fen

    def rows(self) -> list[dict[str, str | int]]:
        """One row a fund, as formats.md names them under `funds`."""
        return [self._row(fund) for fund in sorted(self._figures)]

    def _row(self, fund: Fund) -> dict[str, str | int]:
        amounts = [self._figures[fund][figure] for figure in FIGURES]
        row: dict[str, str | int] = dict(fund._asdict())
        row.update({f"{figure}_fen": amount for figure, amount in zip(FIGURES, amounts, strict=True)})
        row["available_fen"] = sum(sign * amount for sign, amount in zip(_SIGN_IN_AVAILABLE, amounts, strict=True))
        return row


def cap_base_fen(world: World, by: date = date.max) -> int:
    """中央 and 省级 grants of the year, issued by a day; 社会救助专项资金 counts in the provincial plan only."""
    categories = (RELIEF, SPECIAL) if world.plan.jurisdiction == "provincial-plan" else (RELIEF,)
    return sum(
        grant.amount_fen
        for grant in world.grants
        if grant.fund.level in (CENTRAL, PROVINCE) and grant.fund.category in categories and grant.issued_on <= by
    )


def counts_for_cap(world: World, contract: Contract) -> bool:
    """Lanzhou counts purchases from 困难群众救助补助资金; the provincial plan counts all."""
    return world.plan.jurisdiction == "provincial-plan" or contract.fund.category == RELIEF


def counted_commitment_fen(world: World) -> int:
    return sum(
        contract.amount_fen
        for contract in world.contracts
        if contract.signed_on <= world.plan.as_of and counts_for_cap(world, contract)
    )


def cap_rows(world: World) -> list[dict[str, str | int]]:
    """The expected `cap`: one row where the jurisdiction has a cap, none elsewhere."""
    plan = world.plan
    if plan.jurisdiction not in CAP_FORCE:
        return []
    base = cap_base_fen(world)
    limit = base * 2 // 100
    committed = counted_commitment_fen(world)
    counted = {contract.contract_no for contract in world.contracts if counts_for_cap(world, contract)}
    spent = sum(
        expense.amount_fen
        for expense in world.service_expenses
        if expense.paid_on <= plan.as_of and expense.contract_no in counted
    )
    return [
        {
            "region": plan.region,
            "year": plan.year,
            "jurisdiction": plan.jurisdiction,
            "force": CAP_FORCE[plan.jurisdiction],
            "base_fen": base,
            "limit_fen": limit,
            "committed_fen": committed,
            "spent_fen": spent,
            "headroom_fen": limit - committed,
        }
    ]
