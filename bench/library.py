"""The recorders that the eventsourcing library comes with, on the same PostgreSQL server."""

from __future__ import annotations

from uuid import uuid4

from eventsourcing.dcb.api import DCBEvent
from eventsourcing.dcb.postgres_tt import PostgresDCBRecorderTT
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

BATCH = 1_000
# At 1,000 rows of this size its pipeline and the server wait for each other for good.
DEFAULT_BATCH = 500


class Library:
    """Both recorders in one database; ``connections`` as many as there are clients at once."""

    def __init__(self, url: str, connections: int) -> None:
        place = conninfo_to_dict(url)
        self._store = PostgresDatastore(
            dbname=str(place["dbname"]),
            host=str(place["host"]),
            port=str(place["port"]),
            user=str(place["user"]),
            password="",
            pool_size=connections,
            lock_timeout=60,
        )
        self.tt = PostgresDCBRecorderTT(self._store)
        self.tt.create_table()
        self.default = PostgresApplicationRecorder(self._store)
        self.default.create_table()

    def close(self) -> None:
        self._store.close()

    def append(self, events: list[DCBEvent]) -> int:
        for first in range(0, len(events), BATCH):
            self.tt.append(events[first : first + BATCH])
        return len(events)

    def insert(self, events: list[DCBEvent]) -> int:
        """Each event as the first of an aggregate of its own."""
        for first in range(0, len(events), DEFAULT_BATCH):
            part = events[first : first + DEFAULT_BATCH]
            self.default.insert_events([StoredEvent(uuid4(), 1, event.type, event.data) for event in part])
        return len(events)
