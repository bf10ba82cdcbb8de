"""PostgreSQL's processes, known by the folder that they work in: a process id alone may be somebody else's by now."""

import time
from collections.abc import Iterable
from pathlib import Path

import psutil

_NAMES = ("postgres", "initdb")
_END_SECONDS = 10.0
POLL_SECONDS = 0.02


def working_in(folder: Path) -> list[psutil.Process]:
    """List the live processes of PostgreSQL whose working directory is `folder`."""
    return [process for process in psutil.process_iter() if works_in(process, folder)]


def works_in(process: psutil.Process, folder: Path) -> bool:
    """Tell whether a process is PostgreSQL's, alive, and at work in `folder`."""
    try:
        return process.name() in _NAMES and not gone(process) and Path(process.cwd()).samefile(folder)
    except (psutil.Error, OSError):
        return False


def gone(process: psutil.Process) -> bool:
    """Tell whether a process has ended, even if nobody has collected it yet (as in a container without an init)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(processes: Iterable[psutil.Process], seconds: float) -> bool:
    """Wait until all have ended, at most so long; false if some have not."""
    waiting = list(processes)
    deadline = time.monotonic() + seconds
    while waiting := [process for process in waiting if not gone(process)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(processes: Iterable[psutil.Process]) -> None:
    """Kill processes and wait until they have ended."""
    ending = list(processes)
    for process in ending:
        if not gone(process):
            process.kill()
    wait_gone(ending, _END_SECONDS)
