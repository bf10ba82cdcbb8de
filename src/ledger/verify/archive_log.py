"""The log of an archive, read from its parts by whoever verifies a piece of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.archive.log_part import BrokenPart, Entry, header_of, part_path, read_part
from ledger.archive.manifest import Part, regular
from ledger.book.stored import Stored

# A position further on than this was not reached by losing events, and is not walked to.
CHASM = 100_000


@dataclass(frozen=True, slots=True)
class ArchiveLog:
    """The parts of a folder; a part that is lost holds nothing."""

    folder: Path
    parts: tuple[Part, ...]

    @property
    def has_leaves(self) -> bool:
        return False

    def read(self, first: int, last: int) -> Iterator[Stored]:
        """The events of these positions.

        Raises:
            ValueError: a part is broken, or holds events of others.
        """
        for part in self.parts:
            if part.last >= first and part.first <= last:
                yield from (one for one in self._events(part) if first <= one.position <= last)

    def _events(self, part: Part) -> Iterator[Stored]:
        position, recorded_at = part.first - 1, 0
        try:
            data = regular(self.folder / part_path(*part)).read_bytes()
        except OSError:
            return
        for entry in read_part(data):
            event = _event(entry, position + 1, recorded_at)
            if not part.first <= event.position <= part.last:
                raise BrokenPart("an event of another part")
            position, recorded_at = event.position, event.recorded_at
            yield event

    def reach(self) -> int:
        """The last position, or the last one before positions leap away."""
        last = max((part.last for part in self.parts), default=0)
        if last - sum(part.last - part.first + 1 for part in self.parts) < CHASM > self._widest():
            return last
        reached = 0
        for part in self.parts:
            for event in self._events(part):
                if event.position - reached > CHASM:
                    return reached
                reached = max(reached, event.position)
        return reached

    def _widest(self) -> int:
        return max((part.last - part.first for part in self.parts), default=0)


def _event(entry: Entry, due: int, recorded_at: int) -> Stored:
    """An event as the database would give it; of one whose header says nothing, only the bytes."""
    try:
        said = header_of(entry.header)
    except ValueError:
        return Stored(due, "", recorded_at, entry.header, entry.payload, b"")
    return Stored(said.position, said.topic, said.recorded_at, entry.header, entry.payload, b"")
