"""一公开: put on record what was made public, by the hash of every file."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusals import NothingToPublish, NumberReused, SampleNotDrawn
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Event, Month, Region, Short
from ledger.events.sampling import (
    Count,
    Digest,
    PublicationKind,
    PublicationNo,
    ResultPublished,
    SampleDrawn,
    SampleNo,
    publication_tag,
    sample_tag,
)


class PublicationRequest(Request):
    """What was made public, where and for how long; files and their hashes are aligned."""

    publication_no: PublicationNo
    kind: PublicationKind
    published_on: date
    until: date | None = None
    region: Region
    sample_no: SampleNo | None = None
    for_month: Month | None = None
    programme: Short | None = None
    files: tuple[Short, ...]
    files_sha256: tuple[Digest, ...]
    row_count: Count


class PublishResult(Decide[PublicationRequest]):
    """A publication has a number of its own; a sample's result follows its draw; a notice of nobody is none."""

    REFUSALS = (NumberReused, SampleNotDrawn, NothingToPublish)

    def __init__(self, request: PublicationRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.is_used = False
        self.is_drawn = False

    def consistency_boundary(self) -> list[Selector]:
        request = self.request
        boundary = [one_of((ResultPublished,), publication_tag(request.publication_no))]
        return boundary + ([one_of((SampleDrawn,), sample_tag(request.sample_no))] if request.sample_no else [])

    def learn(self, event: Event) -> None:
        self.is_used = self.is_used or isinstance(event, ResultPublished)
        self.is_drawn = self.is_drawn or isinstance(event, SampleDrawn)

    def execute(self) -> None:
        request = self.request
        if self.is_used:
            no = request.publication_no
            self.refuse(NumberReused(f"公开“{no}”已登记", f"publication {no} is on record", column="公开编号"))
        if request.kind == "sample_result" and not self.is_drawn:
            no = request.sample_no or "—"
            self.refuse(SampleNotDrawn(f"抽样“{no}”尚未抽取", f"sample {no} is not drawn", column="抽样编号"))
        if request.kind == "beneficiaries" and request.row_count == 0:
            zh, en = "该区划、月份、项目下没有救助对象", "no beneficiaries of this region, month and programme"
            self.refuse(NothingToPublish(zh, en, column="区划代码"))
        self.record(ResultPublished, **request.model_dump())
