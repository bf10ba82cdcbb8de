"""Console sessions: a cookie holds a secret of its own, never the token, and ends with the working day."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ledger.access.tokens import Holder, digest_of
from ledger.book.database import Database

SESSION_HOURS = 10


@dataclass(frozen=True, slots=True)
class Session:
    """Who is at the console, and the key that his forms must send back."""

    holder: Holder
    form_key: str


def start_session(database: Database, token: str) -> str | None:
    """The secret of a new session of the token's holder; None when the token opens nothing."""
    secret = secrets.token_urlsafe(32)
    with database.connection() as conn:
        conn.execute("delete from access.session where expires_at < clock_timestamp()")
        started = conn.execute(
            "insert into access.session (digest, token, form_key, expires_at) "
            "select %s, digest, %s, least(expires_at, clock_timestamp() + make_interval(hours => %s)) "
            "from access.token where digest = %s and revoked_at is null and expires_at > clock_timestamp()",
            [digest_of(secret), secrets.token_urlsafe(24), SESSION_HOURS, digest_of(token)],
        )
    return secret if started.rowcount else None


def session_of(database: Database, secret: str) -> Session | None:
    """The session of a cookie; None when it is unknown or over, or its token was revoked."""
    with database.connection() as conn:
        row = conn.execute(
            "select t.staff, t.role, t.region, s.expires_at, s.form_key "
            "from access.session s join access.token t on t.digest = s.token "
            "where s.digest = %s and s.expires_at > clock_timestamp() and t.revoked_at is null",
            [digest_of(secret)],
        ).fetchone()
    return Session(Holder(*row[:4]), row[4]) if row else None


def end_session(database: Database, secret: str) -> None:
    """Ends a session, if there is one."""
    with database.connection() as conn:
        conn.execute("delete from access.session where digest = %s", [digest_of(secret)])
