"""How a sample is drawn: docs/sampling.md says the same in words, with a test vector, for anyone who draws it again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

ALGORITHM = "mingzhang-sample-1"
Pair = tuple[str, str]


def list_digest(lines: Iterable[str]) -> str:
    """SHA-256 over the distinct lines, sorted by code point, each ended by a line feed."""
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(set(lines))).encode()).hexdigest()


def roster_lines(inspectors: Sequence[str], regions: Sequence[str], pseudonyms: Sequence[str]) -> list[str]:
    """The lines that a roster's hash is over."""
    return [f"{staff}|{region}|{who}" for staff, region, who in zip(inspectors, regions, pseudonyms, strict=True)]


def seed_digest(seed: str) -> str:
    """What is committed to: SHA-256 of the seed's 32 bytes."""
    return hashlib.sha256(bytes.fromhex(seed)).hexdigest()


def draw_key(seeds: Sequence[str], frozen_leaf: str) -> bytes:
    """SHA-256 of all seeds, in the order in which they were committed, and of the freezing event's leaf."""
    return hashlib.sha256(b"".join(bytes.fromhex(part) for part in (*seeds, frozen_leaf))).digest()


def draw_subjects(key: bytes, sample_no: str, members: Collection[str], size: int) -> tuple[str, ...]:
    """The ``size`` members of lowest rank, lowest first."""
    ranked = sorted((_rank(key, sample_no, "subject", member), member) for member in set(members))
    return tuple(member for _, member in ranked[:size])


def draw_inspectors(
    key: bytes,
    sample_no: str,
    subjects: Sequence[str],
    roster: Sequence[str],
    excluded: Collection[Pair],
    per_subject: int,
) -> tuple[str, ...]:
    """For each subject the inspectors of lowest rank among those not excluded from it (staff number, subject).

    A team is staff numbers with a space between. Where fewer than ``per_subject`` are left the subject has no team
    (an empty text): drawing it again with another roster would be a way to choose.
    """
    barred = frozenset(excluded)
    teams = []
    for subject in subjects:
        free = [staff for staff in roster if (staff, subject) not in barred]
        ranked = sorted((_rank(key, sample_no, "inspector", subject, staff), staff) for staff in free)
        teams.append(" ".join(staff for _, staff in ranked[:per_subject]) if len(free) >= per_subject else "")
    return tuple(teams)


def draw_start(key: bytes, sample_no: str, interval: int) -> int:
    """A random start: a whole number from 1 to ``interval`` (docs/audit-sampling.md)."""
    return int.from_bytes(_rank(key, sample_no, "start")) % interval + 1


def _rank(key: bytes, *parts: str) -> bytes:
    # No part holds a NUL, so none runs into another.
    return hashlib.sha256(b"\x00".join([key, *(part.encode() for part in parts)])).digest()
