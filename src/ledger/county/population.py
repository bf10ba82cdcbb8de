"""The people of the county: townships, villages, households, and what each was first awarded."""

from __future__ import annotations

import random
from datetime import date, timedelta

from ledger.county.plan import CountyPlan
from ledger.county.records import ALLOWANCE, ONE_OFF, PAYDAY, Award, Decision, Household, Member
from ledger.county.world import World

# Monthly standard a head; the programmes' weights make about a quarter of the county 特困.
STANDARD_FEN = {"城市低保": 760_00, "农村低保": 524_00, "城市特困": 1_140_00, "农村特困": 786_00}
WEIGHTS = (34, 42, 9, 15)
TOWNSHIPS, VILLAGES = 6, 9


def populate(world: World) -> None:
    """Fills awards, refused and the hats of untouched awards with every household of the plan and its one-off cases."""
    plan = world.plan
    chance = plan.chance("population")
    for number in range(1, plan.households + 1):
        programme = chance.choices(tuple(STANDARD_FEN), WEIGHTS)[0]
        size = chance.choices((1, 2, 3, 4), (40, 25, 20, 15))[0] if programme in ALLOWANCE else 1
        start = chance.randint(2, 10) if chance.random() < 0.08 else 1
        decided_on = approval_day(plan, start)
        household = _household(world, f"H{number:06d}", size, decided_on - timedelta(days=17), chance)
        if chance.random() < 0.01:
            world.refused.append(_refused(household, programme, decided_on))
            continue
        award = _award(household, programme, start, decided_on, chance)
        world.awards[programme].append(award)
        if start == 1:
            hat = world.untouched_allowances if programme in ALLOWANCE else world.untouched_destitute
            hat.append(award)
    for number in range(1, plan.one_offs + 1):
        month = (number - 1) % 12 + 1
        decided_on = date(plan.year, month, 3)
        household = _household(world, f"T{number:06d}", 1, decided_on - timedelta(days=12), chance)
        world.awards[ONE_OFF].append(one_off(household, decided_on, chance.randint(800, 3_000) * 100))
    chance.shuffle(world.untouched_allowances)
    chance.shuffle(world.untouched_destitute)


def approval_day(plan: CountyPlan, start_month: int) -> date:
    """Chongqing pays from the month of approval (重庆条例 第22条), the others from the month after (57号 第21条)."""
    if plan.jurisdiction == "chongqing":
        return date(plan.year, start_month, 3)
    return date(plan.year, start_month - 1, 18) if start_month > 1 else date(plan.year - 1, 12, 18)


def one_off(household: Household, decided_on: date, amount_fen: int) -> Award:
    """临时救助 for the month of its decision, paid on that month's payday if there is still one to come."""
    month = decided_on.month
    due_fen = [0] * 13
    if decided_on.day < PAYDAY:
        due_fen[month] = amount_fen
    approved = Decision(decided_on, "批准", 1, amount_fen, month, month)
    return Award(household, ONE_OFF, "急难型", due_fen, [approved], reviewed=False)


def _household(world: World, number: str, size: int, registered_on: date, chance: random.Random) -> Household:
    people = world.people
    township, village = chance.randint(1, TOWNSHIPS), chance.randint(1, VILLAGES)
    relations = ("户主", "配偶", "子女", "子女")
    members = [Member(people.name(), people.id_number(), relations[place]) for place in range(size)]
    payee = members[1] if size > 1 and chance.random() < 0.03 else members[0]
    account = people.account()
    payee.account = account
    if size > 2 and chance.random() < 0.05:
        members[2].account = account  # one account for two people of one household is in order
    region = f"{world.plan.region}{township:03d}{village:03d}"
    return Household(number, region, members, payee, account, registered_on)


def _award(household: Household, programme: str, start: int, decided_on: date, chance: random.Random) -> Award:
    size = len(household.members)
    full = programme not in ALLOWANCE or chance.random() < 0.35
    income_fen = 0 if full else chance.randint(60, 380) * 100
    amount = (STANDARD_FEN[programme] - income_fen) * size
    due_fen = [amount if month >= start else 0 for month in range(13)]
    approved = Decision(decided_on, "批准", size, amount, start)
    return Award(household, programme, "全额" if full else "差额", due_fen, [approved])


def _refused(household: Household, programme: str, decided_on: date) -> Award:
    refusal = Decision(decided_on, "不予批准", len(household.members), 0, reason="家庭收入超过标准")
    return Award(
        household, programme, "差额" if programme in ALLOWANCE else "全额", [0] * 13, [refusal], reviewed=False
    )
