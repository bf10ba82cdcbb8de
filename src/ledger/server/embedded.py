"""The embedded PostgreSQL: started by whoever needs it first, shared by processes, stopped by the last one out.

Each process holds `holders.lock` in the data folder, shared; starting and stopping is under `change.lock`, exclusive.
The kernel drops both when a process ends, so a killed process never stands in the way of the next.
"""

import atexit
import os
import weakref
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from ledger.server import lock, postmaster
from ledger.server.cluster import Cluster, open_cluster
from ledger.server.errors import ServerError, from_os_error
from ledger.server.postmaster import Postmaster

__all__ = ["EmbeddedServer", "ServerError"]

_CHANGE_SECONDS = 600.0
_log = structlog.get_logger()


class EmbeddedServer:
    """This process's hold on the PostgreSQL server of one data folder.

    Not for use by several threads at once; each may have an instance of its own. A forked child does not inherit the
    hold: its parent keeps the server up, and the child calls `start` if it needs the server for longer.
    """

    def __init__(self, data: Path) -> None:
        """Name the data folder; it is made (0700) at the first start."""
        self._data = data.resolve()
        self._hold: int | None = None
        self._cluster: Cluster | None = None

    def start(self) -> str:
        """Start the server or join the running one, and return its connection URL (database `mingzhang`).

        Calling it again checks that the server still runs, and starts it if it crashed. Raises ServerError.
        """
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            with lock.exclusive(self._data / "change.lock", _CHANGE_SECONDS):
                alone = self._hold is None and self._take_hold()
                try:
                    self._cluster = open_cluster(self._data)
                    return _running(self._cluster, alone).url
                except BaseException:
                    self._leave()
                    raise
        except OSError as error:
            raise from_os_error(error) from error

    def close(self) -> None:
        """Give up the hold; if no other process has one, stop the server. May be called again."""
        if self._hold is None:
            return
        try:
            with self._change():
                self._leave()
        except OSError as error:
            raise from_os_error(error) from error

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def forget(self) -> None:
        """Drop the hold without stopping anything, as a forked child must: the hold is its parent's."""
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def _take_hold(self) -> bool:
        """Hold the folder together with others; true if there are none."""
        self._hold = lock.open_lock(self._data / "holders.lock")
        alone = lock.try_exclusive(self._hold)
        lock.share(self._hold)
        _held.add(self)
        atexit.register(self.close)
        return alone

    def _change(self) -> AbstractContextManager[None]:
        """Keep others from starting and stopping; nobody can come where the data folder was deleted."""
        path = self._data / "change.lock"
        return lock.exclusive(path, _CHANGE_SECONDS) if self._data.is_dir() else nullcontext()

    def _leave(self) -> None:
        hold, self._hold = self._hold, None
        if hold is None:
            return
        atexit.unregister(self.close)
        last = lock.try_exclusive(hold)
        try:
            server = postmaster.find(self._cluster.folder) if last and self._cluster else None
            if self._cluster and server:
                fast = postmaster.stop(self._cluster.folder, server)
                _log.info("postgres_stopped", server_pid=server.process.pid, fast=fast)
        finally:
            lock.let_go(hold)


def _running(cluster: Cluster, alone: bool) -> Postmaster:
    """Return the cluster's running server, started or waited for as need be."""
    server = postmaster.find(cluster.folder)
    if server is not None and server.status == "starting":
        server = postmaster.wait_ready(cluster, server.process)
    if server is not None and server.status == "ready" and server.reachable:
        return server
    if server is not None:
        if server.status == "ready" and not alone:
            raise ServerError(
                "数据文件夹在使用中被移动，或套接字文件被删除。请关闭所有正在使用本账的程序后重试。",
                "The data folder was moved while in use, or the socket file was deleted. "
                "Close every program that uses this book and try again.",
            )
        postmaster.stop(cluster.folder, server)
    server = postmaster.start(cluster)
    _log.info("postgres_started", server_pid=server.process.pid)
    return server


_held: "weakref.WeakSet[EmbeddedServer]" = weakref.WeakSet()


def _forget_all() -> None:
    for server in list(_held):
        server.forget()


os.register_at_fork(after_in_child=_forget_all)
