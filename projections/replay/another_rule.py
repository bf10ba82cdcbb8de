"""The history under another rule: what the cap, the funds and the findings would have been. Never the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger.policy import PolicyPack
from projections.evaluation import Row
from projections.overrides import Overrides, ParameterError, read_overrides
from projections.replay.adopting import adopt
from projections.replay.clocks import set_parameters
from projections.replay.keeping import COLUMNS, write_rows
from projections.replay.reading import alerts, cap, funds
from projections.replay.replaying import Replayed
from projections.rules import load_rules

NOTE = "比较,不是账本记录 / comparison, not the record"
_KEYS = {"funds": ("region", "category", "level", "year"), "cap": ("region", "year")}
_TOLD = ("amount_fen", "severity", "found_on")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a fund or a cap on both sides, in fen; None where a side has no such fund or cap, or no limit."""

    key: str
    figure: str
    record: int | None
    other: int | None

    @property
    def difference(self) -> int:
        return (self.other or 0) - (self.record or 0)


@dataclass(frozen=True, slots=True)
class RuleFindings:
    """What one rule finds on both sides: how many, their money, and the subjects found on one side or otherwise."""

    rule: str
    name: str
    record: int
    record_fen: int
    other: int
    other_fen: int
    added: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The record beside the history under another rule; only what differs is listed."""

    policy: Mapping[str, str]
    parameters: Overrides
    funds: tuple[Figure, ...]
    cap: tuple[Figure, ...]
    findings: tuple[RuleFindings, ...]
    note: str = NOTE


def read_parameters(typed: Iterable[str], policy: PolicyPack, on: date) -> Overrides:
    """Values by name from ``name=value`` (or ``name.member=value``), of any parameter of the pack.

    Raises:
        ParameterError: there is no such parameter, or the value is of another type or out of range.
    """
    names = tuple(dict.fromkeys(one.name for one in policy.parameters()))
    wanted = list(typed)
    for text in wanted:
        name = text.partition("=")[0].partition(".")[0].strip()
        if "=" in text and name not in names:
            raise ParameterError(name, f"{policy.name} 没有这个参数", f"{policy.name} has no such parameter")
    # Read as a backtest reads them, for a rule that reads them all.
    return read_overrides(wanted, replace(load_rules()[0], parameters=names), policy, on)


def under(book: Replayed, pack: PolicyPack | None = None, parameters: Overrides | None = None) -> Comparison:
    """Asks the book again, by another pack or with other values of parameters, and keeps both in its file.

    The file then has ``funds_other``, ``cap_other``, ``alerts_other`` beside the record, and ``comparison`` with the
    figures that differ; its clocks, policy and views stay those of the record.
    """
    with _another(book, pack, parameters or {}):
        other = {"funds": funds(book.conn), "cap": cap(book.conn)}
        other["alerts"] = alerts(book.conn, book.rules).findings
    in_force = pack or book.policy
    policy = {"name": in_force.name, "version": in_force.version, "sha256": in_force.sha256} if in_force else {}
    compared = Comparison(
        policy,
        parameters or {},
        tuple(_figures("funds", book.tables["funds"], other["funds"])),
        tuple(_figures("cap", book.tables["cap"], other["cap"])),
        tuple(_findings(book.tables["alerts"], other["alerts"])),
    )
    for name, rows in other.items():
        write_rows(book.conn, f"{name}_other", COLUMNS[name], rows)
    _keep(book, compared)
    return compared


@contextmanager
def _another(book: Replayed, pack: PolicyPack | None, parameters: Overrides) -> Iterator[None]:
    """For a while another pack is in force, or other values are."""
    if pack is not None:
        adopt(book.conn, pack)
    set_parameters(book.conn, parameters)
    try:
        yield
    finally:
        set_parameters(book.conn, None)
        if pack is not None and book.policy is not None:
            adopt(book.conn, book.policy)


def _figures(name: str, record: list[Row], other: list[Row]) -> Iterator[Figure]:
    held, now = (_by_key(name, rows) for rows in (record, other))
    for key in sorted(held.keys() | now.keys()):
        for figure in (column for column in COLUMNS[name] if column.endswith("_fen")):
            pair = [side.get(key, {}).get(figure) for side in (held, now)]
            if pair[0] != pair[1]:
                yield Figure(key, figure, *pair)


def _by_key(name: str, rows: Iterable[Row]) -> dict[str, Row]:
    return {"|".join(str(row[part]) for part in _KEYS[name]): row for row in rows}


def _findings(record: list[Row], other: list[Row]) -> Iterator[RuleFindings]:
    """Every rule that finds anything on either side."""
    names = {row["rule"]: row["name"] for row in (*record, *other)}
    for rule in sorted(names):
        held, now = ({row["subject"]: row for row in rows if row["rule"] == rule} for rows in (record, other))
        both = held.keys() & now.keys()
        yield RuleFindings(
            rule=rule,
            name=names[rule],
            record=len(held),
            record_fen=_sum(held),
            other=len(now),
            other_fen=_sum(now),
            added=tuple(sorted(now.keys() - held.keys())),
            dropped=tuple(sorted(held.keys() - now.keys())),
            changed=tuple(sorted(key for key in both if any(held[key][one] != now[key][one] for one in _TOLD))),
        )


def _sum(rows: Mapping[str, Row]) -> int:
    return sum(row["amount_fen"] or 0 for row in rows.values())


def _keep(book: Replayed, compared: Comparison) -> None:
    rows: list[dict[str, Any]] = [
        {"what": what, "key": one.key, "figure": one.figure, "record": one.record, "other": one.other}
        for what, figures in (("funds", compared.funds), ("cap", compared.cap))
        for one in figures
    ]
    for one in compared.findings:
        rows += [
            {"what": "findings", "key": one.rule, "figure": "count", "record": one.record, "other": one.other},
            {"what": "findings", "key": one.rule, "figure": "fen", "record": one.record_fen, "other": one.other_fen},
        ]
    kinds = {"what": "text", "key": "text", "figure": "text", "record": "bigint", "other": "bigint", "note": "text"}
    write_rows(book.conn, "comparison", kinds, [row | {"note": compared.note} for row in rows])
