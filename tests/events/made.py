"""Events of any class, made from what its fields allow."""

from __future__ import annotations

import types
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from ledger.events.base import Event

_UTF8 = st.characters(codec="utf-8")
# Any text but control characters.
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"


@cache
def events_of(cls: type[Event]) -> st.SearchStrategy[Event]:
    """Events of a class with anything that its fields allow; optional fields come and go."""
    fields = {name: _values(field.annotation, field.metadata) for name, field in cls.model_fields.items()}
    return st.builds(cls, **fields)


def annotation_of(field: FieldInfo) -> Any:
    """What a field holds when it holds something."""
    kinds = [arg for arg in get_args(field.annotation) if arg is not type(None)]
    return kinds[0] if _is_union(field.annotation) else field.annotation


def pattern_of(field: FieldInfo) -> str | None:
    """The pattern of a text field, also of an optional one."""
    annotation, metadata = annotation_of(field), list(field.metadata)
    if get_origin(annotation) is Annotated:
        metadata += _flat(get_args(annotation)[1:])
    found = [one.pattern for one in metadata if getattr(one, "pattern", None)]
    return str(found[0]) if found else None


def _flat(metadata: Any) -> list[Any]:
    return [one for item in metadata for one in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _values(inner, metadata + _flat(more))
    if _is_union(annotation):
        return st.one_of(*(st.none() if arg is type(None) else _values(arg, metadata) for arg in get_args(annotation)))
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) is tuple:
        least = max([one.min_length for one in metadata if isinstance(one, MinLen)] + [0])
        return st.lists(_values(get_args(annotation)[0], []), min_size=least, max_size=5).map(tuple)
    if annotation is bool:
        return st.booleans()
    if annotation is date:
        return st.dates()
    if annotation is int:
        return _integers(metadata)
    if annotation is str:
        return _texts(metadata)
    raise TypeError(f"no values for {annotation}")


def _integers(metadata: list[Any]) -> st.SearchStrategy[int]:
    least: list[Any] = [one.ge for one in metadata if isinstance(one, Ge)]
    least += [one.gt + 1 for one in metadata if isinstance(one, Gt)]  # type: ignore[operator]
    most: list[Any] = [one.le for one in metadata if isinstance(one, Le)]
    return st.integers(max(least), min(most))


def _texts(metadata: list[Any]) -> st.SearchStrategy[str]:
    least = max([one.min_length for one in metadata if isinstance(one, MinLen)] + [0])
    most = min([one.max_length for one in metadata if isinstance(one, MaxLen)] + [200])
    patterns = [one.pattern for one in metadata if getattr(one, "pattern", None)]
    if not patterns:
        return st.text(_UTF8, min_size=least, max_size=most)
    if patterns[0] == PRINTABLE:
        printable = st.characters(codec="utf-8", exclude_characters=[*map(chr, range(32)), "\x7f"])
        return st.text(printable, min_size=least, max_size=most)
    return _matching(patterns[0]).filter(lambda text: least <= len(text) <= most)


@cache
def _matching(pattern: str) -> st.SearchStrategy[str]:
    # To make a strategy of a pattern takes a tenth of a second, and a few patterns serve every class.
    return st.from_regex(pattern, fullmatch=True, alphabet=_UTF8)
