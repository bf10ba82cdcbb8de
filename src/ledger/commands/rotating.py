"""Changing the seal's key, in two halves: a site may do each as another operating-system user with another login."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from ledger.decide.seal_key import RotateSealKey, RotationRequest
from ledger.decide.slice import Asked
from ledger.seal.keys import SealError, read_key, read_verifier, replace_key
from ledger.seal.note import VerifierKey
from ledger.seal.sealer import Sealer
from projections.open_book import Place, open_book


def record_rotation(place: Place, staff: str, role: str, new_key: Path | None, public: str | None) -> None:
    """Puts the rotation on record, from the key that seals now to the one in a file, or to a public one as typed.

    Raises:
        SealError: the log is not sealed yet, so that no key is in force.
        ledger.decide.refusals.SealKeyNotCurrent, SealKeyUsedBefore: the keys form no chain.
        ledger.seal.note.NoteError: what is typed is no public key.
    """
    new = read_key(new_key).verifier if new_key else read_verifier(public or "")
    old = _followed_by(place.seal_folder.keys(), new)
    # What is recorded here waits for both keys: neither may seal it alone.
    with open_book(replace(place, seal_key="none")) as books:
        request = RotationRequest(old_key=old.material, new_key=new.material, rotated_on=books.today)
        asked = Asked(staff, role, "decided", books.policy)
        books.book.do(lambda: RotateSealKey(request, asked))


def finish_rotation(place: Place, url: str, new_key: Path) -> tuple[Path, Path]:
    """Seals with both keys what names the new one, which then takes the old one's place; where both lie in the end.

    Raises:
        SealError: a key is not at hand, or the rotation is not on record.
    """
    key_file = place.sealing.key_file
    if key_file is None:
        raise SealError("密钥在别处,请在封存一侧执行", "the key is elsewhere: run this where the log is sealed")
    successor = read_key(new_key)
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=on") as conn:
        Sealer(place.seal_folder, read_key(key_file), successor).seal(conn)
    if place.seal_folder.keys()[-1].material != successor.verifier.material:
        raise SealError("更换尚未登记(seal rotate --record-only)", "the rotation is not on record (--record-only)")
    return replace_key(key_file, new_key), key_file


def _followed_by(keys: list[VerifierKey], new: VerifierKey) -> VerifierKey:
    """The key in force before ``new``; a rotation that was broken off has named the new one already."""
    earlier = keys[:-1] if keys and keys[-1].material == new.material else keys
    if not earlier:
        raise SealError("账本尚未封存,没有可更换的密钥", "the log is not sealed yet: there is no key to rotate")
    return earlier[-1]
