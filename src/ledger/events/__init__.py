"""The vocabulary: every kind of event that the log may hold, found by its topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.events import (
    audit_sampling,
    book,
    case,
    entitlement,
    evidence,
    finding,
    funding,
    payment,
    recovery,
    sampling,
    services,
    spending,
)
from ledger.events.base import Event

EVENT_CLASSES: tuple[type[Event], ...] = (
    book.BookOpened,
    book.PolicyAdopted,
    book.SealKeyRotated,
    funding.GrantIssued,
    funding.GrantWithdrawn,
    funding.FundsReceived,
    funding.FundsReturned,
    funding.FundsPassedDown,
    entitlement.HouseholdRegistered,
    entitlement.MemberChanged,
    entitlement.AssistanceApproved,
    entitlement.AssistanceRefused,
    entitlement.AssistanceAdjusted,
    entitlement.AssistanceSuspended,
    entitlement.AssistanceResumed,
    entitlement.GradualExitStarted,
    entitlement.AssistanceEnded,
    entitlement.AssistanceReviewed,
    payment.RollReleased,
    payment.PaymentInstructed,
    payment.PaymentSettled,
    payment.PaymentReturned,
    payment.PaymentObserved,
    payment.PaymentReversed,
    recovery.RecoveryOpened,
    recovery.InstalmentsAgreed,
    recovery.RecoveryReceived,
    recovery.RecoveryWrittenOff,
    services.ContractCommitted,
    services.VisitLogged,
    services.ServicePaid,
    services.ServiceRefunded,
    spending.ExpensePaid,
    spending.ExpenseRefunded,
    evidence.DeathReported,
    evidence.KinshipDeclared,
    finding.FindingRaised,
    finding.FindingExtended,
    finding.FindingCleared,
    finding.FindingsSwept,
    *case.CASE_EVENTS,
    sampling.SampleCommitted,
    sampling.SeedPledged,
    sampling.PopulationFrozen,
    sampling.SampleDrawn,
    sampling.ResultPublished,
    audit_sampling.AuditSampleDrawn,
    audit_sampling.AuditSampleTested,
)

BY_TOPIC: dict[str, type[Event]] = {cls.TOPIC: cls for cls in EVENT_CLASSES}

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Upcasters:
    """Steps from an older topic of an event to a newer one, so that old bytes are read as today's class."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[str, Upcast]] = {}
        self._topics: dict[type[Event], list[str]] = {}

    def add(self, old_topic: str, new_topic: str, step: Upcast) -> None:
        """Say how the content of ``old_topic`` becomes that of ``new_topic``.

        Raises:
            ValueError: ``old_topic`` already has a step, or is a current topic.
        """
        if old_topic in self._steps or old_topic in BY_TOPIC:
            raise ValueError(f"{old_topic} is current or already has an upcaster")
        self._steps[old_topic] = (new_topic, step)
        self._topics.clear()

    def lift(self, topic: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Topic and content as of today; what is current comes back as it is."""
        while topic in self._steps:
            topic, step = self._steps[topic]
            content = step(content)
        return topic, content

    def topics_of(self, cls: type[Event]) -> list[str]:
        """Every topic, old ones too, whose events are read as ``cls``."""
        if cls not in self._topics:
            self._topics[cls] = [cls.TOPIC, *(old for old in self._steps if self._newest(old) == cls.TOPIC)]
        return self._topics[cls]

    def old_topics(self) -> list[str]:
        return list(self._steps)

    def _newest(self, topic: str) -> str:
        while topic in self._steps:
            topic = self._steps[topic][0]
        return topic


UPCASTERS = Upcasters()


class UnknownTopic(LookupError):
    """The log holds an event of a topic that this version of the program does not know."""


def event_of(topic: str, content: dict[str, Any]) -> Event:
    """The event that a topic and its stored content stand for, in today's class.

    Raises:
        UnknownTopic: no class and no upcaster has this topic.
        pydantic.ValidationError: the content is not of the class's shape.
    """
    topic, content = UPCASTERS.lift(topic, content)
    try:
        cls = BY_TOPIC[topic]
    except KeyError:
        raise UnknownTopic(topic) from None
    return cls.model_validate(content)
