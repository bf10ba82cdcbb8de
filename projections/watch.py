"""A watch that keeps the findings up to date while the console is served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from types import TracebackType
from typing import Self

import structlog

from projections.supervision import Supervisor

log = structlog.get_logger()

# How often the watch asks whether there is something new; asking costs one index look-up.
SECONDS = 0.5
# After a failure (the database starting again, say) it waits longer, and goes on.
SECONDS_AFTER_FAILURE = 5.0


class Watch:
    """Looks at the books whenever something was recorded, and once a day, until it is left."""

    def __init__(self, supervisor: Supervisor, today: Callable[[], date]) -> None:
        self._supervisor = supervisor
        self._today = today
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._ending.wait(pause):
            pause = SECONDS
            try:
                self._supervisor.keep_up(self._today())
            except Exception:
                log.exception("the watch failed and tries again")
                pause = SECONDS_AFTER_FAILURE
