"""Periods of rules laid over each other: a jurisdiction's own days win, the inherited ones fill the rest."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from ledger.policy.parameter import Parameter

_DAY = timedelta(days=1)


def first_overlap(parameters: Iterable[Parameter]) -> tuple[Parameter, Parameter] | None:
    """Two periods of one rule that share a day, if there are any."""
    ordered = sorted(parameters, key=lambda parameter: (parameter.name, parameter.in_force_from))
    for earlier, later in pairwise(ordered):
        if earlier.name == later.name and earlier.overlaps(later):
            return earlier, later
    return None


def overlay(own: Sequence[Parameter], inherited: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Own periods, and what they leave of the inherited ones: sorted by name and day, never overlapping."""
    own_by_name: dict[str, list[Parameter]] = defaultdict(list)
    for parameter in sorted(own, key=lambda parameter: parameter.in_force_from):
        own_by_name[parameter.name].append(parameter)
    left = (part for parameter in inherited for part in _left_of(parameter, own_by_name[parameter.name]))
    return tuple(sorted((*own, *left), key=lambda parameter: (parameter.name, parameter.in_force_from)))


def _left_of(inherited: Parameter, own: Iterable[Parameter]) -> Iterator[Parameter]:
    start = inherited.in_force_from
    for ours in own:
        if ours.in_force_from > start:
            end = ours.in_force_from - _DAY
            if inherited.in_force_to is not None and inherited.in_force_to <= end:
                break
            yield _during(inherited, start, end)
        if ours.in_force_to is None:
            return
        start = max(start, ours.in_force_to + _DAY)
    if inherited.in_force_to is None or start <= inherited.in_force_to:
        yield _during(inherited, start, inherited.in_force_to)


def _during(parameter: Parameter, start: date, end: date | None) -> Parameter:
    return parameter.model_copy(update={"in_force_from": start, "in_force_to": end})
