"""Which role may do what: one table, read by the API and by the console alike.

财政 handles the money, 民政 the households and the services; 审计 and 纪检 decide nothing, and may report what they
found elsewhere. Everyone may read what lies in his region; names are shown to those whose work needs them.
"""

from __future__ import annotations

from typing import Final

ROLES: Final = {
    "finance": "财政",
    "civil_affairs": "民政",
    "audit": "审计",
    "discipline": "纪检",
    "viewer": "查阅",
}

_MONEY = frozenset({"grants", "receipts", "transfers", "bank", "service-expenses", "other-expenses", "recoveries"})
_ASSISTANCE = frozenset(
    {"households", "decisions", "rolls", "contracts", "visits", "recoveries", "other-expenses", "deaths", "officials"}
)
KINDS_RECORDED: Final = _MONEY | _ASSISTANCE

_RECORDED: Final = {
    "finance": _MONEY,
    "civil_affairs": _ASSISTANCE,
    "audit": frozenset[str](),
    "discipline": frozenset[str](),
    "viewer": frozenset[str](),
}
_OBSERVED: Final = {
    "finance": _MONEY,
    "civil_affairs": _ASSISTANCE,
    "audit": KINDS_RECORDED,
    "discipline": KINDS_RECORDED,
    "viewer": frozenset[str](),
}
# The steps of a case in the order of its chain, and who takes them: 审计 and 纪检 inquire and judge, the offices that
# handle the money and the households look into what is assigned to them and report what they put right.
CASE_STEPS: Final = (
    "open",
    "assign",
    "investigate",
    "establish",
    "dismiss",
    "tolerate",
    "lower",
    "measure",
    "report",
    "accept",
    "reject",
    "close",
    "reopen",
    "attach",
)
_HANDLED: Final = frozenset({"investigate", "report", "attach"})
_CASE_STEPS: Final = {
    "audit": frozenset(CASE_STEPS),
    "discipline": frozenset(CASE_STEPS),
    "finance": _HANDLED,
    "civil_affairs": _HANDLED,
}
# Who draws samples has no hand in what is inspected; a notice of beneficiaries is for 民政 to make.
SAMPLING_ROLES: Final = ("audit", "discipline")
PUBLISHING_ROLES: Final = ("audit", "discipline", "civil_affairs")
_REVEALING: Final = frozenset({"civil_affairs", "audit", "discipline"})


def may_record(role: str, kind: str) -> bool:
    """Whether the role may have a row of this kind decided."""
    return kind in _RECORDED.get(role, frozenset())


def may_observe(role: str, kind: str) -> bool:
    """Whether the role may report a row of this kind as having happened elsewhere."""
    return kind in _OBSERVED.get(role, frozenset())


def may_work_case(role: str, step: str) -> bool:
    """Whether the role may take this step of a case that it may see."""
    return step in _CASE_STEPS.get(role, frozenset())


def may_see_confidential(role: str) -> bool:
    """Whether the role may see, and open, confidential cases of its region."""
    return role == "discipline"


def may_sample_for_audit(role: str) -> bool:
    """Whether the role may draw samples for audit and record what their testing found."""
    return role in SAMPLING_ROLES


def may_reveal(role: str) -> bool:
    """Whether the role may see who is behind a household, with a purpose that is kept on record."""
    return role in _REVEALING
