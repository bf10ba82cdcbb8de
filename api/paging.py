"""Pages by cursor: what a reader sends back to go on, opaque to him and checked by us."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api import problems

T = TypeVar("T")

MOST_A_PAGE = 500
Limit = Annotated[int, Query(ge=1, le=MOST_A_PAGE, description="最多几项 / items a page, at most")]
Cursor = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=1000,
        pattern="^[A-Za-z0-9_-]+$",
        description="上一页的 next / `next` of the page before",
    ),
]


class Page(BaseModel, Generic[T]):
    """A page of a list. ``next`` is absent on the last page."""

    items: list[T]
    next: str | None = Field(default=None, description="cursor of the next page: send it as `cursor`")


def written(place: list[Any]) -> str:
    """A place in a list as a cursor."""
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, types: tuple[type, ...]) -> list[Any]:
    """The place that a cursor stands for, its parts of these types (``date`` is written as ISO text).

    Raises:
        ProblemError: 422, it is no cursor of ours.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(place, list) or len(place) != len(types):
            raise ValueError
        return [_part(part, kind) for part, kind in zip(place, types, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise problems.invalid_field("cursor", "不是上一页给出的 next", "is not the `next` of a page before") from None


def _part(part: Any, kind: type) -> Any:
    if kind is date:
        return date.fromisoformat(part)
    if type(part) is not kind or (isinstance(part, int) and abs(part) >= 2**63):
        raise ValueError
    return part
