"""Key files: made once, read by their owner alone, handed on when the key is rotated."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ledger.seal.keys import SealError, make_key, private_line, read_key, read_verifier, replace_key
from ledger.seal.note import NoteError


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "seal.key"
    made = make_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert make_key(file).verifier == read_key(file).verifier == made.verifier
    assert private_line(made) in file.read_text()
    assert private_line(made).startswith(f"PRIVATE+KEY+mingzhang+{made.verifier.id.hex()}+")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_may_reach_is_refused(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "seal.key")
    (tmp_path / "seal.key").chmod(mode)
    with pytest.raises(SealError, match=r"他人可以接触.* / .*others may reach it"):
        read_key(tmp_path / "seal.key")


@pytest.mark.parametrize("damage", ["", "x", "PRIVATE+KEY+a+00000000+AAAA", "{line}x", "{line}\n{line}", "{cut}"])
def test_a_damaged_key_is_told(tmp_path: Path, damage: str) -> None:
    line = private_line(make_key(tmp_path / "seal.key"))
    (tmp_path / "seal.key").write_text(damage.format(line=line, cut=line[:-8]))
    with pytest.raises(SealError, match="不是完整的签名密钥文件"):
        read_key(tmp_path / "seal.key")


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="--seal-key none"):
        read_key(tmp_path / "seal.key")


def test_the_new_key_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    old, new = make_key(tmp_path / "seal.key").verifier, make_key(tmp_path / "new.key").verifier
    kept = replace_key(tmp_path / "seal.key", tmp_path / "new.key")
    assert read_key(tmp_path / "seal.key").verifier == new
    assert read_key(kept).verifier == old
    assert not (tmp_path / "new.key").exists()


def test_a_public_key_is_typed_or_read_from_a_file(tmp_path: Path) -> None:
    first, second = (make_key(tmp_path / name, "log.example").verifier for name in ("a", "b"))
    (tmp_path / "log.vkey").write_text(f"{first}\n{second}\n")
    assert read_verifier(str(tmp_path / "log.vkey")) == second
    assert read_verifier(str(first)) == first
    with pytest.raises(NoteError):
        read_verifier(str(tmp_path / "none"))
    with pytest.raises(NoteError):
        read_verifier("x" * 5000)
