"""A small county to sample from: households in two townships, officers with kin among them; and the program itself."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger import cli, log_lines
from ledger.decide.slice import Asked
from ledger.intake.prepare import DECISIONS, Preparer
from ledger.vault.identity import check_digit
from projections.open_book import OpenBook
from tests.story import day, record_at_once

NORTH, SOUTH = "620199001", "620199002"
NO = "抽2026-1"
TODAY = "2026-06-15"


def identity(nth: int, year: int = 1970) -> str:
    """A synthetic ID number of the region 620199."""
    first = f"620199{year}0101{nth:03d}"
    return first + check_digit(first)


def name(nth: int) -> str:
    return f"韩{'甲乙丙丁戊己庚辛壬癸'[nth % 10]}{'春夏秋冬'[nth // 10 % 4]}"


def household(nth: int, region: str, year: int = 1970) -> dict[str, Any]:
    return {
        "household": f"H{nth:06d}",
        "region": f"{region}001",
        "name": name(nth),
        "id_number": identity(nth, year),
        "relation": "户主",
        "account": f"99000000000{nth:05d}",
        "holder_name": name(nth),
        "registered_on": day("2024-12-01"),
    }


def approval(nth: int, programme: str = "城市低保", persons: int | None = 2) -> dict[str, Any]:
    return {
        "decision_no": f"D{nth}-{programme}",
        "decided_on": day("2024-12-20"),
        "decision_type": "批准",
        "household": f"H{nth:06d}",
        "programme": programme,
        "persons": persons,
        "monthly_amount_fen": 631_00 + nth * 100,
        "start_month": "2025-01",
        "handled_by": "G001",
        "reviewed_by": "G002",
        "approved_by": "G003",
    }


def kinship(staff: str, kin: str, **more: Any) -> dict[str, Any]:
    return {"staff_no": staff, "kin_id_number": kin, "kinship": "母亲", "declared_on": day("2025-01-01"), **more}


def record(books: OpenBook, kind: str, rows: Iterable[Mapping[str, object]]) -> None:
    preparer = Preparer(books.vault, books.policy)
    asked = Asked("G007", "civil_affairs", "decided", books.policy)
    decide = DECISIONS[kind][1]
    record_at_once(books.book, [partial(decide, request, asked) for request in preparer.prepare(kind, list(rows))])
    books.engine.catch_up()


def settle(books: OpenBook, count: int = 12) -> None:
    """Households H000001 to count, odd ones in the north, each with 城市低保."""
    record(books, "households", (household(n, NORTH if n % 2 else SOUTH) for n in range(1, count + 1)))
    record(books, "decisions", (approval(n) for n in range(1, count + 1)))


@dataclass(frozen=True, slots=True)
class Program:
    """``mingzhang`` as somebody types it, in this process."""

    books: OpenBook
    folder: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str, staff: str = "G007", role: str = "audit") -> tuple[int, str, str]:
        """Exit code, output, errors."""
        setting = ["--data", str(self.folder / "data"), "--database", self.books.database.url, "--today", TODAY]
        # Its log lines would go to a stream of this test's, and outlive it.
        self.patch.setattr(log_lines, "configure", lambda **_: None)
        self.patch.setattr(sys, "argv", ["mingzhang", *setting, "--staff", staff, "--role", role, *words])
        self.capture.readouterr()
        try:
            cli.main()
        except SystemExit as done:
            said = self.capture.readouterr()
            return int(done.code or 0), said.out, said.err
        raise AssertionError("a program ends with an exit code")

    def ok(self, *words: str, **who: str) -> str:
        code, out, err = self.run(*words, **who)
        assert code == 0, (words, err)
        return out

    def json(self, *words: str) -> Any:
        return json.loads(self.ok(*words, "--json"))

    def refused(self, *words: str, **who: str) -> str:
        code, _, err = self.run(*words, **who)
        assert code == 2, (words, code, err)
        return err

    def table(self, file: str, *rows: tuple[str, ...]) -> str:
        path = self.folder / file
        with path.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written).writerows(rows)
        return str(path)

    def roster(self, *inspectors: tuple[str, str]) -> str:
        people = inspectors or (("G011", "620199003"), ("G012", "620199"), ("G013", "620199004"))
        return self.table("检查人员.csv", ("工号", "区划代码"), *people)

    def commit(self, no: str = NO, size: int = 4, *more: str) -> str:
        where = ("--population", "household", "--region", "620199")
        return self.ok("sample", "commit", no, *where, "--size", str(size), *more)

    def drawn(self, no: str = NO, size: int = 4, *inspectors: tuple[str, str]) -> Any:
        """A sample from its commitment to its draw."""
        self.commit(no, size)
        self.ok("sample", "freeze", no, "--roster", self.roster(*inspectors))
        return self.json("sample", "draw", no)
