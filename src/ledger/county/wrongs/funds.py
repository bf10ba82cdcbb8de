"""Wrongs in the money before it reaches anyone: withheld, delayed, idle, or spent on something else."""

from __future__ import annotations

from ledger.county.funding import issue
from ledger.county.purchases import spend
from ledger.county.records import CITY, COUNTY, PROVINCE, RELIEF, SPECIAL, WORK, Receipt
from ledger.county.world import World


def intercepted(world: World) -> None:
    """Five eighths of a grant arrive; the near miss is as short, but 23 days old."""
    year = world.plan.year
    short = issue(world, RELIEF, PROVINCE, 80_000_00, (year, 6, 3), ())
    world.receipts.append(Receipt(short.document_no, world.day(6, 20), 50_000_00))
    world.answers.must_find("intercepted", f"document:{short.document_no}")
    recent = issue(world, RELIEF, COUNTY, 30_000_00, (year, 12, 8), ())
    world.receipts.append(Receipt(recent.document_no, world.day(12, 15), 10_000_00))


def detained(world: World) -> None:
    grant = issue(world, RELIEF, CITY, 40_000_00, (world.plan.year, 7, 1), ())
    world.answers.must_find("detained", f"document:{grant.document_no}")


def idle(world: World) -> None:
    grant = issue(world, RELIEF, CITY, 25_000_00, (world.plan.year, 3, 1), (8,))
    world.answers.must_find("idle", grant.fund.ref)


def diverted(world: World) -> None:
    """Neither on the whitelist nor a work cost; the near miss is as odd a purpose, paid from work funds."""
    relief, special = world.fund(RELIEF, COUNTY), world.fund(SPECIAL, PROVINCE)
    lent = spend(world, world.day(5, 9), relief, "借款周转", 3_000_00)
    prize = spend(world, world.day(9, 11), special, "招商奖励", 2_600_00)
    world.answers.must_find("diverted", f"expense:{lent.expense_no}", f"expense:{prize.expense_no}")
    spend(world, world.day(9, 12), world.fund(WORK, COUNTY), "印刷费", 640_00)


def encroached(world: World) -> None:
    """Work costs out of relief; the near miss is the same cost out of work funds."""
    relief, special = world.fund(RELIEF, COUNTY), world.fund(SPECIAL, PROVINCE)
    device = spend(world, world.day(8, 9), relief, "设备购置", 1_500_00)
    car = spend(world, world.day(10, 13), special, "车辆费", 1_100_00)
    world.answers.must_find("encroached", f"expense:{device.expense_no}", f"expense:{car.expense_no}")
    spend(world, world.day(8, 10), world.fund(WORK, COUNTY), "设备购置", 1_500_00)
