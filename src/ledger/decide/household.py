"""救助对象: register a household by its head, and its members one by one."""

from __future__ import annotations

from datetime import date

from eventsourcing.dcb.domain import Selector

from ledger.decide.refusals import NumberReused, UnknownHousehold
from ledger.decide.slice import Asked, Decide, Request, one_of
from ledger.events.base import Account, Code, Event, Name, Person, Region, Short, household_tag
from ledger.events.entitlement import HouseholdRegistered, MemberChanged

HEAD = "户主"


class HouseholdRequest(Request):
    """One row of ``households``: a member; the head 户主 brings the household into being."""

    household: Code
    region: Region
    person: Person
    name: Name
    identity_valid: bool
    relation: Short
    bank: Short | None = None
    account: Account | None = None
    holder_name: Name | None = None
    registered_on: date


class RegisterHousehold(Decide[HouseholdRequest]):
    """A household has one head, and its members come after."""

    REFUSALS = (NumberReused, UnknownHousehold)

    def __init__(self, request: HouseholdRequest, asked: Asked) -> None:
        super().__init__(request, asked)
        self.head: Person | None = None

    def consistency_boundary(self) -> Selector:
        return one_of((HouseholdRegistered,), household_tag(self.request.household))

    def learn(self, event: Event) -> None:
        if isinstance(event, HouseholdRegistered):
            self.head = event.person

    def execute(self) -> None:
        request = self.request
        if request.relation == HEAD:
            self._register()
            return
        if self.head is None:
            self.refuse(unknown_household(request.household))
        fields = request.model_dump(exclude={"bank", "account", "holder_name", "registered_on"})
        self.record(MemberChanged, **fields, changed_on=request.registered_on)

    def _register(self) -> None:
        household = self.request.household
        if self.head is not None:
            self.refuse(
                NumberReused(
                    f"家庭“{household}”已登记户主,内容不同",
                    f"household {household} is on record with another head or other contents",
                    column="家庭编号",
                    household=household,
                )
            )
        self.record(HouseholdRegistered, **self.request.model_dump())


def unknown_household(household: str) -> UnknownHousehold:
    return UnknownHousehold(
        f"家庭“{household}”没有登记记录",
        f"household {household} is not on record",
        column="家庭编号",
        household=household,
    )
