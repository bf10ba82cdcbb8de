"""复核退回: what was reported is not enough, and is to be reported anew."""

from __future__ import annotations

from datetime import date

from ledger.decide.case_refusals import CaseDayBackwards, CaseStepOutOfOrder, PartyToTheCase, UnknownCase
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.events.base import FreeText
from ledger.events.case import RectificationRejected


class RejectRectificationRequest(CaseRequest):
    """What is still missing."""

    rejected_on: date
    reason: FreeText


class RejectRectification(OnCase[RejectRectificationRequest]):
    """The measures and their deadlines stay as they are."""

    REFUSALS = (UnknownCase, CaseStepOutOfOrder, CaseDayBackwards, PartyToTheCase)
    EVENT = RectificationRejected
    AT = ("reported",)
