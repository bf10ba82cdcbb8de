"""A replay goes by the pack and the rules that the archive holds, as they stood."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ledger.archive.rulebook import Named, RuleFile, rulebook
from ledger.policy import load_pack, pack_names
from projections.replay.loading import load_facts
from projections.replay.rulebook import NoPolicy, policy_of, rules_of
from projections.rules import load_rules


@pytest.fixture
def empty(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """The facts of a book in which nothing happened."""
    (tmp_path / "tables").mkdir()
    conn = duckdb.connect()
    load_facts(conn, tmp_path, as_tables=True)
    return conn


def adopted(conn: duckdb.DuckDBPyConnection, name: str, sha256: str, position: int = 1) -> None:
    conn.execute(
        "insert into fact.policy_adopted (position, jurisdiction, sha256) values (?, ?, ?)", [position, name, sha256]
    )


def put(folder: Path, contents: dict[str, bytes]) -> None:
    for path, content in contents.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_of_an_archive_is_the_pack(empty: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    pack = load_pack(name)
    put(tmp_path, rulebook(Named({(name, pack.version, pack.sha256)}), ()).contents)
    adopted(empty, name, "0" * 64, position=1)
    adopted(empty, name, pack.sha256, position=2)
    found = policy_of(empty, tmp_path)
    assert found is not None
    assert (found.name, found.sha256, found.parameters()) == (pack.name, pack.sha256, pack.parameters())


def test_a_pack_that_nobody_has_is_refused(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    adopted(empty, "lanzhou-new-area", "0" * 64)
    with pytest.raises(NoPolicy, match="lanzhou-new-area"):
        policy_of(empty, tmp_path)


def test_a_book_that_was_never_opened_goes_by_no_pack(empty: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert policy_of(empty, tmp_path) is None


def test_of_several_versions_todays_is_asked_and_of_a_sites_the_last_that_found_something(
    empty: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ours = load_rules()[0]
    site = [ours.sql.replace(f"rule: {ours.rule}", "rule: of_a_site") + f"\n-- {nth}" for nth in range(3)]
    older = [ours.sql + "\n-- older"]
    files = [RuleFile(ours.rule, sql) for sql in (*older, ours.sql)] + [RuleFile("of_a_site", sql) for sql in site]
    put(tmp_path, rulebook(Named(), files).contents)
    for position, nth in ((1, 2), (2, 1)):
        empty.execute(
            "insert into fact.finding_raised (position, rule, rule_version) values (?, ?, ?)",
            [position, "of_a_site", RuleFile("of_a_site", site[nth]).sha256],
        )
    assert {rule.rule: rule.sql for rule in rules_of(empty, tmp_path)} == {ours.rule: ours.sql, "of_a_site": site[1]}
