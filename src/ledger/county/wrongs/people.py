"""Wrongs in who was paid: accounts, payees, identities, two programmes at once, kin of staff."""

from __future__ import annotations

from datetime import timedelta

from ledger.county.identity import id_check
from ledger.county.population import STANDARD_FEN
from ledger.county.records import Award, Decision, ExtraPayment, Kinship, LineChange, Member, has_two_members
from ledger.county.world import World


def shared_account(world: World) -> None:
    owner, *others = (world.take_allowance() for _ in range(3))
    for award in others:
        household = award.household
        for member in household.members:
            member.account = owner.household.account if member.account else ""
        household.account = owner.household.account
    refs = [award.household.ref for award in (owner, *others)]
    world.answers.must_find("shared_account", *refs)
    world.answers.may_find("payee_mismatch", *refs)
    _refused_by_the_bank(world)


def _refused_by_the_bank(world: World) -> None:
    """Near miss: a line sent to another household's account fails there, and is paid into the right one."""
    owner, award = world.take_allowance(), world.take_allowance()
    world.change(award, range(5, 6), LineChange(account=owner.household.account, failed=True))
    world.pay_extra(ExtraPayment(world.day(5, 12), award, 5, "补发", award.due_fen[5]))


def payee_mismatch(world: World) -> None:
    award = world.take_allowance()
    stranger = Member(world.people.name(), world.people.id_number(), "")
    world.change(award, range(3, 13), LineChange(payee=stranger))
    world.answers.must_find("payee_mismatch", award.household.ref)


def invalid_identity(world: World) -> None:
    """One check digit that does not fit, and one thirtieth of February whose check digit does."""
    misread = world.take_allowance()
    payee = misread.household.payee
    payee.id_number = payee.id_number[:17] + ("1" if payee.id_number[17] == "0" else "0")
    impossible = world.take_allowance(has_two_members)
    member = next(one for one in impossible.household.members if one is not impossible.household.payee)
    first17 = member.id_number[:10] + "0230" + member.id_number[14:17]
    member.id_number = first17 + id_check(first17)
    world.answers.must_find("invalid_identity", misread.household.ref, impossible.household.ref)


def exclusive_overlap(world: World) -> None:
    """A 特困 person is also a member of a 低保 household."""
    destitute, allowance = world.take_destitute(), world.take_allowance(has_two_members)
    person, members = destitute.household.payee, allowance.household.members
    place = next(place for place, member in enumerate(members) if member is not allowance.household.payee)
    members[place] = Member(person.name, person.id_number, members[place].relation)
    refs = (destitute.household.ref, allowance.household.ref)
    world.answers.must_find("exclusive_overlap", *refs)
    world.answers.may_find("duplicate_payment", *refs)
    _moves_from_one_programme_to_the_other(world)


def _moves_from_one_programme_to_the_other(world: World) -> None:
    """Near miss: 低保 to the end of June, 特困 from July."""
    award = world.take_allowance(lambda one: one.programme == "农村低保" and len(one.household.members) == 1)
    world.stop(award, world.day(6, 18), 7, "转为特困")
    amount = STANDARD_FEN["农村特困"]
    due_fen = [amount if month >= 7 else 0 for month in range(13)]
    start_on = world.day(7, 3) if world.plan.jurisdiction == "chongqing" else world.day(6, 18) + timedelta(days=1)
    approved = Decision(start_on, "批准", 1, amount, 7)
    world.awards["农村特困"].append(Award(award.household, "农村特困", "全额", due_fen, [approved], steady=True))


def kin_undeclared(world: World) -> None:
    """One kinship never declared; the near miss was declared before the decision."""
    for staff_no, declared in (("G003", False), ("G004", True)):
        household = world.take_allowance().household
        declared_on = household.registered_on if declared else None
        world.kinships.append(Kinship(staff_no, household.payee.id_number, "兄弟姐妹", declared_on))
        if not declared:
            world.answers.must_find("kin_undeclared", household.ref, f"official:{staff_no}")
