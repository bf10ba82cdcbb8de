"""The tables that people take out of the books: which columns each has, and in what words."""

from __future__ import annotations

from functools import partial
from operator import itemgetter

from ledger.decide.case_state import STATUS_WORDS
from projections.export.workbook import Column, Form, Row, Table

_QUESTION = (
    "预警是待核实的问题，不是结论；不同规则可能查到同一笔钱，合计可能重复。"
    "Findings are questions, not verdicts; rules may find the same money, so sums may count it twice."
)
_SEVERITY = {"critical": "严重 critical", "warning": "警告 warning", "notice": "提示 notice"}
_STATUS = {"open": "未解除 open", "cleared": "已解除 cleared"}
_FORCE = {"mandatory": "不得超过 mandatory", "in_principle": "原则上 in principle", "none": "未规定 none"}
_SUBJECT = {
    "office": "机构 office",
    "official": "工作人员 official",
    "provider": "服务商 provider",
    "fund": "资金 fund",
    "household": "家庭 household",
}


def _named(kind: str, row: Row) -> list[str]:
    """What the refs of a finding name of one kind, bare, as other lists of the office have it."""
    return [name for found, _, name in (ref.partition(":") for ref in row["refs"]) if found == kind]


def _count(severity: str, row: Row) -> int:
    return int(row["counts"][severity])


def _money(zh: str, en: str, name: str) -> Column:
    return Column(f"{zh}（元）", f"{en} (yuan)", 18, itemgetter(name), Form.MONEY)


def _text(zh: str, en: str, name: str, width: int = 14) -> Column:
    return Column(zh, en, width, itemgetter(name))


FINDINGS = Table(
    "预警",
    "Findings",
    (
        _text("编号", "Id", "id", 19),
        Column("程度", "Severity", 14, lambda row: _SEVERITY[row["severity"]]),
        _text("预警", "Finding", "name", 18),
        _text("规则", "Rule", "rule", 22),
        _text("类别", "Kind", "kind"),
        Column("家庭编号", "Households", 18, lambda row: _named("household", row)),
        _text("涉及", "About", "refs", 36),
        _money("涉及金额", "Amount", "amount_fen"),
        Column("可知日期", "Known from", 12, itemgetter("found_on"), Form.DAY),
        Column("状态", "Status", 16, lambda row: _STATUS.get(row["status"], row["status"])),
        _text("证据位置", "Evidence (positions)", "evidence", 30),
        Column("证据数", "Pieces", 9, lambda row: len(row["evidence"]), Form.COUNT),
        _text("依据", "Law", "law", 40),
        Column("规则版本", "Policy", 30, lambda row: " ".join(filter(None, (row["policy"] or {}).values()))),
    ),
    _QUESTION,
)

FUNDS = Table(
    "资金",
    "Funds",
    (
        _text("区划代码", "Region", "region"),
        _text("资金类别", "Category", "category", 26),
        _text("资金级次", "Level", "level", 10),
        _text("预算年度", "Year", "year", 10),
        _money("下达", "Issued", "issued_fen"),
        _money("到账", "Received", "received_fen"),
        _money("已支付", "Settled", "settled_fen"),
        _money("在途", "In transit", "in_transit_fen"),
        _money("购买服务", "Services", "services_fen"),
        _money("其他支出", "Other", "other_fen"),
        _money("拨付下级", "Passed down", "passed_down_fen"),
        _money("追缴收回", "Recovered", "recovered_fen"),
        _money("可用余额", "Available", "available_fen"),
    ),
)

CAPS = Table(
    "购买服务上限",
    "Service cap",
    (
        _text("区划代码", "Region", "region"),
        _text("年度", "Year", "year", 10),
        _text("适用规则", "Jurisdiction", "jurisdiction", 20),
        Column("约束力", "Force", 22, lambda row: _FORCE.get(row["force"], row["force"])),
        _money("基数", "Base", "base_fen"),
        _money("上限", "Limit", "limit_fen"),
        _money("已承诺", "Committed", "committed_fen"),
        _money("已支付", "Spent", "spent_fen"),
        _money("余量", "Headroom", "headroom_fen"),
        _text("规则版本", "Policy", "policy_version", 14),
        Column("出处", "Source", 40, lambda row: _source(row["source"] or {})),
        Column("原文", "Words", 60, lambda row: (row["source"] or {}).get("quotation")),
    ),
)

CASES = Table(
    "办案",
    "Cases",
    (
        _text("案件编号", "Case", "case_no", 20),
        Column("状态", "Status", 12, lambda row: STATUS_WORDS[row["status"]]),
        Column("程度", "Severity", 14, lambda row: _SEVERITY[row["severity"]]),
        _text("区划代码", "Region", "region"),
        _text("承办人", "Handler", "assigned_to", 12),
        Column("立案日期", "Opened", 12, itemgetter("opened_on"), Form.DAY),
        Column("期限", "Due", 12, itemgetter("due_on"), Form.DAY),
        Column("逾期", "Overdue", 10, lambda row: "逾期 yes" if row["is_overdue"] else None),
        Column("销号日期", "Closed", 12, itemgetter("closed_on"), Form.DAY),
        Column("预警数", "Findings", 9, lambda row: len(row["findings"]), Form.COUNT),
        Column("属实", "Established", 9, itemgetter("established"), Form.COUNT),
        Column("不属实", "Dismissed", 9, itemgetter("dismissed"), Form.COUNT),
        Column("容错", "Tolerated", 9, itemgetter("tolerated"), Form.COUNT),
        Column("处置", "Measures", 9, itemgetter("measures"), Form.COUNT),
        _money("认定金额", "Established", "established_fen"),
        _text("预警编号", "Findings", "findings", 40),
    ),
)

SUBJECTS = Table(
    "重点对象",
    "Ranked subjects",
    (
        Column("位次", "Rank", 8, itemgetter("rank"), Form.COUNT),
        Column("类别", "Kind", 18, lambda row: _SUBJECT[row["kind"]]),
        _text("对象", "Subject", "subject", 32),
        Column("得分", "Score", 8, itemgetter("score"), Form.COUNT),
        *(
            Column(zh, en, 8, partial(_count, en), Form.COUNT)
            for zh, en in (("严重", "critical"), ("警告", "warning"), ("提示", "notice"))
        ),
        _money("涉及金额", "Amount", "amount_fen"),
        Column("理由", "Reasons", 70, lambda row: [_reason(reason) for reason in row["reasons"]]),
        Column("签批（不计分）", "Signed (no points)", 12, lambda row: len(row["signed"]), Form.COUNT),
        _text("预警编号", "Findings", "findings", 40),
    ),
    _QUESTION,
)


def _reason(reason: Row) -> str:
    return f"{reason['name']} {reason['severity']} × {reason['count']} = {reason['points']}"


def _source(source: Row) -> str | None:
    return f"《{source['title']}》{source.get('article') or ''}" if source else None
