"""GET the seal as c2sp.org/tlog-tiles says: checkpoints, keys and tiles, as they lie in the seal folder.

Open to all, since a witness holds no token and needs nothing of the book's: these files say how many events there are
and are otherwise hashes. No event is served here but those by which the log's key was changed, for a witness to follow.
"""

from __future__ import annotations

import re

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from api import problems
from api.signatures import Books

router = APIRouter(prefix="/seal", include_in_schema=False)

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
# A tile is written once; a checkpoint gains cosignatures, so that no cache keeps it.
FOR_GOOD = "public, max-age=31536000, immutable"
_NOTE = re.compile(
    r"(log|witness)\.vkey|rotations|checkpoint\.witnessed|(checkpoint|checkpoints/[1-9][0-9]{0,18})(\.sm3)?"
)
_WIDTH = r"(\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
_TILE = re.compile(r"(sm3/)?tile/([0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/){0,6}[0-9]{3}" + _WIDTH)


@router.get("/{name:path}")
def seal_file(name: str, books: Books) -> Response:
    """One file; nothing but what the seal is made of has such a name, so no path leads out of the folder."""
    is_tile = _TILE.fullmatch(name) is not None
    path = books.seal_folder.path / name
    if not (is_tile or _NOTE.fullmatch(name)) or not path.is_file():
        raise problems.not_found()
    if is_tile:
        return FileResponse(path, media_type=BYTES, headers={"Cache-Control": FOR_GOOD})
    return FileResponse(path, media_type=TEXT)
