"""Wrongs in what was decided, or paid though it was not: deaths, ends, reviews, gradual exits, recoveries."""

from __future__ import annotations

from datetime import date

from ledger.county.records import Award, Death, Decision, ExtraPayment, has_two_members
from ledger.county.world import World
from ledger.county.wrongs.recovering import recover


def paid_after_death(world: World) -> None:
    chance = world.plan.chance("paid_after_death")
    destitute = world.take_destitute()
    _die(world, destitute, world.day(chance.randint(3, 8), 11))
    allowance = world.take_allowance(has_two_members)
    _die(world, allowance, world.day(chance.randint(2, 6), 9))
    world.answers.must_find("paid_after_death", destitute.household.ref, allowance.household.ref)
    _stopped_a_month_late(world)
    _share_settled_in_the_third_month(world)
    _die(world, world.take_allowance(has_two_members), world.day(10, 20))  # near miss: two months on at year end


def _die(world: World, award: Award, died_on: date) -> None:
    """The last member dies: of a 特困 household the only one, of a larger one not the payee."""
    household = award.household
    dead = next((member for member in household.members if member is not household.payee), household.payee)
    world.deaths.append(Death(dead, died_on, "殡葬"))


def _stopped_a_month_late(world: World) -> None:
    """Near miss: 特困 is paid for the month after the death, and no further."""
    award = world.take_destitute()
    _die(world, award, world.day(5, 25))
    world.stop(award, world.day(6, 15), 7, "死亡")


def _share_settled_in_the_third_month(world: World) -> None:
    """Near miss: the dead member's 低保 share is paid for the three months after the death."""
    award = world.take_allowance(has_two_members)
    _die(world, award, world.day(4, 20))
    left = award.persons - 1
    world.adjust(award, world.day(7, 20), 8, award.due_fen[7] * left // award.persons, left)


def paid_without_decision(world: World) -> None:
    chance = world.plan.chance("paid_without_decision")
    ended = world.take_allowance()
    month = chance.randint(4, 9)
    world.stop(ended, world.day(month - 1, 20), month, "家庭收入超过标准", last_paid=month + chance.randint(0, 2))
    suspended = world.take_allowance()
    amount, persons = suspended.due_fen[8], suspended.persons
    suspended.decisions += [
        Decision(world.day(7, 20), "停发", persons, amount, 8, None, "暂时无法核实"),
        Decision(world.day(9, 20), "恢复", persons, amount, 10, None, "核实符合条件"),
    ]
    suspended.due_fen[9] = 0
    found = [ended.household.ref, suspended.household.ref]
    if world.refused:
        refused = world.refused[0]
        world.pay_extra(ExtraPayment(world.day(month, 10), refused, month, "正常", 420_00))
        found.append(refused.household.ref)
    world.answers.must_find("paid_without_decision", *found)
    world.answers.may_find("over_standard", *found)
    _ended_for_a_month_already_paid(world)


def _ended_for_a_month_already_paid(world: World) -> None:
    """Near miss: 终止 of 20 June is from June, which was paid on the 6th and is repaid in July."""
    award = world.take_allowance()
    owed = award.due_fen[6]
    world.stop(award, world.day(6, 20), 6, "家庭收入超过标准", last_paid=6)
    recover(world, award, world.day(6, 24), owed, "终止后多发", repaid_fen=owed)


def recovery_overdue(world: World) -> None:
    """Opened in June, never repaid; the near miss is opened 40 days before the year ends."""
    for month, overdue in ((6, True), (11, False)):
        award = world.take_allowance()
        owed = award.due_fen[month]
        world.stop(award, world.day(month, 20), month + 1, "瞒报收入")
        recover(world, award, world.day(month, 21), owed, "瞒报收入")
        if overdue:
            world.answers.must_find("recovery_overdue", award.household.ref)


def review_overdue(world: World) -> None:
    award = world.take_allowance(lambda one: one.assistance_class == "差额")
    award.reviewed = False
    world.answers.must_find("review_overdue", award.household.ref)


def gradual_exit_overrun(world: World) -> None:
    award = world.take_allowance()
    decided_on = world.day(2, 20)
    award.decisions.append(Decision(decided_on, "渐退", award.persons, award.due_fen[3], 3, None, "成员就业"))
    world.answers.must_find("gradual_exit_overrun", award.household.ref)


def self_approved(world: World) -> None:
    """经办 and 审批 are one person."""
    award = world.take_allowance()
    award.decisions[0].staff = ("G005", "G009", "G005")
    world.answers.must_find("self_approved", award.household.ref, "official:G005")
