"""The vault: names, ID numbers, accounts and free texts, each sealed under its own key behind a random pseudonym."""

from ledger.vault.ciphers import CipherName
from ledger.vault.documents import DocumentError, Documents
from ledger.vault.errors import (
    AccessError,
    BlankValueError,
    DeadPseudonymError,
    KeyFileError,
    SealBrokenError,
    VaultError,
    WrongKeyError,
)
from ledger.vault.identity import is_valid_identity, lengthened, looks_personal
from ledger.vault.keys import MasterKeys, load_keys
from ledger.vault.normal_form import Kind
from ledger.vault.vault import Vault, open_vault

__all__ = [
    "AccessError",
    "BlankValueError",
    "CipherName",
    "DeadPseudonymError",
    "DocumentError",
    "Documents",
    "KeyFileError",
    "Kind",
    "MasterKeys",
    "SealBrokenError",
    "Vault",
    "VaultError",
    "WrongKeyError",
    "is_valid_identity",
    "lengthened",
    "load_keys",
    "looks_personal",
    "open_vault",
]
