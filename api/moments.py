"""The two clocks as an address has them: a business day; and a position, an instant or (at the console) a day."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from api import problems
from projections.open_book import BUSINESS_ZONE

ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# As people type it: a space will do, and the clock of the office needs no offset.
_TYPED = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def known_at(text: str | None) -> int | datetime | None:
    """``known_at``: a position, a day, which means its end, or an instant, of Beijing where it has no offset.

    Raises:
        ProblemError: 422, it is none of these.
    """
    if not text:
        return None
    if re.fullmatch("[0-9]{1,18}", text):
        return int(text)
    if ISO_DATE.fullmatch(text):
        return end_of(typed_day("known_at", text))
    if not _TYPED.fullmatch(text):
        raise problems.invalid_field(
            "known_at", "须为位置、时刻或日期", "must be a position, an instant or a day, such as 2025-07-01T18:00"
        )
    return _instant(text)


def typed_day(name: str, text: str) -> date:
    """A business day of the console; 422 where it is none."""
    try:
        if not ISO_DATE.fullmatch(text):
            raise ValueError
        day = date.fromisoformat(text)
        if not 1900 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        raise problems.invalid_field(name, "须为日期 YYYY-MM-DD", "must be a date, YYYY-MM-DD") from None
    return day


def end_of(day: date) -> datetime:
    """The last instant of a business day."""
    return datetime.combine(day, time.max, BUSINESS_ZONE)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        # What PostgreSQL is sent is in UTC, and the first and last years have no room for that.
        if not 2 <= instant.year <= 9998:
            raise ValueError
    except ValueError:
        raise problems.invalid_field("known_at", "不是时刻", "is not an instant") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=BUSINESS_ZONE)
