"""GET the rules in force, each with its source."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.problems import described
from api.signatures import Books, BothClocks, Reader
from projections.open_book import today

router = APIRouter(prefix="/policy", tags=["policy 规则"])


class RuleInForce(BaseModel):
    """A dated parameter: its value, its unit, how strongly it binds, and where it stands."""

    name: str = Field(examples=["service_cap"])
    title_zh: str
    title_en: str
    value: Any
    unit: str = Field(examples=["basis_points"])
    force: str = Field(description="mandatory | in_principle | local | default")
    in_force_from: date
    in_force_to: date | None
    source: dict[str, Any] = Field(description="title, article, quotation, who checked it when")


class RulesInForce(BaseModel):
    """The rules of the book's jurisdiction on a day."""

    jurisdiction: str
    title_zh: str
    title_en: str
    version: str
    sha256: str
    on: date
    rules: list[RuleInForce]


@router.get("", responses=described(401, 422, 503))
def rules_in_force(holder: Reader, books: Books, clocks: BothClocks) -> RulesInForce:
    """Every rule in force on ``as_of``, or today."""
    pack, on = books.policy, clocks.as_of or today()
    rules = [rule.model_dump(mode="json") for rule in pack.parameters() if rule.covers(on)]
    return RulesInForce(
        jurisdiction=pack.name,
        title_zh=pack.title_zh,
        title_en=pack.title_en,
        version=pack.version,
        sha256=pack.sha256,
        on=on,
        rules=[RuleInForce.model_validate(rule) for rule in rules],
    )
