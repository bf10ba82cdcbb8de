"""Reads a county's files back with the standard library alone, so that a stranger judges its answers."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

Row = dict[str, str]
Key = tuple[str, str, str]  # household, programme, month


def fen(text: str) -> int:
    yuan, _, rest = text.strip().replace(",", "").partition(".")
    sign = -1 if yuan.startswith("-") else 1
    return sign * (int(yuan.lstrip("-")) * 100 + int(rest.ljust(2, "0")))


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass(frozen=True)
class HandedOver:
    folder: Path
    as_of: date

    def rows(self, kind: str) -> list[Row]:
        path = self.folder / "files" / f"{kind}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def decisions(self) -> dict[tuple[str, str], list[Row]]:
        """Decisions of each household and programme, by date."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.rows("decisions"):
            found[row["家庭编号"], row["救助项目"]].append(row)
        return {key: sorted(rows, key=lambda row: row["决定日期"]) for key, rows in found.items()}

    @cached_property
    def lines(self) -> list[Row]:
        """Roll lines, each with the bank's 处理结果, 实付 and 实付账号 (blank where the bank has not answered)."""
        bank = {(row["批次号"], row["序号"]): row for row in self.rows("bank")}
        joined = []
        for row in self.rows("rolls"):
            said = bank.get((row["批次号"], row["序号"]), {})
            result = {"处理结果": "", "实付": said.get("金额", ""), "实付账号": said.get("银行账号", "").strip()}
            joined.append({**row, **result, "处理结果": said.get("处理结果", ""), "入账日期": said.get("入账日期", "")})
        return joined

    @cached_property
    def settled(self) -> dict[Key, list[Row]]:
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in self.lines:
            if row["处理结果"] == "成功":
                found[row["家庭编号"], row["救助项目"], row["所属月份"]].append(row)
        return found

    @cached_property
    def members(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("households"):
            found[row["家庭编号"]].append(row)
        return found

    def due(self, household: str, programme: str, month: str, known_on: date) -> int:
        """What the decisions taken by `known_on` give for a month, in fen."""
        amount = 0
        for row in self.decisions.get((household, programme), []):
            start, end = row["起始月份"], row["截止月份"]
            if day(row["决定日期"]) > known_on or not start or month < start or (end and month > end):
                continue
            amount = 0 if row["决定类型"] in ("终止", "停发") else fen(row["月救助金额"])
        return amount


def paid(rows: list[Row], *kinds: str) -> int:
    return sum(fen(row["实付"]) for row in rows if row["发放类型"] in kinds)
