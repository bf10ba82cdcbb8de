"""Decides a county's files row by row, as an office that holds the pen would, and lists what it would refuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain

from .handed_over import HandedOver, Row, day, fen

Fund = tuple[str, str, str]
Step = tuple[date, int, Fund, int]  # day, order within the day, fund, amount in fen


def fund_of(row: Row) -> Fund:
    return row["资金类别"], row["资金级次"], row["预算年度"]


def refusals(county: HandedOver, jurisdiction: str) -> list[str]:
    """Empty when every row is in order."""
    return list(
        chain(
            _one_person_in_two_roles(county),
            _payments_not_as_decided(county),
            _payees_not_registered(county),
            _funds_below_zero(county),
            _commitments_over_the_cap(county, jurisdiction),
            _services_over_contract_or_visits(county),
            _repayments_over_what_is_owed(county),
        )
    )


def _one_person_in_two_roles(county: HandedOver) -> Iterator[str]:
    for kind in ("decisions", "rolls", "contracts", "service-expenses", "other-expenses"):
        for number, row in enumerate(county.rows(kind), start=2):
            staff = [row[role] for role in ("经办人", "审核人", "审批人") if role in row]
            if len(set(staff)) < len(staff) or not all(staff):
                yield f"{kind} line {number}: staff {staff}"


def _payments_not_as_decided(county: HandedOver) -> Iterator[str]:
    """A month is paid once, in the sum decided before its payday; a failed line counts as not paid."""
    standing: Counter[tuple[str, str, str]] = Counter()
    for row in county.lines:
        key = (row["家庭编号"], row["救助项目"], row["所属月份"])
        owed = county.due(*key, day(row["发放日期"])) - standing[key]
        if fen(row["金额"]) != owed:
            yield f"{row['批次号']}/{row['序号']}: pays {row['金额']}, owed {owed} fen"
        if row["处理结果"] != "失败":
            standing[key] += fen(row["金额"])


def _payees_not_registered(county: HandedOver) -> Iterator[str]:
    for row in county.lines:
        members = county.members.get(row["家庭编号"], [])
        known = any(one["身份证号"] == row["收款人身份证号"] and one["姓名"] == row["收款人姓名"] for one in members)
        if not known or row["银行账号"] not in {one["银行账号"] for one in members}:
            yield f"{row['批次号']}/{row['序号']}: payee or account is not the household's"


def _funds_below_zero(county: HandedOver) -> Iterator[str]:
    """Money is there on the day it goes out; a failed line comes back two days later."""
    balance: Counter[Fund] = Counter()
    for when, _, fund, amount in sorted(_flows(county)):
        balance[fund] += amount
        if balance[fund] < 0:
            yield f"{when} {fund}: {balance[fund]} fen"


def _flows(county: HandedOver) -> Iterator[Step]:
    fund_by_document = {row["文号"]: fund_of(row) for row in county.rows("grants")}
    for row in county.rows("receipts"):
        yield day(row["到账日期"]), 0, fund_by_document[row["文号"]], fen(row["金额"])
    for row in county.lines:
        paid_on, amount = day(row["发放日期"]), fen(row["金额"])
        yield paid_on, 1, fund_of(row), -amount
        if row["处理结果"] == "失败":
            yield paid_on + timedelta(days=2), 0, fund_of(row), amount
    contracts = {row["合同编号"]: fund_of(row) for row in county.rows("contracts")}
    for row in county.rows("service-expenses"):
        yield day(row["支付日期"]), 1, contracts[row["合同编号"]], -fen(row["金额"])
    for row in county.rows("other-expenses"):
        yield day(row["支付日期"]), 1, fund_of(row), -fen(row["金额"])
    for row in county.rows("transfers"):
        yield day(row["拨付日期"]), 1, fund_of(row), -fen(row["金额"])


def _commitments_over_the_cap(county: HandedOver, jurisdiction: str) -> Iterator[str]:
    if jurisdiction not in ("lanzhou-new-area", "provincial-plan"):
        return
    relief = "困难群众救助补助资金"
    based_on = {relief, "社会救助专项资金"} if jurisdiction == "provincial-plan" else {relief}
    committed = 0
    for row in sorted(county.rows("contracts"), key=lambda one: one["签订日期"]):
        if jurisdiction == "lanzhou-new-area" and row["资金类别"] != relief:
            continue
        committed += fen(row["合同金额"])
        base = sum(
            fen(grant["金额"])
            for grant in county.rows("grants")
            if grant["资金类别"] in based_on
            and grant["资金级次"] in ("中央", "省级")
            and grant["下达日期"] <= row["签订日期"]
        )
        if committed > base * 2 // 100:
            yield f"{row['合同编号']}: {committed} fen committed, base {base} fen"


def _services_over_contract_or_visits(county: HandedOver) -> Iterator[str]:
    sums = {row["合同编号"]: fen(row["合同金额"]) for row in county.rows("contracts")}
    paid: Counter[str] = Counter()
    for row in sorted(county.rows("service-expenses"), key=lambda one: one["支付日期"]):
        contract = row["合同编号"]
        paid[contract] += fen(row["金额"])
        accepted = sum(
            int(visit["数量"]) * fen(visit["单价"])
            for visit in county.rows("visits")
            if visit["合同编号"] == contract and visit["服务日期"] <= row["支付日期"]
        )
        if paid[contract] > min(sums.get(contract, 0), accepted):
            yield f"{row['支出编号']}: {paid[contract]} fen paid, {accepted} accepted"


def _repayments_over_what_is_owed(county: HandedOver) -> Iterator[str]:
    owed: dict[str, int] = defaultdict(int)
    for row in county.rows("recoveries"):
        amount = fen(row["金额"])
        if row["事项"] == "立案":
            owed[row["追缴编号"]] += amount
        elif row["事项"] in ("缴回", "核销"):
            owed[row["追缴编号"]] -= amount
        if owed[row["追缴编号"]] < 0 or amount <= 0:
            yield f"{row['追缴编号']} {row['事项']}: {owed[row['追缴编号']]} fen left"
