"""``mingzhang import``: open the book, take the files in, say what became of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ledger.commands.rehearsal import rehearsal
from ledger.events.base import Origin
from ledger.intake.files import arrange
from ledger.intake.importer import FileReport, Importer
from ledger.intake.prepare import Preparer
from ledger.intake.recorder import RowRecorder
from projections.open_book import OpenBook, Place, open_book

log = structlog.get_logger()

Show = Callable[[list[FileReport]], None]


@dataclass(frozen=True, slots=True)
class ImportCommand:
    """One import by one person into the book of one place."""

    place: Place
    staff: str
    role: str
    jurisdiction: str | None
    rejects: Path

    def run(
        self, paths: Sequence[Path], origin: Origin, *, dry_run: bool = False, show: Show | None = None
    ) -> list[FileReport]:
        """Imports, or tries it on a copy of the book; ``show`` is told before the book is sealed and closed.

        Raises:
            UsageProblem: a path is not a file of a known kind.
            ledger.seal.sealer.SealRefused: what was imported is in the book, which is not what was sealed of it.
        """
        arrange(paths)  # a wrong path is said before a new book is made for nothing
        with (
            rehearsal(self.place) if dry_run else nullcontext(self.place) as place,
            open_book(place, self.jurisdiction, staff=self.staff, role=self.role) as books,
        ):
            reports = import_into(books, paths, origin, self.staff, self.role, self.rejects)
            # What was imported is looked at before anybody is told that it is in the books.
            if not dry_run:
                books.supervisor.keep_up(books.today)
            if show:
                show(reports)
            return reports


def import_into(
    books: OpenBook, paths: Sequence[Path], origin: Origin, staff: str, role: str, rejects: Path
) -> list[FileReport]:
    """Imports files into an open book, with a progress bar at a terminal."""
    recorder = RowRecorder(
        book=books.book,
        preparer=Preparer(books.vault, books.policy),
        policy=books.policy,
        catch_up=books.engine.catch_up,
        secret=books.vault.row_secret(),
        staff=staff,
        role=role,
    )
    with _Bar() as bar:
        reports = Importer(recorder, origin, rejects, bar.show).run(paths)
    for report in reports:
        log.info(
            "file imported",
            kind=report.kind,
            recorded=report.recorded,
            known=report.known,
            rejected=report.rejected,
            complete=report.problem is None,
        )
    return reports


class _Bar:
    """A progress bar on standard error, one line a file; nothing where nobody looks."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    @property
    def show(self) -> Callable[[str, int, int], None]:
        return self._show

    def _show(self, file: str, done: int, total: int) -> None:
        task = self._tasks.get(file)
        if task is None:
            task = self._tasks[file] = self._progress.add_task(file, total=total)
        self._progress.update(task, completed=done, total=total)
