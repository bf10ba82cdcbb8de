"""A jurisdiction's rules: those of its own pack, over those that it inherits."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from ledger.policy.cap import SERVICE_CAP, SERVICE_PURCHASE_FUNDING, NoCap, ServiceCap
from ledger.policy.errors import NoRuleOnFile
from ledger.policy.parameter import Day, Parameter, Text
from ledger.policy.timeline import first_overlap, overlay

PackName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class PackFile(BaseModel):
    """A pack as its YAML file says it: `extends` names the pack whose rules it inherits, or is null."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PackName
    title_zh: Text
    title_en: Text
    extends: PackName | None
    version: Day
    parameters: tuple[Parameter, ...]

    @model_validator(mode="after")
    def _one_value_a_day(self) -> Self:
        overlap = first_overlap(self.parameters)
        if overlap:
            name, days = overlap[0].name, " / ".join(f"{p.in_force_from}–{p.in_force_to or ''}" for p in overlap)
            raise ValueError(f"规则“{name}”的有效期重叠（{days}） | the periods of {name!r} overlap ({days})")
        return self

    @model_validator(mode="after")
    def _caps_can_be_read(self) -> Self:
        for parameter in self.parameters:
            if parameter.name == SERVICE_CAP:
                ServiceCap.read(parameter)
        return self


@dataclass(frozen=True)
class PolicyPack:
    """A loaded pack. Build it with `PolicyPack.of`; `version` is a date, `sha256` covers what it inherits too."""

    name: str
    title_zh: str
    title_en: str
    extends: str | None
    version: str
    sha256: str
    _in_force: tuple[Parameter, ...]

    @classmethod
    def of(cls, file: PackFile, parent: "PolicyPack | None") -> Self:
        """Lay a pack's own rules over its parent's."""
        return cls(
            name=file.name,
            title_zh=file.title_zh,
            title_en=file.title_en,
            extends=file.extends,
            version=file.version.isoformat(),
            sha256=_digest(file, parent),
            _in_force=overlay(file.parameters, parent.parameters() if parent else ()),
        )

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Parameter, ...]]:
        return {name: tuple(periods) for name, periods in groupby(self._in_force, key=lambda p: p.name)}

    def parameters(self) -> list[Parameter]:
        """Every rule by name and day, own over inherited: an inherited period is cut to the days left to it."""
        return list(self._in_force)

    def find(self, name: str, on: date) -> Parameter | None:
        """The rule in force on that day, or None."""
        return next((rule for rule in self._by_name.get(name, ()) if rule.covers(on)), None)

    def parameter(self, name: str, on: date) -> Parameter:
        """The rule in force on that day; NoRuleOnFile when there is none, and never a default."""
        rule = self.find(name, on)
        if rule is None:
            raise NoRuleOnFile(name, self.name, on)
        return rule

    def service_cap(self, on: date) -> ServiceCap | NoCap:
        """The cap in force, or NoCap where the jurisdiction sets none on any day.

        NoRuleOnFile on a day before (or after) the cap that it does set, and on a day before the national rule.
        """
        rule = self.find(SERVICE_CAP, on)
        if rule is not None:
            return ServiceCap.read(rule)
        if SERVICE_CAP in self._by_name:
            raise NoRuleOnFile(SERVICE_CAP, self.name, on)
        return NoCap(self.name, on, self.parameter(SERVICE_PURCHASE_FUNDING, on))


def _digest(file: PackFile, parent: PolicyPack | None) -> str:
    """SHA-256 of the pack's canonical JSON and its parent's hash: comments, layout and order of rules do not count."""
    content = file.model_dump(mode="json")
    content["parameters"].sort(key=lambda parameter: (parameter["name"], parameter["in_force_from"]))
    content["parent_sha256"] = parent.sha256 if parent else None
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
