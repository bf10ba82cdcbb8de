"""One typed fact table an event class, made from the class; and the view that limits it by the two clocks."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.events import EVENT_CLASSES
from ledger.events.base import Event
from ledger.events.case import CASE_EVENTS
from ledger.events.columns import columns, table_name
from ledger.events.entitlement import (
    AssistanceAdjusted,
    AssistanceApproved,
    AssistanceReviewed,
    HouseholdRegistered,
    MemberChanged,
)
from ledger.events.evidence import DeathReported, KinshipDeclared
from ledger.events.finding import FindingCleared, FindingExtended, FindingRaised
from ledger.events.funding import FundsReceived, GrantIssued
from ledger.events.payment import (
    PaymentInstructed,
    PaymentObserved,
    PaymentReturned,
    PaymentReversed,
    PaymentSettled,
    RollReleased,
)
from ledger.events.recovery import RecoveryReceived
from ledger.events.services import ContractCommitted, ServicePaid, ServiceRefunded, VisitLogged
from ledger.events.spending import ExpensePaid, ExpenseRefunded

__all__ = ["INDEXES", "columns", "load", "table_name", "tables"]

# What joins and statements look facts up by; every further index slows the projector.
INDEXES: dict[type[Event], tuple[tuple[str, ...], ...]] = {
    GrantIssued: (("document_no",),),
    FundsReceived: (("document_no",),),
    HouseholdRegistered: (("household",), ("person",)),
    MemberChanged: (("household",), ("person",)),
    AssistanceApproved: (("decision_no",),),
    AssistanceAdjusted: (("decision_no",),),
    AssistanceReviewed: (("household",), ("decision_no",)),
    DeathReported: (("person",),),
    KinshipDeclared: (("kin",),),
    RollReleased: (("batch_no",),),
    **dict.fromkeys(CASE_EVENTS, (("case_no",),)),
    FindingRaised: (("finding", "rule", "subject"), ("subject",)),
    FindingExtended: (("finding",),),
    FindingCleared: (("finding",),),
    PaymentInstructed: (("batch_no", "line_no"), ("household",)),
    PaymentSettled: (("batch_no", "line_no"),),
    PaymentObserved: (("batch_no", "line_no"),),
    PaymentReturned: (("batch_no", "line_no"), ("household",)),
    PaymentReversed: (("batch_no", "line_no"), ("household",)),
    RecoveryReceived: (("household",),),
    ContractCommitted: (("contract_no",),),
    ServicePaid: (("contract_no",), ("expense_no",)),
    ServiceRefunded: (("contract_no",), ("expense_no",)),
    VisitLogged: (("contract_no",),),
    ExpensePaid: (("expense_no",),),
    ExpenseRefunded: (("expense_no",),),
}


def tables() -> Iterator[str]:
    """Statements that create the fact tables, their indexes and the views that the two clocks limit."""
    for cls in EVENT_CLASSES:
        name, fields = table_name(cls), columns(cls)
        listed = "".join(f",\n    {column} {kind}" for column, kind in fields.items())
        yield (
            f"create table fact.{name} (\n    position bigint primary key,\n    recorded_at timestamptz not null,\n"
            f"    effective_on date{listed}\n)"
        )
        for index in INDEXES.get(cls, ()):
            yield f"create index on fact.{name} ({', '.join(index)})"
        yield (
            f"create view known.{name} as select * from fact.{name}\n"
            # As an expression, lest the planner walk the index of positions to learn that nearly all are known.
            "where position + 0 <= (select known.known_at())\n"
            "  and (effective_on is null or effective_on <= (select known.as_of()))"
        )


def load(cls: type[Event]) -> str:
    """A statement that turns the stored events of a class between two positions into its facts."""
    fields = columns(cls)
    names = ", ".join(fields)
    record = ", ".join(f"{column} {kind}" for column, kind in fields.items())
    return (
        f"insert into fact.{table_name(cls)} (position, recorded_at, effective_on, {names})\n"
        f"select e.position, e.recorded_at, f.{cls.EFFECTIVE}, {', '.join(f'f.{column}' for column in fields)}\n"
        f"from book.event e, json_to_record(convert_from(e.payload, 'UTF8')::json) as f ({record})\n"
        "where e.position > %(after)s and e.position <= %(upto)s and e.topic = %(topic)s"
    )
