"""docs/policy.md names every pack and every rule, and says rightly who states what."""

from datetime import date
from pathlib import Path

import pytest

from ledger.policy import PolicyPack, load_pack, pack_names

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 1, 1)


def table() -> dict[str, dict[str, str]]:
    """The doc's table: rule, then pack, then what the cell says."""
    lines = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    packs = rows[0][2:]
    return {row[0].strip("`"): dict(zip(packs, row[2:], strict=True)) for row in rows[1:]}


def expected_cell(pack: PolicyPack, rule: str) -> str:
    found, national = pack.find(rule, TODAY), load_pack("national").find(rule, TODAY)
    if found is None:
        return "—"
    if found == national and pack.name != "national":
        return ""
    return f"{found.value if isinstance(found.value, int) else 'own'} ({found.force})"


def test_every_pack_has_its_column() -> None:
    assert all(sorted(row) == pack_names() for row in table().values())


def test_every_rule_has_its_row() -> None:
    assert sorted(table()) == sorted({p.name for name in pack_names() for p in load_pack(name).parameters()})


@pytest.mark.parametrize("name", pack_names())
def test_a_column_says_what_the_pack_states(name: str) -> None:
    pack = load_pack(name)
    assert {rule: row[name] for rule, row in table().items()} == {rule: expected_cell(pack, rule) for rule in table()}


def test_the_example_pack_of_the_doc_loads(tmp_path: Path) -> None:
    doc = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    (tmp_path / "our-county.yaml").write_text(doc.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    pack = load_pack("our-county", tmp_path)
    assert pack.parameter("days_to_decide", TODAY).value == {"ordinary": 12}
    assert pack.parameter("days_to_decide", date(2025, 12, 31)).value == {"ordinary": 15}
