"""A vault row as it is made and opened: a random pseudonym, and a value sealed under a key of its own."""

import hmac
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.vault.ciphers import CipherName, aead, seal, unseal
from ledger.vault.keys import MasterKeys
from ledger.vault.normal_form import Kind

TOKEN_LETTERS = 20

# 256 is 8 times 32, so each of the 32 letters stands for as many bytes as any other.
_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567"
_LETTER_OF_BYTE = bytes(_BASE32[byte % 32] for byte in range(256))


class SealedValue(NamedTuple):
    """What a row keeps: `wrapped_key` and `sealed` are each nonce ‖ ciphertext ‖ tag, bound to token and kind."""

    token: str
    kind: Kind
    cipher: CipherName
    wrapped_key: bytes
    sealed: bytes


class Sealer:
    """Seals, opens and looks up values with the keys derived from one master; new rows get `cipher`."""

    def __init__(self, keys: MasterKeys, cipher: CipherName) -> None:
        self._cipher = cipher
        self._wrapping = {each: aead(each, keys.wrapping(each)) for each in CipherName}
        # Keyed once and copied for each value: keying anew would cost half as much again.
        self._lookups = {kind: hmac.new(keys.lookup(), f"{kind}\0".encode(), "sha256") for kind in Kind}

    def lookup(self, kind: Kind, form: str) -> bytes:
        """HMAC-SHA-256 of kind ‖ NUL ‖ normal form, 32 bytes; no kind holds a NUL, so none runs into another."""
        mac = self._lookups[kind].copy()
        mac.update(form.encode())
        return mac.digest()

    def seal(self, kind: Kind, forms: Sequence[str]) -> list[SealedValue]:
        """Each value under a new pseudonym and a new random key, and that key under the wrapping key."""
        cipher, key_bytes, wrapping = self._cipher, self._cipher.key_bytes, self._wrapping[self._cipher]
        rows = []
        for token, form in zip(_new_tokens(kind, len(forms)), forms, strict=True):
            key, bound_to = os.urandom(key_bytes), _bound_to(cipher, kind, token)
            sealed = seal(aead(cipher, key), form.encode(), bound_to)
            rows.append(SealedValue(token, kind, cipher, seal(wrapping, key, bound_to), sealed))
        return rows

    def open(self, row: SealedValue) -> str:
        """The value; SealBrokenError if the row is not as it was sealed."""
        bound_to = _bound_to(row.cipher, row.kind, row.token)
        key = unseal(self._wrapping[row.cipher], row.wrapped_key, bound_to)
        return unseal(aead(row.cipher, key), row.sealed, bound_to).decode()


def _new_tokens(kind: Kind, count: int) -> Iterator[str]:
    """`count` pseudonyms of 100 random bits each, such as `p4k2…`: the kind's letter and 20 of lower-case base32."""
    letters = os.urandom(TOKEN_LETTERS * count).translate(_LETTER_OF_BYTE).decode("ascii")
    return (kind[0] + letters[at : at + TOKEN_LETTERS] for at in range(0, len(letters), TOKEN_LETTERS))


def _bound_to(cipher: CipherName, kind: Kind, token: str) -> bytes:
    return f"{cipher}\0{kind}\0{token}".encode()
