"""The supervision: asks the rules after every batch of events and once a day, and records what changed as events."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

import psycopg
import structlog

from ledger.book.book import Book
from ledger.events.base import Event
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised, FindingsSwept
from ledger.policy import PolicyPack
from projections.engine import Engine
from projections.evaluation import Evaluated, Row, evaluate
from projections.queries import Clocks, beginning, reading, reading_whole
from projections.rules import Rule
from projections.shared import share
from projections.touched import Touched, touched

log = structlog.get_logger()

# After more new events than this, asking about everything is cheaper than asking about what they touch.
MOST_EVENTS = 20_000
# What of a finding's evidence stands in its event; the count says how much there is.
MOST_EVIDENCE = 1_000
_CHUNK = 5_000
_TOO_SLOW = psycopg.errors.QueryCanceled.sqlstate
_LOCK = 4915277810047
_SYSTEM: dict[str, Any] = {"origin": "decided", "recorded_by": "system", "recorded_role": "system"}


@dataclass(frozen=True, slots=True)
class Supervised:
    """One look at the books: up to which position, on which day, and what was recorded of it."""

    position: int
    day: date
    is_full: bool
    raised: int = 0
    extended: int = 0
    cleared: int = 0
    skipped: tuple[str, ...] = ()
    seconds: float = 0.0


class Supervisor:
    """Keeps the findings of one book; several may run, one at a time looks."""

    def __init__(self, book: Book, engine: Engine, policy: PolicyPack) -> None:
        self._book = book
        self._engine = engine
        self._policy = policy
        self._looking = threading.Lock()
        self._slow: dict[str, str] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._engine.rules

    def keep_up(self, day: date, patience_seconds: float = -1) -> Supervised | None:
        """Looks at what is new since the last look, or at everything once a day and when a rule changed.

        None where there is nothing new, where ``day`` is before the last look (findings are kept forward only), or
        where somebody else looked for longer than the caller waits (without end, unless it says otherwise).
        """
        if self._is_up_to_date(day) or not self._looking.acquire(timeout=patience_seconds):
            return None
        try:
            return self._look(day, is_full=False)
        finally:
            self._looking.release()

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way in this process."""
        return self._looking.locked()

    def kept_on(self) -> date | None:
        """The business day of the last look: the findings on record are those of this day."""
        with self._book.database.connection() as conn:
            row = conn.execute("select day from book.supervised").fetchone()
        return row[0] if row else None

    def sweep(self, day: date) -> Supervised | None:
        """Looks at everything; None where ``day`` is before the last look."""
        with self._looking:
            return self._look(day, is_full=True)

    def _is_up_to_date(self, day: date) -> bool:
        with self._book.database.connection() as conn:
            last = conn.execute(
                "select (select max(position) from book.event), day, rules, position from book.supervised"
            ).fetchone()
        return last is not None and (day < last[1] or last[:3] == (last[3], day, self._basis()))

    def _look(self, day: date, *, is_full: bool) -> Supervised | None:
        began = time.monotonic()
        with self._book.database.dedicated() as conn:
            conn.execute("select pg_advisory_lock(%s)", [_LOCK])
            upto = self._engine.catch_up()
            last = conn.execute("select position, day, rules, horizon from book.supervised").fetchone()
            basis = self._basis()
            if last and (day < last[1] or (not is_full and last[:3] == (upto, day, basis))):
                return None
            horizon = self._horizon(day)
            is_known = last is not None and last[1:] == (day, basis, horizon) and last[0] <= upto
            if last is None or is_full or not is_known or upto - last[0] > MOST_EVENTS:
                seen = self._everything(day)
            else:
                seen = self._news(day, last[0])
            conn.execute(_KEEP, [seen.position, day, basis, horizon])
        seen = replace(seen, seconds=round(time.monotonic() - began, 3))
        log.info("supervised", **asdict(seen) | {"day": day.isoformat()})
        return seen

    def _everything(self, day: date) -> Supervised:
        with reading_whole(self._book.database, Clocks(day)) as cursor:
            upto = _projected(cursor)
            said = evaluate(cursor, self.rules)
            self._slow = {name: state for name, state in said.skipped.items() if state == _TOO_SLOW}
            changes = self._changes(said, _open(cursor), day, {})
        swept = FindingsSwept(
            **_SYSTEM,
            swept_on=day,
            upto=upto,
            rules_sha256=self._basis(),
            rule_count=len(self.rules),
            open_count=len(said.findings),
            skipped=tuple(sorted(said.skipped)),
        )
        position = self._record([*changes, swept], upto)
        return _supervised(changes, position, day, said, is_full=True)

    def _news(self, day: date, after: int) -> Supervised:
        with beginning(self._book.database, Clocks(day)) as cursor:
            upto = _projected(cursor)
            news = touched(cursor, after, upto)
            share(cursor, households_of(cursor, news))
            # A rule that took too long waits for the next sweep: it must not hold up every batch.
            rules = [rule for rule in self.rules if rule.rule not in self._slow]
            said = evaluate(cursor, rules, {kind: list(subjects) for kind, subjects in news.items()})
            said.skipped.update(self._slow)
            changes = self._changes(said, _open_of(cursor, self.rules, news), day, news)
        return _supervised(changes, self._record(changes, upto), day, said, is_full=False)

    def _changes(self, said: Evaluated, held: dict[str, Row], day: date, news: Touched) -> list[Event]:
        """What is raised, extended or cleared, where the rules' word now differs from what is on record."""
        rules = {rule.rule: rule for rule in self.rules}
        values = self._values(day)
        events: list[Event] = []
        for found in said.findings:
            before = held.pop(found["id"], None)
            cls = FindingExtended if before else FindingRaised
            if before is None or _differs(found, before):
                events.append(cls(**_SYSTEM, **self._content(found, rules[found["rule"]], day, values)))
        for before in held.values():
            if before["rule"] not in said.skipped:
                events.append(_cleared(before, rules.get(before["rule"]), day, news))
        return events

    def _content(self, found: Row, rule: Rule, day: date, values: dict[str, str]) -> dict[str, Any]:
        return {
            "finding": found["id"],
            "rule": rule.rule,
            "rule_version": rule.version,
            "subject": found["subject"],
            "seen_on": day,
            "refs": tuple(found["refs"][:MOST_EVIDENCE]),
            "amount_fen": found["amount_fen"],
            "severity": found["severity"],
            "found_on": found["found_on"] or day,
            "evidence": tuple(found["evidence"][:MOST_EVIDENCE]),
            "evidence_count": len(found["evidence"]),
            "parameters": tuple(f"{name}={values[name]}" for name in rule.parameters if name in values),
            "policy": self._policy.name,
            "policy_version": self._policy.version,
        }

    def _values(self, day: date) -> dict[str, str]:
        """The value of each parameter in force on the day, as JSON."""
        names = {name for rule in self.rules for name in rule.parameters}
        found = {name: self._policy.find(name, day) for name in names}
        return {
            name: json.dumps(one.model_dump(mode="json")["value"], ensure_ascii=False, sort_keys=True)
            for name, one in found.items()
            if one is not None
        }

    def _record(self, events: Sequence[Event], upto: int) -> int:
        """Appends the events; the position from which the next look goes on."""
        last = upto
        for at in range(0, len(events), _CHUNK):
            chunk = events[at : at + _CHUNK]
            last = self._book.record(chunk, [None] * len(chunk), None)
        self._engine.catch_up()
        # What others recorded meanwhile stands between our own events, and is still to be looked at.
        return last if last == upto + len(events) else upto

    def _horizon(self, day: date) -> str:
        """What the rules take from the book as a whole: the month from which it holds rolls."""
        with reading(self._book.database, Clocks(day)) as cursor:
            row = cursor.execute("select month from first_month").fetchone()
        return str(row["month"]) if row else ""

    def _basis(self) -> str:
        """One hash over every rule and the policy: when it changes, everything is asked again."""
        digest = hashlib.sha256(self._policy.sha256.encode())
        for rule in self.rules:
            digest.update(f"{rule.rule}={rule.version}\n".encode())
        return digest.hexdigest()


def _supervised(changes: Sequence[Event], position: int, day: date, said: Evaluated, *, is_full: bool) -> Supervised:
    count = Counter(type(event) for event in changes)
    return Supervised(
        position=position,
        day=day,
        is_full=is_full,
        raised=count[FindingRaised],
        extended=count[FindingExtended],
        cleared=count[FindingCleared],
        skipped=tuple(sorted(said.skipped)),
    )


def households_of(cursor: psycopg.Cursor[Row], news: Touched) -> list[str]:
    """The touched households, and all those of touched persons: what the rules about either read."""
    rows = cursor.execute(
        "select distinct household from member where person = any(%s)", [list(news.get("person", ()))]
    ).fetchall()
    return sorted({*news.get("household", ()), *(row["household"] for row in rows)})


def _projected(cursor: psycopg.Cursor[Row]) -> int:
    """The last position that the facts of this moment hold."""
    row = cursor.execute("select position from projection.progress").fetchone()
    return int(row["position"]) if row else 0


def _open(cursor: psycopg.Cursor[Row]) -> dict[str, Row]:
    """Every open finding by its id."""
    rows = cursor.execute("select * from finding_state where is_open").fetchall()
    return {row["finding"]: row for row in rows}


def _open_of(cursor: psycopg.Cursor[Row], rules: Iterable[Rule], news: Touched) -> dict[str, Row]:
    """The open findings that the rules have about touched subjects."""
    subjects = list({subject for of_kind in news.values() for subject in of_kind})
    rows = cursor.execute("select * from finding_state where is_open and subject = any(%s)", [subjects]).fetchall()
    kinds = {rule.rule: rule.subjects for rule in rules}
    return {
        row["finding"]: row
        for row in rows
        if any(row["subject"] in news.get(kind, ()) for kind in kinds.get(row["rule"], ()))
    }


def _differs(found: Row, held: Row) -> bool:
    """Whether the condition is another than the one on record."""
    same = all(found[name] == held[name] for name in ("amount_fen", "severity"))
    same = same and found["found_on"] in (None, held["found_on"])
    same = same and (found["refs"][:MOST_EVIDENCE], found["evidence"][:MOST_EVIDENCE]) == (
        held["refs"],
        held["evidence"],
    )
    return not same or len(found["evidence"]) != held["evidence_count"]


def _cleared(held: Row, rule: Rule | None, day: date, news: Touched) -> FindingCleared:
    came = {at for kind in (rule.subjects if rule else ()) for at in news.get(kind, {}).get(held["subject"], ())}
    cause: Literal["condition_gone", "rule_changed", "rule_withdrawn"] = "condition_gone"
    if rule is None:
        cause = "rule_withdrawn"
    elif rule.version != held["rule_version"]:
        cause = "rule_changed"
    return FindingCleared(
        **_SYSTEM,
        finding=held["finding"],
        rule=held["rule"],
        rule_version=rule.version if rule else held["rule_version"],
        subject=held["subject"],
        seen_on=day,
        cause=cause,
        evidence=tuple(sorted(came))[:MOST_EVIDENCE],
    )


_KEEP = """
insert into book.supervised (position, day, rules, horizon) values (%s, %s, %s, %s)
on conflict (only_row) do update
set position = excluded.position, day = excluded.day, rules = excluded.rules, horizon = excluded.horizon
"""
