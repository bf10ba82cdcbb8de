"""What samples for audit are called, in Chinese and English, at a terminal as in a working paper."""

from __future__ import annotations

from typing import Final

from ledger.decide.audit_draw import ALL, REST
from ledger.decide.audit_strata import CERTAIN
from ledger.decide.refusal import yuan
from projections.queries import Row

POPULATION_WORDS: Final = {
    "payments": "发放明细 payment lines",
    "grants": "资金下达 grants",
    "receipts": "资金到账 receipts",
    "contracts": "购买服务合同 service contracts",
    "service_expenses": "购买服务支出 service expenses",
    "other_expenses": "其他支出 other expenses",
    "recoveries": "追缴 recoveries",
    "households": "救助对象 households",
    "findings": "预警 findings",
}
METHOD_WORDS: Final = {
    "mus": "货币单元抽样 monetary-unit",
    "stratified": "分层抽样 stratified",
    "random": "简单随机抽样 simple random",
}
STRATA_WORDS: Final = {
    "amount": "金额 amount",
    "township": "乡镇 township",
    "programme": "救助项目 programme",
    "fund": "资金 fund",
    "kind": "类别 kind",
}
SEED_WORDS: Final = {"made": "系统随机生成 made by the system", "given": "抽样人给定 given by who drew"}
_STRATUM = {CERTAIN: "全查 100 %", REST: "间隔抽取 by interval", ALL: "全部 all"}


def stratum_words(row: Row, stratum: str) -> str:
    """A stratum of a sample: a band by the amount that it begins with."""
    if stratum in _STRATUM:
        return _STRATUM[stratum]
    return f"≥ {yuan(int(stratum))} 元" if row["strata_by"] == "amount" else stratum


def scope_words(row: Row) -> list[str]:
    """What a sample's population was limited to."""
    days = f"{row['from_day'] or '…'} – {row['until_day'] or '…'}" if row["from_day"] or row["until_day"] else ""
    named = [("区划 region", row["region"]), ("期间 period", days), ("项目 programme", row["programme"])]
    return [f"{name} {value}" for name, value in [*named, ("资金 fund", row["fund"])] if value]
