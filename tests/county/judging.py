"""A second reading of the supervision rules over files alone: which refs each rule would name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta

from .handed_over import HandedOver, Row, day, fen, paid

WHITELIST = {
    "孤儿基本生活费",
    "事实无人抚养儿童基本生活费",
    "流浪乞讨救助",
    "价格补贴",
    "取暖补贴",
    "丧葬补助",
    "先行救助垫付",
    "备用金拨付",
}
WORK_COSTS = {"办公费", "差旅费", "人员经费", "设备购置", "房屋维修", "会议费", "培训费", "车辆费"}
RELIEF_AND_SPECIAL = ("困难群众救助补助资金", "社会救助专项资金")


def _later(month: str, by: int) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year}-{number + 1:02d}"


def _is_judged(county: HandedOver, month: str) -> bool:
    """Ten days after its end a month is judged."""
    return date.fromisoformat(f"{_later(month, 1)}-10") <= county.as_of


def _awarded_months(county: HandedOver) -> list[tuple[str, str, str, int]]:
    months = [f"{county.as_of.year}-{number:02d}" for number in range(1, county.as_of.month + 1)]
    every = ((home, programme, month) for home, programme in county.decisions for month in months)
    return [(*key, amount) for key in every if (amount := county.due(*key, county.as_of))]


def duplicate_payment(county: HandedOver) -> set[str]:
    ordinary = {key: [row for row in rows if row["发放类型"] == "正常"] for key, rows in county.settled.items()}
    return {f"household:{key[0]}" for key, rows in ordinary.items() if len(rows) > 1}


def over_standard(county: HandedOver) -> set[str]:
    back: Counter[str] = Counter()
    for row in county.rows("recoveries"):
        back[row["家庭编号"]] += fen(row["金额"]) if row["事项"] == "缴回" else 0
    twice = duplicate_payment(county)
    return {
        f"household:{key[0]}"
        for key, rows in county.settled.items()
        if paid(rows, "正常", "补发") - back[key[0]] > county.due(*key, county.as_of)
    } - twice


def short_paid(county: HandedOver) -> set[str]:
    return {
        f"household:{home}"
        for home, programme, month, due in _awarded_months(county)
        if _is_judged(county, month)
        and 0 < paid(county.settled.get((home, programme, month), []), "正常", "补发") < due
    }


def unpaid(county: HandedOver) -> set[str]:
    return {
        f"household:{home}"
        for home, programme, month, _ in _awarded_months(county)
        if _is_judged(county, month) and (home, programme, month) not in county.settled
    }


def late_payment(county: HandedOver) -> set[str]:
    return {
        f"household:{key[0]}"
        for key, rows in county.settled.items()
        if min(row["入账日期"] for row in rows) > f"{key[2]}-15" and key[1] != "临时救助"
    }


def paid_without_decision(county: HandedOver) -> set[str]:
    repaid = {row["家庭编号"] for row in county.rows("recoveries") if row["事项"] == "缴回"}
    return {
        f"household:{key[0]}" for key in county.settled if not county.due(*key, county.as_of) and key[0] not in repaid
    }


def paid_after_death(county: HandedOver) -> set[str]:
    died = {row["身份证号"]: row["死亡日期"][:7] for row in county.rows("deaths")}
    found = set()
    for home, programme, month in county.settled:
        for member in county.members[home]:
            death = died.get(member["身份证号"])
            if death is None:
                continue
            first = county.decisions[home, programme][0]
            full = paid(county.settled[home, programme, month], "正常") >= fen(first["月救助金额"])
            stops = _later(death, 1 if programme.endswith("特困") else 3)
            if month > stops and full:
                found.add(f"household:{home}")
    return found


def shared_account(county: HandedOver) -> set[str]:
    homes: dict[str, set[str]] = defaultdict(set)
    for rows in county.settled.values():
        for row in rows:
            homes[row["实付账号"]].add(f"household:{row['家庭编号']}")
    return {ref for refs in homes.values() if len(refs) > 1 for ref in refs}


def payee_mismatch(county: HandedOver) -> set[str]:
    ids = {home: {row["身份证号"] for row in rows} for home, rows in county.members.items()}
    return {f"household:{row['家庭编号']}" for row in county.lines if row["收款人身份证号"] not in ids[row["家庭编号"]]}


def bank_mismatch(county: HandedOver) -> set[str]:
    instructed = {(row["批次号"], row["序号"]) for row in county.rows("rolls")}
    unknown = {
        f"batch:{row['批次号']}" for row in county.rows("bank") if (row["批次号"], row["序号"]) not in instructed
    }
    return unknown | {
        f"household:{row['家庭编号']}"
        for row in county.lines
        if row["处理结果"] and (fen(row["实付"]) != fen(row["金额"]) or row["实付账号"] != row["银行账号"])
    }


def return_unresolved(county: HandedOver) -> set[str]:
    settled = {(key[0], key[2]) for key in county.settled}
    return {
        f"household:{row['家庭编号']}"
        for row in county.lines
        if row["处理结果"] == "失败" and (row["家庭编号"], row["所属月份"]) not in settled
    }


def exclusive_overlap(county: HandedOver) -> set[str]:
    received: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for home, programme, month in county.settled:
        for member in county.members[home]:
            received[member["身份证号"], month].add((programme[-2:], f"household:{home}"))
    return {ref for got in received.values() if {"特困", "低保"} <= {kind for kind, _ in got} for _, ref in got}


def _purposes(county: HandedOver, wanted: Callable[[Row], bool]) -> set[str]:
    relief = [row for row in county.rows("other-expenses") if row["资金类别"] in RELIEF_AND_SPECIAL]
    return {f"expense:{row['支出编号']}" for row in relief if wanted(row)}


def diverted(county: HandedOver) -> set[str]:
    return _purposes(county, lambda row: row["用途"] not in WHITELIST | WORK_COSTS)


def encroached(county: HandedOver) -> set[str]:
    return _purposes(county, lambda row: row["用途"] in WORK_COSTS)


def _grants_short(county: HandedOver) -> dict[str, int]:
    """Documents older than 30 days that did not arrive in full, with what did."""
    arrived: Counter[str] = Counter()
    for row in county.rows("receipts"):
        arrived[row["文号"]] += fen(row["金额"])
    old = county.as_of - timedelta(days=30)
    grants = [row for row in county.rows("grants") if day(row["下达日期"]) <= old]
    return {row["文号"]: arrived[row["文号"]] for row in grants if arrived[row["文号"]] < fen(row["金额"])}


def intercepted(county: HandedOver) -> set[str]:
    return {f"document:{number}" for number, arrived in _grants_short(county).items() if arrived}


def detained(county: HandedOver) -> set[str]:
    return {f"document:{number}" for number, arrived in _grants_short(county).items() if not arrived}


def split_purchase(county: HandedOver) -> set[str]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in county.rows("contracts"):
        if row["采购方式"] == "直接委托" and fen(row["合同金额"]) < 200_000_00:
            groups[row["统一社会信用代码"], row["服务类别"]].append(row)
    split = [rows for rows in groups.values() if len(rows) > 1 and _total(rows, "合同金额") >= 200_000_00]
    return {f"contract:{row['合同编号']}" for rows in split for row in rows}


def contract_overrun(county: HandedOver) -> set[str]:
    sums = {row["合同编号"]: fen(row["合同金额"]) for row in county.rows("contracts")}
    return {f"contract:{number}" for number, rows in _expenses(county).items() if _total(rows, "金额") > sums[number]}


def undelivered_service(county: HandedOver) -> set[str]:
    accepted: Counter[str] = Counter()
    for row in county.rows("visits"):
        accepted[row["合同编号"]] += int(row["数量"]) * fen(row["单价"])
    return {
        f"contract:{number}" for number, rows in _expenses(county).items() if _total(rows, "金额") > accepted[number]
    }


def duplicate_invoice(county: HandedOver) -> set[str]:
    invoices = {number: Counter(row["发票号"] for row in rows) for number, rows in _expenses(county).items()}
    return {f"contract:{number}" for number, counts in invoices.items() if max(counts.values()) > 1}


def _expenses(county: HandedOver) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in county.rows("service-expenses"):
        found[row["合同编号"]].append(row)
    return found


def _total(rows: list[Row], column: str) -> int:
    return sum(fen(row[column]) for row in rows)


RULES = (
    bank_mismatch,
    contract_overrun,
    detained,
    diverted,
    duplicate_invoice,
    duplicate_payment,
    encroached,
    exclusive_overlap,
    intercepted,
    late_payment,
    over_standard,
    paid_after_death,
    paid_without_decision,
    payee_mismatch,
    return_unresolved,
    shared_account,
    short_paid,
    split_purchase,
    undelivered_service,
    unpaid,
)
