"""附件: put a document on a case."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, UnknownCase
from ledger.decide.case_state import OPEN_STATUSES
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import DocumentAttached, MediaType, SizeBytes
from ledger.events.finding import Digest


class AttachDocumentRequest(CaseRequest):
    """A document that is stored by now, by the hash of its bytes."""

    attached_on: date
    sha256: Digest
    size_bytes: SizeBytes
    media_type: MediaType
    title: FreeText


class AttachDocument(OnCase[AttachDocumentRequest]):
    """A document comes to a case that is open; a party may hand one in too."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards)
    EVENT = DocumentAttached
    AT = OPEN_STATUSES
    FOR_PARTIES = True
