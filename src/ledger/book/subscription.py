"""Following the log: woken by a notice, and polling as well, since a notice may be lost and an event may not."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from eventsourcing.dcb.api import DCBQuery, DCBSequencedEvent, DCBSubscription

if TYPE_CHECKING:
    from ledger.book.recorder import BookRecorder

_BATCH = 1000
# How long an event may go unseen when its notice is lost.
POLL_SECONDS = 0.5


class BookSubscription(DCBSubscription["BookRecorder"]):
    """Every event that matches, past and to come, in order; ends after ``stop()``."""

    def __init__(self, recorder: BookRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        super().__init__(recorder, query, after)
        self._read: deque[DCBSequencedEvent] = deque()
        self._session = recorder.database.dedicated()
        self._session.execute("listen mingzhang_book")

    def __exit__(self, *args: object, **kwargs: object) -> None:
        super().__exit__(*args, **kwargs)
        self._session.close()

    def __next__(self) -> DCBSequencedEvent:
        while not self._read:
            if self._has_been_stopped:
                raise StopIteration
            self._pull()
            if not self._read:
                for _ in self._session.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass
        event = self._read.popleft()
        self._last_position = event.position
        return event

    def _pull(self) -> None:
        self._read.extend(self._recorder.read(self._query, after=self._last_position, limit=_BATCH))
