"""Secret seeds: 32 random bytes in a file of their holder's alone, outside the log until the draw."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from ledger.decide.draw import seed_digest
from ledger.intake.problems import UsageProblem

_SEED = re.compile(r"[0-9a-f]{64}")


def seed_path(data: Path, sample_no: str, holder: str = "") -> Path:
    """Where a seed is kept: ``samples/<no>.seed`` of the data folder, a further one with its holder's staff number."""
    return data / "samples" / f"{sample_no}{f'.{holder}' if holder else ''}.seed"


def make_seed(path: Path) -> bool:
    """Makes a seed where there is none yet, readable by its owner alone; whether it was made now."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(file, "w", encoding="ascii") as written:
        written.write(f"{secrets.token_hex(32)}\n")
        written.flush()
        os.fsync(written.fileno())
    return True


def read_seed(path: Path) -> str:
    """The seed of a file, in hex.

    Raises:
        UsageProblem: there is none; what the file holds is never repeated.
    """
    try:
        seed = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        seed = ""
    if not _SEED.fullmatch(seed):
        raise UsageProblem(
            f"{path.name} 不是种子文件(64 位十六进制)", f"/ {path.name} is no seed file of 64 hex digits"
        )
    return seed


def seeds_for(commitments: Sequence[str], data: Path, sample_no: str, given: Sequence[Path]) -> list[str]:
    """The seeds at hand that were committed to, in the order of their commitments; a missing one is left out."""
    kept = [path for path in (data / "samples").glob("*.seed") if path.name.startswith(f"{sample_no}.")]
    at_hand = {seed_digest(seed): seed for seed in map(read_seed, [*given, *kept])}
    return [at_hand[digest] for digest in commitments if digest in at_hand]
