"""The log can be added to and nothing else, by whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.dcb.api import DCBEvent

from ledger.book.book import Book
from ledger.book.database import APP_ROLE, Database, DatabaseError, migrations

CHANGES = (
    "update book.event set payload = '{}'",
    "delete from book.event",
    "truncate book.event",
    "truncate book.event cascade",
    "update book.event_tag set tag = 'x'",
    "delete from book.event_tag",
    "truncate book.event_tag",
)
COPY_OF_THE_LAST = (
    "insert into book.event select position + {step}, topic, recorded_at, tags, payload, leaf, null "
    "from book.event order by position desc limit 1"
)


@pytest.fixture
def recorded(book: Book) -> Book:
    book.recorder.append([DCBEvent("t", b"{}", ["a"]) for _ in range(3)])
    return book


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_is_let_through(recorded: Book, owner: psycopg.Connection, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="只可追加"):
        owner.execute(change.encode())
    with recorded.database.connection() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(change.encode())
    assert [one.position for one in recorded.recorder.read()] == [1, 2, 3]
    assert owner.execute("select count(*) from book.event_tag").fetchone() == (3,)


@pytest.mark.parametrize(
    "step", [2, 1000, 0, -1, -2, -3], ids=["a hole", "a chasm", "taken", "taken before", "the first again", "zero"]
)
def test_what_does_not_follow_the_log_is_refused(recorded: Book, owner: psycopg.Connection, step: int) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute(COPY_OF_THE_LAST.format(step=step).encode())
    assert recorded.recorder.head() == 3
    owner.execute(COPY_OF_THE_LAST.format(step=1).encode())
    assert recorded.recorder.head() == 4


def test_a_hole_inside_one_statement_is_refused(recorded: Book, owner: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute(
            "insert into book.event select 3 + n, topic, recorded_at, tags, payload, leaf, null "
            "from book.event, unnest(array[1, 3]) n where position = 1"
        )
    assert recorded.recorder.head() == 3


def test_the_program_may_read_and_add_events_and_nothing_more(recorded: Book, owner: psycopg.Connection) -> None:
    granted = owner.execute(
        "select table_name, privilege_type from information_schema.role_table_grants "
        "where grantee = %s and table_schema = 'book' order by 1, 2",
        [APP_ROLE],
    ).fetchall()
    # How far the supervision has looked is bookkeeping beside the log, and may be lost.
    of_log = [grant for grant in granted if grant[0] != "supervised"]
    assert of_log == [("event", "INSERT"), ("event", "SELECT"), ("event_tag", "SELECT"), ("migration", "SELECT")]


@pytest.mark.parametrize(
    "attempt",
    [
        "insert into book.event_tag values ('a', 1)",
        "create table book.mine (a int)",
        "alter table book.event disable trigger all",
        "drop trigger event_immutable on book.event",
        "insert into book.migration values ('x', 'y')",
    ],
)
def test_the_program_cannot_go_round_it(recorded: Book, attempt: str) -> None:
    with recorded.database.connection() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(attempt.encode())


def test_tags_are_made_from_the_events(recorded: Book, owner: psycopg.Connection) -> None:
    recorded.recorder.append([DCBEvent("t", b"{}", ["b", f"n{n}"]) for n in range(40)])
    made = "select tag, position from book.event_tag"
    meant = "select t.tag, e.position from book.event e, unnest(e.tags) as t (tag)"
    assert owner.execute(f"({made}) except all ({meant})".encode()).fetchall() == []
    assert owner.execute(f"({meant}) except all ({made})".encode()).fetchall() == []


def test_a_database_is_migrated_once_and_a_changed_migration_is_told(bare_url: str) -> None:
    Database(bare_url).close()
    with psycopg.connect(bare_url, autocommit=True) as conn:
        first = conn.execute("select name, applied_at from book.migration order by name").fetchall()
    assert [name for name, _ in first] == [name for name, _ in migrations()]
    Database(bare_url).close()
    with psycopg.connect(bare_url, autocommit=True) as conn:
        assert conn.execute("select name, applied_at from book.migration order by name").fetchall() == first
        conn.execute("update book.migration set sha256 = 'of another file' where name = '001_log.sql'")
    with pytest.raises(DatabaseError, match=r"001_log.sql.*changed after it was applied"):
        Database(bare_url)


def test_a_database_in_another_encoding_is_told(server: str) -> None:
    from psycopg.conninfo import make_conninfo

    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute("drop database if exists mz_latin with (force)")
        conn.execute("create database mz_latin template template0 encoding 'LATIN1' locale 'C'")
        try:
            with pytest.raises(DatabaseError, match="UTF8"):
                Database(make_conninfo(server, dbname="mz_latin"))
        finally:
            conn.execute("drop database mz_latin with (force)")
