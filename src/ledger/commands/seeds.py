"""Secret seeds: 32 random bytes in a file of their holder's alone, outside the log until the draw."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ledger.decide.draw import seed_digest
from ledger.decide.refusals import SeedDiffers
from ledger.intake.problems import UsageProblem
from ledger.publication.numbers import made_seed

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
        written.write(f"{made_seed()}\n")
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


def seeds_at_hand(
    commitments: Sequence[Mapping[str, Any]], data: Path, sample_no: str, given: Sequence[Path]
) -> list[str]:
    """The seeds that were committed to (``seed_sha256``, ``held_by``), in the order of their commitments.

    Raises:
        SeedDiffers: one is missing or is another; whose, and the file looked for, are named.
        UsageProblem: a file holds no seed.
    """
    kept = [path for path in (data / "samples").glob("*.seed") if path.name.startswith(f"{sample_no}.")]
    at_hand = {seed_digest(seed): seed for seed in map(read_seed, [*given, *kept])}
    lacking = [
        _lacking(one["held_by"], seed_path(data, sample_no, one["held_by"] if nth else ""))
        for nth, one in enumerate(commitments)
        if one["seed_sha256"] not in at_hand
    ]
    if lacking:
        zh, en = "；".join(zh for zh, _ in lacking), "; ".join(en for _, en in lacking)
        hint_zh, hint_en = "另存的种子用 --seed-file 提供", "hand over one kept elsewhere by --seed-file"
        if given:
            hint_zh, hint_en = "--seed-file 给出的文件中也没有", "nor is it in a file given by --seed-file"
        raise SeedDiffers(f"{zh}；{hint_zh}", f"{en}; {hint_en}", column="种子")
    return [at_hand[one["seed_sha256"]] for one in commitments]


def _lacking(holder: str, path: Path) -> tuple[str, str]:
    """What is wrong with a holder's seed, in both languages; the path below the data folder."""
    file = f"{path.parent.name}/{path.name}"
    if path.exists():
        return f"{holder} 的种子 {file} 与其承诺不符", f"the seed of {holder} in {file} does not match its commitment"
    return f"缺 {holder} 的种子,未找到 {file}", f"the seed of {holder} is missing, no file {file}"
