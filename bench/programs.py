"""Accounting programs that are not ours, run on a journal of ours, where they are installed."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_LEDGER_LINE = "%(account)\t%(quantity(scrub(display_total)))\n"
_BALANCES = {
    "hledger": ["bal", "--flat", "--no-total", "--empty", "-O", "csv"],
    "ledger": ["bal", "--flat", "--no-total", "--empty", "--format", _LEDGER_LINE],
}
# hledger reads a journal in the encoding of its locale.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": tempfile.gettempdir()}


class ProgramFailed(RuntimeError):
    """A program refused a journal; the message is its own."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a program: seconds by the clock, the most memory it held, and the balances that it came to, in fen."""

    seconds: float
    memory_bytes: int
    balances: dict[str, int]


def installed() -> tuple[str, ...]:
    """Which of hledger and ledger are here."""
    return tuple(name for name in _BALANCES if shutil.which(name))


def run_programs(journal: Path, programs: Sequence[str] | None = None, timeout: float = 900) -> dict[str, Ran]:
    """The balances of every account of a journal (``mingzhang export hledger``) by each program installed.

    Raises:
        ProgramFailed: a program refused the journal, or took longer than ``timeout`` seconds.
    """
    return {name: _balances(name, journal, timeout) for name in (installed() if programs is None else programs)}


def bean_check() -> str | None:
    """beancount's checker, on the path or beside this Python."""
    return shutil.which("bean-check") or shutil.which("bean-check", path=Path(sys.executable).parent)


def check(command: Sequence[str], timeout: float = 900) -> float:
    """Seconds that a checking command takes, such as ``hledger -f FILE check`` or ``bean-check FILE``.

    Raises:
        ProgramFailed: it found something wrong.
    """
    seconds, _, _ = _run(command, timeout)
    return seconds


def _balances(program: str, journal: Path, timeout: float) -> Ran:
    seconds, memory_bytes, text = _run([program, "-f", str(journal), *_BALANCES[program]], timeout)
    if program == "hledger":
        rows = [(row["account"], row["balance"].removesuffix(" CNY")) for row in csv.DictReader(text.splitlines())]
    else:
        rows = [(account, amount) for account, _, amount in (line.partition("\t") for line in text.splitlines())]
    return Ran(seconds, memory_bytes, {account: _fen(amount) for account, amount in rows})


def _fen(yuan: str) -> int:
    fen = Decimal(yuan) * 100
    if fen != int(fen):
        raise ProgramFailed(f"{yuan} is not a whole number of fen")
    return int(fen)


def _run(command: Sequence[str], timeout: float) -> tuple[float, int, str]:
    """Seconds, bytes of memory at most, and what the command printed."""
    found = shutil.which(command[0]) or command[0]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        process = subprocess.Popen([found, *command[1:]], stdout=out, stderr=err, env=_ENVIRONMENT)
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        alarm.cancel()
        # Waited for by hand, for its memory: the object must not wait for it again.
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            raise ProgramFailed(f"{command[0]} ({process.returncode}): {err.read().decode()[:2000]}")
        return seconds, usage.ru_maxrss * 1024, out.read().decode()
