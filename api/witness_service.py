"""A witness over HTTP: c2sp.org/tlog-witness's ``add-checkpoint``, for logs that bring their checkpoints themselves."""

from __future__ import annotations

import time

from fastapi import FastAPI, Request, Response

from ledger.seal.witness import Witness
from ledger.seal.witness_wire import MOST_BYTES, answer


def create_witness_service(witness: Witness) -> FastAPI:
    """The service of one witness."""
    service = FastAPI(openapi_url=None)

    @service.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for block in request.stream():
            body += block
            if len(body) > MOST_BYTES:
                return Response(status_code=413)
        said = answer(witness, body, int(time.time()))
        # As a media type, what begins with text/ would be given a charset, and a log looks for just this one.
        return Response(said.body, said.status, headers={"Content-Type": said.content_type})

    return service
