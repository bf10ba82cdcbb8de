"""Bearer tokens: made once, shown once, kept only as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from ledger.access.permissions import ROLES
from ledger.book.database import Database
from ledger.vault import looks_personal

# Says at a glance (and to a scanner of leaked secrets) what the string is.
PREFIX = "mz_"
LONGEST_DAYS = 3660
_STAFF = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_REGION = re.compile(r"\d{6}|\d{9}|\d{12}")


class AccessError(ValueError):
    """A token that cannot be made as asked; ``chinese`` and ``english`` say why."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")
        self.chinese = chinese
        self.english = english


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is: a staff number (never a name), what he is, and where he may look."""

    staff: str
    role: str
    region: str
    expires_at: datetime


def digest_of(secret: str) -> bytes:
    """What is kept of a secret: 32 bytes. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def make_token(database: Database, staff: str, role: str, region: str, days: int) -> str:
    """A new token that lasts ``days`` days; nobody can show it again.

    Raises:
        AccessError: no such role, not a region code, not a staff number, or a time that is none.
    """
    _check(staff, role, region, days)
    token = PREFIX + secrets.token_urlsafe(32)
    with database.connection() as conn:
        conn.execute(
            "insert into access.token (digest, staff, role, region, expires_at) "
            "values (%s, %s, %s, %s, clock_timestamp() + make_interval(days => %s))",
            [digest_of(token), staff, role, region, days],
        )
    return token


def holder_of(database: Database, token: str) -> Holder | None:
    """Who holds a token; None when it is unknown, over or revoked."""
    with database.connection() as conn:
        row = conn.execute(
            "select staff, role, region, expires_at from access.token "
            "where digest = %s and revoked_at is null and expires_at > clock_timestamp()",
            [digest_of(token)],
        ).fetchone()
    return Holder(*row) if row else None


def revoke(database: Database, staff: str) -> int:
    """Ends every token of a staff number, and the console sessions with them; how many tokens it ended."""
    with database.connection() as conn:
        ended = conn.execute(
            "update access.token set revoked_at = clock_timestamp() where staff = %s and revoked_at is null", [staff]
        )
    return ended.rowcount


def is_staff_number(staff: str) -> bool:
    """Whether it is written as staff numbers are, and gives nobody away."""
    return _STAFF.fullmatch(staff) is not None and not looks_personal(staff)


def _check(staff: str, role: str, region: str, days: int) -> None:
    if not is_staff_number(staff):
        raise AccessError(
            "工号只能是字母、数字和 . _ -，不要填写姓名或证件号", "staff is a staff number, no name or ID number"
        )
    if role not in ROLES:
        known = "、".join(f"{name}（{title}）" for name, title in ROLES.items())
        raise AccessError(
            f"没有角色“{role}”，可选：{known}", f"there is no role {role!r}; choose one of {', '.join(ROLES)}"
        )
    if not _REGION.fullmatch(region):
        raise AccessError("区划代码须为 6、9 或 12 位数字", "region is a code of 6, 9 or 12 digits")
    if not 1 <= days <= LONGEST_DAYS:
        raise AccessError(f"有效天数须在 1 到 {LONGEST_DAYS} 之间", f"days must be from 1 to {LONGEST_DAYS}")
