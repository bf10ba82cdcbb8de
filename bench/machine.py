"""The machine in the same run: a server of its own, how fast its disk flushes, and how much memory is used."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from ledger.server import EmbeddedServer

OUT = Path(__file__).parent / "out"
# The book of a million payments: made once (bench.supervision says how), which takes a quarter of an hour, and kept.
MILLION = OUT / "million"
_FLUSH_SECONDS = 1.0
_SAMPLE_SECONDS = 0.5


@contextmanager
def server() -> Iterator[str]:
    """The URL of an embedded PostgreSQL made for this run, with the settings that it is shipped with; removed after."""
    folder = Path(tempfile.mkdtemp(prefix="server-", dir=OUT))
    embedded = EmbeddedServer(folder / "data")
    url = embedded.start()
    with psycopg.connect(url) as conn:
        row = conn.execute("select current_setting('data_directory')").fetchone()
    try:
        yield url
    finally:
        embedded.close()
        # Run by root, the cluster lies outside its data folder.
        shutil.rmtree(row[0] if row else folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(url: str, name: str) -> str:
    """An empty database of the server."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {name} encoding 'UTF8'".encode())
    return make_conninfo(url, dbname=name)


def flushes_per_second(folder: Path) -> float:
    """How often the disk makes 8 kB durable in a second, one after the other: no single writer commits faster."""
    block = os.urandom(8192)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < _FLUSH_SECONDS:
            os.pwrite(file.fileno(), block, 0)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.perf_counter() - begun)


class Memory(threading.Thread):
    """Samples, while it runs, this process and the largest one of the database server."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.python_bytes = 0
        self.server_bytes = 0
        self._over = threading.Event()
        with psycopg.connect(url) as conn:
            self._postmaster = psutil.Process(conn.info.backend_pid).parent()

    def run(self) -> None:
        me = psutil.Process()
        while not self._over.wait(_SAMPLE_SECONDS):
            self.python_bytes = max(self.python_bytes, me.memory_info().rss)
            children = self._postmaster.children() if self._postmaster else []
            self.server_bytes = max([self.server_bytes, *map(_share_bytes, children)])

    def stop(self) -> None:
        self._over.set()
        self.join()


def _share_bytes(process: psutil.Process) -> int:
    """A process's own memory and its share of what it shares (Linux; elsewhere its resident memory)."""
    try:
        info = process.memory_full_info() if psutil.LINUX else process.memory_info()
    except psutil.Error:
        return 0
    return int(getattr(info, "pss", info.rss))
