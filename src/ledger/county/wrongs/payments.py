"""Wrongs in what was paid: the amount, the number of times, the day, and what the bank did."""

from __future__ import annotations

from ledger.county.records import PROGRAMMES, Award, ExtraPayment, LineChange
from ledger.county.world import World
from ledger.county.wrongs.recovering import recover

EXCESS_FEN = 200_00
SHORT_FEN = 100_00


def duplicate_payment(world: World) -> None:
    chance = world.plan.chance("duplicate_payment")
    for months_later in (0, 1):
        award = world.take_allowance()
        month = chance.randint(2, 9)
        paid_on = world.day(month + months_later, 18)
        world.pay_extra(ExtraPayment(paid_on, award, month, "正常", award.due_fen[month]))
        world.answers.must_find("duplicate_payment", award.household.ref)
    _paid_again_after_failure(world, chance.randint(2, 9))
    _price_subsidy(world, chance.randint(2, 9))


def _paid_again_after_failure(world: World, month: int) -> None:
    """Near miss: two 正常 lines of one month, of which the bank settled one."""
    award = world.take_allowance()
    world.change(award, range(month, month + 1), LineChange(failed=True))
    world.pay_extra(ExtraPayment(world.day(month, 12), award, month, "正常", award.due_fen[month]))


def _price_subsidy(world: World, month: int) -> None:
    """Near miss: 价格补贴 comes on top of assistance, neither a second payment nor over the standard."""
    award = world.take_allowance()
    world.pay_extra(ExtraPayment(world.day(month, 22), award, month, "价格补贴", 38_00))


def over_standard(world: World) -> None:
    chance = world.plan.chance("over_standard")
    must_find = world.answers.must_find
    for excess in (EXCESS_FEN, 1):
        award = world.take_allowance()
        _change_amount(world, award, chance.randint(2, 9), excess)
        must_find("over_standard", award.household.ref)
    topped_up = world.take_destitute()
    month = chance.randint(2, 9)
    world.pay_extra(ExtraPayment(world.day(month, 20), topped_up, month, "补发", 50_00))
    must_find("over_standard", topped_up.household.ref)
    half_repaid = world.take_allowance()
    _change_amount(world, half_repaid, 10, EXCESS_FEN)
    recover(world, half_repaid, world.day(11, 3), EXCESS_FEN, "超标准发放", repaid_fen=EXCESS_FEN // 2)
    must_find("over_standard", half_repaid.household.ref)
    repaid = world.take_allowance()
    _change_amount(world, repaid, 6, EXCESS_FEN)
    recover(world, repaid, world.day(7, 3), EXCESS_FEN, "超标准发放", repaid_fen=EXCESS_FEN)
    _lowered_for_a_month_already_paid(world)


def _lowered_for_a_month_already_paid(world: World) -> None:
    """Near miss: 调整 of 20 June lowers June, which was paid on the 6th; the difference is repaid."""
    award = world.take_allowance()
    world.adjust(award, world.day(6, 20), 6, award.due_fen[6] - 40_00)
    recover(world, award, world.day(6, 24), 40_00, "调整后多发", repaid_fen=40_00)


def _change_amount(world: World, award: Award, month: int, by_fen: int) -> None:
    world.change(award, range(month, month + 1), LineChange(amount_fen=award.due_fen[month] + by_fen))


def short_paid(world: World) -> None:
    chance = world.plan.chance("short_paid")
    for missing in (SHORT_FEN, 1):
        award = world.take_allowance()
        month = chance.randint(2, 9)
        _change_amount(world, award, month, -missing)
        world.answers.must_find("short_paid", award.household.ref)
    made_up = world.take_allowance()
    month = chance.randint(2, 9)
    _change_amount(world, made_up, month, -SHORT_FEN)
    world.pay_extra(ExtraPayment(world.day(month, 25), made_up, month, "补发", SHORT_FEN))
    _raised_for_a_month_already_paid(world)
    _change_amount(world, world.take_allowance(), 12, -SHORT_FEN)  # near miss: December is judged on 10 January


def _raised_for_a_month_already_paid(world: World) -> None:
    """Near miss: 调整 of 20 June raises June, which was paid on the 6th; the difference follows on the 26th."""
    award = world.take_allowance()
    world.adjust(award, world.day(6, 20), 6, award.due_fen[6] + 60_00)
    world.pay_extra(ExtraPayment(world.day(6, 26), award, 6, "补发", 60_00))


def unpaid(world: World) -> None:
    award = world.take_allowance()
    month = world.plan.chance("unpaid").randint(2, 9)
    world.change(award, range(month, month + 1), LineChange(skipped=True))
    world.answers.must_find("unpaid", award.household.ref)
    world.answers.may_find("short_paid", award.household.ref)
    world.change(world.take_allowance(), range(12, 13), LineChange(skipped=True))  # near miss: not yet due


def late_payment(world: World) -> None:
    """Paid on the 25th; the near miss settles on the 15th, the last day of grace."""
    month = world.plan.chance("late_payment").randint(2, 9)
    for day, is_late in ((25, True), (13, False)):
        award = world.take_destitute()
        world.change(award, range(month, month + 1), LineChange(skipped=True))
        world.pay_extra(ExtraPayment(world.day(month, day), award, month, "正常", award.due_fen[month]))
        if is_late:
            world.answers.must_find("late_payment", award.household.ref)


def return_unresolved(world: World) -> None:
    award = world.take_allowance()
    month = world.plan.chance("return_unresolved").randint(2, 9)
    world.change(award, range(month, month + 1), LineChange(failed=True))
    world.answers.must_find("return_unresolved", award.household.ref)
    for rule in ("unpaid", "short_paid", "late_payment"):
        world.answers.may_find(rule, award.household.ref)


def bank_mismatch(world: World) -> None:
    """The bank pays less, pays into another account, or pays what nobody instructed; loose writing is no difference."""
    chance = world.plan.chance("bank_mismatch")
    less, elsewhere = world.take_destitute(), world.take_allowance()
    loose = world.take_allowance(lambda award: award.due_fen[1] >= 1_000_00)  # large enough for a thousands comma
    month = chance.randint(2, 9)
    paid = range(month, month + 1)
    world.change(less, paid, LineChange(bank_amount_fen=less.due_fen[month] - SHORT_FEN))
    world.change(elsewhere, paid, LineChange(bank_account=world.people.account()))
    world.change(loose, range(1, 13), LineChange(loose_bank_text=True))
    world.unknown_lines[month, PROGRAMMES[1]] = 333_00
    batch = f"batch:B{world.plan.year}{month:02d}-2"
    world.answers.must_find("bank_mismatch", less.household.ref, elsewhere.household.ref, batch)
    world.answers.may_find("short_paid", less.household.ref)
