"""How an audit sample is to be drawn: the method and what it asks for."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ledger.decide.confidence import EXPANSION_HUNDREDTHS
from ledger.events.audit_sampling import Bands, Confidence, Method, SizesBy, StrataBy, StratumNo
from ledger.events.base import PositiveFen
from ledger.events.sampling import SampleSize

# Whether it is broken, and what it says in both languages.
_Rule = tuple[bool, str, str]


class Plan(BaseModel):
    """A method and its parameters; amounts in fen.

    货币单元 ``mus``: ``size``, or ``tolerable_fen`` with ``confidence_percent`` (and ``expected_fen``).
    分层 ``stratified``: ``strata_by``; for ``amount`` either ``bounds_fen`` (where each further band begins) or
    ``bands`` of about equal value; ``size`` shared out by ``sizes_by``, or ``sizes`` as (stratum, size); what is
    ``certain_fen`` and more is taken whole. 随机 ``random``: ``size``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method
    size: SampleSize | None = None
    tolerable_fen: PositiveFen | None = None
    expected_fen: Annotated[int, Field(strict=True, ge=0, le=10**15)] | None = None
    confidence_percent: Confidence | None = None
    strata_by: StrataBy | None = None
    sizes_by: SizesBy | None = None
    sizes: Annotated[tuple[tuple[StratumNo, SampleSize], ...], Field(max_length=5_000)] = ()
    bands: Bands | None = None
    bounds_fen: Annotated[tuple[PositiveFen, ...], Field(max_length=20)] = ()
    certain_fen: PositiveFen | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Plan:
        rules = (*self._of_strata(), *self._of_sizes(), *self._of_amounts())
        if problem := next((f"{zh} / {en}" for is_wrong, zh, en in rules if is_wrong), None):
            raise ValueError(problem)
        return self

    @property
    def sets_aside(self) -> bool:
        """Whether amounts decide what is drawn, so that what is not above zero is set aside."""
        return self.method == "mus" or self.strata_by == "amount"

    def _of_strata(self) -> tuple[_Rule, ...]:
        is_stratified, is_by_amount = self.method == "stratified", self.strata_by == "amount"
        has_strata = any((self.strata_by, self.sizes_by, self.sizes, self.bands, self.bounds_fen, self.certain_fen))
        has_both = bool(self.bands) == bool(self.bounds_fen)
        has_any = bool(self.bands or self.bounds_fen)
        is_ascending = list(self.bounds_fen) == sorted(set(self.bounds_fen))
        return (
            (has_strata and not is_stratified, "只有分层抽样有层", "only a stratified sample has strata"),
            (is_stratified and not self.strata_by, "须说明分层依据", "say what it is stratified by"),
            (
                is_by_amount and has_both,
                "按金额分层须给层数或各层起点,二者取一",
                "say how many bands, or where they begin",
            ),
            (has_any and not is_by_amount, "层数和起点只用于按金额分层", "bands and their bounds are of amounts"),
            (not is_ascending, "各层起点须由小到大", "the bounds must ascend"),
        )

    def _of_amounts(self) -> tuple[_Rule, ...]:
        of_mus = bool(self.tolerable_fen or self.expected_fen) and self.method != "mus"
        unsure = bool(self.tolerable_fen) and self.confidence_percent is None
        untabled = bool(self.expected_fen) and self.confidence_percent not in EXPANSION_HUNDREDTHS
        known = ", ".join(map(str, EXPANSION_HUNDREDTHS))
        return (
            (of_mus, "可容忍错报只用于货币单元抽样", "tolerable misstatement is for monetary-unit sampling"),
            (unsure, "可容忍错报须有置信水平", "tolerable misstatement needs a confidence"),
            (
                bool(self.expected_fen) and not self.tolerable_fen,
                "预计错报须有可容忍错报",
                "expected misstatement needs the tolerable one",
            ),
            (untabled, f"有预计错报时置信水平须为 {known}", f"the confidence is one of {known} then"),
        )

    def _of_sizes(self) -> tuple[_Rule, ...]:
        ways = sum((bool(self.size), bool(self.sizes), bool(self.tolerable_fen)))
        is_given = self.sizes_by == "given"
        return (
            (
                ways != 1,
                "须给样本量、各层样本量或可容忍错报之一",
                "take a size, a size a stratum, or the tolerable one",
            ),
            (
                is_given != bool(self.sizes),
                "sizes 与 sizes_by=given 须同时给出",
                "sizes and sizes_by=given go together",
            ),
            (len(dict(self.sizes)) < len(self.sizes), "同一层给了两个样本量", "a stratum has two sizes"),
        )
