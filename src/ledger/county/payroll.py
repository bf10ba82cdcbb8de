"""The monthly rolls, made line by line as they are written: a batch for each month, programme and fund."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from ledger.county.funding import paying_fund
from ledger.county.records import PAYDAY, PROGRAMMES, Award, ExtraPayment, Fund, LineChange, Member
from ledger.county.world import World

FAILING_SHARE = 0.004
REPAY_DAY = 12
BANK_TAKES = timedelta(days=2)


class Line(NamedTuple):
    """An instruction and what the bank says of it; `outcome` is 成功, 失败 or empty (no answer yet)."""

    award: Award
    for_month: int
    payment_type: str
    payee: Member
    account: str
    amount_fen: int
    bank_account: str
    bank_amount_fen: int
    outcome: str
    loose_bank_text: bool = False


class Batch(NamedTuple):
    """Days are text already, for they stand on every line.

    `lines` is an iterator: use it up before asking for the next batch. `unknown_fen` is paid by the bank unasked.
    """

    batch_no: str
    paid_on: str
    settled_on: str
    programme: str
    fund: Fund
    lines: Iterator[Line]
    unknown_fen: int = 0


def batches(world: World) -> Iterator[Batch]:
    """Every batch of the plan's months, in the order of payment; failed lines are paid again six days later."""
    chance = world.plan.chance("payroll")
    by_month: dict[int, list[ExtraPayment]] = {month: [] for month in range(1, 13)}
    for extra in world.extras:
        by_month[extra.paid_on.month].append(extra)
    for month in range(1, world.plan.months + 1):
        again: list[ExtraPayment] = []
        for number, programme in enumerate(PROGRAMMES, start=1):
            yield Batch(
                f"B{world.plan.year}{month:02d}-{number}",
                *_days(world.day(month, PAYDAY)),
                programme,
                paying_fund(world, programme, month),
                _month_lines(world, programme, month, chance, again),
                world.unknown_lines.get((month, programme), 0),
            )
        yield from _extra_batches(world, month, again + by_month[month])


def _days(paid_on: date) -> tuple[str, str]:
    return paid_on.isoformat(), (paid_on + BANK_TAKES).isoformat()


def _month_lines(
    world: World, programme: str, month: int, chance: random.Random, again: list[ExtraPayment]
) -> Iterator[Line]:
    changes, repay_on = world.changes, world.day(month, REPAY_DAY)
    for award in world.awards[programme]:
        due = award.due_fen[month]
        change = changes.get((award.household.number, month)) if award.steady else None
        if change is not None:
            if due and not change.skipped:
                yield _changed_line(award, month, due, change)
        elif due and not award.steady and chance.random() < FAILING_SHARE:
            again.append(ExtraPayment(repay_on, award, month, "补发", due))
            yield _changed_line(award, month, due, LineChange(failed=True))
        elif due:
            account = award.household.account
            yield Line(award, month, "正常", award.household.payee, account, due, account, due, "成功")


def _changed_line(award: Award, month: int, due_fen: int, change: LineChange) -> Line:
    amount = due_fen if change.amount_fen is None else change.amount_fen
    account = change.account or award.household.account
    return Line(
        award,
        month,
        "正常",
        change.payee or award.household.payee,
        account,
        amount,
        change.bank_account or account,
        amount if change.bank_amount_fen is None else change.bank_amount_fen,
        "失败" if change.failed else "成功",
        change.loose_bank_text,
    )


def _extra_batches(world: World, month: int, extras: list[ExtraPayment]) -> Iterator[Batch]:
    """Lines outside the run, a batch for each day and programme."""

    def of_batch(extra: ExtraPayment) -> tuple[date, str]:
        return extra.paid_on, extra.award.programme

    for (paid_on, programme), group in itertools.groupby(sorted(extras, key=of_batch), key=of_batch):
        yield Batch(
            f"R{paid_on:%Y%m%d}-{PROGRAMMES.index(programme) + 1}",
            *_days(paid_on),
            programme,
            paying_fund(world, programme, month),
            _extra_lines(group),
        )


def _extra_lines(extras: Iterable[ExtraPayment]) -> Iterator[Line]:
    for extra in extras:
        home = extra.award.household
        account = extra.account or home.account
        yield Line(
            extra.award,
            extra.for_month,
            extra.payment_type,
            home.payee,
            account,
            extra.amount_fen,
            account,
            extra.amount_fen,
            extra.outcome,
        )
