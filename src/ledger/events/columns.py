"""What an event class is as a table: its name, its columns and their SQL types."""

from __future__ import annotations

import re
import types
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ledger.events.base import Event


def table_name(cls: type[Event]) -> str:
    """``PaymentInstructed`` -> ``payment_instructed``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def columns(cls: type[Event]) -> dict[str, str]:
    """The fields of an event class and their SQL types."""
    return {name: _sql_type(field.annotation) for name, field in cls.model_fields.items()}


def _sql_type(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _sql_type(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _sql_type(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if origin is Literal:
        return "text"
    if origin is tuple:
        return f"{_sql_type(get_args(annotation)[0])}[]"
    try:
        return {str: "text", int: "bigint", bool: "boolean", date: "date"}[annotation]
    except KeyError:
        raise TypeError(f"no SQL type for {annotation}") from None
