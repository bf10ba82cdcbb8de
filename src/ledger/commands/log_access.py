"""What commands share that read the log itself and not the projections: its connection, its rules, how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    import psycopg

    from ledger.archive.rulebook import RuleFile
    from projections.open_book import Place

# Exit codes: the books fail verification; wrong usage; it cannot be done here.
FAILED, MISUSED, CANNOT = 3, 2, 4


@contextmanager
def database_of(place: Place) -> Iterator[str]:
    """The URL of a place's database, its embedded server running meanwhile."""
    from ledger.server import EmbeddedServer

    if place.database_url:
        yield place.database_url
    else:
        with EmbeddedServer(place.data) as server:
            yield server.start()


@contextmanager
def log_of(place: Place) -> Iterator[psycopg.Connection[Any]]:
    """A connection that reads and can change nothing; the projections are left as they are.

    Raises:
        projections.open_book.NotOpened: the database holds no book.
    """
    import psycopg

    from projections.open_book import NotOpened

    options = "-c client_encoding=UTF8 -c timezone=UTC -c default_transaction_read_only=on"
    with database_of(place) as url, psycopg.connect(url, autocommit=True, options=options) as conn:
        found = conn.execute("select to_regclass('book.event') is not null").fetchone()
        if not (found and found[0]):
            raise NotOpened("这个数据库里没有账本 / there is no book in this database")
        yield conn


def rule_files(site_rules: Path) -> Iterator[RuleFile]:
    """The supervision rules of today, the site's own among them."""
    from ledger.archive.rulebook import RuleFile
    from projections.rules import load_rules, load_site_rules

    site, _ = load_site_rules(site_rules)
    yield from (RuleFile(rule.rule, rule.sql) for rule in (*load_rules(), *site))


def progress(zh: str, en: str) -> Callable[[int, int], None]:
    """Says on standard error how far a long run came; nothing of a short one."""

    def show(done: int, total: int) -> None:
        if done < total:
            typer.echo(f"{zh} {done:,}/{total:,} 条 / {en}", err=True)

    return show


@contextmanager
def ending() -> Iterator[None]:
    """Says what was refused in one line, and ends with its exit code."""
    from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
    from ledger.seal.folder import NotSealed
    from ledger.seal.keys import SealError
    from ledger.seal.note import NoteError
    from ledger.seal.sealer import SealRefused

    try:
        yield
    except (ArchiveRefused, SealRefused, NoteError) as refused:
        end(str(refused), FAILED)
    except ArchiveMisuse as misuse:
        end(str(misuse), MISUSED)
    except (NotSealed, SealError) as error:
        end(str(error), CANNOT)
    except OSError as error:
        end(f"无法读写“{error.filename}”:{error.strerror} / cannot read or write {error.filename}", CANNOT)


def end(message: str, code: int) -> NoReturn:
    """Ends the command with a message and an exit code."""
    typer.echo(f"错误 / error: {message}", err=True)
    raise typer.Exit(code)
