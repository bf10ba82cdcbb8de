"""A body is one row of a file, one form or one document: what is longer than its kind is not read to its end."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.vault.documents import MOST_BYTES

MOST_BODY_BYTES = 64 * 1024
# A document of a case (a scan of some tens of pages) with the form around it.
MOST_DOCUMENT_BYTES = MOST_BYTES + MOST_BODY_BYTES


class BodyLimit:
    """Stops reading a body past the limit; the request is answered with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = MOST_DOCUMENT_BYTES if scope.get("path", "").endswith("/documents") else MOST_BODY_BYTES
        read_bytes = 0

        async def counting() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counting, send)
