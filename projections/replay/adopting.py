"""A policy pack in force in a replay: its parameters as the rows that rules join."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from ledger.policy import PolicyPack


def adopt(conn: duckdb.DuckDBPyConnection, policy: PolicyPack) -> None:
    """Puts a pack's parameters where the rules join them, in place of those that were there."""
    conn.execute("delete from projection.policy")
    conn.execute("delete from projection.parameter")
    conn.execute("insert into projection.policy values (?, ?, ?)", [policy.name, policy.version, policy.sha256])
    for one in policy.parameters():
        plain = one.model_dump(mode="json")
        values = [one.name, one.in_force_from, one.in_force_to, _json(plain["value"]), one.unit, one.force]
        conn.execute("insert into projection.parameter values (?, ?, ?, ?, ?, ?, ?)", [*values, _json(plain["source"])])


def _json(value: Any) -> str:
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"))


def _ordered(value: Any) -> Any:
    """With members in the order in which PostgreSQL's jsonb has them: shorter names first."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return {name: _ordered(value[name]) for name in names}
    return [_ordered(one) for one in value] if isinstance(value, list) else value
