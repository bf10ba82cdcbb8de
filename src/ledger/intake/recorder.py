"""From rows that were read to what became of them: prepared, keyed, and decided one by one or as a set."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from pydantic import ValidationError

from ledger.book.batch import Recorded
from ledger.book.book import Book
from ledger.decide.refusal import Refusal
from ledger.decide.slice import Asked, Decide, Request
from ledger.events.base import Origin
from ledger.intake.bank_set import record_bank_results
from ledger.intake.fund_region import known_funds, paying_region
from ledger.intake.kinds import KINDS
from ledger.intake.prepare import DECISIONS, Preparer
from ledger.intake.problems import RowProblem
from ledger.intake.roll_set import instruct_roll
from ledger.intake.row_key import row_key
from ledger.intake.sets import Row as SetRow
from ledger.intake.tables import Row
from ledger.policy import PolicyPack
from ledger.vault import looks_personal

# `rolls-2025-01`, `bank_v2`: what offices and programs call files, in no script that names are written in here.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._() -]*", re.ASCII)

Outcome = Recorded | Refusal | RowProblem


class Paper(NamedTuple):
    """A row and the file that it stands in."""

    path: Path
    row: Row


@dataclass(slots=True)
class RowRecorder:
    """Records typed rows in one book for one person who asks."""

    book: Book
    preparer: Preparer
    policy: PolicyPack
    catch_up: Callable[[], int]
    secret: bytes
    staff: str
    role: str
    _regions: dict[str, str] = field(default_factory=dict)
    _files: dict[Path, str] = field(default_factory=dict)
    _seen: Counter[tuple[Path, UUID]] = field(default_factory=Counter)

    def record(self, kind: str, papers: Sequence[Paper], origin: Origin) -> list[Outcome]:
        """What became of each row, in order; rows that are refused or malformed stop no others."""
        values = [paper.row.values for paper in papers]
        if kind == "rolls":
            values = self._with_regions(values)
        prepared = self.preparer.prepare_each(kind, values)
        notes = self.preparer.notes(paper.row.notes for paper in papers)
        sound: list[SetRow[Any]] = []
        outcomes: list[Outcome | None] = []
        for paper, request, note in zip(papers, prepared, notes, strict=True):
            if isinstance(request, ValidationError):
                outcomes.append(_malformed(kind, paper.row, request))
                continue
            file = self._file_name(paper.path, kind)
            asked = Asked(self.staff, self.role, origin, self.policy, file, paper.row.line, note)
            sound.append(SetRow(self._key(kind, paper), request, asked))
            outcomes.append(None)
        decided = iter(self._decide(kind, sound))
        return [next(decided) if outcome is None else outcome for outcome in outcomes]

    def _key(self, kind: str, paper: Paper) -> UUID:
        """The key by which a row is known again: what it says.

        Two equal repayments (or refunds of an expense) of one day have nothing to tell them apart but that a file holds
        both: the second has a key of its own, the same again when the file is imported again.
        """
        values = paper.row.values
        key = UUID(bytes=row_key(KINDS[kind], values, self.secret))
        is_refund = kind == "other-expenses" and int(str(values["amount_fen"])) < 0
        if kind == "recoveries" or is_refund or (kind == "receipts" and values.get("bank_serial") is None):
            self._seen[paper.path, key] += 1
            if (nth := self._seen[paper.path, key]) > 1:
                return uuid5(key, str(nth))
        return key

    def _file_name(self, path: Path, kind: str) -> str:
        """A file as evidence: its name, where it can name nobody, and the start of its SHA-256.

        Every month has its ``bank.csv``: the hash says which one it was.
        """
        if path not in self._files:
            stem, _, ending = path.name.rpartition(".")
            for title in (KINDS[kind].title_zh, *KINDS[kind].stems, "年", "月", "第", "批"):
                stem = stem.replace(title, "")
            is_plain = len(path.name) <= 60 and _PLAIN_NAME.fullmatch(stem) and not looks_personal(path.name)
            name = path.name if is_plain else f"{kind}.{ending.lower()}"
            with path.open("rb") as file:
                self._files[path] = f"{name}#{hashlib.file_digest(file, 'sha256').hexdigest()[:8]}"
        return self._files[path]

    def _decide(self, kind: str, rows: Sequence[SetRow[Any]]) -> Sequence[Recorded | Refusal]:
        if kind == "rolls":
            return instruct_roll(self.book, self.catch_up, rows)
        if kind == "bank":
            return record_bank_results(self.book, self.catch_up, rows)
        decision = DECISIONS[kind][1]
        return self.book.do_batch([(row.key, _made(decision, row.request, row.asked)) for row in rows])

    def _with_regions(self, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
        """Roll lines with the region of the fund that each draws on."""
        self.catch_up()
        households = sorted({str(row["household"]) for row in rows} - self._regions.keys())
        with self.book.database.connection() as conn:
            funds = known_funds(conn)
            found = conn.execute(
                "select household, region from fact.household_registered where household = any(%s)", [households]
            ).fetchall()
        self._regions.update(found)
        return [
            row
            | {
                "region": paying_region(
                    self._regions.get(str(row["household"])),
                    funds,
                    str(row["category"]),
                    str(row["level"]),
                    int(str(row["budget_year"])),
                )
            }
            for row in rows
        ]


def _made(decision: type[Decide[Any]], request: Request, asked: Asked) -> Callable[[], Decide[Any]]:
    return lambda: decision(request, asked)


def _malformed(kind: str, row: Row, error: ValidationError) -> RowProblem:
    headers: Mapping[str, str] = {column.field: column.header for column in KINDS[kind].columns}
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    zh, _, en = str(first["msg"]).removeprefix("Value error, ").partition(" / ")
    return RowProblem(
        row.line, headers.get(name, name), f"{zh},请更正后重新导入", f"{en or zh}; correct it and import again", row.raw
    )
