"""A story's book, archived as it stands and replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from projections.queries import Clocks, alerts, cap, funds, reading
from projections.replay.replaying import Replayed, replay
from projections.replay.taking import take_tables
from tests.story import Story


@contextmanager
def replayed(story: Story, as_of: date, known_at: int | None = None, archive: Path | None = None) -> Iterator[Replayed]:
    story.engine.catch_up()
    with TemporaryDirectory(prefix="mz-replayed-") as folder:
        place = archive or Path(folder)
        with story.book.database.dedicated() as conn:
            take_tables(conn, place)
        book = replay(place, None, as_of, known_at, policy=story.policy)
        try:
            yield book
        finally:
            book.close()


def said_live(story: Story, clocks: Clocks) -> dict[str, Any]:
    with reading(story.book.database, clocks) as cursor:
        return plain({"funds": funds(cursor), "cap": cap(cursor), "alerts": alerts(cursor)})


def plain(tables: dict[str, Any]) -> dict[str, Any]:
    """As JSON has them."""
    shown: dict[str, Any] = json.loads(json.dumps(tables, default=str))
    return shown
