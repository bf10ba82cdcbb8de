"""The files as offices write them: CSV, UTF-8 with a byte order mark, one kind a file (formats.md)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

COLUMNS = {
    "grants": "文号 下达日期 资金级次 资金类别 预算年度 区划代码 金额 摘要",
    "receipts": "文号 到账日期 金额 银行流水号",
    "transfers": "拨付文号 上级文号 拨付日期 拨出区划 拨入区划 资金类别 资金级次 预算年度 金额",
    "households": "家庭编号 区划代码 姓名 身份证号 与户主关系 开户银行 银行账号 户名 登记日期",
    "decisions": "文书号 决定日期 决定类型 家庭编号 救助项目 类别 保障人数 月救助金额 起始月份 截止月份 "
    "受理日期 经办人 审核人 审批人 办理方式 原因",
    "rolls": "批次号 序号 所属月份 发放日期 救助项目 发放类型 资金类别 资金级次 预算年度 家庭编号 "
    "收款人姓名 收款人身份证号 开户银行 银行账号 金额 经办人 审核人",
    "bank": "批次号 序号 户名 银行账号 金额 处理结果 失败原因 入账日期 银行流水号",
    "contracts": "合同编号 签订日期 服务商 统一社会信用代码 服务类别 采购方式 合同金额 资金类别 资金级次 "
    "预算年度 区划代码 经办人 审批人 原因",
    "visits": "记录编号 合同编号 服务日期 家庭编号 服务项目 数量 单价 服务人员",
    "service-expenses": "支出编号 支付日期 合同编号 发票号 金额 收款账号 经办人 审批人",
    "other-expenses": "支出编号 支付日期 区划代码 资金类别 资金级次 预算年度 用途 收款单位 收款账号 金额 经办人 审批人",
    "recoveries": "追缴编号 日期 事项 家庭编号 批次号 序号 金额 原因",
    "deaths": "姓名 身份证号 死亡日期 信息来源",
    "officials": "工号 姓名 身份证号 单位 岗位 亲属身份证号 亲属关系 备案日期",
}


def yuan(amount_fen: int) -> str:
    """Fen as yuan with two decimals, without passing through a fraction."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{fen:02d}"


class Sheet(AbstractContextManager["Sheet"]):
    """One file being written; `rows` counts its data rows. Values are text, dates or integers as they should read."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        self.rows = 0
        self._file = (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="")
        # The mark by hand: the codec that writes it encodes in Python, and slows every row.
        self._file.write("\ufeff")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS[kind].split())

    def add(self, row: Iterable[object]) -> None:
        self._writer.writerow(row)
        self.rows += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
