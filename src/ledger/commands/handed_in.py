"""The small tables that samples take in beside the fourteen kinds: who may inspect, and what the inspectors found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.intake.columns import REGION, Column, Kind, Parse, optional
from ledger.intake.problems import FileProblem, RowProblem, UsageProblem
from ledger.intake.tables import read_rows
from ledger.vault import Kind as VaultKind
from ledger.vault import Vault, lengthened

_ROSTER = Kind(
    "roster",
    "检查人员名录",
    (
        Column("工号", "staff_no", Parse.STAFF, aliases=("职工编号",)),
        REGION,
        optional("身份证号", "id_number", Parse.IDENTITY, "公民身份号码"),
    ),
)
_RESULTS = Kind(
    "results",
    "检查结果",
    (
        Column("对象", "subject", Parse.LABEL, aliases=("家庭编号", "合同编号", "批次号", "服务商")),
        Column("结论", "conclusion", Parse.TEXT, aliases=("检查结论", "检查结果")),
        optional("处理", "measure", Parse.TEXT, "处理情况", "整改情况"),
    ),
)


@dataclass(frozen=True, slots=True)
class Inspector:
    """Somebody who may be drawn to inspect: staff number, home region, and pseudonym where an ID number was given."""

    staff_no: str
    region: str
    pseudonym: str


def roster(path: Path, vault: Vault) -> list[Inspector]:
    """The inspectors of a file (工号, 区划代码, and 身份证号 where wanted), by staff number.

    Raises:
        UsageProblem: the file cannot be read whole, or names somebody twice.
    """
    rows = list(_rows(path, _ROSTER))
    known = {str(row["id_number"]) for row in rows if row["id_number"]}
    tokens = vault.refer(VaultKind.PERSON, {lengthened(number) for number in known})
    found: dict[str, Inspector] = {}
    for row in rows:
        staff, number = str(row["staff_no"]), row["id_number"]
        pseudonym = tokens[lengthened(str(number))] if number else ""
        if (
            found.setdefault(staff.casefold(), inspector := Inspector(staff, str(row["region"]), pseudonym))
            != inspector
        ):
            raise UsageProblem(f"名录中工号 {staff} 出现两次,内容不同", f"/ {staff} is on the roster twice")
    return sorted(found.values(), key=lambda inspector: inspector.staff_no)


def results(path: Path, subjects: list[str]) -> dict[str, tuple[str, str]]:
    """Conclusion and measure by subject.

    Raises:
        UsageProblem: the file cannot be read whole, or speaks of what was not drawn, or of something twice.
    """
    found: dict[str, tuple[str, str]] = {}
    for row in _rows(path, _RESULTS):
        subject = str(row["subject"])
        if subject not in subjects:
            raise UsageProblem(f"{path.name} 中有未抽中的对象", f"/ {path.name} speaks of a subject that was not drawn")
        if subject in found:
            raise UsageProblem(f"{path.name} 中“{subject}”出现两次", f"/ {subject} is in {path.name} twice")
        found[subject] = str(row["conclusion"]), str(row["measure"] or "")
    return found


def _rows(path: Path, kind: Kind) -> Iterator[dict[str, object]]:
    try:
        with read_rows(path, kind) as rows:
            for row in rows:
                if isinstance(row, RowProblem):
                    zh, en = f"第{row.line}行 {row.column}:{row.reason_zh}", f"line {row.line}: {row.reason_en}"
                    raise UsageProblem(f"{path.name} {zh}", f"/ {en}")
                yield row.values
    except FileProblem as problem:
        raise UsageProblem(f"{path.name}:{problem.reason_zh}", f"/ {problem.reason_en}") from None
