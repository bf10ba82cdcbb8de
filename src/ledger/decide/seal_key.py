"""更换封存密钥: put on record which key seals from here on, by the key that did so far."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusals import SealKeyNotCurrent, SealKeyUsedBefore
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Event
from ledger.events.book import BOOK_TAG, SealKey, SealKeyRotated


class RotationRequest(Request):
    """From which key to which."""

    old_key: SealKey
    new_key: SealKey
    rotated_on: date


class RotateSealKey(Decide[RotationRequest]):
    """The keys form a chain: each follows the one in force, and none comes back. Asked again, nothing is recorded."""

    REFUSALS = (SealKeyNotCurrent, SealKeyUsedBefore)

    def __init__(self, request: RotationRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.keys: list[str] = []

    def consistency_boundary(self) -> Selector:
        return one_of((SealKeyRotated,), BOOK_TAG)

    def learn(self, event: Event) -> None:
        if isinstance(event, SealKeyRotated):
            self.keys = [*(self.keys or [event.old_key]), event.new_key]

    def execute(self) -> None:
        request = self.request
        if self.keys[-2:] == [request.old_key, request.new_key]:
            return
        if self.keys and self.keys[-1] != request.old_key:
            zh, en = "此后已更换过密钥", "the key was rotated since"
            self.refuse(SealKeyNotCurrent(zh, en, column="现用密钥"))
        if request.new_key in {*self.keys, request.old_key}:
            zh, en = "新密钥就是用过的密钥", "the new key is one that sealed before"
            self.refuse(SealKeyUsedBefore(zh, en, column="新密钥"))
        self.record(SealKeyRotated, **request.model_dump())
