"""Where a witness looks at a log: its seal folder, an archive of it, or the same files over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import NotSealed, SealFolder
from ledger.seal.hashing import HASH_BYTES, SHA256, SM3, TreeHash
from ledger.seal.keys import SealError
from ledger.seal.note import Note
from ledger.seal.tiles import WIDTH, TileMissing, Tiles, tile_path

_SECONDS = 30
_MOST_BYTES = 1 << 24


def open_source(where: str) -> SealFolder:
    """The log at a path or an address.

    Raises:
        SealError: there is no checkpoint at that path.
    """
    if where.startswith(("http://", "https://")):
        return HttpSealFolder(where)
    folder = SealFolder(Path(where))
    if folder.read("checkpoint") is None:
        raise SealError(f"“{where}”里没有检查点", f"there is no checkpoint in {where}")
    return folder


class HttpSealFolder(SealFolder):
    """A seal folder that is served as c2sp.org/tlog-tiles says; it can only be read."""

    def __init__(self, url: str) -> None:
        super().__init__(Path())
        self.url = url.rstrip("/")
        self._latest: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        # The log grows meanwhile: all that is asked for is to be of one checkpoint.
        if name in self._latest:
            return self._latest[name]
        data = self._fetch(name)
        if data is not None and name.startswith("checkpoint") and "/" not in name:
            self._latest[name] = data
        return data

    def _fetch(self, name: str) -> bytes | None:
        try:
            asked = Request(f"{self.url}/{name}", headers={"User-Agent": "mingzhang-witness"})  # noqa: S310 - http(s)
            with urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310 - open_source lets http and https through
                return bytes(answer.read(_MOST_BYTES))
        except HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return None
            raise SealError(f"{self.url} 返回 {error.code}", f"{self.url} answers {error.code}") from None
        except (URLError, OSError) as error:
            why = getattr(error, "reason", error)
            raise SealError(f"连不上 {self.url}({why})", f"{self.url} cannot be reached ({why})") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        raise PermissionError("a folder that is read over HTTP")
        yield

    def tiles(self, tree_hash: TreeHash = SHA256) -> Tiles:
        data = self.read(f"checkpoint{tree_hash.suffix.replace('/', '.')}")
        if data is None:
            raise NotSealed("账本尚未封存 / the book is not sealed yet")
        return _HttpTiles(self, tree_hash, Checkpoint.parse(Note.parse(data).text).size)


class _HttpTiles(Tiles):
    """The tiles of a tree of ``size`` leaves, of which the last of each level has the width that the size gives it."""

    def __init__(self, source: HttpSealFolder, tree_hash: TreeHash, size: int) -> None:
        super().__init__(source.path, tree_hash)
        self._source = source
        self._prefix = "sm3/" if tree_hash is SM3 else ""
        self._size = size

    def _load(self, level: int, index: int, width: int) -> bytes:
        there = min(self._size // WIDTH**level - index * WIDTH, WIDTH)
        for wide in {max(there, width): None, WIDTH: None}:
            data = self._source.read(self._prefix + tile_path(level, index, wide))
            if data is not None and len(data) == wide * HASH_BYTES:
                return data
        raise TileMissing(tile_path(level, index, width))
