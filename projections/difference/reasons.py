"""Why a figure differs: events that one side alone holds, each with its class and, where it may be shown, itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from projections.difference.changes import Reason, Where
from projections.difference.entries import FIRST, Move, Place, Source, moves
from projections.difference.moments import class_of, taken_by_amounts, taken_by_topic
from projections.difference.sides import Side
from projections.evaluation import Row

# Events described in one question.
_AT_ONCE = 500


def reasons_among(before: Side, after: Side, positions: Sequence[int]) -> list[Reason]:
    """Those of the events that one side alone holds."""
    found: list[Reason] = []
    for start in range(0, len(positions), _AT_ONCE):
        some = positions[start : start + _AT_ONCE]
        was, now = before.events(some), after.events(some)
        for position in some:
            if (position in was) != (position in now):
                where: Where = "before" if position in was else "after"
                lacking = after.moment if position in was else before.moment
                event = was.get(position) or now[position]
                day, takes = event["effective_on"], taken_by_topic(event["topic"])
                found.append(Reason(position, position, day, where, class_of(lacking, position, day, takes), {}, event))
    return found


def reason_of(before: Side, after: Side, move: Move) -> Reason:
    """A move with the class of its event; on both sides, but not alike, it is unequal."""
    position, known_from, day = move.place
    if move.before_fen and move.after_fen:
        return Reason(position, known_from, day, "both", "unequal", move.moved_fen)
    where: Where = "before" if move.before_fen else "after"
    lacking = after.moment if move.before_fen else before.moment
    takes = taken_by_amounts(move.before_fen or move.after_fen)
    return Reason(position, known_from, day, where, class_of(lacking, known_from, day, takes), move.moved_fen)


def page_of(
    before: Side, after: Side, source: Source, params: Mapping[str, Any], start: Place | None, most: int
) -> list[Reason]:
    """The first ``most`` events after a place that explain what a figure of one book differs by, described."""
    met = islice(moves(before, after, source, params, start or FIRST, most), most)
    return described(before, after, [reason_of(before, after, move) for move in met])


def described(before: Side, after: Side, reasons: Sequence[Reason]) -> list[Reason]:
    """The reasons with their events, from a side that holds them; None where it may not be shown."""
    events: dict[int, Row] = {}
    for side, where in ((before, "before"), (after, "after")):
        asked = [one.position for one in reasons if one.held_by in (where, "both")]
        for start in range(0, len(asked), _AT_ONCE):
            events |= side.events(asked[start : start + _AT_ONCE])
    return [replace(one, event=events.get(one.position)) for one in reasons]
