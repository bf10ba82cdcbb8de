"""The events of an archive as tables: NDJSON an event class, turned to Parquet by DuckDB.

``tables/<fact table>/<first>-<last>.parquet``: position bigint, recorded_at timestamptz, effective_on date and the
columns of the class, as ``json_to_record`` gives them in PostgreSQL; rows by position, a field that is absent is NULL.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

import duckdb

from ledger.book.canonical import content_of, payload_bytes
from ledger.events import BY_TOPIC, UPCASTERS, UnknownTopic
from ledger.events.base import Event
from ledger.events.columns import columns, table_name

# What the writer of Parquet may take, whatever the length of the part.
_MEMORY = "2GB"
_BUFFER_BYTES = 1 << 18


class TableWriter:
    """One part of the tables of an archive: events go in by position, one Parquet file an event class comes out."""

    def __init__(self, folder: Path, first_position: int) -> None:
        """``folder`` is the archive's ``tables``; ``first_position`` names the part, whatever event comes first."""
        self._folder = folder
        self._first = first_position
        self._last = first_position - 1
        self._staging = tempfile.TemporaryDirectory(prefix="mingzhang-tables-")
        self._files: dict[type[Event], IO[bytes]] = {}

    def add(self, position: int, topic: str, recorded_at_microseconds: int, payload: bytes) -> None:
        """Takes one event; ``recorded_at_microseconds`` count from 1970-01-01 UTC, ``payload`` is as it is stored.

        Raises:
            UnknownTopic: no class of this version has the topic, also not as an older one.
            ValueError: the position does not follow the one before.
        """
        if position <= self._last:
            raise ValueError(f"position {position} after {self._last}")
        self._last = position
        if topic not in BY_TOPIC:
            topic, payload = _lifted(topic, payload)
        cls = BY_TOPIC[topic]
        file = self._files.get(cls)
        if file is None:
            place = Path(self._staging.name) / f"{table_name(cls)}.ndjson"
            file = self._files[cls] = place.open("wb", buffering=_BUFFER_BYTES)
        mark = b"}\n" if payload == b"{}" else b"," + payload[1:] + b"\n"
        file.write(b'{"position":%d,"recorded_at":%d%s' % (position, recorded_at_microseconds, mark))

    def close(self, last_position: int) -> list[Path]:
        """Writes the part ``first_position``-``last_position`` and gives its files, by table."""
        with self._staging, duckdb.connect(config=_settings(self._staging.name)) as conn:
            for file in self._files.values():
                file.close()
            return [self._write(conn, cls, last_position) for cls in sorted(self._files, key=table_name)]

    def _write(self, conn: duckdb.DuckDBPyConnection, cls: type[Event], last_position: int) -> Path:
        name = table_name(cls)
        source = Path(self._staging.name) / f"{name}.ndjson"
        target = self._folder / name / f"{self._first}-{last_position}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        conn.execute(_to_parquet(cls, source, target))
        source.unlink()
        return target


def _lifted(topic: str, payload: bytes) -> tuple[str, bytes]:
    """An event of an older topic as today's class has it."""
    newest, content = UPCASTERS.lift(topic, content_of(payload))
    if newest not in BY_TOPIC:
        raise UnknownTopic(topic)
    return newest, payload_bytes(content)


def _settings(folder: str) -> dict[str, str | bool | int | float | list[str]]:
    # Nothing is fetched from anywhere: what is used stands in the package.
    return {"memory_limit": _MEMORY, "temp_directory": folder, "autoinstall_known_extensions": False}


def _to_parquet(cls: type[Event], source: Path, target: Path) -> str:
    fields = columns(cls)
    typed = {"position": "bigint", "recorded_at": "bigint"} | fields
    listed = ", ".join(f"'{column}': '{kind}'" for column, kind in typed.items())
    # In the order of the lines, which is that of positions: DuckDB keeps it.
    return (
        f"copy (select position, make_timestamptz(recorded_at) as recorded_at, {cls.EFFECTIVE} as effective_on, "
        f"{', '.join(fields)} from read_json({_quoted(source)}, format = 'newline_delimited', columns = {{{listed}}})) "
        f"to {_quoted(target)} (format parquet, compression zstd)"
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
