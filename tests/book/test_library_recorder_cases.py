"""The library's own cases for a DCB recorder, against ours, by either way to append."""

from __future__ import annotations

import pytest
from eventsourcing.dcb.tests import DCBRecorderTestCase

import ledger.book.recorder as recorder_module
from ledger.book.book import Book


@pytest.fixture(params=[1, 1_000_000], ids=["by COPY", "by call"])
def recorder(
    request: pytest.FixtureRequest, book: Book, monkeypatch: pytest.MonkeyPatch
) -> recorder_module.BookRecorder:
    """A recorder that sends every append, however small or large, the same way."""
    monkeypatch.setattr(recorder_module, "COPY_FROM", request.param)
    return book.recorder


def test_append_and_read(recorder: recorder_module.BookRecorder) -> None:
    DCBRecorderTestCase()._test_append_read(recorder)


def test_append_and_subscribe(recorder: recorder_module.BookRecorder) -> None:
    DCBRecorderTestCase()._test_append_subscribe(recorder)
