"""What the vault refuses, in Chinese first and then in English. No message carries anything personal."""


class VaultError(Exception):
    """A refusal by the vault; `chinese` and `english` say why, and what to do."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english


class KeyFileError(VaultError):
    """The master key file is missing, damaged, or open to others."""


class WrongKeyError(VaultError):
    """The master key is not the one that the vault's rows were sealed with."""


class BlankValueError(VaultError):
    """Nothing is left of a value once it is in its normal form, so it cannot stand for anybody."""


class DeadPseudonymError(VaultError):
    """A pseudonym is unknown, shredded, or not of the kind that the act needs."""


class AccessError(VaultError):
    """An officer's act lacks its officer or its purpose, or would write something personal into the record."""


class SealBrokenError(VaultError):
    """A sealed row was altered, or moved to another pseudonym."""
