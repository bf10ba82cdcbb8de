"""A lost reply is not a lost event: what is sent again under its key is recorded once and answered as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from ledger.book.batch import Recorded
from ledger.book.book import Book, KeyReused
from ledger.book.database import Database
from ledger.decide.grant import IssueGrant
from ledger.decide.refusals import FundOverdrawn, NumberReused
from tests.story import DECISION_OF, FUNDED, Story, expense, grant, receipt

WAIT_SECONDS = 120


def test_the_same_request_again_is_answered_as_before(story: Story) -> None:
    key = uuid4()
    first = story.ask(grant(), key=key)
    story.ask(grant(no="财社〔2025〕2号"))
    assert first == Recorded(1, is_new=True)
    assert story.ask(grant(), key=key) == Recorded(1, is_new=False)
    assert story.book.recorder.head() == 2


def test_the_same_request_under_another_key_is_another_request(story: Story) -> None:
    story.ask(grant(), key=uuid4())
    with pytest.raises(NumberReused):
        story.ask(grant(), key=uuid4())


def test_a_key_is_good_for_one_request_only(story: Story) -> None:
    key = uuid4()
    mine, other = story.asked(request_digest="a" * 32), story.asked(request_digest="b" * 32)
    story.book.do(lambda: IssueGrant(grant(), mine), key)
    assert story.book.do(lambda: IssueGrant(grant(), mine), key) == Recorded(1, is_new=False)
    with pytest.raises(KeyReused):
        story.book.do(lambda: IssueGrant(grant(no="财社〔2025〕2号"), other), key)
    assert story.book.recorder.head() == 1


def test_what_was_refused_leaves_its_key_free(story: Story) -> None:
    key = uuid4()
    with pytest.raises(FundOverdrawn):
        story.ask(expense(), key=key)
    story.decided(*FUNDED)
    assert story.ask(expense(), key=key).is_new
    assert not story.ask(expense(), key=key).is_new


def test_an_answer_stands_when_what_made_it_possible_is_gone(story: Story) -> None:
    key = uuid4()
    story.decided(*FUNDED)
    paid = story.ask(expense(1_000_000), key=key)
    again = story.ask(expense(1_000_000), key=key)
    assert (again.position, again.is_new) == (paid.position, False)


def test_one_key_sent_by_many_at_once_is_recorded_once(story: Story, database_url: str) -> None:
    story.decided(*FUNDED)
    key, together = uuid4(), Barrier(6)
    databases = [Database(database_url, max_connections=1) for _ in range(6)]

    def send(database: Database) -> Recorded:
        book = Book(database)
        together.wait(WAIT_SECONDS)
        return book.do(lambda: DECISION_OF[type(expense())](expense(), story.asked()), key)

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, databases, timeout=WAIT_SECONDS))
    for database in databases:
        database.close()
    assert [answer.position for answer in answers] == [3] * 6
    assert sum(answer.is_new for answer in answers) == 1
    assert story.book.recorder.head() == 3


def test_a_batch_sent_twice_at_once_is_recorded_once(story: Story, database_url: str) -> None:
    requests = [request for n in range(40) for request in (grant(no=f"G{n}"), receipt(no=f"G{n}"))]
    rows = story.rows(requests)
    asked = [(row.key, lambda row=row: DECISION_OF[type(row.request)](row.request, row.asked)) for row in rows]
    together = Barrier(3)
    databases = [Database(database_url, max_connections=1) for _ in range(3)]

    def send(database: Database) -> list[object]:
        book = Book(database)
        together.wait(WAIT_SECONDS)
        return list(book.do_batch(asked))

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(send, databases, timeout=WAIT_SECONDS))
    for database in databases:
        database.close()
    assert story.book.recorder.head() == 80
    positions = [[one.position for one in answer if isinstance(one, Recorded)] for answer in answers]
    assert positions == [list(range(1, 81))] * 3
    assert sum(one.is_new for answer in answers for one in answer if isinstance(one, Recorded)) == 80


def test_a_row_twice_in_one_batch_is_recorded_once(story: Story) -> None:
    row = story.rows([grant()])[0]
    answers = story.book.do_batch([(row.key, lambda: IssueGrant(grant(), row.asked))] * 2)
    assert answers == [Recorded(1, is_new=True), Recorded(1, is_new=False)]
