"""What the sets of rows that are judged together are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from ledger.decide.slice import Asked, Request

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """A row's request, the key by which it is known again, and who asks on what paper."""

    key: UUID
    request: R
    asked: Asked


def origin_fields(asked: Asked) -> dict[str, Any]:
    """The fields of an event that say who asked, in which way, and on what paper."""
    return {
        "origin": asked.origin,
        "recorded_by": asked.staff,
        "recorded_role": asked.role,
        "source_file": asked.source_file,
        "source_line": asked.source_line,
        "note": asked.note,
        "request_digest": asked.request_digest,
    }
