"""外部比对: take in what other offices report, deaths and the filed kin of officers."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.slice import Decide, Request, one_of
from ledger.events.base import Code, FreeText, Name, Person
from ledger.events.evidence import DeathReported, KinshipDeclared, person_tag


class DeathRequest(Request):
    """One row of ``deaths``."""

    person: Person
    name: Name | None = None
    died_on: date
    source: FreeText | None = None


class ReportDeath(Decide[DeathRequest]):
    """A report of another office is recorded as it is; two that differ are both kept."""

    def consistency_boundary(self) -> Selector:
        return one_of((DeathReported,), person_tag(self.request.person))

    def execute(self) -> None:
        self.record(DeathReported, **self.request.model_dump())


class KinshipRequest(Request):
    """One row of ``officials``; without a date the kinship was never filed."""

    staff_no: Code
    officer: Person | None = None
    officer_name: Name | None = None
    unit: FreeText | None = None
    post: FreeText | None = None
    kin: Person
    kinship: FreeText | None = None
    declared_on: date | None = None


class DeclareKinship(Decide[KinshipRequest]):
    """A filing is recorded as it is; being kin is lawful, not filing it is what a rule finds."""

    def consistency_boundary(self) -> Selector:
        return one_of((KinshipDeclared,), person_tag(self.request.kin))

    def execute(self) -> None:
        self.record(KinshipDeclared, **self.request.model_dump())
