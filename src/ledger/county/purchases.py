"""Purchased services and other spending: contracts within the cap, visits, and payments that the visits cover."""

from __future__ import annotations

from datetime import date, timedelta

from ledger.county.books import cap_base_fen, counted_commitment_fen
from ledger.county.records import (
    COUNTY,
    PROVINCE,
    RELIEF,
    SPECIAL,
    WORK,
    Contract,
    Fund,
    OtherExpense,
    ServiceExpense,
    Visit,
)
from ledger.county.world import World

VISIT_QUANTITY, VISIT_PRICE_FEN = 10, 50_00
VISIT_FEN = VISIT_QUANTITY * VISIT_PRICE_FEN
LAST_SIGNING = (10, 15)


def purchase(world: World) -> None:
    """The year's ordinary contracts and expenses; the last contract waits for `close_the_cap`."""
    limit = cap_base_fen(world) * 2 // 100
    care = sign(world, (3, 15), "照料护理", "公开招标", limit * 35 // 100, world.fund(RELIEF, PROVINCE))
    counsel = sign(world, (2, 15), "心理疏导", "竞争性磋商", limit * 10 // 100, world.fund(WORK, COUNTY))
    for month in (3, 6, 9, 12):
        pay_for_visits(world, care, world.day(month, 28), care.amount_fen // 4)
    for month in (6, 9):
        pay_for_visits(world, counsel, world.day(month, 28), counsel.amount_fen // 2)
    for month in (3, 6, 9, 12):
        spend(world, world.day(month, 20), world.fund(SPECIAL, PROVINCE), "孤儿基本生活费", 1_200_00)
        spend(world, world.day(month, 21), world.fund(WORK, COUNTY), "办公费", 900_00)
    spend(world, world.day(4, 10), world.fund(RELIEF, COUNTY), "丧葬补助", 1_500_00)
    spend(world, world.day(5, 15), world.fund(SPECIAL, PROVINCE), "流浪乞讨救助", 2_300_00)
    spend(world, world.day(7, 18), world.fund(WORK, COUNTY), "差旅费", 780_00)
    spend(world, world.day(11, 12), world.fund(RELIEF, COUNTY), "取暖补贴", 2_000_00)


def close_the_cap(world: World) -> None:
    """The last contract fills the cap to the fen, or goes over it where that is planned."""
    headroom = cap_base_fen(world) * 2 // 100 - counted_commitment_fen(world)
    if world.cap_broken_by == "contract":
        over = world.plan.chance("cap").choice((1, 100, max(headroom, 0) // 3 + 1))
        sum_fen = headroom + over
    else:
        sum_fen = headroom
    if sum_fen <= 0:
        return
    last = sign(world, LAST_SIGNING, "能力评估", "公开招标", sum_fen, world.fund(RELIEF, PROVINCE))
    pay_for_visits(world, last, world.day(12, 20), sum_fen * 2 // 5)


def sign(
    world: World, day: tuple[int, int], service_class: str, method: str, amount_fen: int, fund: Fund, provider: int = 0
) -> Contract:
    """A contract under the next number, with a provider of its own unless one is named."""
    number = len(world.contracts) + 1
    contract = Contract(
        f"C{world.plan.year}-{number:02d}",
        world.day(*day),
        provider or number,
        service_class,
        method,
        amount_fen,
        fund,
    )
    world.contracts.append(contract)
    return contract


def pay_for_visits(world: World, contract: Contract, paid_on: date, at_most_fen: int) -> None:
    """Pays as many whole visits as the sum allows, each served in the four weeks before."""
    count = at_most_fen // VISIT_FEN
    visit(world, contract, paid_on, count)
    if count:
        pay(world, contract, paid_on, count * VISIT_FEN)


def visit(world: World, contract: Contract, before: date, count: int) -> None:
    for place in range(count):
        served_on = before - timedelta(days=2 + place % 26)
        world.visits.append(Visit(contract.contract_no, served_on, VISIT_QUANTITY, VISIT_PRICE_FEN))


def pay(world: World, contract: Contract, paid_on: date, amount_fen: int, invoice_no: str = "") -> None:
    """A service expense with an invoice of its own unless one is named; a negative amount is a refund."""
    invoice = invoice_no or f"F{world.plan.year}{len(world.service_expenses) + 1:04d}"
    world.service_expenses.append(ServiceExpense(paid_on, contract.contract_no, invoice, amount_fen))


def spend(world: World, paid_on: date, fund: Fund, purpose: str, amount_fen: int) -> OtherExpense:
    number = f"O{world.plan.year}{len(world.other_expenses) + 1:04d}"
    expense = OtherExpense(number, paid_on, fund, purpose, amount_fen)
    world.other_expenses.append(expense)
    return expense
