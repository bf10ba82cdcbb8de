"""The book itself: whose it is, and which rules it goes by."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from ledger.events.base import Code, Event, Region

BOOK_TAG = "book"
SealKey = Annotated[str, Field(pattern=r"^A[Q-Za-f][A-Za-z0-9+/]{42}$", description="a public key of the seal")]


class BookOpened(Event):
    """建账: the book begins, under the rules of one jurisdiction."""

    TOPIC: ClassVar[str] = "book.opened.v1"
    EFFECTIVE: ClassVar[str] = "opened_on"

    jurisdiction: Code
    region: Region | None = None
    opened_on: date

    def tags(self) -> list[str]:
        return [BOOK_TAG]


class PolicyAdopted(Event):
    """The version and hash of the policy pack that decisions go by from here on."""

    TOPIC: ClassVar[str] = "book.policy_adopted.v1"
    EFFECTIVE: ClassVar[str] = "adopted_on"

    jurisdiction: Code
    version: Code
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    adopted_on: date

    def tags(self) -> list[str]:
        return [BOOK_TAG]


class SealKeyRotated(Event):
    """更换封存密钥: from here on the log's checkpoints are signed by another key (docs/seal.md).

    Both are written as 44 characters of base64: the byte 01 and the 32 bytes of an Ed25519 public key.
    """

    TOPIC: ClassVar[str] = "book.seal_key_rotated.v1"
    EFFECTIVE: ClassVar[str] = "rotated_on"

    old_key: SealKey
    new_key: SealKey
    rotated_on: date

    def tags(self) -> list[str]:
        return [BOOK_TAG]
