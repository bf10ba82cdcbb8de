"""Who may ask the book what: bearer tokens, console sessions, roles and regions."""

from ledger.access.case_views import CaseView, record_view, views_of
from ledger.access.permissions import (
    CASE_STEPS,
    KINDS_RECORDED,
    ROLES,
    may_observe,
    may_record,
    may_reveal,
    may_sample_for_audit,
    may_see_confidential,
    may_work_case,
)
from ledger.access.sessions import SESSION_HOURS, Session, end_session, session_of, start_session
from ledger.access.tokens import AccessError, Holder, holder_of, is_staff_number, make_token, revoke

__all__ = [
    "CASE_STEPS",
    "KINDS_RECORDED",
    "ROLES",
    "SESSION_HOURS",
    "AccessError",
    "CaseView",
    "Holder",
    "Session",
    "end_session",
    "holder_of",
    "is_staff_number",
    "make_token",
    "may_observe",
    "may_record",
    "may_reveal",
    "may_sample_for_audit",
    "may_see_confidential",
    "may_work_case",
    "record_view",
    "revoke",
    "session_of",
    "start_session",
    "views_of",
]
