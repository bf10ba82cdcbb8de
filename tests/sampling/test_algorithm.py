"""docs/sampling.md is enough to draw a sample again: an implementation from that page alone, held against ours."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ledger.decide import draw

PAGE = (Path(__file__).parents[2] / "docs" / "sampling.md").read_text(encoding="utf-8")


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def hash_of_list(lines: list[str]) -> str:
    return sha(*(line.encode() + b"\n" for line in sorted(set(lines)))).hex()


def key_of(seeds: list[str], leaf: str) -> bytes:
    return sha(*map(bytes.fromhex, seeds), bytes.fromhex(leaf))


def lowest(key: bytes, number: str, kind: str, items: list[str], count: int, prefix: str = "") -> list[str]:
    start = key + b"\0" + number.encode() + b"\0" + kind.encode() + b"\0" + prefix.encode()
    return sorted(items, key=lambda item: sha(start, item.encode()))[:count]


def teams_of(
    key: bytes, number: str, subjects: list[str], staff: list[str], barred: set[tuple[str, str]], count: int
) -> list[str]:
    free = {subject: [one for one in staff if (one, subject) not in barred] for subject in subjects}
    return [
        " ".join(lowest(key, number, "inspector", free[s], count, s + "\0")) if len(free[s]) >= count else ""
        for s in subjects
    ]


def row(name: str) -> list[str]:
    (line,) = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", PAGE, re.MULTILINE)
    return re.findall(r"`([^`]+)`|(\(none\))", line) and [a or "" for a, _ in re.findall(r"`([^`]+)`|(\(none\))", line)]


def test_the_page_gives_the_vector() -> None:
    (number,), seeds, (leaf,) = (
        row("sample number, size, inspectors a subject"),
        row("seeds"),
        row("leaf of the freezing event"),
    )
    assert [sha(bytes.fromhex(seed)).hex() for seed in seeds] == row("their commitments")
    homes = row("roster (staff number, region)")
    staff = homes[::2]
    hashes = re.findall(r"^\| its hash \| `([0-9a-f]{64})` \|$", PAGE, re.MULTILINE)
    lines = [f"{one}|{region}|" for one, region in zip(staff, homes[1::2], strict=True)]
    assert hashes == [hash_of_list(row("population")), hash_of_list(lines)]
    key = key_of(seeds, leaf)
    assert [key.hex()] == row("key")
    subjects = lowest(key, number, "subject", row("population"), 3)
    assert subjects == row("subjects")
    barred = row("barred")
    pairs = set(zip(barred[::2], barred[1::2], strict=True))
    assert teams_of(key, number, subjects, staff, pairs, 2) == row("inspectors")


_CODES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
_DIGEST = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(
    seeds=st.lists(_DIGEST, min_size=1, max_size=3),
    leaf=_DIGEST,
    members=st.lists(_CODES, min_size=1, max_size=30, unique=True),
    staff=st.lists(st.from_regex(r"[A-Z][0-9]{1,3}", fullmatch=True), max_size=6, unique=True),
    size=st.integers(1, 10),
    count=st.integers(1, 3),
    data=st.data(),
)
def test_ours_draws_what_the_page_says(
    seeds: list[str], leaf: str, members: list[str], staff: list[str], size: int, count: int, data: st.DataObject
) -> None:
    pairs = st.tuples(st.sampled_from(staff), st.sampled_from(members)) if staff else st.nothing()
    barred = data.draw(st.sets(pairs, max_size=20)) if staff else set()
    key = draw.draw_key(seeds, leaf)
    assert key == key_of(seeds, leaf)
    assert draw.list_digest(members) == hash_of_list(members)
    subjects = draw.draw_subjects(key, "抽1", members, size)
    assert list(subjects) == lowest(key, "抽1", "subject", members, size)
    teams = draw.draw_inspectors(key, "抽1", subjects, staff, barred, count)
    assert list(teams) == teams_of(key, "抽1", list(subjects), staff, barred, count)
    for subject, team in zip(subjects, teams, strict=True):
        assert all((one, subject) not in barred for one in team.split())
        assert len(set(team.split())) in (0, count)
    assert draw.draw_subjects(key, "抽1", members[::-1], size) == subjects, "the order of the list says nothing"


@given(seed=_DIGEST, other=_DIGEST, leaf=_DIGEST)
def test_every_seed_and_the_leaf_count(seed: str, other: str, leaf: str) -> None:
    if seed != other:
        assert draw.draw_key([seed], leaf) != draw.draw_key([other], leaf)
        assert draw.draw_key([seed, other], leaf) != draw.draw_key([other, seed], leaf)
    assert draw.draw_key([seed], leaf) != draw.draw_key([seed, other], leaf)
