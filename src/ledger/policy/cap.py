"""The purchase-of-services cap as a jurisdiction reads it, or the answer that none is set here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from ledger.policy.parameter import Parameter, Source, Text

SERVICE_CAP = "service_cap"
SERVICE_PURCHASE_FUNDING = "service_purchase_funding"

Level = Literal["中央", "省级", "市级", "县级"]


class ServiceCap(BaseModel):
    """What may be committed to purchased services in a 预算年度: a share of what was granted for it.

    `counted_categories`: 资金类别 whose contracts and expenses count against the cap, or `all` of them.
    `base_categories` and `base_levels`: 资金类别 and 资金级次 of the grants that make up the base.
    `rule` is the parameter it was read from, with its force and source.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    share_basis_points: Annotated[StrictInt, Field(ge=0, le=10_000)]
    counted_categories: Literal["all"] | Annotated[tuple[Text, ...], Field(min_length=1)]
    base_categories: Annotated[tuple[Text, ...], Field(min_length=1)]
    base_levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    rule: Parameter

    @classmethod
    def read(cls, rule: Parameter) -> Self:
        """Read a `service_cap` parameter; pydantic's ValidationError when its value has another shape."""
        value = dict(rule.value) if isinstance(rule.value, Mapping) else {"value": rule.value}
        return cls.model_validate({**value, "rule": rule})


@dataclass(frozen=True)
class NoCap:
    """No cap is set here. `rule` is the national rule on what pays for purchased services: it names no percentage."""

    jurisdiction: str
    on: date
    rule: Parameter

    @property
    def source(self) -> Source:
        """The text that could have set a percentage and does not."""
        return self.rule.source

    @property
    def message(self) -> str:
        """The answer in words, Chinese first."""
        cited = f"{self.source.document_no or self.source.title} {self.source.article}"
        return (
            f"辖区“{self.jurisdiction}”在 {self.on} 未设购买服务比例上限：{cited} 未规定比例。"
            f" No purchase-of-services cap is set for {self.jurisdiction!r} on {self.on}: {cited} names no percentage."
        )
