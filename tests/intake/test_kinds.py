"""The fourteen kinds are those of the contract, and a file's name says which it is."""

import re
from pathlib import Path

import pytest

from ledger.intake.files import arrange, kind_of
from ledger.intake.kinds import KINDS
from ledger.intake.problems import UsageProblem

CONTRACT = Path(__file__).parents[3] / "shared" / "formats.md"


def test_the_kinds_and_columns_are_those_of_the_contract() -> None:
    if not CONTRACT.exists():
        pytest.skip("formats.md is not beside the repository")
    listed = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+?) \|$", CONTRACT.read_text(encoding="utf-8"), re.MULTILINE)
    assert [(name, title) for name, title, _ in listed] == [(kind.name, kind.title_zh) for kind in KINDS.values()]
    for name, _, columns in listed:
        promised = re.sub(r" \(.*", "", columns).split()
        assert [c.header for c in KINDS[name].columns][: len(promised)] == promised
        assert {c.header for c in KINDS[name].columns[len(promised) :]} <= {"原因"}


def test_no_header_could_be_two_columns() -> None:
    for kind in KINDS.values():
        headers = [name for column in kind.columns for name in (column.header, *column.aliases)]
        assert len(set(headers)) == len(headers), kind.name
        assert len({column.field for column in kind.columns}) == len(kind.columns)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rolls.csv", "rolls"),
        ("ROLLS.XLSX", "rolls"),
        ("rolls-2025-01.csv", "rolls"),
        ("rolls202501.csv", "rolls"),
        ("rolls (1).csv", "rolls"),
        ("rolls.csv.rejects.csv", "rolls"),
        ("rolls.csv.一月.rejects.csv", "rolls"),
        ("rolls.csv-2.rejects.csv.rejects.csv", "rolls"),
        ("service-expenses.csv", "service-expenses"),
        ("other_expenses.xlsx", "other-expenses"),
        ("发放花名册.xlsx", "rolls"),
        ("2025年1月发放花名册.xlsx", "rolls"),
        ("服务记录.csv", "visits"),
        ("示例新区公职人员近亲属备案表.xls", "officials"),
        ("bankers.csv", None),
        ("名单.xlsx", None),
        ("救助对象死亡信息.csv", None),
        ("unknown.csv", None),
    ],
)
def test_a_name_says_the_kind(name: str, kind: str | None) -> None:
    found = kind_of(Path(name))
    assert (found.name if found else None) == kind


def make(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")


def test_a_folder_is_taken_in_the_order_of_the_kinds(tmp_path: Path) -> None:
    make(tmp_path, "bank.csv", "rolls-10.csv", "rolls-2.csv", "grants.xlsx", "二月/rolls-11.csv", "deaths.csv")
    make(tmp_path, "rolls-2.csv.rejects.csv", "~$grants.xlsx", ".bank.csv", "expected.json", "README.md", "说明.txt")
    assert [(kind.name, path.name) for kind, path in arrange([tmp_path])] == [
        ("grants", "grants.xlsx"),
        ("rolls", "rolls-2.csv"),
        ("rolls", "rolls-10.csv"),
        ("rolls", "rolls-11.csv"),
        ("bank", "bank.csv"),
        ("deaths", "deaths.csv"),
    ]


def test_a_file_named_twice_is_taken_once_and_a_rejects_file_when_named(tmp_path: Path) -> None:
    make(tmp_path, "rolls.csv", "rolls.csv.rejects.csv")
    rejects = tmp_path / "rolls.csv.rejects.csv"
    assert [path.name for _, path in arrange([tmp_path, tmp_path / "rolls.csv", rejects])] == [
        "rolls.csv",
        "rolls.csv.rejects.csv",
    ]


@pytest.mark.parametrize("name", ["名单.csv", "payments.xlsx", "rolls.ods", "grants.et"])
def test_a_table_of_no_known_kind_is_a_wrong_usage(tmp_path: Path, name: str) -> None:
    make(tmp_path, "rolls.csv", name)
    with pytest.raises(UsageProblem) as caught:
        arrange([tmp_path])
    assert name in caught.value.reason_zh
    assert name in caught.value.reason_en


def test_the_accepted_names_are_told(tmp_path: Path) -> None:
    make(tmp_path, "名单.csv")
    with pytest.raises(UsageProblem) as caught:
        arrange([tmp_path / "名单.csv"])
    assert all(name in caught.value.reason_en for name in KINDS)
    assert all(kind.title_zh in caught.value.reason_zh for kind in KINDS.values())
    with pytest.raises(UsageProblem):
        arrange([tmp_path / "rolls.csv"])
    with pytest.raises(UsageProblem):
        arrange([])
