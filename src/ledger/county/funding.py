"""The year's money coming in: grants large enough for what was decided, and their receipts.

中央 comes early, the November before; 省级 and 县级 in January, so January's payday draws on 中央 alone.
"""

from __future__ import annotations

from datetime import timedelta

from ledger.county.records import (
    ALLOWANCE,
    CENTRAL,
    CITY,
    COUNTY,
    DESTITUTE,
    PROVINCE,
    RELIEF,
    SPECIAL,
    WORK,
    Fund,
    Grant,
    Receipt,
    Transfer,
)
from ledger.county.world import World

RESERVE_FEN = 50_000_00
SPECIAL_FEN = 300_000_00
DOCUMENT_HEADS = {CENTRAL: "财社", PROVINCE: "省财社", CITY: "市财社", COUNTY: "县财社"}


def paying_fund(world: World, programme: str, month_of_payment: int) -> Fund:
    """The fund that a programme's lines draw on in a month."""
    if programme in ALLOWANCE or month_of_payment == 1:
        return world.fund(RELIEF, CENTRAL)
    return world.fund(RELIEF, PROVINCE if programme in DESTITUTE else COUNTY)


def fund_the_year(world: World) -> None:
    """Issues the grants and receives them, cut to what is known at the plan's as_of day."""
    chance = world.plan.chance("funding")
    need = _need_by_month(world)
    central = need[world.fund(RELIEF, CENTRAL)]
    all_year = sum(map(sum, need.values()))
    provincial = _with_margin(sum(need[world.fund(RELIEF, PROVINCE)])) + all_year * 4 // 100
    county = _with_margin(sum(need[world.fund(RELIEF, COUNTY)])) + all_year // 100
    early = _with_margin(sum(central[:6]))
    # An odd number of fen makes the cap's rounding visible.
    rest = _with_margin(sum(central[6:])) + chance.randrange(1, 50)
    year = world.plan.year
    issue(world, RELIEF, CENTRAL, early, (year - 1, 11, 20), (14,), "提前下达")
    issue(world, RELIEF, CENTRAL, rest, (year, 4, 15), (14,))
    issue(world, RELIEF, PROVINCE, provincial * 55 // 100, (year, 1, 8), (14,))
    issue(world, RELIEF, PROVINCE, provincial * 25 // 100, (year, 2, 10), (14,))
    issue(world, RELIEF, PROVINCE, provincial // 10, (year, 3, 3), (9, 48))
    issue(world, RELIEF, PROVINCE, provincial // 10, (year, 5, 20), (60,))
    issue(world, RELIEF, COUNTY, county, (year, 1, 5), (14,))
    issue(world, SPECIAL, PROVINCE, SPECIAL_FEN, (year, 3, 3), (14,))
    issue(world, WORK, COUNTY, 600_000_00 + all_year // 50, (year, 1, 9), (14,))
    if chance.random() < 0.5:
        issue(world, RELIEF, PROVINCE, -(provincial * 2 // 100), (year, 8, 15), (14,), "收回部分资金")
    if world.plan.months == 12:
        issue(world, RELIEF, CITY, 36_000_00, (year, 12, 11), ())
    if world.plan.transfers:
        _pass_down(world)


def issue(
    world: World,
    category: str,
    level: str,
    amount_fen: int,
    day: tuple[int, int, int],
    waits: tuple[int, ...],
    summary: str = "",
) -> Grant:
    """A grant under the next 文号 of its level, received in equal parts after so many days each.

    A grant of which a part would come after the as_of day is left out: the year so far does not know it in full.
    """
    fund = world.fund(category, level)
    issued_on = world.day(1, 1).replace(*day)
    head = f"{DOCUMENT_HEADS[level]}〔{day[0]}〕"
    number = 1 + sum(grant.document_no.startswith(head) for grant in world.grants)
    grant = Grant(f"{head}{number}号", issued_on, fund, amount_fen, summary)
    if issued_on + timedelta(days=max(waits, default=0)) > world.plan.as_of:
        return grant
    world.grants.append(grant)
    left = amount_fen
    for place, wait in enumerate(waits):
        part = left if place == len(waits) - 1 else amount_fen // len(waits)
        left -= part
        world.receipts.append(Receipt(grant.document_no, issued_on + timedelta(days=wait), part))
    return grant


def _need_by_month(world: World) -> dict[Fund, list[int]]:
    need = {world.fund(RELIEF, level): [0] * 13 for level in (CENTRAL, PROVINCE, COUNTY)}
    for programme, awards in world.awards.items():
        for month in range(1, 13):
            total = sum(award.due_fen[month] for award in awards)
            need[paying_fund(world, programme, month)][month] += total
    for extra in world.extras:
        month = extra.paid_on.month
        need[paying_fund(world, extra.award.programme, month)][month] += extra.amount_fen
    return need


def _with_margin(need_fen: int) -> int:
    """Six hundredths and a reserve over the need, in whole hundreds of yuan."""
    return (need_fen * 106 // 100 + RESERVE_FEN) // 100_00 * 100_00


def _pass_down(world: World) -> None:
    """资金拨付 of work funds to two townships, out of the county's receipt of January."""
    fund = world.fund(WORK, COUNTY)
    parent = next(grant.document_no for grant in world.grants if grant.fund == fund)
    for township in (1, 2):
        passed_on = world.day(2, 10 + township)
        to_region = f"{world.plan.region}{township:03d}000"
        number = f"拨付〔{world.plan.year}〕{township}号"
        world.transfers.append(Transfer(number, parent, passed_on, to_region, fund, 20_000_00))
