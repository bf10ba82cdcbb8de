"""Serving the application until it is told to stop."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from ledger.seal.sealing import SealingThread
from projections.open_book import OpenBook
from projections.watch import Watch


def serve(open_book: OpenBook, host: str, port: int) -> None:
    """Serves API and console at ``host``:``port``; returns after an interrupt, requests under way finished.

    The server's own access log is off: it names paths, and ours (``api.logs``) names routes.
    """
    with (
        SealingThread(open_book.sealing, open_book.database),
        Watch(open_book.supervisor, lambda: open_book.today),
    ):
        uvicorn.run(create_app(open_book), host=host, port=port, access_log=False, log_config=None, server_header=False)
