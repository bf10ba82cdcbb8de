"""Whatever changes what a decision knows, before it is recorded, has it decided again."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from ledger.book import book as book_module
from ledger.book.batch import Recorded
from ledger.book.book import Book, Busy
from ledger.decide.contract import CommitContract
from ledger.decide.refusal import Refusal
from ledger.decide.refusals import AmountDiffers, CapExceeded, FundOverdrawn, LineFinished, NoDecisionInForce
from ledger.decide.service_expense import PayService
from ledger.decide.slice import Decide
from ledger.intake.bank_set import record_bank_results
from ledger.intake.roll_set import instruct_roll
from tests.book.writers import WAIT_SECONDS, commit_contracts
from tests.story import ENTITLED, FUNDED, Story, bank, contract, decision, expense, grant, line, service_expense

# 2 % of 1,000,000 yuan may be committed.
HEADROOM = 20_000


def interrupted(cls: type[Decide[Any]], happening: Callable[[int], object]) -> tuple[type[Decide[Any]], list[int]]:
    """The decision with something happening each time between what it learns and what it records; its tries."""
    tries: list[int] = []

    class Interrupted(cls):  # type: ignore[valid-type,misc]
        def execute(self) -> None:
            tries.append(len(tries))
            happening(tries[-1])
            super().execute()

    return Interrupted, tries


def test_headroom_taken_meanwhile_is_seen(story: Story) -> None:
    story.decided(*FUNDED)
    cls, tries = interrupted(CommitContract, lambda n: n or (story.ask(contract(HEADROOM - 100, "C-02"))))
    with pytest.raises(CapExceeded) as refused:
        story.book.do(lambda: cls(contract(5_000), story.asked()))
    assert len(tries) == 2
    assert refused.value.params["headroom_fen"] == 100_00


def test_what_is_none_of_its_business_does_not_disturb_it(story: Story) -> None:
    story.decided(*FUNDED)
    cls, tries = interrupted(CommitContract, lambda n: story.decided(contract(1, "C-02", region="620198")))
    story.observed(grant(no="别处", region="620198"))
    assert story.book.do(lambda: cls(contract(5_000), story.asked())).is_new
    assert len(tries) == 1


def test_a_fund_that_the_contract_names_is_watched_too(story: Story) -> None:
    """The boundary grew by the fund only after the contract was read."""
    story.decided(*FUNDED, contract(10_000))
    cls, tries = interrupted(PayService, lambda n: n or (story.ask(expense(999_500))))
    with pytest.raises(FundOverdrawn):
        story.book.do(lambda: cls(service_expense(1_000), story.asked()))
    assert len(tries) == 2


def test_a_batch_is_decided_again(story: Story) -> None:
    story.decided(*FUNDED)
    cls, tries = interrupted(CommitContract, lambda n: n or (story.ask(contract(HEADROOM - 100, "C-02"))))
    asked = [(uuid4(), lambda n=n: cls(contract(90, f"B{n}"), story.asked())) for n in range(3)]
    answers = story.book.do_batch(asked)
    assert [type(answer) for answer in answers] == [Recorded, CapExceeded, CapExceeded]
    assert len(tries) == 6


def test_one_who_is_always_disturbed_is_told_so(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "MOST_TRIES", 3)
    story.decided(*FUNDED)
    cls, tries = interrupted(CommitContract, lambda n: story.ask(contract(1, f"D{n}")))
    with pytest.raises(Busy, match=r"请重试.*try again"):
        story.book.do(lambda: cls(contract(5_000), story.asked()))
    assert len(tries) == 3
    with pytest.raises(Busy):
        story.book.do_batch([(uuid4(), lambda: cls(contract(5_000), story.asked()))])


def disturbed(story: Story, happening: Callable[[], object]) -> Callable[[], int]:
    """The projections catch up, and once something happens right after."""
    happened: list[bool] = []

    def catch_up() -> int:
        position = story.engine.catch_up()
        if not happened:
            happened.append(True)
            happening()
        return position

    return catch_up


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [
        (decision("终止", yuan=None, on="2025-01-02"), NoDecisionInForce),
        (decision("调整", yuan=400, on="2025-01-02"), AmountDiffers),
        (expense(999_900), FundOverdrawn),
    ],
    ids=lambda case: type(case).__name__,
)
def test_a_roll_is_judged_again(story: Story, meanwhile: Any, refusal: type[Refusal]) -> None:
    story.decided(*ENTITLED)
    rows = story.rows([line()])
    answers = instruct_roll(story.book, disturbed(story, lambda: story.ask(meanwhile)), rows)
    assert [type(answer) for answer in answers] == [refusal]


def test_a_banks_file_is_judged_again(story: Story) -> None:
    story.decided(*ENTITLED, line())
    rows = story.rows([bank()])
    answers = record_bank_results(story.book, disturbed(story, lambda: story.ask(bank())), rows)
    assert [type(answer) for answer in answers] == [LineFinished]


def last_headroom(story: Story, database_url: str, rounds: int) -> Counter[int]:
    """Two processes commit a contract each into a headroom for one, in ``rounds`` regions; fits per region."""
    regions = [f"6201{n:02d}{m:03d}" for n in range(100) for m in range(100)][:rounds]
    given = [grant(no=f"财社〔2025〕{region}号", region=region) for region in regions]
    story.book.do_batch([(row.key, made(row)) for row in story.rows(given)])
    spawn = multiprocessing.get_context("spawn")
    together, answers = spawn.Barrier(2), spawn.Queue()
    args = (regions, HEADROOM - 1_000, together, answers)
    workers = [spawn.Process(target=commit_contracts, args=(database_url, me, *args)) for me in ("a", "b")]
    for worker in workers:
        worker.start()
    try:
        told = [answers.get(timeout=WAIT_SECONDS) for _ in range(2 * rounds)]
        for worker in workers:
            worker.join(WAIT_SECONDS)
    finally:
        for worker in workers:
            worker.kill()
    fits = Counter(region for region, is_recorded in told if is_recorded)
    assert {row["region"]: row["headroom_fen"] for row in story.cap()} == dict.fromkeys(regions, 1_000_00)
    return Counter(fits[region] for region in regions)


def made(row: Any) -> Callable[[], Decide[Any]]:
    from tests.story import DECISION_OF

    return lambda: DECISION_OF[type(row.request)](row.request, row.asked)


def test_two_processes_never_both_fit_into_the_last_headroom(story: Story, database_url: str) -> None:
    assert last_headroom(story, database_url, 20) == {1: 20}


@pytest.mark.soak
def test_two_processes_never_both_fit_however_often_they_try(story: Story, database_url: str) -> None:
    assert last_headroom(story, database_url, 200) == {1: 200}


def test_a_book_can_be_used_by_a_second_one(story: Story) -> None:
    other = Book(story.book.database)
    story.ask(grant())
    assert other.event_at(1) == story.events()[0]
    with pytest.raises(LookupError):
        other.event_at(2)
