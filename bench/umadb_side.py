"""UmaDB in its own virtual environment: its server, and a client process that does as it is told.

Both come with its wheel, pinned in requirements-umadb.txt. Where it cannot be installed, the benchmark says so and goes
on without it.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.dcb.api import DCBEvent

from bench.machine import OUT

_HERE = Path(__file__).parent
_START_SECONDS = 20
_INSTALL_SECONDS = 180


class UmaDB:
    """The client process; each act is one line to it and one line back."""

    def __init__(self, client: subprocess.Popen[str]) -> None:
        self._client = client

    def _ask(self, **what: Any) -> int:
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(json.dumps(what) + "\n")
        self._client.stdin.flush()
        return int(self._client.stdout.readline())

    def load(self, events: list[DCBEvent]) -> int:
        """Gives the client its events before any clock runs."""
        plain = [(event.type, b64encode(event.data).decode(), event.tags) for event in events]
        return self._ask(act="load", events=plain)

    def append(self, first: int, count: int, batch: int) -> int:
        return self._ask(act="append", first=first, count=count, batch=batch)

    def decide(self, clients: int, seconds: float) -> int:
        """Conditional appends of one event by some clients at once; how many in all."""
        return self._ask(act="decide", clients=clients, seconds=seconds)


@contextmanager
def umadb() -> Iterator[UmaDB | str]:
    """The running UmaDB, its data on the same disk and durable as shipped; or why there is none."""
    try:
        python = _install()
    except (subprocess.SubprocessError, OSError) as error:
        yield f"UmaDB 未能安装,略过 / UmaDB could not be installed and is left out ({type(error).__name__})"
        return
    data = OUT / "umadb-data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    port = _free_port()
    address = f"127.0.0.1:{port}"
    served = subprocess.Popen(
        [str(python.with_name("umadb")), "--listen", address, "--db-path", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        client = subprocess.Popen(
            [str(python), str(_HERE / "umadb_client.py"), f"http://{address}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            yield UmaDB(client)
        finally:
            client.terminate()
            client.wait(10)
    finally:
        served.terminate()
        served.wait(10)
        shutil.rmtree(data, ignore_errors=True)


def _install() -> Path:
    folder = OUT / "umadb-venv"
    python = folder / "bin" / "python"
    if not (folder / "bin" / "umadb").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=_INSTALL_SECONDS)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        wanted = str(_HERE / "requirements-umadb.txt")
        subprocess.run([*pip, "-r", wanted], check=True, timeout=_INSTALL_SECONDS)
    return python


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
