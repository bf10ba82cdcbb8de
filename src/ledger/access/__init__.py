"""Who may ask the book what: bearer tokens, console sessions, roles and regions."""

from ledger.access.permissions import KINDS_RECORDED, ROLES, may_observe, may_record, may_reveal
from ledger.access.sessions import SESSION_HOURS, Session, end_session, session_of, start_session
from ledger.access.tokens import AccessError, Holder, holder_of, is_staff_number, make_token, revoke

__all__ = [
    "KINDS_RECORDED",
    "ROLES",
    "SESSION_HOURS",
    "AccessError",
    "Holder",
    "Session",
    "end_session",
    "holder_of",
    "is_staff_number",
    "make_token",
    "may_observe",
    "may_record",
    "may_reveal",
    "revoke",
    "session_of",
    "start_session",
]
