"""建账: open the book under one jurisdiction's rules, and note when their version changes."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from eventsourcing.dcb.domain import Selector
from pydantic import Field

from ledger.decide.refusals import JurisdictionFixed
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Code, Event
from ledger.events.book import BOOK_TAG, BookOpened, PolicyAdopted


class OpeningRequest(Request):
    """Whose rules the book goes by, and which version of them."""

    jurisdiction: Code
    version: Code
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    opened_on: date


class OpenTheBook(Decide[OpeningRequest]):
    """A book has one jurisdiction from its first day on; a new version of its rules is adopted on record."""

    REFUSALS = (JurisdictionFixed,)

    def __init__(self, request: OpeningRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.jurisdiction: str | None = None
        self.sha256: str | None = None

    def consistency_boundary(self) -> Selector:
        return one_of((BookOpened, PolicyAdopted), BOOK_TAG)

    def learn(self, event: Event) -> None:
        match event:
            case BookOpened():
                self.jurisdiction = event.jurisdiction
            case PolicyAdopted():
                self.sha256 = event.sha256

    def execute(self) -> None:
        request = self.request
        if self.jurisdiction is None:
            self.record(BookOpened, jurisdiction=request.jurisdiction, opened_on=request.opened_on)
        elif self.jurisdiction != request.jurisdiction:
            raise JurisdictionFixed(
                f"本账本适用“{self.jurisdiction}”,不能改为“{request.jurisdiction}”",
                f"this book goes by {self.jurisdiction}, not {request.jurisdiction}",
            )
        if self.sha256 != request.sha256:
            self.record(
                PolicyAdopted,
                **request.model_dump(include={"jurisdiction", "version", "sha256"}),
                adopted_on=request.opened_on,
            )
