"""A case from its finding to 销号, and everything that is refused on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.decide.__main__ import decisions
from ledger.decide.case_refusals import (
    AmountOverFinding,
    CaseDayBackwards,
    CaseReasonMissing,
    CaseStepOutOfOrder,
    ConfidentialByDiscipline,
    FindingInOpenCase,
    FindingNotEstablished,
    FindingNotInCase,
    HouseholdNotNamed,
    MoneyAlreadyClaimed,
    NotTheAssigned,
    NotTolerable,
    OpenerWithinUnit,
    PartyToTheCase,
    RecoveryAlreadyOpen,
    RecoveryFallsShort,
    SeverityNotLower,
    ToleranceFactsMissing,
    UnknownCase,
    UnknownFinding,
)
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import DutiesNotSeparated, NumberReused, RuleNotOnFile
from ledger.events.case import FindingEstablished
from ledger.events.finding import FindingExtended
from ledger.events.recovery import RecoveryOpened
from tests.cases.told import (
    DECISIONS,
    FINDING,
    TO_JUDGING,
    TO_REPORT,
    WHOLE,
    CaseStory,
    accepted,
    assigned,
    attached,
    cleared,
    closed,
    dismissed,
    established,
    finding,
    investigated,
    lowered,
    opened,
    ordered,
    rejected,
    reopened,
    reported,
    seen,
    tolerated,
)
from tests.story import day, fen, recovery

OTHER = finding("over_standard")
# Beside the judging, the steps that a party to the case does not take.
BARRED = (
    "InvestigateCase",
    "LowerSeverity",
    "OrderMeasure",
    "ReportRectification",
    "AcceptRectification",
    "RejectRectification",
    "CloseCase",
    "ReopenCase",
)


class TestChain:
    def test_from_opening_to_closing(self, told: CaseStory) -> None:
        statuses = []
        for request in WHOLE:
            told.ask(request)
            statuses.append(told.status())
        assert statuses == [
            "opened",
            "assigned",
            "investigated",
            "judged",
            "measured",
            "reported",
            "accepted",
            "closed",
        ]
        (case,) = told.rows("case_state")
        assert case["findings"] == [FINDING]
        assert (case["assigned_to"], case["severity"], case["turn"]) == ("M001", "warning", 1)
        assert (case["opened_on"], case["closed_on"]) == (day("2025-03-03"), day("2025-03-12"))
        assert (case["established"], case["measures"], case["established_fen"]) == (1, 1, fen(500))
        assert [step["step"] for step in told.rows("case_step order by position")] == [
            "open", "assign", "investigate", "establish", "measure", "report", "accept", "close",
        ]  # fmt: skip

    def test_its_deadline_follows_from_its_severity(self, told: CaseStory) -> None:
        critical, notice = finding("diverted", "E-1"), finding("idle", "F-1")
        told.found(seen(rule="diverted", subject="E-1", severity="critical"))
        told.found(seen(rule="idle", subject="F-1", severity="notice"))
        told.worked(opened(), opened(critical, no="A-2"), opened(notice, no="A-3"))
        due = {row["case_no"]: row["due_on"] for row in told.rows("case_state")}
        assert due == {"A-1": day("2025-04-02"), "A-2": day("2025-03-13"), "A-3": day("2025-05-02")}

    def test_a_case_of_several_findings_is_as_severe_as_the_worst(self, told: CaseStory) -> None:
        told.found(seen(rule="diverted", subject="E-1", severity="critical"))
        told.worked(opened(FINDING, finding("diverted", "E-1")))
        assert told.rows("case_state")[0]["severity"] == "critical"

    def test_what_is_dismissed_needs_no_measure(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, dismissed(), closed())
        assert told.status() == "closed"

    def test_what_is_tolerated_needs_none_and_may_get_a_letter(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, tolerated(), ordered(measure="提示函"), reported(), accepted(), closed())
        assert told.status() == "closed"

    def test_what_is_rejected_is_reported_anew(self, told: CaseStory) -> None:
        told.worked(*TO_REPORT, rejected())
        assert told.status() == "measured"
        told.worked(reported(on="2025-03-12"), accepted(on="2025-03-13"), closed(on="2025-03-14"))
        assert told.status() == "closed"

    def test_a_lowered_case_keeps_its_deadline(self, told: CaseStory) -> None:
        told.worked(opened(), lowered())
        (case,) = told.rows("case_state")
        assert (case["severity"], case["due_on"]) == ("notice", day("2025-04-02"))
        (step,) = told.rows("case_step where step = 'lower'")
        assert (step["staff"], step["severity"]) == ("S001", "notice")

    def test_reopened_it_begins_anew(self, told: CaseStory) -> None:
        told.worked(*WHOLE, reopened())
        (case,) = told.rows("case_state")
        assert (case["status"], case["turn"], case["due_on"]) == ("opened", 2, day("2025-04-19"))
        assert (case["established"], case["measures"], case["assigned_to"]) == (0, 0, None)
        assert len(told.rows("case_step")) == len(WHOLE) + 1
        told.worked(assigned(on="2025-03-21"), investigated(on="2025-03-22"), dismissed(on="2025-03-23"))
        told.worked(closed(on="2025-03-24"))
        assert told.status() == "closed"

    def test_a_cleared_finding_may_be_opened_with_a_reason(self, told: CaseStory) -> None:
        told.found(cleared())
        assert isinstance(told.refusal_of(opened()), CaseReasonMissing)
        told.worked(opened(reason="t" + "a" * 20))
        assert told.status() == "opened"

    def test_documents_come_and_change_nothing_else(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, attached())
        assert told.status() == "investigated"
        (step,) = told.rows("case_step where step = 'attach'")
        assert (step["sha256"], step["size_bytes"]) == ("a" * 64, 3)

    def test_as_of_a_day_it_is_what_it_was_that_day(self, told: CaseStory) -> None:
        told.worked(*WHOLE)
        assert told.status(as_of=day("2025-03-09")) == "measured"
        assert told.status(as_of=day("2025-03-02")) is None


class TestOverpayment:
    """An established overpayment opens its recovery in the same act, and the same money is not asked for twice."""

    def test_it_opens_the_recovery_beside_it(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING)
        at = told.ask(established(amount_fen=fen(400)))
        judged, opening = told.story.events(at - 1)[:2]
        assert isinstance(judged, FindingEstablished)
        assert isinstance(opening, RecoveryOpened)
        assert judged.recovery_no == opening.recovery_no == "Z-1"
        assert (opening.household, opening.amount_fen, opening.occurred_on) == ("H1", fen(400), day("2025-03-06"))
        # Nothing of it tells that it came out of a case, which may be confidential.
        assert (opening.recorded_by, opening.reason, opening.note) == ("system", None, None)

    def test_what_was_not_overpaid_opens_none(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, established(is_overpaid=False))
        (outcome,) = told.rows("finding_outcome")
        assert (outcome["outcome"], outcome["recovery_no"]) == ("established", None)
        assert told.rows("recovery_opened") == []

    def test_two_findings_over_one_payment_open_one_recovery(self, told: CaseStory) -> None:
        told.found(seen(rule="over_standard"))
        told.worked(opened(FINDING, OTHER), assigned(), investigated(), established())
        second = established(OTHER, recovery_no="Z-2", amount_fen=fen(100))
        assert isinstance(told.refusal_of(second), MoneyAlreadyClaimed)
        told.worked(second.model_copy(update={"is_other_money": True}))
        assert [row["amount_fen"] for row in told.rows("recovery_opened order by position")] == [fen(500), fen(100)]

    def test_a_second_finding_may_go_on_with_the_recovery_of_the_first(self, told: CaseStory) -> None:
        told.found(seen(rule="over_standard"))
        told.worked(opened(FINDING, OTHER), assigned(), investigated(), established(), established(OTHER))
        assert len(told.rows("recovery_opened")) == 1
        assert [row["recovery_no"] for row in told.rows("finding_outcome")] == ["Z-1", "Z-1"]

    def test_a_finding_is_never_other_money_than_itself(self, told: CaseStory) -> None:
        told.worked(*WHOLE, reopened(), assigned(on="2025-03-21"), investigated(on="2025-03-22"))
        again = established(on="2025-03-23", recovery_no="Z-2", is_other_money=True)
        assert isinstance(told.refusal_of(again), RecoveryAlreadyOpen)

    def test_a_recovery_of_long_ago_that_was_repaid_is_other_money(self, told: CaseStory) -> None:
        from tests.story import ENTITLED, bank, line

        told.story.decided(*ENTITLED, line(), bank(), recovery(on="2025-01-10", no="R-9", yuan=10))
        told.story.decided(recovery("缴回", on="2025-01-20", no="R-9", yuan=10))
        told.worked(*TO_JUDGING, established())
        assert len(told.rows("recovery_opened")) == 2

    def test_what_was_repaid_before_the_finding_is_not_gone_on_with(self, told: CaseStory) -> None:
        told.story.observed(recovery(on="2025-01-02", no="R-0", yuan=1))
        told.story.observed(recovery("缴回", on="2025-01-03", no="R-0", yuan=1))
        told.worked(*TO_JUDGING)
        assert isinstance(told.refusal_of(established(recovery_no="R-0")), RecoveryFallsShort)
        told.worked(established())
        assert told.rows("recovery_opened order by position")[-1]["amount_fen"] == fen(500)

    def test_a_recovery_that_asks_for_less_is_not_gone_on_with(self, told: CaseStory) -> None:
        told.story.observed(recovery(on="2025-03-02", no="R-1", yuan=100))
        told.worked(*TO_JUDGING)
        said = told.refusal_of(established(recovery_no="R-1"))
        assert isinstance(said, RecoveryFallsShort)
        assert said.params["rest_fen"] == fen(400)
        told.worked(established(recovery_no="R-1", amount_fen=fen(100)))
        assert len(told.rows("recovery_opened")) == 1

    def test_of_a_finding_that_grew_the_rest_is_asked_for(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, established()).found(seen(FindingExtended, yuan=600))
        assert isinstance(told.refusal_of(established()), RecoveryFallsShort)
        assert isinstance(told.refusal_of(established(recovery_no="Z-2")), MoneyAlreadyClaimed)
        told.worked(established(recovery_no="Z-2", is_other_money=True))
        assert [row["amount_fen"] for row in told.rows("recovery_opened order by position")] == [fen(500), fen(100)]
        told.found(seen(FindingExtended, yuan=600, evidence=(1, 2, 3)))
        third = established(recovery_no="Z-3", is_other_money=True)
        assert isinstance(told.refusal_of(third), RecoveryAlreadyOpen)
        told.worked(established())
        assert len(told.rows("recovery_opened")) == 2

    def test_judged_again_it_goes_on_with_its_recovery(self, told: CaseStory) -> None:
        told.worked(*WHOLE, reopened(), assigned(on="2025-03-21"), investigated(on="2025-03-22"))
        again = established(on="2025-03-23", recovery_no="Z-2")
        assert isinstance(told.refusal_of(again), RecoveryAlreadyOpen)
        told.worked(established(on="2025-03-23"))
        assert len(told.rows("recovery_opened")) == 1

    def test_of_several_households_one_is_named(self, told: CaseStory) -> None:
        told.found(seen(rule="exclusive_overlap", refs=("household:H1", "household:H2")))
        told.worked(opened(finding("exclusive_overlap")), assigned(), investigated())
        which = established(finding("exclusive_overlap"))
        assert isinstance(told.refusal_of(which), HouseholdNotNamed)
        told.worked(which.model_copy(update={"household": "H2"}))
        assert told.rows("recovery_opened")[0]["household"] == "H2"


class TestRefusals:
    """Every refusal that a step may meet, and the step that is nearly that and passes."""

    CASES = (
        (opened(is_confidential=True), (), ConfidentialByDiscipline, None),
        (opened(), (opened(),), NumberReused, None),
        (opened(OTHER), (), UnknownFinding, opened()),
        (opened(no="A-2"), (opened(),), FindingInOpenCase, None),
        (opened(no="A-2"), (*WHOLE, reopened()), FindingInOpenCase, None),
        (opened(severity="notice"), (), SeverityNotLower, opened(severity="critical")),
        (opened(on="2010-01-01"), (), RuleNotOnFile, opened()),
        (assigned(no="A-9"), (), UnknownCase, None),
        (assigned(), WHOLE, CaseStepOutOfOrder, None),
        (assigned(on="2025-03-02"), (opened(),), CaseDayBackwards, assigned(on="2025-03-03")),
        (assigned(due_on=day("2025-03-03")), (opened(),), CaseDayBackwards, assigned(due_on=day("2025-03-04"))),
        (investigated(no="A-9"), (), UnknownCase, None),
        (investigated(), (opened(),), CaseStepOutOfOrder, None),
        (investigated(on="2025-03-01"), (opened(), assigned()), CaseDayBackwards, investigated()),
        (investigated(), (opened(), assigned("M009")), NotTheAssigned, None),
        (investigated(), (opened(), assigned("m001"), assigned("M009")), NotTheAssigned, None),
        (established(no="A-9"), (), UnknownCase, None),
        (established(), (opened(), assigned()), CaseStepOutOfOrder, None),
        (established(), (*TO_JUDGING, dismissed()), CaseStepOutOfOrder, None),
        (established(), TO_REPORT, CaseStepOutOfOrder, None),
        (established(on="2025-03-01"), TO_JUDGING, CaseDayBackwards, established()),
        (established(OTHER), TO_JUDGING, FindingNotInCase, established()),
        (established(amount_fen=fen(500.01)), TO_JUDGING, AmountOverFinding, established(amount_fen=fen(500))),
        (established(household="H2"), TO_JUDGING, HouseholdNotNamed, established(household="H1")),
        (dismissed(no="A-9"), (), UnknownCase, None),
        (dismissed(), (opened(), assigned()), CaseStepOutOfOrder, None),
        (dismissed(on="2025-03-01"), TO_JUDGING, CaseDayBackwards, dismissed()),
        (dismissed(OTHER), TO_JUDGING, FindingNotInCase, dismissed()),
        (tolerated(no="A-9"), (), UnknownCase, None),
        (tolerated(), (opened(), assigned()), CaseStepOutOfOrder, None),
        (tolerated(on="2025-03-01"), TO_JUDGING, CaseDayBackwards, tolerated()),
        (tolerated(corrected_on=day("2025-03-07")), TO_JUDGING, CaseDayBackwards, tolerated()),
        (tolerated(OTHER), TO_JUDGING, FindingNotInCase, tolerated()),
        (tolerated(kind="骗取"), TO_JUDGING, NotTolerable, tolerated(kind="挪用")),
        (tolerated(is_in_good_faith=False), TO_JUDGING, ToleranceFactsMissing, tolerated()),
        (tolerated(is_duty_done=False), TO_JUDGING, ToleranceFactsMissing, tolerated()),
        (tolerated(objective_cause=None), TO_JUDGING, ToleranceFactsMissing, tolerated()),
        (tolerated(corrected_on=None), TO_JUDGING, ToleranceFactsMissing, tolerated()),
        (lowered(no="A-9"), (), UnknownCase, None),
        (lowered(on="2025-03-20"), WHOLE, CaseStepOutOfOrder, None),
        (lowered(on="2025-03-01"), (opened(),), CaseDayBackwards, lowered()),
        (lowered("warning"), (opened(),), SeverityNotLower, lowered()),
        (ordered(no="A-9"), (), UnknownCase, None),
        (ordered(), TO_JUDGING, CaseStepOutOfOrder, None),
        (ordered(on="2025-03-05"), (*TO_JUDGING, established()), CaseDayBackwards, ordered()),
        (ordered(due="2025-03-06"), (*TO_JUDGING, established()), CaseDayBackwards, ordered(due="2025-03-07")),
        (ordered(OTHER), (*TO_JUDGING, established()), FindingNotInCase, ordered()),
        (ordered(), (*TO_JUDGING, dismissed()), FindingNotEstablished, None),
        (ordered(), (*TO_JUDGING, tolerated()), FindingNotEstablished, ordered(measure="提示函")),
        (reported(no="A-9"), (), UnknownCase, None),
        (reported(), (*TO_JUDGING, established()), CaseStepOutOfOrder, None),
        (reported(on="2025-03-06"), TO_REPORT[:-1], CaseDayBackwards, reported()),
        (accepted(no="A-9"), (), UnknownCase, None),
        (accepted(), TO_REPORT[:-1], CaseStepOutOfOrder, None),
        (accepted(on="2025-03-09"), TO_REPORT, CaseDayBackwards, accepted()),
        (rejected(no="A-9"), (), UnknownCase, None),
        (rejected(), TO_REPORT[:-1], CaseStepOutOfOrder, None),
        (rejected(on="2025-03-09"), TO_REPORT, CaseDayBackwards, rejected()),
        (closed(no="A-9"), (), UnknownCase, None),
        (closed(), TO_JUDGING, CaseStepOutOfOrder, None),
        (closed(), (*TO_JUDGING, established()), CaseStepOutOfOrder, None),
        (closed(), TO_REPORT, CaseStepOutOfOrder, None),
        (closed(on="2025-03-05"), (*TO_JUDGING, dismissed()), CaseDayBackwards, closed()),
        (closed(reason=None), (*TO_JUDGING, dismissed()), CaseReasonMissing, closed()),
        (reopened(no="A-9"), (), UnknownCase, None),
        (reopened(), TO_REPORT, CaseStepOutOfOrder, None),
        (reopened(on="2025-03-11"), WHOLE, CaseDayBackwards, reopened()),
        (reopened(), (*WHOLE, opened(no="A-2", on="2025-03-13")), FindingInOpenCase, None),
        (attached(no="A-9"), (), UnknownCase, None),
        (attached(), WHOLE, CaseStepOutOfOrder, None),
        (attached(on="2025-03-01"), (opened(),), CaseDayBackwards, attached()),
    )
    # Told elsewhere in this file: who may not, what is recovered already, what was cleared. A case that was opened on a
    # day with a rule on file is reopened on a later one: for that to have none, the policy must end.
    TOLD = frozenset(
        {
            ("AssignCase", PartyToTheCase),
            ("EstablishFinding", PartyToTheCase),
            ("DismissFinding", PartyToTheCase),
            ("TolerateError", PartyToTheCase),
            ("AcceptRectification", DutiesNotSeparated),
            ("CloseCase", DutiesNotSeparated),
            ("OpenCase", CaseReasonMissing),
            ("EstablishFinding", RecoveryAlreadyOpen),
            ("EstablishFinding", MoneyAlreadyClaimed),
            ("EstablishFinding", NumberReused),
            ("EstablishFinding", RecoveryFallsShort),
            ("OpenCase", OpenerWithinUnit),
            *((step, PartyToTheCase) for step in BARRED),
            ("ReopenCase", RuleNotOnFile),
        }
    )

    @pytest.mark.parametrize(
        ("request_", "before", "refusal", "near"),
        CASES,
        ids=lambda value: getattr(value, "code", None) or type(value).__name__,
    )
    def test_it_is_refused(
        self,
        told: CaseStory,
        request_: CaseRequest,
        before: tuple[CaseRequest, ...],
        refusal: type[Refusal],
        near: CaseRequest | None,
    ) -> None:
        told.worked(*before)
        head = told.story.book.recorder.head()
        said = told.refusal_of(request_)
        assert type(said) is refusal
        assert said.remedy_zh in said.reason_zh()
        assert said.remedy_en in said.reason_en()
        assert told.story.book.recorder.head() == head
        if near is not None:
            assert told.ask(near) > head

    def test_every_refusal_of_every_step_has_its_story(self) -> None:
        told = {(DECISIONS[type(case[0])].__name__, case[2]) for case in self.CASES} | self.TOLD
        steps = [decision for decision in decisions() if issubclass(decision, OnCase)]
        assert {(step.__name__, refusal) for step in steps for refusal in step.REFUSALS} == told

    @pytest.mark.parametrize("judge", [established, dismissed, tolerated])
    def test_whom_a_finding_names_neither_handles_nor_judges_it(
        self, told: CaseStory, judge: Callable[[str], CaseRequest]
    ) -> None:
        of = finding("self_approved")
        told.found(seen(rule="self_approved", refs=("household:H1", "official:G003")))
        told.worked(opened(of))
        assert isinstance(told.refusal_of(assigned("g003")), PartyToTheCase)
        told.worked(assigned(), investigated())
        assert isinstance(told.refusal_of(judge(of), by="G003"), PartyToTheCase)
        told.worked(judge(of))

    def test_whom_a_finding_names_takes_no_step(self, told: CaseStory) -> None:
        of = finding("self_approved")
        told.found(seen(rule="self_approved", refs=("household:H1", "official:G003")))

        def barred(*requests: CaseRequest) -> None:
            for request in requests:
                assert isinstance(told.refusal_of(request, by="g003"), PartyToTheCase)

        told.ask(opened(of), by="G003")
        barred(lowered())
        told.worked(assigned())
        barred(investigated())
        told.worked(investigated(), established(of))
        barred(ordered(of))
        told.worked(ordered(of))
        told.ask(attached(), by="G003")
        barred(reported())
        told.worked(reported())
        barred(accepted(), rejected())
        told.worked(accepted())
        barred(closed())
        told.worked(closed())
        barred(reopened())

    def test_an_unjudged_finding_holds_the_case_up(self, told: CaseStory) -> None:
        told.found(seen(rule="over_standard"))
        told.worked(opened(FINDING, OTHER), assigned(), investigated(), dismissed())
        assert isinstance(told.refusal_of(closed()), CaseStepOutOfOrder)
        assert isinstance(told.refusal_of(ordered()), CaseStepOutOfOrder)
        told.worked(dismissed(OTHER), closed())

    def test_every_established_finding_needs_its_measure(self, told: CaseStory) -> None:
        told.found(seen(rule="over_standard"))
        told.worked(opened(FINDING, OTHER), assigned(), investigated(), established())
        told.worked(established(OTHER, recovery_no="Z-2", is_other_money=True), ordered())
        assert isinstance(told.refusal_of(reported()), CaseStepOutOfOrder)
        told.worked(ordered(OTHER), reported())

    def test_new_evidence_lets_a_finding_be_judged_anew(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING, dismissed())
        assert isinstance(told.refusal_of(dismissed()), CaseStepOutOfOrder)
        assert [row["outcome"] for row in told.rows("finding_outcome")] == ["dismissed"]
        told.found(seen(FindingExtended, yuan=900))
        assert told.rows("finding_outcome") == []
        told.worked(established(amount_fen=fen(900)))
        assert [row["outcome"] for row in told.rows("finding_outcome")] == ["established"]

    def test_a_recovery_number_is_used_once(self, told: CaseStory) -> None:
        told.found(seen(rule="over_standard", subject="H2"))
        told.worked(*TO_JUDGING, established())
        told.worked(opened(finding("over_standard", "H2"), no="A-2", on="2025-03-07"))
        told.worked(assigned(no="A-2", on="2025-03-07"), investigated(no="A-2", on="2025-03-07"))
        second = established(finding("over_standard", "H2"), no="A-2", on="2025-03-07")
        assert isinstance(told.refusal_of(second), NumberReused)

    def test_grave_misuse_of_money_is_not_tolerated(self, told: CaseStory) -> None:
        grave = finding("diverted", "E-1")
        told.found(seen(rule="diverted", subject="E-1", severity="critical"))
        told.worked(opened(grave), assigned(), investigated())
        assert isinstance(told.refusal_of(tolerated(grave, kind="挪用")), NotTolerable)

    def test_the_words_of_the_place_are_quoted(self, told: CaseStory) -> None:
        told.worked(*TO_JUDGING)
        said = told.refusal_of(tolerated(is_duty_done=False, objective_cause=None))
        assert isinstance(said, ToleranceFactsMissing)
        assert "秉持公心、履职尽责但因客观原因出现失误偏差且能够及时纠正的" in said.reason_zh()
        assert "缺少：履职尽责、客观原因" in said.reason_zh()


class TestSecondPerson:
    @pytest.mark.parametrize("who", ["M001", "m001", "S001", "M002", "S002", "s002"])
    def test_who_had_a_hand_in_it_does_not_close_it(self, told: CaseStory, who: str) -> None:
        told.worked(*WHOLE[:-1])
        assert isinstance(told.refusal_of(closed(), by=who), DutiesNotSeparated)
        assert told.status() == "accepted"
        told.ask(closed(), by="S003")

    def test_nor_does_who_was_assigned_before(self, told: CaseStory) -> None:
        told.worked(opened(), assigned("S003"), assigned("M001"), investigated(), dismissed())
        assert isinstance(told.refusal_of(closed(), by="s003"), DutiesNotSeparated)

    @pytest.mark.parametrize("who", ["M002", "m002"])
    def test_nobody_accepts_his_own_report(self, told: CaseStory, who: str) -> None:
        told.worked(*TO_REPORT)
        assert isinstance(told.refusal_of(accepted(), by=who), DutiesNotSeparated)
        told.ask(accepted(), by="S001")
