"""``mingzhang diff``: what differs between two moments, two books, or a book and its replay, and by which events."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.commands.options import AsJson, Xlsx, day_of, moment_of

if TYPE_CHECKING:
    from projections.difference import Side
    from projections.open_book import Place
    from projections.queries import Clocks

EPILOG = "例 / example:  mingzhang diff 2025-06-30@2025-07-05T18:00 2025-06-30"
# What a page shows of each list, and what a program is given, unless told otherwise.
_ON_PAGE, _IN_FILE = 20, 1_000
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})?(?:@(?P<known>\d{1,18}|\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-][\d:]+)?))?"
)
_URL = re.compile(r"postgres(ql)?://")


@dataclass(frozen=True, slots=True)
class Named:
    """A side as it was typed: a moment of the book at hand, a replay file, or another book."""

    text: str
    clocks: Clocks | None = None
    file: Path | None = None
    place: Place | None = None


def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="日期、@位置、日期@位置或时刻、now、.duckdb、数据目录")],
    after: Annotated[str, typer.Argument(metavar="B", help="DAY, @POSITION, DAY@POSITION|INSTANT, now, file, folder")],
    household: Annotated[str | None, typer.Option(metavar="NO", help="另比一户逐月 / a household's months too")] = None,
    findings: Annotated[bool, typer.Option(help="是否比较预警 / whether findings are compared")] = True,
    events: Annotated[int | None, typer.Option(min=1, max=100_000, help="每项最多列几个事件 / events a figure")] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="不同则退出码 1 / exit 1 where they differ")] = False,
    as_json: AsJson = False,
    xlsx: Xlsx = None,
) -> None:
    """比较两个时点、两本账或账与重放,逐分说明差在哪些事件 / which figures differ, and by which events, to the fen."""
    from ledger.commands import difference_page as page
    from ledger.commands.difference_workbook import save
    from projections.difference import NoReplay, compare, has_household

    named = side_of(before, "A"), side_of(after, "B")
    most = events or (_IN_FILE if as_json or xlsx else _ON_PAGE)
    with ExitStack() as opened:
        try:
            a, b = _sides(opened, context.obj.place, named, with_findings=findings)
        except NoReplay as error:
            raise typer.BadParameter(str(error)) from None
        if household is not None and not any(has_household(side, household) for side in (a, b)):
            raise typer.BadParameter("两边都没有这个家庭 / neither side has this household", param_hint="--household")
        changes = tuple(compare(a, b, household, most, findings=findings))
        # A URL may hold a password: a database is called just that.
        compared = page.Compared((named[0].text, named[1].text), (a.moment, b.moment), changes)
    if xlsx:
        save(compared, context.obj.who.staff, xlsx)
    page.show(compared, as_json=as_json)
    if exit_code and compared.changes:
        raise typer.Exit(1)


def side_of(text: str, name: str) -> Named:
    """What was typed, told apart by its form.

    Raises:
        typer.BadParameter: it is none of the forms, or a file that is not there.
    """
    from projections.open_book import Place
    from projections.queries import Clocks

    if text == "now":
        return Named(text, Clocks())
    if (found := _MOMENT.fullmatch(text)) and text:
        return Named(text, Clocks(day_of(found["day"], name), moment_of(found["known"])))
    if text.endswith(".duckdb"):
        if not Path(text).exists():
            raise typer.BadParameter(f"没有这个文件:{Path(text).name} / there is no such file", param_hint=name)
        return Named(text, file=Path(text))
    if _URL.match(text):
        return Named("database", place=Place(Path("data"), text))
    if Path(text).is_dir():
        return Named(text, place=Place(Path(text)))
    raise typer.BadParameter(
        "须为日期(如 2025-06-30)、@位置、日期@位置、日期@时刻、now、重放文件(.duckdb)或数据目录,也没有这个文件夹 / "
        "must be a day (2025-06-30), @POSITION, DAY@POSITION, DAY@INSTANT, now, a replay file (.duckdb) or a data "
        "folder, and there is no such folder",
        param_hint=name,
    )


def _sides(opened: ExitStack, here: Place, named: tuple[Named, Named], *, with_findings: bool) -> tuple[Side, Side]:
    """Both sides, opened. Another book is looked at as of the moment that the other side names, if any.

    Raises:
        NoReplay: a file is none.
        typer.BadParameter: a position that was typed lies past the end of its log.
    """
    from projections.difference import ReplaySide
    from projections.queries import Clocks

    files = [opened.enter_context(ReplaySide(one.file)) if one.file else None for one in named]
    told = [
        Clocks(file.moment.as_of, file.moment.known_at) if file else one.clocks
        for one, file in zip(named, files, strict=True)
    ]
    book = _once(opened, here)
    sides: list[Side] = []
    for nth, (one, file) in enumerate(zip(named, files, strict=True)):
        if file:
            sides.append(file)
        else:
            # One business day for both: another book has no other today.
            other = replace(one.place, business_day=here.business_day) if one.place else None
            books = _open(opened, other) if other else book()
            clocks = one.clocks or told[1 - nth] or Clocks()
            side = _live(opened, books, clocks, with_findings=with_findings)
            _must_be_in_the_log(one, side, "AB"[nth])
            sides.append(side)
    return sides[0], sides[1]


def _must_be_in_the_log(typed: Named, side: Side, name: str) -> None:
    known_at = typed.clocks.known_at if typed.clocks else None
    if isinstance(known_at, int) and known_at > side.moment.known_at:
        head = side.moment.known_at
        raise typer.BadParameter(f"日志只到 {head} / the log ends at {head}", param_hint=name)


def _once(opened: ExitStack, here: Place) -> Callable[[], Any]:
    """The book at hand, opened when a side first asks for it: two replay files need none."""
    held: list[Any] = []

    def book() -> Any:
        if not held:
            held.append(_open(opened, here))
        return held[0]

    return book


def _open(opened: ExitStack, place: Place) -> Any:
    from projections.open_book import open_book

    place.must_hold_a_book()
    return opened.enter_context(open_book(place))


def _live(opened: ExitStack, books: Any, clocks: Clocks, *, with_findings: bool) -> Side:
    from projections import queries
    from projections.difference import LiveSide

    read = queries.reading_whole if with_findings else queries.reading
    cursor = opened.enter_context(read(books.database, clocks))
    return LiveSide(cursor, books.database.url, find=lambda own: queries.alerts(own, rules=books.engine.rules))
