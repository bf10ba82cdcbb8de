"""What a comparison says: figures that differ, and the events that explain each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from projections.difference.entries import Place
from projections.difference.moments import Class
from projections.evaluation import Row

Kind = Literal["fund", "cap", "finding", "month"]
Where = Literal["before", "after", "both"]


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount on both sides; None where that side does not have it at all."""

    name: str
    before_fen: int | None
    after_fen: int | None

    @property
    def difference_fen(self) -> int:
        return (self.after_fen or 0) - (self.before_fen or 0)


@dataclass(frozen=True, slots=True)
class Reason:
    """An event that explains a difference; ``held_by`` says which side has it, ``moved_fen`` by how much it differs."""

    position: int
    known_from: int
    effective_on: date | None
    held_by: Where
    class_: Class
    moved_fen: Mapping[str, int]
    event: Row | None = None

    @property
    def place(self) -> Place:
        return self.position, self.known_from, self.effective_on or date.min


@dataclass(frozen=True, slots=True)
class Changed:
    """A fund, a cap, a finding or a month whose figures differ, and what explains it.

    ``reasons`` are the first so many of ``count``; ``by_class`` adds up all of them: how many, and what each figure
    moved by. ``note`` is ``appeared``, ``gone``, or ``reading`` (the cap is read otherwise).
    """

    kind: Kind
    subject: str
    figures: tuple[Figure, ...]
    reasons: tuple[Reason, ...] = ()
    count: int = 0
    by_class: Mapping[Class, tuple[int, Mapping[str, int]]] = field(default_factory=dict)
    name: str = ""
    note: str = ""


def joined(changed: Changed, reasons: Sequence[Reason], most: int) -> Changed:
    """The same with reasons that no amount is known of."""
    held = {reason.position for reason in changed.reasons}
    more = [reason for reason in reasons if reason.position not in held]
    tally: dict[Class, tuple[int, Mapping[str, int]]] = dict(changed.by_class)
    for reason in more:
        number, sums = tally.get(reason.class_, (0, {}))
        tally[reason.class_] = number + 1, sums
    ordered = sorted([*changed.reasons, *more], key=lambda reason: reason.place)
    return replace(changed, reasons=tuple(ordered[:most]), count=changed.count + len(more), by_class=tally)


def differing(names: Iterable[str], was: Row | None, now: Row | None) -> tuple[Figure, ...]:
    """The figures that are not the same; nothing and zero are the same amount of money."""
    figures = [figure(name, was, now) for name in names]
    return tuple(figure for figure in figures if figure.difference_fen)


def all_figures(names: Iterable[str], was: Row | None, now: Row | None) -> tuple[Figure, ...]:
    """Every figure, the same or not."""
    return tuple(figure(name, was, now) for name in names)


def figure(name: str, was: Row | None, now: Row | None) -> Figure:
    before, after = (row[f"{name}_fen"] if row else None for row in (was, now))
    return Figure(name, before, after)
