"""Authenticated ciphers of the vault. Each row names its own, so that a site may change from AES to SM4 at any time."""

import os
from enum import StrEnum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.vault.errors import SealBrokenError

NONCE_BYTES = 12
TAG_BYTES = 16


class CipherName(StrEnum):
    """The ciphers that a row may be sealed with."""

    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"

    @property
    def key_bytes(self) -> int:
        return 32 if self is CipherName.AES_256_GCM else 16


class Aead(Protocol):
    """Authenticated encryption under one key, as in `cryptography`'s AESGCM; the tag ends the ciphertext."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class Sm4Gcm:
    """SM4 in GCM mode (GB/T 32907, GB/T 17964, RFC 8998): 16-byte key, 16-byte tag."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        ciphertext, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(ciphertext) + decryptor.finalize()


def aead(cipher: CipherName, key: bytes) -> Aead:
    """The cipher under `key`; ValueError if the key is not `cipher.key_bytes` long."""
    return AESGCM(key) if cipher is CipherName.AES_256_GCM else Sm4Gcm(key)


def seal(cipher: Aead, plaintext: bytes, bound_to: bytes) -> bytes:
    """Nonce ‖ ciphertext ‖ tag, which opens only with the same `bound_to`.

    Nonces are random: under one key keep to 2^32 seals (NIST SP 800-38D, 8.3); a wrapping key meets that
    after four thousand million subjects, and a subject's own key seals once.
    """
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, bound_to)


def unseal(cipher: Aead, sealed: bytes, bound_to: bytes) -> bytes:
    """The plaintext; SealBrokenError if a byte was changed or the seal belongs to another row."""
    try:
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise InvalidTag
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise SealBrokenError(
            "保险库中有一行密文被改动或移位，不能还原；请停止使用并从备份核对。",
            "A sealed row of the vault was altered or moved and cannot be opened; stop and compare with a backup.",
        ) from None
