"""What lawfully happens to households in a year: incomes change, people die, sums are recovered, families need more.

Every one of these looks a little like a wrong and is none.
"""

from __future__ import annotations

import random
from datetime import timedelta

from ledger.county.population import one_off
from ledger.county.records import ONE_OFF, Death, Decision, ExtraPayment, Recovery, has_two_members
from ledger.county.world import World


def live(world: World) -> None:
    """Takes households out of the hats and lets something happen to each."""
    chance = world.plan.chance("life")
    shares = {
        _income_changes: 0.06,
        _assistance_ends: 0.05,
        _leaves_gradually: 0.01,
        _is_suspended: 0.01,
        _allowance_member_dies: 0.005,
        _destitute_person_dies: 0.005,
        _repays_at_once: 0.003,
        _repays_by_instalments: 0.003,
        _repays_half: 0.003,
        _meets_hardship: 0.005,
    }
    for event, share in shares.items():
        for _ in range(max(1, round(share * world.plan.households))):
            event(world, chance)
    if world.plan.one_offs and world.plan.months == 12:
        _paid_at_year_end(world, chance)


def _income_changes(world: World, chance: random.Random) -> None:
    award = world.take_allowance()
    month = chance.randint(4, 10)
    amount = award.due_fen[month] + chance.choice((-40_00, 30_00, 50_00))
    world.adjust(award, world.day(month - 1, 20), month, amount)


def _assistance_ends(world: World, chance: random.Random) -> None:
    award = world.take_allowance()
    month = chance.randint(4, 11)
    world.stop(award, world.day(month - 1, 20), month, "家庭收入超过标准")


def _leaves_gradually(world: World, chance: random.Random) -> None:
    """渐退 for six months to the day is what the rule allows."""
    award = world.take_allowance()
    month = chance.randint(3, 6)
    amount = award.due_fen[month]
    award.decisions.append(Decision(world.day(month - 1, 20), "渐退", award.persons, amount, month, None, "成员就业"))
    world.stop(award, world.day(month + 5, 20), month + 6, "渐退期满")


def _is_suspended(world: World, chance: random.Random) -> None:
    """停发 for two months in which no review falls due."""
    award = world.take_allowance()
    month = chance.randint(7, 8)
    amount, persons = award.due_fen[month], award.persons
    award.decisions += [
        Decision(world.day(month - 1, 20), "停发", persons, amount, month, None, "暂时无法核实"),
        Decision(world.day(month + 1, 20), "恢复", persons, amount, month + 2, None, "核实符合条件"),
    ]
    award.due_fen[month] = award.due_fen[month + 1] = 0


def _allowance_member_dies(world: World, chance: random.Random) -> None:
    """低保 is settled within three months: the household's sum stays for a month, then falls by one share."""
    award = world.take_allowance(has_two_members)
    household = award.household
    month = chance.randint(2, 9)
    dead = next(member for member in household.members if member is not household.payee)
    world.deaths.append(Death(dead, world.day(month, chance.randint(2, 27)), "殡葬"))
    left = award.persons - 1
    world.adjust(award, world.day(month + 1, 20), month + 2, award.due_fen[month] * left // award.persons, left)


def _destitute_person_dies(world: World, chance: random.Random) -> None:
    award = world.take_destitute()
    month = chance.randint(2, 10)
    died_on = world.day(month, chance.randint(8, 20))
    world.deaths.append(Death(award.household.payee, died_on, chance.choice(("殡葬", "卫健", "公安"))))
    world.stop(award, died_on + timedelta(days=5), month + 1, "死亡")


def _found_out(world: World, chance: random.Random, named: bool, months_owed: int) -> Recovery:
    """Undeclared income: assistance ends from now on, and a recovery is opened for what was drawn before."""
    award = world.take_allowance()
    month = chance.randint(5, 7)
    owed = award.due_fen[month] * months_owed
    world.stop(award, world.day(month - 1, 20), month, "瞒报收入")
    line_month = month - 1 if named else None
    return world.open_recovery(award.household, world.day(month - 1, 22), owed, "瞒报收入", line_month)


def _then(world: World, opened: Recovery, *steps: tuple[int, str, int]) -> None:
    """What follows a 立案: (days after it, step, amount in fen)."""
    for days, step, amount in steps:
        later = opened.occurred_on + timedelta(days=days)
        reason = "确无偿还能力" if step == "核销" else ""
        world.recoveries.append(opened._replace(occurred_on=later, step=step, amount_fen=amount, reason=reason))


def _repays_at_once(world: World, chance: random.Random) -> None:
    """The repayment names its line, which was rightly paid as decided: neither over the standard nor short."""
    opened = _found_out(world, chance, named=True, months_owed=1)
    _then(world, opened, (25, "缴回", opened.amount_fen))


def _repays_by_instalments(world: World, chance: random.Random) -> None:
    opened = _found_out(world, chance, named=False, months_owed=2)
    half, owed = opened.amount_fen // 2, opened.amount_fen
    _then(world, opened, (9, "分期", owed), (30, "缴回", half), (75, "缴回", owed - half))


def _repays_half(world: World, chance: random.Random) -> None:
    opened = _found_out(world, chance, named=False, months_owed=2)
    half, owed = opened.amount_fen // 2, opened.amount_fen
    _then(world, opened, (30, "缴回", half), (70, "核销", owed - half))


def _meets_hardship(world: World, chance: random.Random) -> None:
    """临时救助 beside 低保 in one month: two programmes, so neither paid twice nor exclusive."""
    award = world.take_allowance()
    decided_on = world.day(chance.randint(3, 11), 3)
    world.awards[ONE_OFF].append(one_off(award.household, decided_on, chance.randint(800, 2_000) * 100))


def _paid_at_year_end(world: World, chance: random.Random) -> None:
    """Two cases go to the bank on 30 December, and the year ends before it answers."""
    earlier = [award for award in world.awards[ONE_OFF] if award.decisions[0].start_month != 12]
    for case in chance.sample(earlier, min(2, len(earlier))):
        amount = 600_00 + chance.randint(0, 400) * 100
        late = one_off(case.household, world.day(12, 28), amount)
        world.awards[ONE_OFF].append(late)
        world.pay_extra(ExtraPayment(world.day(12, 30), late, 12, "正常", amount, outcome=""))
