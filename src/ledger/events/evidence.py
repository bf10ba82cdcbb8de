"""Outside evidence 外部比对: what other offices know."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from ledger.events.base import Code, Event, FreeText, Name, Person


def person_tag(person: str) -> str:
    return f"person:{person}"


class DeathReported(Event):
    """死亡信息."""

    TOPIC: ClassVar[str] = "evidence.death_reported.v1"
    EFFECTIVE: ClassVar[str] = "died_on"

    person: Person
    name: Name | None = None
    died_on: date
    source: FreeText | None = None

    def tags(self) -> list[str]:
        return [person_tag(self.person)]


class KinshipDeclared(Event):
    """公职人员近亲属备案: an officer's near kin; ``declared_on`` is absent where it was never filed."""

    TOPIC: ClassVar[str] = "evidence.kinship_declared.v1"
    EFFECTIVE: ClassVar[str] = "declared_on"

    staff_no: Code
    officer: Person | None = None
    officer_name: Name | None = None
    unit: FreeText | None = None
    post: FreeText | None = None
    kin: Person
    kinship: FreeText | None = None
    declared_on: date | None = None

    def tags(self) -> list[str]:
        return [person_tag(self.kin)]
