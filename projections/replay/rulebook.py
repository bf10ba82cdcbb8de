"""The policy pack and the supervision rules that a replay goes by: those of the archive, as they stood."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from ledger.policy import PolicyPack, load_pack, pack_names
from ledger.policy.pack import PackFile
from projections.replay.loading import load_facts
from projections.rules import Rule, load_rules, parse_rule

# The position of a finding says which version of a rule was the last in use.
_LAST_VERSIONS = """
select rule, arg_max(rule_version, position)
from (select rule, rule_version, position from fact.finding_raised
      union all select rule, rule_version, position from fact.finding_extended) seen
group by rule
"""


class NoPolicy(LookupError):
    """An archive goes by a policy pack that neither it nor this program has."""

    def __init__(self, name: str, sha256: str) -> None:
        short = sha256[:16]
        super().__init__(
            f"归档依据的规则包“{name}”({short})不在归档中,本程序也没有 / "
            f"the policy pack {name} ({short}) is neither in the archive nor in this program"
        )


def policy_in(archive: Path) -> PolicyPack | None:
    """``policy_of`` an archive that nothing else is read of.

    Raises:
        NotAnArchive, NoPolicy: the folder cannot be replayed.
    """
    with duckdb.connect() as conn:
        load_facts(conn, archive, as_tables=False, wanted={"policy_adopted"})
        return policy_of(conn, archive)


def policy_of(conn: duckdb.DuckDBPyConnection, archive: Path) -> PolicyPack | None:
    """The pack that the book adopted last; None for a book that was never opened.

    Raises:
        NoPolicy: it is not at hand.
    """
    row = conn.execute("select jurisdiction, sha256 from fact.policy_adopted order by position desc limit 1").fetchone()
    if row is None:
        return None
    name, sha256 = row
    kept = {hashlib.sha256(file.read_bytes()).hexdigest(): file for file in sorted((archive / "policy").glob("*.json"))}
    if sha256 in kept:
        return _kept_pack(sha256, kept)
    if name in pack_names() and load_pack(name).sha256 == sha256:
        return load_pack(name)
    raise NoPolicy(name, sha256)


def _kept_pack(sha256: str, kept: Mapping[str, Path]) -> PolicyPack:
    """A pack from its canonical JSON, whose SHA-256 it is known by, over what it inherits."""
    if sha256 not in kept:
        raise NoPolicy("?", sha256)
    content: dict[str, Any] = json.loads(kept[sha256].read_bytes())
    parent = content.pop("parent_sha256")
    file = PackFile.model_validate_json(json.dumps(content))
    return PolicyPack.of(file, _kept_pack(parent, kept) if parent else None)


def rules_of(conn: duckdb.DuckDBPyConnection, archive: Path) -> tuple[Rule, ...]:
    """Every rule of the archive's folder ``rules``, one version each: today's, or else the last that found something.

    An archive without the folder is asked the rules of this program.

    Raises:
        projections.rules.RuleError: a file there is no rule.
    """
    files = sorted((archive / "rules").glob("*.sql"))
    if not files:
        return load_rules()
    ours = {rule.rule: rule for rule in load_rules()}
    last: dict[str, str] = dict(conn.execute(_LAST_VERSIONS).fetchall())
    chosen: dict[str, Rule] = {}
    for file in files:
        sql = file.read_text(encoding="utf-8")
        rule = parse_rule(sql, "product" if file.stem.rpartition("-")[0] in ours else "site")
        held = chosen.get(rule.rule)
        if held is None or _rank(rule, ours, last) > _rank(held, ours, last):
            chosen[rule.rule] = rule
    return tuple(chosen[name] for name in sorted(chosen))


def _rank(rule: Rule, ours: Mapping[str, Rule], last: Mapping[str, str]) -> int:
    """Which version of a rule goes before another."""
    if rule.rule in ours and ours[rule.rule].version == rule.version:
        return 2
    return 1 if last.get(rule.rule) == rule.version else 0
