"""不属实: a finding turns out to be nothing."""

from __future__ import annotations

from datetime import date

from ledger.decide.judging import JUDGING_REFUSALS, Judging, JudgingRequest
from ledger.events.case import FindingDismissed


class DismissRequest(JudgingRequest):
    """On which day; the reason is the explanation that holds."""

    dismissed_on: date


class DismissFinding(Judging[DismissRequest]):
    """What is dismissed stays on record with its reason, and counts against its rule."""

    REFUSALS = JUDGING_REFUSALS
    EVENT = FindingDismissed
