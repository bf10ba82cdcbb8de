"""Writes the money: grants to expenses line by line, and keeps the county's own books on the way."""

from __future__ import annotations

from ledger.county.books import CAP_FORCE, Books, cap_base_fen, counts_for_cap
from ledger.county.identity import BANK_NAME, credit_code, three_staff
from ledger.county.payroll import Batch, Line, batches
from ledger.county.records import Contract, Fund
from ledger.county.sheets import Sheet, yuan
from ledger.county.world import World

FAILURE_REASONS = ("账号与户名不符", "账户已销户", "账户状态异常")


def write_funding(world: World, books: Books, grants: Sheet, receipts: Sheet, transfers: Sheet | None) -> None:
    funds: dict[str, Fund] = {}
    for document_no, issued_on, fund, amount, summary in world.grants:
        funds[document_no] = fund
        books.add(fund, "issued", amount)
        grants.add((document_no, issued_on, fund.level, fund.category, fund.year, fund.region, yuan(amount), summary))
    for document_no, received_on, amount in world.receipts:
        books.add(funds[document_no], "received", amount)
        receipts.add((document_no, received_on, yuan(amount), f"K{receipts.rows + 1:06d}"))
    for number, parent, passed_on, to_region, fund, amount in world.transfers:
        if transfers is not None and passed_on <= world.plan.as_of:
            books.add(fund, "passed_down", amount)
            where = (fund.region, to_region, fund.category, fund.level, fund.year)
            transfers.add((number, parent, passed_on, *where, yuan(amount)))


class Payments:
    """Writes rolls and bank results a line at a time; remembers only the lines that recoveries point to."""

    def __init__(self, world: World, books: Books, rolls: Sheet, bank: Sheet) -> None:
        self._world, self._books, self._rolls, self._bank = world, books, rolls, bank
        self._owing = {row.household.number for row in world.recoveries}
        self._lines: dict[tuple[str, int], tuple[str, int]] = {}
        self._latest_fund: dict[str, Fund] = {}
        self._months = [world.month_text(month) for month in range(13)]

    def write(self) -> None:
        chance = self._world.plan.chance("staff of rolls")
        for batch in batches(self._world):
            staff = three_staff(chance)[:2]
            line_no = 0
            for line_no, line in enumerate(batch.lines, start=1):
                self._write_line(batch, line_no, line, staff)
            if batch.unknown_fen:
                people = self._world.people
                self._write_bank(batch, line_no + 1, people.name(), people.account(), yuan(batch.unknown_fen), True)
                self._books.add(batch.fund, "settled", batch.unknown_fen)

    def line_of(self, number: str, month: int | None) -> tuple[str, str | int]:
        """Batch and line of a household's month, blank where the recovery names none."""
        return ("", "") if month is None else self._lines[number, month]

    def fund_of(self, number: str) -> Fund:
        """The fund of a household's latest settled line. Households that owe draw on one fund all year."""
        return self._latest_fund[number]

    def _write_line(self, batch: Batch, line_no: int, line: Line, staff: tuple[str, ...]) -> None:
        household, name, amount = line.award.household, line.payee.name, yuan(line.amount_fen)
        self._rolls.add(
            (
                batch.batch_no,
                line_no,
                self._months[line.for_month],
                batch.paid_on,
                batch.programme,
                line.payment_type,
                *batch.fund[1:],
                household.number,
                name,
                line.payee.id_number,
                BANK_NAME,
                line.account,
                amount,
                *staff,
            )
        )
        if not line.outcome:
            self._books.add(batch.fund, "in_transit", line.amount_fen)
            return
        settled = line.outcome == "成功"
        if line.bank_amount_fen != line.amount_fen:
            amount = yuan(line.bank_amount_fen)
        if line.loose_bank_text:
            name, amount = f" {name} ", f"{line.bank_amount_fen // 100:,}.{line.bank_amount_fen % 100:02d}"
        self._write_bank(batch, line_no, name, line.bank_account, amount, settled)
        if settled:
            self._books.add(batch.fund, "settled", line.bank_amount_fen)
            if household.number in self._owing:
                self._lines[household.number, line.for_month] = batch.batch_no, line_no
                self._latest_fund[household.number] = batch.fund

    def _write_bank(self, batch: Batch, line_no: int, name: str, account: str, amount: str, settled: bool) -> None:
        if settled:
            result = ("成功", "", batch.settled_on)
        else:
            result = ("失败", FAILURE_REASONS[line_no % len(FAILURE_REASONS)], "")
        serial = f"S{self._bank.rows + 1:09d}"
        self._bank.add((batch.batch_no, line_no, name, account, amount, *result, serial))


def write_recoveries(world: World, books: Books, payments: Payments, sheet: Sheet) -> None:
    for number, occurred_on, step, household, amount, reason, month in world.recoveries:
        if occurred_on <= world.plan.as_of:
            line = payments.line_of(household.number, month)
            sheet.add((number, occurred_on, step, household.number, *line, yuan(amount), reason))
            if step == "缴回":
                books.add(payments.fund_of(household.number), "recovered", amount)


def write_purchases(world: World, books: Books, contracts: Sheet, visits: Sheet, expenses: Sheet) -> None:
    plan, chance = world.plan, world.plan.chance("staff of purchases")
    written = {contract.contract_no: contract for contract in world.contracts if contract.signed_on <= plan.as_of}
    reasons = _reasons(world)
    for contract in sorted(written.values(), key=lambda one: one.signed_on):
        contracts.add((*_contract_fields(contract), *three_staff(chance)[:2], reasons.get(contract.contract_no, "")))
    households = [award.household.number for awards in world.awards.values() for award in awards[:200]]
    for contract_no, served_on, quantity, price in world.visits:
        if contract_no in written and served_on <= plan.as_of:
            number, worker = f"V{visits.rows + 1:06d}", f"W{chance.randint(1, 12):02d}"
            who = chance.choice(households)
            visits.add((number, contract_no, served_on, who, "上门访视", quantity, yuan(price), worker))
    for paid_on, contract_no, invoice_no, amount in sorted(world.service_expenses):
        if contract_no in written and paid_on <= plan.as_of:
            number, provider = f"S{plan.year}{expenses.rows + 1:04d}", written[contract_no].provider
            account = f"99000007{provider:08d}"
            books.add(written[contract_no].fund, "services", amount)
            staff = three_staff(chance)[:2]
            expenses.add((number, paid_on, contract_no, invoice_no, yuan(amount), account, *staff))


def write_other_expenses(world: World, books: Books, sheet: Sheet) -> None:
    chance = world.plan.chance("staff of expenses")
    for number, paid_on, fund, purpose, amount in sorted(world.other_expenses, key=lambda one: one.paid_on):
        if paid_on <= world.plan.as_of:
            books.add(fund, "other", amount)
            where = (fund.region, fund.category, fund.level, fund.year)
            to = ("示例县某单位", f"99000009{sheet.rows + 1:08d}")
            sheet.add((number, paid_on, *where, purpose, *to, yuan(amount), *three_staff(chance)[:2]))


def _contract_fields(contract: Contract) -> tuple[object, ...]:
    fund, provider = contract.fund, contract.provider
    return (
        contract.contract_no,
        contract.signed_on,
        f"示例社工服务中心{provider}",
        credit_code(fund.region, provider),
        contract.service_class,
        contract.procurement_method,
        yuan(contract.amount_fen),
        fund.category,
        fund.level,
        fund.year,
        fund.region,
    )


def _reasons(world: World) -> dict[str, str]:
    """An in-principle cap asks for a written reason from the contract on that goes over it."""
    if CAP_FORCE.get(world.plan.jurisdiction) != "in_principle":
        return {}
    reasons, committed = {}, 0
    for contract in sorted(world.contracts, key=lambda one: one.signed_on):
        committed += contract.amount_fen if counts_for_cap(world, contract) else 0
        if committed > cap_base_fen(world, contract.signed_on) * 2 // 100:
            reasons[contract.contract_no] = "失能老人照料需求集中，经党组会议研究确需超出"
    return reasons
