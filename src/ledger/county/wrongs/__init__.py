"""One function a rule: it breaks the rule in a few ways, notes what must be found, and plants near misses beside it."""

from __future__ import annotations

from collections.abc import Callable

from ledger.county.world import World
from ledger.county.wrongs import awards, funds, payments, people, purchases

PLANTERS: dict[str, Callable[[World], None]] = {
    planter.__name__: planter
    for planter in (
        awards.gradual_exit_overrun,
        awards.paid_after_death,
        awards.paid_without_decision,
        awards.recovery_overdue,
        awards.review_overdue,
        awards.self_approved,
        funds.detained,
        funds.diverted,
        funds.encroached,
        funds.idle,
        funds.intercepted,
        payments.bank_mismatch,
        payments.duplicate_payment,
        payments.late_payment,
        payments.over_standard,
        payments.return_unresolved,
        payments.short_paid,
        payments.unpaid,
        people.exclusive_overlap,
        people.invalid_identity,
        people.kin_undeclared,
        people.payee_mismatch,
        people.shared_account,
        purchases.contract_overrun,
        purchases.duplicate_invoice,
        purchases.service_cap,
        purchases.split_purchase,
        purchases.undelivered_service,
    )
}


def plant(world: World) -> None:
    """Plants the wrongs of the plan, in the order above: naming them in another order changes nothing."""
    for name, planter in PLANTERS.items():
        if name in world.plan.planted:
            planter(world)
