"""Sealing as a program does it: at the end of what recorded something, and every few seconds while it serves."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import structlog

from ledger.book.database import Database
from ledger.seal.checkpoint import Checkpoint
from ledger.seal.folder import SealFolder
from ledger.seal.keys import SealError, make_key, read_key
from ledger.seal.note import NoteError, Signer
from ledger.seal.sealer import Progress, Sealer, SealRefused

log = structlog.get_logger()

SECONDS = 3.0
# After a failure or a refusal somebody has to act: asking every few seconds would only fill the log.
SECONDS_AFTER_FAILURE = 60.0
_NICE = 10


class Sealing:
    """The seal folder of a book and the key to sign with; without a key file, another process seals."""

    def __init__(self, folder: SealFolder, key_file: Path | None) -> None:
        self.folder = folder
        self.key_file = key_file

    def signer(self) -> Signer | None:
        """The key, made at first use; None where another process seals, or where the key of this log is not at hand.

        Raises:
            SealError: others may read the key file, or it holds no key.
        """
        if self.key_file is None:
            return None
        if self.key_file.exists():
            return read_key(self.key_file)
        # Where the log has a key already, another one would be nobody's.
        return None if self.folder.keys() else make_key(self.key_file)

    def seal(self, conn: psycopg.Connection, progress: Progress | None = None) -> Checkpoint | None:
        """Seals what is new, if the key is at hand.

        Raises:
            SealRefused, SealError, NoteError: as ``Sealer.seal``, or the folder cannot be written.
        """
        signer = self.signer()
        if signer is None:
            if self.key_file is not None:
                log.warning("not sealed: the key of this log is not at hand", key_file=str(self.key_file))
            return None
        try:
            return Sealer(self.folder, signer).seal(conn, progress)
        except OSError as error:
            raise SealError(
                f"无法写封存目录 {self.folder.path}({error.strerror});由他处封存时请用 --seal-key none",
                f"the seal folder {self.folder.path} cannot be written ({error.strerror}); "
                "say --seal-key none where another process seals",
            ) from error

    def seal_news(self, database: Database, seen: int) -> None:
        """Seals what was recorded after position ``seen``; a database that is gone by now is left to the next command.

        Raises:
            SealRefused, SealError, NoteError: as ``seal``.
        """
        try:
            with database.connection() as conn:
                row = conn.execute("select coalesce(max(position), 0) from book.event").fetchone()
                if row and row[0] > seen:
                    self.seal(conn)
        except psycopg.OperationalError:
            log.warning("not sealed now: the database is gone")


class SealingThread:
    """Seals every few seconds until it is left; a refusal is told once and asked again now and then."""

    def __init__(self, sealing: Sealing, database: Database, seconds: float = SECONDS) -> None:
        self._sealing = sealing
        self._database = database
        self._seconds = seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealing", daemon=True)

    def __enter__(self) -> Self:
        if self._sealing.key_file is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):
            # Of this thread alone: those who record and ask go first.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        pause = 0.0
        while not self._ending.wait(pause):
            try:
                with self._database.connection() as conn:
                    self._sealing.seal(conn)
                pause = self._seconds
            except (SealRefused, SealError, NoteError) as error:
                log.error("not sealed", reason=str(error))
                pause = SECONDS_AFTER_FAILURE
            except Exception:
                log.exception("sealing failed and is tried again")
                pause = SECONDS_AFTER_FAILURE
