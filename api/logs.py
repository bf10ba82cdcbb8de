"""One line a request, and every other line under the same request id (``ledger.log_lines`` says how lines look)."""

from __future__ import annotations

import secrets
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()


class RequestLog:
    """Gives every request an id, logs it by its route (a path may name a household) and says it in ``X-Request-ID``."""

    def __init__(self, app: ASGIApp, fault: Callable[[Request], Response]) -> None:
        self.app = app
        self.fault = fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, began, status = secrets.token_hex(8), time.monotonic(), 0
        state = scope.setdefault("state", {})
        state["request_id"] = request_id

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, noting)
            except Exception as error:
                _log_fault(error)
                if not status:
                    await self.fault(Request(scope))(scope, receive, noting)
            finally:
                # A router's routes know their own paths; the nouns of the API and of the console are the same.
                api = "/api/v1" if scope["path"].startswith("/api/v1/") else ""
                route = getattr(scope.get("route"), "path", None)
                took_ms = round((time.monotonic() - began) * 1000)
                log.info(
                    "request",
                    method=scope["method"],
                    route=f"{api}{route}" if route else None,
                    status=status,
                    took_ms=took_ms,
                    staff=state.get("staff"),
                )


def _log_fault(error: Exception) -> None:
    """Says what kind of error came from where; its message is left out, since it may quote what somebody sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("fault", error=type(error).__name__, places=places)
