"""容错: it is true, and whoever erred is free of blame, for the four facts that the law asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

from ledger.decide.case_refusals import CaseDayBackwards, NotTolerable, ToleranceFactsMissing
from ledger.decide.judging import JUDGING_REFUSALS, Judging, JudgingRequest
from ledger.decide.law import Citation
from ledger.events.base import FreeText, Short
from ledger.events.case import ErrorTolerated

# By the words of 四（四）: fraud is pursued and an error (失误偏差) it is not; nor is grave misuse of the money.
NEVER = ("骗取",)
NOT_WHEN_CRITICAL = ("挤占", "挪用", "截留", "滞留")
_FACTS = (
    ("is_in_good_faith", "秉持公心", "good faith"),
    ("is_duty_done", "履职尽责", "duty done"),
    ("objective_cause", "客观原因", "an objective cause"),
    ("corrected_on", "及时纠正", "that it was corrected"),
)


class TolerateRequest(JudgingRequest):
    """The four facts, each stated by the officer; ``kind`` is that of the finding's rule, filled in by whoever asks."""

    tolerated_on: date
    kind: Short
    is_in_good_faith: bool = False
    is_duty_done: bool = False
    objective_cause: FreeText | None = None
    corrected_on: date | None = None


class TolerateError(Judging[TolerateRequest]):
    """Each fact is needed; the law's words are those of the place and day, where its pack has them."""

    REFUSALS = (*JUDGING_REFUSALS, NotTolerable, ToleranceFactsMissing)
    EVENT = ErrorTolerated

    def check(self) -> None:
        super().check()
        request, kind = self.request, self.request.kind
        if kind in NEVER or (kind in NOT_WHEN_CRITICAL and self.found.severity == "critical"):
            self.refuse(NotTolerable(f"“{kind}”须依法追究", f"{kind} is to be pursued by law", column="类别"))
        missing = [(zh, en) for name, zh, en in _FACTS if not getattr(request, name)]
        if missing:
            zh, en = (("、" if at == 0 else ", ").join(one[at] for one in missing) for at in (0, 1))
            cited = self._words_in_force()
            self.refuse(ToleranceFactsMissing(f"缺少：{zh}", f"missing: {en}", column="容错", citation=cited))
        if request.corrected_on and request.corrected_on > request.tolerated_on:
            zh, en = f"纠正日 {request.corrected_on} 晚于认定日", f"corrected on {request.corrected_on}, after that day"
            self.refuse(CaseDayBackwards(zh, en, column="纠正日期"))

    def fields(self) -> dict[str, Any]:
        return self.request.model_dump(exclude={"kind"})

    def _words_in_force(self) -> Citation | None:
        rule = self.asked.policy.find("good_faith_error", self.request.tolerated_on)
        if rule is None:
            return None
        return Citation(rule.source.title, rule.source.article or "", rule.source.quotation or "")
