"""Advisory file locks (flock): the kernel drops them when their process ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.server.errors import ServerError

_POLL_SECONDS = 0.02


def open_lock(path: Path) -> int:
    """Open the lock file `path`, making it (0600, owned by the owner of its folder) if need be; return its descriptor.

    A link is never followed: root may open a folder that belongs to somebody else.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def try_exclusive(descriptor: int) -> bool:
    """Make the hold on an open lock file exclusive; false if another holds it too, and then nothing is held."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Hold an open lock file together with others."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def let_go(descriptor: int) -> None:
    """Give up a hold, also for forked children that still have the descriptor open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def exclusive(path: Path, wait_seconds: float) -> Iterator[None]:
    """Hold the lock file `path` alone, waiting for whoever has it. Raises ServerError after `wait_seconds`."""
    descriptor = open_lock(path)
    try:
        deadline = time.monotonic() + wait_seconds
        while not try_exclusive(descriptor):
            if time.monotonic() > deadline:
                raise ServerError(
                    f"另一个程序正在启动或停止本账的数据库，{wait_seconds:.0f} 秒内没有结束。请关闭该程序后重试。",
                    f"Another program has been starting or stopping this book's database "
                    f"for {wait_seconds:.0f} seconds. Close that program and try again.",
                )
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        let_go(descriptor)
