"""A story for every refusal of every decision: what is refused, what is nearly that and passes, what is observed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from ledger.book.batch import Recorded
from ledger.decide import refusals as catalogue
from ledger.decide.bank_result import BankResultRequest
from ledger.decide.opening import OpenTheBook
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import (
    AlreadyInForce,
    AmountDiffers,
    CapExceeded,
    ContractOverrun,
    DutiesNotSeparated,
    FundOverdrawn,
    JurisdictionFixed,
    LineFinished,
    MonthAlreadyPaid,
    NoDecisionInForce,
    NumberReused,
    OverIssued,
    OverRepaid,
    PurposeNotAllowed,
    ReasonMissing,
    RecoveryNotOpen,
    RefundTooLarge,
    ReversalTooLarge,
    RuleNotOnFile,
    SealKeyNotCurrent,
    SealKeyUsedBefore,
    UnknownContract,
    UnknownDocument,
    UnknownExpense,
    UnknownHousehold,
    UnknownLine,
)
from ledger.decide.roll_line import InstructPayment, RollLineRequest
from ledger.decide.slice import Decide, Request
from ledger.intake.bank_set import record_bank_results
from ledger.intake.roll_set import instruct_roll
from ledger.intake.sets import Row
from tests.audit_sampling.steps import AUDIT_DECISIONS
from tests.sampling.steps import SAMPLING_DECISIONS
from tests.story import (
    DECISION_OF,
    ENTITLED,
    FUNDED,
    Story,
    bank,
    contract,
    day,
    decision,
    expense,
    failed,
    grant,
    household,
    line,
    opening,
    receipt,
    recovery,
    rotation,
    service_expense,
    transfer,
    visit,
)

EVERY_REFUSAL = {one for one in vars(catalogue).values() if isinstance(one, type) and issubclass(one, Refusal)} - {
    Refusal
}


@dataclass(frozen=True, slots=True)
class Case:
    """Given these, ``refused`` meets the refusal and ``near`` passes."""

    refusal: type[Refusal]
    given: tuple[Request, ...]
    refused: Request
    near: Request
    jurisdiction: str = "lanzhou-new-area"

    @property
    def decision(self) -> type[Decide[Request]]:
        return DECISION_OF[type(self.refused)]

    def __str__(self) -> str:
        return f"{self.decision.__name__}-{self.refusal.code}"


CONTRACTED = (*FUNDED, contract(10_000))
PAID = (*ENTITLED, line())
SETTLED = (*PAID, bank())
OWING = (*SETTLED, recovery("立案", 500))
SAME: dict[str, Any] = {"handled_by": "G001", "approved_by": "G001"}

CASES = (
    Case(JurisdictionFixed, (opening(),), opening("shanghai"), opening(sha256="0" * 64)),
    Case(SealKeyNotCurrent, (rotation("a", "b"),), rotation("a", "c"), rotation("b", "c")),
    Case(SealKeyUsedBefore, (rotation("a", "b"),), rotation("b", "a"), rotation("b", "c")),
    Case(NumberReused, (grant(),), grant(5), grant(5, "财社〔2025〕2号")),
    Case(NumberReused, (*FUNDED, transfer(100)), grant(5, "新拨〔2025〕1号"), grant(5, "新拨〔2025〕2号")),
    Case(UnknownDocument, (grant(),), receipt(5, "财社〔2025〕2号"), receipt(5)),
    Case(OverIssued, (grant(100),), grant(-101, "收回"), grant(-100, "收回")),
    Case(OverIssued, (grant(100), receipt(60)), receipt(41), receipt(40)),
    Case(OverIssued, (grant(100), grant(-50, "收回")), receipt(101), receipt(100)),
    Case(FundOverdrawn, (grant(100), receipt(60), expense(50)), receipt(-11), receipt(-10)),
    Case(NumberReused, (*FUNDED, transfer(100)), transfer(5), transfer(5, no="新拨〔2025〕2号")),
    Case(FundOverdrawn, FUNDED, transfer(1_000_001), transfer(1_000_000)),
    Case(NumberReused, (household(),), household(who="李"), household("H2", "李")),
    Case(UnknownHousehold, (household(),), household("H2", "李", "女儿"), household("H1", "李", "女儿")),
    Case(
        NumberReused,
        (*ENTITLED, household("H2", "李")),
        decision("复核", decision_no="H1-批准-2024-12-20-2025-01"),
        decision("复核"),
    ),
    Case(DutiesNotSeparated, (household(),), decision(reviewed_by="G001"), decision(reviewed_by=None)),
    Case(DutiesNotSeparated, (household(),), decision(approved_by="G002"), decision(approved_by="G004")),
    Case(UnknownHousehold, (household(),), decision(no="H2"), decision()),
    Case(
        AlreadyInForce,
        ENTITLED,
        decision(on="2025-03-01", start="2025-04"),
        decision(programme="临时救助", on="2025-03-01"),
    ),
    Case(
        AlreadyInForce,
        (household(), decision(end_month="2025-06")),
        decision(on="2025-03-01", start="2025-06"),
        decision(on="2025-03-01", start="2025-07"),
    ),
    Case(NoDecisionInForce, (household(),), decision("停发", yuan=None), decision("不予批准", yuan=None, start=None)),
    Case(NoDecisionInForce, ENTITLED, decision("调整", programme="农村低保"), decision("调整")),
    Case(NumberReused, PAID, line(month="2025-02"), line(month="2025-02", number=2)),
    Case(DutiesNotSeparated, ENTITLED, line(reviewed_by="G001"), line(reviewed_by=None)),
    Case(DutiesNotSeparated, ENTITLED, line(reviewed_by="g001"), line(reviewed_by=None)),
    Case(UnknownHousehold, ENTITLED, line("H2"), line()),
    Case(NoDecisionInForce, ENTITLED, line(month="2024-12"), line(month="2025-01")),
    Case(
        NoDecisionInForce,
        (*ENTITLED, decision("停发", yuan=None, start="2025-03", on="2025-02-20")),
        line(month="2025-03"),
        line(month="2025-02"),
    ),
    Case(MonthAlreadyPaid, PAID, line(number=2), line(number=2, month="2025-02")),
    Case(
        MonthAlreadyPaid,
        (*ENTITLED, line(), failed(), line(number=2)),
        line(number=3),
        line(number=3, yuan=20, payment_type="价格补贴"),
    ),
    Case(AmountDiffers, ENTITLED, line(yuan=500.01), line(yuan=500)),
    Case(AmountDiffers, ENTITLED, line(yuan=499.99), line(yuan=499.99, payment_type="补发")),
    Case(
        AmountDiffers,
        (*ENTITLED, line(), bank(300)),
        line(number=2, yuan=201, payment_type="补发"),
        line(number=2, yuan=200, payment_type="补发"),
    ),
    Case(
        FundOverdrawn,
        (grant(900), receipt(900), household(), decision(), line()),
        line(month="2025-02", number=2),
        line(month="2025-02", number=2, yuan=400, payment_type="补发"),
    ),
    Case(FundOverdrawn, ENTITLED, line(level="省级"), line()),
    Case(UnknownLine, PAID, bank(number=2), bank()),
    Case(LineFinished, SETTLED, bank(), bank(-500, on="2025-01-20")),
    Case(LineFinished, (*PAID, failed()), bank(), line(number=2)),
    Case(ReversalTooLarge, SETTLED, bank(-501), bank(-500)),
    Case(ReversalTooLarge, (*SETTLED, bank(-300)), bank(-201), bank(-200)),
    Case(NumberReused, CONTRACTED, contract(5), contract(5, "C-02")),
    Case(DutiesNotSeparated, FUNDED, contract(**SAME), contract(**SAME | {"approved_by": "G002"})),
    Case(CapExceeded, CONTRACTED, contract(10_001, "C-02"), contract(10_000, "C-02")),
    Case(CapExceeded, CONTRACTED, contract(10_001, "C-02"), contract(10_001, "C-02", category="社会救助工作经费")),
    Case(
        CapExceeded,
        (*CONTRACTED, grant(-400_000, "财社〔2025〕9号")),
        contract(2_001, "C-02", reason="经党组会议研究"),
        contract(2_000, "C-02"),
    ),
    Case(
        ReasonMissing,
        CONTRACTED,
        contract(10_001, "C-02"),
        contract(10_001, "C-02", reason="tabcdefghijklmnopqrst"),
        "provincial-plan",
    ),
    Case(
        ReasonMissing,
        CONTRACTED,
        contract(10_001, "C-02", category="社会救助工作经费"),
        contract(10_000, "C-02", category="社会救助工作经费"),
        "provincial-plan",
    ),
    Case(RuleNotOnFile, FUNDED, contract(on="2021-09-08"), contract(on="2021-09-09")),
    Case(RuleNotOnFile, FUNDED, expense(paid_on=day("2014-04-30")), expense(paid_on=day("2014-05-01"))),
    Case(NumberReused, (*CONTRACTED, visit()), visit(), visit("V2")),
    Case(UnknownContract, CONTRACTED, visit(contract_no="C-02"), visit()),
    Case(NumberReused, (*CONTRACTED, service_expense()), service_expense(), service_expense(no="S2")),
    Case(NumberReused, (*CONTRACTED, expense(no="S1")), service_expense(), service_expense(no="S2")),
    Case(DutiesNotSeparated, CONTRACTED, service_expense(**SAME), service_expense(approved_by=None)),
    Case(UnknownContract, CONTRACTED, service_expense(contract_no="C-02"), service_expense()),
    Case(
        ContractOverrun,
        (*CONTRACTED, service_expense(6_000)),
        service_expense(4_001, "S2"),
        service_expense(4_000, "S2"),
    ),
    Case(
        ContractOverrun, (*CONTRACTED, service_expense(600)), service_expense(-601, "S2"), service_expense(-600, "S2")
    ),
    Case(
        FundOverdrawn,
        (grant(1_000_000), receipt(900), contract(10_000)),
        service_expense(901),
        service_expense(900),
    ),
    Case(NumberReused, (*FUNDED, expense()), expense(5), expense(5, "E2")),
    Case(DutiesNotSeparated, FUNDED, expense(**SAME), expense(**SAME | {"handled_by": None})),
    Case(PurposeNotAllowed, FUNDED, expense(purpose="招待费"), expense(purpose="丧葬补助")),
    Case(
        PurposeNotAllowed,
        (*FUNDED, grant(500, "新财〔2025〕9号", category="社会救助工作经费"), receipt(500, "新财〔2025〕9号")),
        expense(100, purpose="办公费"),
        expense(100, purpose="办公费", category="社会救助工作经费"),
    ),
    Case(FundOverdrawn, FUNDED, expense(1_000_001), expense(1_000_000)),
    Case(NumberReused, (*FUNDED, expense(), expense(-1_000)), expense(5), expense(5, "E2")),
    Case(DutiesNotSeparated, (*FUNDED, expense()), expense(-5, **SAME), expense(-5)),
    # What was spent on the wrong thing is taken back all the same.
    Case(UnknownExpense, (*FUNDED, expense()), expense(-5, "E2"), expense(-5, purpose="招待费")),
    Case(UnknownExpense, (*FUNDED, expense()), expense(-5, level="省级"), expense(-5)),
    Case(UnknownExpense, (*CONTRACTED, expense(), service_expense()), expense(-5, "S1"), expense(-5)),
    Case(RefundTooLarge, (*FUNDED, expense(100), expense(-40)), expense(-61), expense(-60)),
    Case(NumberReused, OWING, recovery("立案", 5), recovery("立案", 5, "R2")),
    Case(RecoveryNotOpen, OWING, recovery("缴回", 5, "R2"), recovery("缴回", 5)),
    Case(RecoveryNotOpen, OWING, recovery("分期", None, "R2"), recovery("分期", None)),
    Case(RecoveryNotOpen, (*OWING, household("H2", "李")), recovery("缴回", 5, household="H2"), recovery("缴回", 5)),
    Case(RecoveryNotOpen, OWING, recovery("缴回", 5, on="2025-05-31"), recovery("缴回", 5, on="2025-06-01")),
    Case(UnknownLine, OWING, recovery("缴回", 5, batch_no="B9", line_no=9), recovery("缴回", 5)),
    Case(OverRepaid, (*OWING, recovery("缴回", 300)), recovery("缴回", 201), recovery("缴回", 200)),
    Case(OverRepaid, (*OWING, recovery("核销", 300)), recovery("核销", 201), recovery("核销", 200)),
)
every_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture
def told(story: Story) -> Callable[[Case], Story]:
    """The story that a case begins with."""

    def tell(case: Case) -> Story:
        return Story.begin(story.book, story.engine, case.jurisdiction).decided(*case.given)

    return tell


def test_every_refusal_of_every_decision_has_its_story() -> None:
    declared = {(decision, refusal) for decision in DECISION_OF.values() for refusal in decision.REFUSALS}
    assert {(case.decision, case.refusal) for case in CASES} == declared
    # Those of samples have their stories beside them (tests/sampling, tests/audit_sampling).
    of_both = (*SAMPLING_DECISIONS.values(), *AUDIT_DECISIONS.values())
    of_samples = {refusal for decision in of_both for refusal in decision.REFUSALS}
    assert {refusal for _, refusal in declared} | of_samples == EVERY_REFUSAL


def test_every_refusal_says_what_would_make_it_pass() -> None:
    for refusal in EVERY_REFUSAL:
        said = refusal("甲", "A", citation=None)
        assert refusal.title_zh in said.reason_zh()
        assert refusal.remedy_zh in said.reason_zh()
        assert refusal.title_en in said.reason_en()
        assert refusal.remedy_en in said.reason_en()
        assert said.cited is None or said.cited.quotation in said.reason_zh()


@every_case
def test_it_is_refused_one_by_one_and_in_a_file_and_is_recorded_where_it_happened_elsewhere(
    told: Callable[[Case], Story], case: Case
) -> None:
    story = told(case)
    before = story.book.recorder.head()
    refusal = story.refusal_of(case.refused)
    assert type(refusal) is case.refusal, refusal
    assert [type(answer) for answer in as_a_file(story, case.refused)] == [case.refusal]
    assert story.book.recorder.head() == before, "a refusal leaves no trace"
    if case.decision is not OpenTheBook:
        assert story.ask(case.refused, "observed").is_new
        assert {event.origin for event in story.events(after=before)} == {"observed"}
        assert story.engine.catch_up() > before


@every_case
def test_what_is_nearly_that_passes(told: Callable[[Case], Story], case: Case) -> None:
    story = told(case)
    answers = as_a_file(story, case.refused, case.near)
    assert [type(answer) for answer in answers] == [case.refusal, Recorded]


def as_a_file(story: Story, *requests: Request) -> list[Recorded | Refusal]:
    """A file's rows: rolls and bank files are judged as a set, from facts, all others as a batch."""
    rows = story.rows(requests)
    kinds = {type(request) for request in requests}
    if kinds == {RollLineRequest}:
        return instruct_roll(story.book, story.engine.catch_up, rows)
    if kinds == {BankResultRequest}:
        return record_bank_results(story.book, story.engine.catch_up, rows)
    return story.book.do_batch([(row.key, made(row)) for row in rows])


def made(row: Row[Request]) -> Callable[[], Decide[Request]]:
    return lambda: DECISION_OF[type(row.request)](row.request, row.asked)


def test_a_book_keeps_its_jurisdiction_whoever_reports_otherwise(story: Story) -> None:
    story.decided(opening())
    with pytest.raises(JurisdictionFixed):
        story.ask(opening("shanghai"), "observed")


def test_refusals_are_asked_in_the_order_in_which_they_are_listed(story: Story) -> None:
    """A line that breaks every rule is refused with the first; each that is put right uncovers the next."""
    story.decided(grant(), receipt(900), household(), decision(), line())
    wrong = [
        line("H9", reviewed_by="G001"),
        line("H9", number=2, reviewed_by="G001"),
        line("H9", number=2),
        line(number=2, month="2024-01"),
        line(number=2),
        line(number=2, month="2025-02", yuan=501),
        line(number=2, month="2025-02"),
    ]
    assert [type(story.refusal_of(one)) for one in wrong] == list(InstructPayment.REFUSALS)
    answers = instruct_roll(story.book, story.engine.catch_up, story.rows(wrong))
    assert [type(answer) for answer in answers] == list(InstructPayment.REFUSALS)


def test_codes_and_titles_are_each_ones_own() -> None:
    assert len({one.code for one in EVERY_REFUSAL}) == len(EVERY_REFUSAL)
    assert len({one.title_zh for one in EVERY_REFUSAL}) == len(EVERY_REFUSAL)
    assert len({one.title_en for one in EVERY_REFUSAL}) == len(EVERY_REFUSAL)


def test_where_no_cap_is_set_none_is_asked_for(story: Story) -> None:
    shanghai = Story.begin(story.book, story.engine, "shanghai")
    assert shanghai.ask(contract(10**9)).is_new


def test_a_number_never_comes_back_under_another_key(story: Story) -> None:
    story.ask(grant(), key=uuid4())
    assert isinstance(story.refusal_of(grant()), NumberReused)


@pytest.mark.parametrize("make", [grant, receipt, service_expense, expense, bank], ids=lambda make: make.__name__)
def test_an_amount_of_nothing_is_no_request(make: Callable[..., Request]) -> None:
    with pytest.raises(ValidationError, match=r"不得为零 / the amount must not be zero"):
        make(0)


def test_a_resumption_may_leave_out_what_nobody_said_before(story: Story) -> None:
    """Reported from elsewhere without the approval that it resumes: no amount is in force, and it is on record."""
    story.observed(*FUNDED, household(), decision("恢复", yuan=None))
    assert isinstance(story.refusal_of(line()), NoDecisionInForce)
    assert story.found("paid_without_decision") == []
    story.observed(line(), bank())
    assert len(story.found("paid_without_decision")) == 1


def test_a_resumption_without_an_amount_is_at_the_amount_of_before(story: Story) -> None:
    story.decided(*ENTITLED, decision("停发", yuan=None, start="2025-03", on="2025-02-20"))
    story.decided(decision("恢复", yuan=None, start="2025-05", on="2025-04-20"))
    assert isinstance(story.refusal_of(line(month="2025-04")), NoDecisionInForce)
    assert story.ask(line(month="2025-05")).is_new


class TestRepayment:
    """缴回 credits the fund of the line it names, else of the household's latest line settled by then."""

    TWO_FUNDS = (
        *ENTITLED,
        grant(5_000, "省", level="省级"),
        receipt(5_000, "省"),
        line(),
        bank(),
        line(month="2025-02", number=2, level="省级"),
        bank(number=2, on="2025-02-09"),
        recovery("立案", 500, on="2025-01-05"),
    )

    @pytest.mark.parametrize(
        ("named", "on", "level"),
        [
            ({}, "2025-03-01", "省级"),
            ({}, "2025-01-20", "中央"),
            ({}, "2025-01-08", "省级"),
            ({"batch_no": "B1", "line_no": 1}, "2025-03-01", "中央"),
        ],
        ids=["the latest", "the latest by then", "none by then", "the one it names"],
    )
    def test_it_credits(self, story: Story, named: dict[str, Any], on: str, level: str) -> None:
        story.decided(*self.TWO_FUNDS, recovery("缴回", 100, on=on, **named))
        recovered = {fund.split("|")[2]: row["recovered_fen"] for fund, row in story.funds().items()}
        assert recovered == {"中央": 0, "省级": 0} | {level: 100_00}
