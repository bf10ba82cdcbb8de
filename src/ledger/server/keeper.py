"""Keeping the embedded server up for a program that stays: one that crashed or was killed is started again."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import structlog

from ledger.server.embedded import EmbeddedServer
from ledger.server.errors import ServerError

log = structlog.get_logger()

CHECK_SECONDS = 1.0


class Keeper:
    """Looks after one server in the background until it is left; the server must be started by then."""

    def __init__(self, server: EmbeddedServer, check_seconds: float = CHECK_SECONDS) -> None:
        self._server = server
        self._check_seconds = check_seconds
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="server keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(self._check_seconds):
            try:
                self._server.start()
            except ServerError as error:
                # The next check tries again; what is asked meanwhile is answered with 503.
                log.error("the database cannot be started again", reason=str(error))
