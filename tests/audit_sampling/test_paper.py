"""The working paper: opened by another reader, proved by its proof files, filled in, read back and evaluated."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ledger.book.canonical import content_of
from ledger.seal.proof import Proof
from projections.audit_sampling.desk import Auditor, record_audit_tests
from projections.audit_sampling.evidence import contents_of, proof_files, sealed_in
from projections.audit_sampling.paper_reading import AUDITED_HEAD, PaperProblem, audited_amounts
from projections.audit_sampling.samples import find_audit_sample
from projections.open_book import OpenBook
from tests.audit_sampling.county import COUNTY, NO
from tests.sampling.county import Program
from tests.story import fen

SHEETS = ["底稿 Paper", "样本 Items", "层 Strata", "剔除 Set aside"]
SEED = "5e" * 32


@pytest.fixture
def paper(program: Program) -> Path:
    """The paper of a monetary-unit sample of the payment lines."""
    words = ("--population", "payments", "--method", "mus", "--size", "6", "--seed", SEED, *COUNTY)
    program.ok("audit-sample", "draw", NO, *words)
    program.ok("audit-sample", "paper", NO, "--out", str(program.folder / "底稿"))
    return program.folder / "底稿" / f"{NO}.xlsx"


def rows(path: Path, sheet: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in load_workbook(path)[sheet].iter_rows()]


def facts(path: Path) -> dict[str, Any]:
    return {row[0]: row[1] for row in rows(path, "底稿 Paper")}


def fill(path: Path, amounts: dict[str, Any]) -> None:
    """Somebody tests the items and types what he found."""
    book = load_workbook(path)
    sheet = book["样本 Items"]
    heads = [cell.value for cell in sheet[1]]
    column = heads.index(AUDITED_HEAD) + 1
    for line in range(2, sheet.max_row + 1):
        item = sheet.cell(line, 2).value
        if item in amounts:
            sheet.cell(line, column).value = amounts[item]
    book.save(path)


def test_the_paper_says_what_the_record_says(program: Program, paper: Path) -> None:
    assert load_workbook(paper).sheetnames == SHEETS
    found = program.json("audit-sample", "show", NO)
    said = facts(paper)
    for name, value in (
        ("抽样编号 Sample number", NO),
        ("种子 Seed", SEED),
        ("总体 SHA-256 Population's SHA-256", found["population_sha256"]),
        ("按日志截至位置 By the log up to position", found["known_position"]),
        ("抽取人工号、岗位 Drawn by, role", "G007 audit"),
        ("抽取事件叶哈希 Its leaf hash", found["leaf"]),
        ("样本 SHA-256 Items' SHA-256", found["items_sha256"]),
    ):
        assert said[name] == value, name
    assert Decimal(str(said["抽样间隔（元） Sampling interval (yuan)"])) * 100 == found["interval_fen"]
    assert said["规则版本 Policy version"].startswith("lanzhou-new-area")
    head, *items = rows(paper, "样本 Items")
    assert head[:3] == ["序号\nNo", "项目\nItem", "账面金额（元）\nBook amount (yuan)"]
    assert [row[1] for row in items] == [one["item"] for one in found["items"]]
    assert [Decimal(str(row[2])) * 100 for row in items] == [one["amount_fen"] for one in found["items"]]
    assert items[0][6] == "; ".join(map(str, found["items"][0]["evidence"]))
    assert items[0][9] == '=IF(I2="","",ROUND(I2-C2,2))'
    sheet = load_workbook(paper)["样本 Items"]
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"decimal", "list"}
    strata = rows(paper, "层 Strata")[1:]
    assert [row[1] for row in strata] == found["strata_counts"]
    assert rows(paper, "剔除 Set aside")[1:] == [["B2/3", 0]]


def test_every_evidence_has_its_proof(program: Program, paper: Path, tmp_path: Path) -> None:
    """Of a book that is sealed: each proof leads from the leaf of its event to the checkpoint that the paper names."""
    books = program.books
    before = facts(paper)
    assert "未封存 not sealed：底稿无证明文件 the paper has no proof files" not in before.values()
    keys, folder = books.seal_folder.keys(), paper.parent / "proofs"
    positions = {at for one in program.json("audit-sample", "show", NO)["items"] for at in one["evidence"]}
    assert {path.name for path in folder.iterdir()} == {f"{at}.tlog-proof" for at in positions}
    for path in folder.iterdir():
        position = int(path.name.partition(".")[0])
        with books.database.connection() as conn:
            row = conn.execute("select leaf from book.event where position = %s", [position]).fetchone()
        assert row is not None
        held = Proof.parse(path.read_bytes()).check(row[0], keys)
        assert held.size == before["检查点事件数 Checkpoint's size"]
    sealed = sealed_in(books.seal_folder)
    assert sealed is not None
    assert sealed.root == before["检查点根哈希 Checkpoint's root"]
    named = [row[7] for row in rows(paper, "样本 Items")[1:]]
    assert named[0].startswith("proofs/")
    assert sealed.proof_of(10**9) is None


def test_without_a_seal_the_paper_says_so(program: Program, paper: Path) -> None:
    for path in program.books.seal_folder.path.iterdir():
        if path.name == "checkpoint":
            path.unlink()
    found = find_audit_sample(program.books.database, NO)
    assert found is not None
    contents = contents_of(program.books.database, found, sealed_in(program.books.seal_folder))
    assert contents.sealed is None
    assert list(proof_files(contents)) == []


def test_nobody_is_named(program: Program, paper: Path) -> None:
    said = " ".join(str(cell) for sheet in SHEETS for row in rows(paper, sheet) for cell in row)
    events = [content_of(one.event.data) for one in program.books.book.recorder.read(after=0)]
    people = {str(value) for event in events for name, value in event.items() if name in ("payee", "payee_name")}
    assert people
    assert not any(one in said for one in people)


def test_what_was_found_is_recorded_and_evaluated(program: Program, paper: Path) -> None:
    items = program.json("audit-sample", "show", NO)["items"]
    small = next(one for one in items if one["stratum"] == "interval")
    big = next(one for one in items if one["stratum"] == "100%")
    first = {one["item"]: Decimal(one["amount_fen"]) / 100 for one in items}
    fill(paper, first | {small["item"]: Decimal(small["amount_fen"]) / 200, big["item"]: "4,900.00"})
    assert "已登记" in program.ok("audit-sample", "record", NO, str(paper))
    (listed,) = program.json("audit-sample", "list")
    assert listed["tested_size"] == len(items)
    found = program.json("audit-sample", "evaluate", NO, "--tolerable", "20000", "--confidence", "95")
    interval = found["interval_fen"]
    assert found["over"]["certain_fen"] == fen(100)
    assert found["over"]["taints"][0]["taint"] == "1/2"
    assert found["over"]["taints"][0]["projected_fen"] == -(-interval // 2)
    assert found["over"]["basic_fen"] == 3 * interval
    assert found["over"]["upper_fen"] == sum(found["over"][f"{n}_fen"] for n in ("projected", "basic", "allowance"))
    assert found["under"]["upper_fen"] == found["under"]["basic_fen"]
    assert found["is_within"] is (found["over"]["upper_fen"] <= fen(20_000))
    assert "错报上限" in program.ok("audit-sample", "evaluate", NO, "--tolerable", "20000")
    # Tested again, the last amount counts; what is not typed stays as it was.
    fill(paper, {small["item"]: 0})
    program.ok("audit-sample", "record", NO, str(paper))
    again = program.json("audit-sample", "evaluate", NO)
    assert again["over"]["taints"][0]["taint"] == "1"
    assert again["untested"] == 0
    program.ok("audit-sample", "paper", NO, "--out", str(paper.parent))
    assert 0 in [row[8] for row in rows(paper, "样本 Items")[1:]], "what is on record stands in a new paper"
    assert program.ok("audit-sample", "check", NO)


def test_what_was_not_tested_counts_as_misstated_whole(program: Program, paper: Path) -> None:
    items = program.json("audit-sample", "show", NO)["items"]
    fill(paper, {items[0]["item"]: Decimal(items[0]["amount_fen"]) / 100})
    program.ok("audit-sample", "record", NO, str(paper))
    found = program.json("audit-sample", "evaluate", NO)
    assert found["untested"] == len(items) - 1
    assert {one["taint"] for one in found["over"]["taints"]} == {"1"}


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ({}, "没有填写审定金额"),
        ({"*": "很多"}, "不是金额"),
        ({"*": 0.125}, "不是金额"),
        ({"*": Decimal("1.239")}, "不是金额"),
    ],
    ids=str,
)
def test_a_paper_that_cannot_be_read_is_told(program: Program, paper: Path, amounts: dict[str, Any], said: str) -> None:
    item = program.json("audit-sample", "show", NO)["items"][0]["item"]
    fill(paper, {item: amounts["*"]} if amounts else {})
    assert said in program.refused("audit-sample", "record", NO, str(paper))
    assert program.json("audit-sample", "list")[0]["tested_size"] == 0


def test_a_paper_of_another_sample_is_refused(program: Program, paper: Path) -> None:
    words = ("--population", "payments", "--method", "random", "--size", "1", *COUNTY)
    program.ok("audit-sample", "draw", "审2026-2", *words)
    items = program.json("audit-sample", "show", NO)["items"]
    fill(paper, {one["item"]: 1 for one in items})
    assert "底稿与样本不符" in program.refused("audit-sample", "record", "审2026-2", str(paper))
    book = load_workbook(paper)
    book["样本 Items"]["C2"].value = 99
    book.save(paper)
    assert "底稿与样本不符" in program.refused("audit-sample", "record", NO, str(paper))
    assert "不能办理" in program.refused("audit-sample", "record", NO, str(paper), role="finance")
    assert "没有这个" in program.refused("audit-sample", "record", "审无", str(paper))


def test_what_is_no_workbook_is_told(program: Program, opened: OpenBook, paper: Path) -> None:
    other = program.table("底稿.csv", ("项目",), ("B1/1",))
    assert "XLSX" in program.refused("audit-sample", "record", NO, other)
    assert "无法读取" in program.refused("audit-sample", "record", NO, "没有.xlsx")
    with pytest.raises(PaperProblem, match="20 MB"):
        audited_amounts(b"x" * (20 * 1024 * 1024 + 1))
    with pytest.raises(PaperProblem):
        record_audit_tests(opened, Auditor("A001", "audit"), NO, b"")


def test_a_stratified_sample_is_projected(program: Program) -> None:
    words = ("--population", "payments", "--method", "stratified", "--by", "township", "--size", "24", *COUNTY)
    program.ok("audit-sample", "draw", NO, *words)
    program.ok("audit-sample", "paper", NO, "--out", str(program.folder))
    items = program.json("audit-sample", "show", NO)["items"]
    path = program.folder / f"{NO}.xlsx"
    fill(path, {one["item"]: Decimal(one["amount_fen"] - (100 if one["amount_fen"] else 0)) / 100 for one in items})
    program.ok("audit-sample", "record", NO, str(path))
    found = program.json("audit-sample", "evaluate", NO)
    # Everything was drawn, so what is projected is what was found: a yuan of each line that was paid.
    assert (found["by_ratio_fen"], found["by_difference_fen"]) == (-2_300, -2_300)
    assert "比率法" in program.ok("audit-sample", "evaluate", NO)
