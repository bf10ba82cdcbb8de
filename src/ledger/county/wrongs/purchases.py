"""Wrongs in purchased services. Their contracts are paid from work funds, which Lanzhou's cap does not count."""

from __future__ import annotations

from ledger.county.purchases import VISIT_FEN, pay, sign, visit
from ledger.county.records import COUNTY, WORK, Contract
from ledger.county.world import World


def service_cap(world: World) -> None:
    """Over the cap by a contract, or by a grant taken back after the last contract filled it; see `purchases`."""
    world.cap_broken_by = world.plan.chance("service_cap").choice(("contract", "withdrawal"))


def split_purchase(world: World) -> None:
    """Three direct awards together over the tender limit; near misses: below it, and two kinds of service."""
    parts = [_direct(world, day, "入户探访", 90_000_00) for day in (6, 8, 10)]
    shared = [part._replace(provider=parts[0].provider) for part in parts]
    world.contracts[-3:] = shared
    world.answers.must_find("split_purchase", *(f"contract:{part.contract_no}" for part in shared))
    small = _direct(world, 12, "入户探访", 60_000_00)
    _direct(world, 14, "入户探访", 60_000_00, small.provider)
    large = _direct(world, 16, "心理疏导", 150_000_00)
    _direct(world, 18, "照料护理", 150_000_00, large.provider)


def _direct(world: World, day: int, service_class: str, amount_fen: int, provider: int = 0) -> Contract:
    return sign(world, (4, day), service_class, "直接委托", amount_fen, world.fund(WORK, COUNTY), provider)


def _tendered(world: World, amount_fen: int) -> Contract:
    return sign(world, (5, 20), "能力评估", "竞争性磋商", amount_fen, world.fund(WORK, COUNTY))


def duplicate_invoice(world: World) -> None:
    """One invoice paid twice; the near miss is the same number from another provider."""
    invoice = f"F{world.plan.year}9001"
    twice, other = _tendered(world, 20_000_00), _tendered(world, 20_000_00)
    for month in (6, 7):
        visit(world, twice, world.day(month, 28), 10)
        pay(world, twice, world.day(month, 28), 10 * VISIT_FEN, invoice)
    visit(world, other, world.day(7, 28), 10)
    pay(world, other, world.day(7, 28), 10 * VISIT_FEN, invoice)
    world.answers.must_find("duplicate_invoice", f"contract:{twice.contract_no}")


def undelivered_service(world: World) -> None:
    """Ten visits paid, six accepted."""
    contract = _tendered(world, 20_000_00)
    visit(world, contract, world.day(8, 28), 6)
    pay(world, contract, world.day(8, 28), 10 * VISIT_FEN)
    world.answers.must_find("undelivered_service", f"contract:{contract.contract_no}")


def contract_overrun(world: World) -> None:
    """Paid a tenth over the sum for services that were delivered; the near miss refunds the tenth."""
    for refunded in (False, True):
        contract = _tendered(world, 20 * VISIT_FEN)
        visit(world, contract, world.day(9, 28), 22)
        pay(world, contract, world.day(9, 28), 22 * VISIT_FEN)
        if refunded:
            pay(world, contract, world.day(10, 20), -2 * VISIT_FEN)
        else:
            world.answers.must_find("contract_overrun", f"contract:{contract.contract_no}")
