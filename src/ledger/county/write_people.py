"""Writes who is helped and on whose decision: households, decisions, deaths, officials."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

from ledger.county.identity import BANK_NAME, three_staff
from ledger.county.records import ONE_OFF, Award, Decision, Household
from ledger.county.sheets import Sheet, yuan
from ledger.county.world import World

REVIEW_EVERY_MONTHS = {"差额": 5, "全额": 11}
HANDLING = timedelta(days=12)


def write_households(world: World, sheet: Sheet) -> None:
    """One row a member, households in the order of their numbers; one known only after as_of is left out."""
    by_number = {award.household.number: award.household for award in _all_awards(world)}
    for number in sorted(by_number):
        household = by_number[number]
        if household.registered_on <= world.plan.as_of:
            for row in _member_rows(household):
                sheet.add(row)


def write_decisions(world: World, sheet: Sheet) -> None:
    """Decisions by award, each award's in the order of their dates, reviews among them."""
    chance = world.plan.chance("staff of decisions")
    for award in _all_awards(world):
        for decision in sorted([*award.decisions, *_reviews(world, award)], key=lambda one: one.decided_on):
            if decision.decided_on > world.plan.as_of:
                continue
            sheet.add(
                (
                    f"D{world.plan.year}{sheet.rows + 1:07d}",
                    decision.decided_on,
                    decision.decision_type,
                    award.household.number,
                    award.programme,
                    award.assistance_class,
                    decision.persons,
                    yuan(decision.monthly_amount_fen),
                    world.month_text(decision.start_month),
                    world.month_text(decision.end_month),
                    decision.decided_on - HANDLING,
                    *(decision.staff or three_staff(chance)),
                    "一般程序",
                    decision.reason,
                )
            )


def write_deaths(world: World, sheet: Sheet) -> None:
    for member, died_on, source in world.deaths:
        if died_on <= world.plan.as_of:
            sheet.add((member.name, member.id_number, died_on, source))


def write_officials(world: World, sheet: Sheet) -> None:
    for staff_no, kin_id_number, kinship, declared_on in world.kinships:
        name, id_number = world.people.name(), world.people.id_number()
        sheet.add((staff_no, name, id_number, "示例县民政局", "低保专干", kin_id_number, kinship, declared_on))


def _all_awards(world: World) -> Iterator[Award]:
    return itertools.chain(*world.awards.values(), world.refused)


def _member_rows(household: Household) -> Iterator[tuple[object, ...]]:
    for member in household.members:
        account = (BANK_NAME, member.account, household.payee.name) if member.account else ("", "", "")
        person = (household.number, household.region, member.name, member.id_number, member.relation)
        yield (*person, *account, household.registered_on)


def _reviews(world: World, award: Award) -> Iterator[Decision]:
    """复核 well within the cycle of the class, in months with assistance."""
    if award.programme == ONE_OFF or not award.reviewed:
        return
    every = REVIEW_EVERY_MONTHS[award.assistance_class]
    start = award.decisions[0].start_month or 1
    for month in range(start + every, 13, every):
        reviewed_on = date(world.plan.year, month, 5)
        earlier = [one for one in award.decisions if one.decided_on <= reviewed_on]
        if award.due_fen[month] and earlier[-1].decision_type != "终止":
            yield Decision(reviewed_on, "复核", earlier[-1].persons, award.due_fen[month], reason="定期复核")
