"""Files in: each row is read, made a request, decided or observed, recorded once; what is not goes to the rejects."""

from __future__ import annotations

import gc
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from ledger.decide.refusal import Refusal
from ledger.events.base import Origin
from ledger.intake.business_order import ORDERS, bank_order, roll_order
from ledger.intake.columns import Kind
from ledger.intake.files import arrange
from ledger.intake.ordering import in_order
from ledger.intake.problems import FileProblem, RowProblem
from ledger.intake.recorder import Paper, RowRecorder
from ledger.intake.rejects import Rejects, rejects_names
from ledger.intake.tables import Row, RowReader, read_rows

log = structlog.get_logger()

# Rows judged together: few enough for bounded memory, many enough to be worth one append.
CHUNK = 5_000
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class FileReport:
    """What became of one file's rows; ``problem`` is set where the rest of it could not be read."""

    file: str
    kind: str
    recorded: int = 0
    known: int = 0
    rejected: int = 0
    rejects_path: Path | None = None
    problem: FileProblem | None = None


class Item(NamedTuple):
    """A row on its way, with the place of its file in this import."""

    source: int
    row: Row


@dataclass(slots=True)
class _Source:
    kind: Kind
    path: Path
    reader: RowReader
    rejects: Rejects
    report: FileReport


@dataclass(slots=True)
class Importer:
    """One import: some files, one way to record, one person who asks."""

    recorder: RowRecorder
    origin: Origin
    rejects_folder: Path
    progress: Progress
    _sources: list[_Source] = field(default_factory=list)
    _rows_done: int = 0

    def run(self, paths: Sequence[Path]) -> list[FileReport]:
        """Imports files and folders in the order of the kinds.

        Raises:
            UsageProblem: a path is no file of a known kind; nothing was recorded.
        """
        arranged = arrange(paths)
        names = rejects_names([path for _, path in arranged])
        reports = [FileReport(path.name, kind.name) for kind, path in arranged]
        with ExitStack() as closing:
            closing.enter_context(_few_collections())
            for (kind, path), report in zip(arranged, reports, strict=True):
                self._open(closing, kind, path, names[path], report)
            for group in self._groups():
                for kind_name, items in self._chunks(self._stream(group)):
                    self._record(kind_name, items)
                self.recorder.catch_up()
        for source in self._sources:
            source.report.rejects_path = source.rejects.path if source.rejects.count else None
        return reports

    def _open(self, closing: ExitStack, kind: Kind, path: Path, rejects_name: str, report: FileReport) -> None:
        try:
            reader = closing.enter_context(read_rows(path, kind))
        except FileProblem as problem:
            report.problem = problem
            return
        rejects = closing.enter_context(Rejects(self.rejects_folder, path, reader.header, rejects_name))
        self._sources.append(_Source(kind, path, reader, rejects, report))

    def _groups(self) -> Iterator[list[int]]:
        """Files that are decided together: those of a kind; in decided mode, rolls with the bank's answers to them."""
        together = {"bank": "rolls"} if self.origin == "decided" else {}
        numbered = enumerate(self._sources)
        for _, group in groupby(numbered, key=lambda pair: together.get(pair[1].kind.name, pair[1].kind.name)):
            yield [number for number, _ in group]

    def _stream(self, group: list[int]) -> Iterator[Item]:
        by_kind = {self._sources[number].kind.name for number in group}
        rows = {kind: self._read([n for n in group if self._sources[n].kind.name == kind]) for kind in by_kind}
        if self.origin == "decided" and by_kind & {"rolls", "bank"}:
            return self._interleaved(rows)
        (kind,) = by_kind
        order = ORDERS.get(kind)
        return in_order(rows[kind], lambda item: order(item.row.values)) if order else rows[kind]

    def _interleaved(self, rows: dict[str, Iterator[Item]]) -> Iterator[Item]:
        paid_on: dict[str, date] = {}

        def noted(items: Iterable[Item]) -> Iterator[Item]:
            for item in items:
                values: dict[str, Any] = item.row.values
                paid_on[values["batch_no"]] = min(values["paid_on"], paid_on.get(values["batch_no"], date.max))
                yield item

        roll_key = partial(_by, roll_order)
        # Reading the rolls through tells when each batch was paid, before the first bank line is placed.
        rolls = in_order(noted(rows.get("rolls", iter(()))), roll_key)
        first = next(rolls, None)
        bank_key = partial(_by, bank_order(paid_on))
        bank = in_order(rows.get("bank", iter(())), bank_key)
        keyed_rolls = ((roll_key(item), item) for item in chain([first] if first else [], rolls))
        keyed_bank = ((bank_key(item), item) for item in bank)
        return (item for _, item in heapq.merge(keyed_rolls, keyed_bank, key=itemgetter(0)))

    def _read(self, numbers: list[int]) -> Iterator[Item]:
        """Rows that can be read; those that cannot go to the rejects on the way."""
        for number in numbers:
            source = self._sources[number]
            try:
                for row in source.reader:
                    self._rows_done += 1
                    if self._rows_done % 1000 == 0:
                        self.progress(source.path.name, *source.reader.progress())
                    if isinstance(row, RowProblem):
                        self._reject(number, row.line, row.column, row.reason_zh, row.reason_en, row.raw)
                    else:
                        yield Item(number, row)
            except FileProblem as problem:
                source.report.problem = problem
                log.warning("file ends early", file=source.path.name, line=problem.line)

    def _chunks(self, items: Iterator[Item]) -> Iterator[tuple[str, list[Item]]]:
        """Consecutive rows of one kind, at most ``CHUNK`` together."""
        for kind_name, group in groupby(items, key=lambda item: self._sources[item.source].kind.name):
            chunk: list[Item] = []
            for item in group:
                chunk.append(item)
                if len(chunk) >= CHUNK:
                    yield kind_name, chunk
                    chunk = []
            if chunk:
                yield kind_name, chunk

    def _record(self, kind_name: str, items: list[Item]) -> None:
        papers = [Paper(self._sources[item.source].path, item.row) for item in items]
        for item, outcome in zip(items, self.recorder.record(kind_name, papers, self.origin), strict=True):
            report = self._sources[item.source].report
            if isinstance(outcome, Refusal):
                reason = (outcome.column, outcome.reason_zh(), outcome.reason_en())
                self._reject(item.source, item.row.line, *reason, item.row.raw)
            elif isinstance(outcome, RowProblem):
                reason = (outcome.column, outcome.reason_zh, outcome.reason_en)
                self._reject(item.source, item.row.line, *reason, item.row.raw)
            elif outcome.is_new:
                report.recorded += 1
            else:
                report.known += 1

    def _reject(self, number: int, line: int, column: str, zh: str, en: str, raw: Sequence[str]) -> None:
        source = self._sources[number]
        source.report.rejected += 1
        source.rejects.add(line, column, zh, en, raw)


@contextmanager
def _few_collections() -> Iterator[None]:
    """A third of the time of a large file went to looking for cycles among rows, which have none (measured)."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _by(order: Callable[[dict[str, Any]], Any], item: Item) -> Any:
    return order(item.row.values)
