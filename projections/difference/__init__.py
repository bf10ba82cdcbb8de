"""Which figures differ between two moments of a book, two books, or a book and its replay, and by which events.

A figure is an amount of a fund, of the purchase-of-services cap, of a finding, or of a household's month. What a fund
differs by is exactly the legs that one side has and the other has not: their sum is the difference, to the fen. So is
the cap's base, what is committed and what is spent (its limit and headroom follow from these), and what a month paid.

Every event that explains a difference is of one class, by the clocks of the side that lacks it:

- ``later`` 其后发生: its business day comes after that side's day. Nothing was wrong there; it had not happened yet.
- ``withdrawn`` 撤回: it had happened and was recorded only afterwards, and takes back what was given: a grant taken
  back, money that had arrived and was sent back.
- ``corrected`` 更正: likewise, and it puts right what was recorded before: a reversal, a refund, an adjusted decision,
  a bank result that differs from its instruction (another amount, or returned).
- ``late`` 迟录: likewise, and neither of these: it was simply recorded late.
- ``unequal`` 不一致: by its clocks that side should hold it, and holds it otherwise or not at all. Within one book this
  is another reading of the cap in force; between two books, or a book and its replay, they do not agree.

An event is recorded, for a figure, when the last event came without which it could not be placed (a receipt's document,
a payment's contract), and its business day is the later of the two likewise.
"""

from projections.difference.changes import Changed, Figure, Reason
from projections.difference.comparison import DERIVED, compare, has_household
from projections.difference.live import LiveSide, MovingSide
from projections.difference.moments import CLASSES, Class, Moment
from projections.difference.replayed import NoReplay, ReplaySide
from projections.difference.sides import Side

__all__ = [
    "CLASSES",
    "DERIVED",
    "Changed",
    "Class",
    "Figure",
    "LiveSide",
    "Moment",
    "MovingSide",
    "NoReplay",
    "Reason",
    "ReplaySide",
    "Side",
    "compare",
    "has_household",
]
