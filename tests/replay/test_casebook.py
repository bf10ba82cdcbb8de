"""The casebook, archived and replayed: what the judge expects, and row for row what the live book says.

``make test`` compares at four month ends and four positions, ``make matrix`` at all twelve and at twenty.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from projections.open_book import OpenBook, Place, open_book
from projections.queries import Clocks
from projections.replay.comparison import compare_with
from projections.replay.replaying import Replayed, replay
from projections.replay.taking import take_tables
from tests.handed_in import answers_to_rules_there_are, hand_in
from tests.matrix import cell

SHARED = Path(__file__).parents[3] / "shared" / "casebook"
CASEBOOK = SHARED / "county-2025"


@dataclass(frozen=True, slots=True)
class Held:
    """The casebook's county, live, and its archive."""

    live: OpenBook
    archive: Path


@pytest.fixture(scope="module")
def held(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    if not CASEBOOK.exists():
        pytest.skip("the casebook is not beside the repository")
    name, folder = f"mz_replay_{uuid4().hex[:12]}", tmp_path_factory.mktemp("casebook")
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))
    place = Place(folder / "data", make_conninfo(server, dbname=name), business_day=date(2025, 12, 31))
    with open_book(place, "lanzhou-new-area") as books:
        hand_in(books, [CASEBOOK / "files"], "observed", folder / "rejects")
        books.supervisor.sweep(date(2025, 7, 31))
        books.supervisor.sweep(date(2025, 12, 31))
        with books.database.dedicated() as conn:
            take_tables(conn, folder / "archive")
        yield Held(books, folder / "archive")
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def replayed(held: Held) -> Iterator[Replayed]:
    with closing(replay(held.archive, None, date(2025, 12, 31))) as book:
        yield book


def test_the_judge_passes_the_replay(replayed: Replayed, tmp_path: Path) -> None:
    expected = json.loads((CASEBOOK / "expected.json").read_text(encoding="utf-8"))
    (tmp_path / "expected.json").write_text(json.dumps(answers_to_rules_there_are(expected)), encoding="utf-8")
    for name, rows in replayed.tables.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows, default=str), encoding="utf-8")
    papers = [str(tmp_path), *(str(tmp_path / f"{name}.json") for name in ("funds", "cap", "alerts"))]
    command = [sys.executable, str(SHARED / "judge.py"), *papers]
    verdict = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert ", 0 failed" in verdict, verdict
    assert replayed.skipped == {}


MONTH_ENDS = [date(2025 + month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in range(1, 13)]
at_month_ends = pytest.mark.parametrize("as_of", [cell(day, is_here=day.month % 3 == 0) for day in MONTH_ENDS])
at_positions = pytest.mark.parametrize("seed", [cell(seed, is_here=seed <= 4) for seed in range(1, 21)])


def test_every_table_is_the_live_one(held: Held, replayed: Replayed) -> None:
    found = compare_with(held.live.database, replayed, Clocks(date(2025, 12, 31)), ("fact", "projection"))
    assert len(found.names) > 60
    assert found.differences == ()


@at_month_ends
def test_every_view_is_the_live_one_at_a_month_end(held: Held, replayed: Replayed, as_of: date) -> None:
    found = compare_with(held.live.database, replayed, Clocks(as_of), ("known", "finding"))
    assert len(found.names) > 100
    assert found.differences == ()


@at_positions
def test_every_view_is_the_live_one_at_any_position(held: Held, replayed: Replayed, seed: int) -> None:
    dice = random.Random(seed)
    clocks = Clocks(dice.choice(MONTH_ENDS), dice.randrange(1, replayed.head))
    found = compare_with(held.live.database, replayed, clocks, ("known", "finding"))
    assert len(found.names) > 100
    assert found.differences == (), f"known at {clocks.known_at}"


def test_a_difference_is_found_and_named(held: Held, replayed: Replayed) -> None:
    """The comparison itself can fail: one fen in one row of the replay."""
    clocks = Clocks(date(2025, 12, 31))
    position = replayed.conn.execute("select min(position) from fact.grant_issued").fetchone()
    assert position is not None
    change = "update fact.grant_issued set amount_fen = amount_fen + ? where position = ?"
    replayed.conn.execute(change, [1, position[0]])
    try:
        found = compare_with(held.live.database, replayed, clocks, ("fact",))
    finally:
        replayed.conn.execute(change, [-1, position[0]])
    assert [(one.name, one.live_only, one.replay_only, one.positions) for one in found.differences] == [
        ("fact.grant_issued", 1, 1, (position[0],))
    ]
    assert compare_with(held.live.database, replayed, clocks, ("fact",)).differences == ()
