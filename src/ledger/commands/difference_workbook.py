"""What ``mingzhang diff`` answers, as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.commands.difference_page import CLASS_WORDS, FIGURE_WORDS, KINDS, Compared, sentence, told
from ledger.commands.taking_out import whole

if TYPE_CHECKING:
    from projections.difference import Reason


def save(compared: Compared, staff: str, path: Path) -> None:
    """Writes the comparison as a workbook: a row for each figure, and below it one for each of its events."""
    from projections.export.workbook import Column, Form, Provenance, Table, workbook

    columns = (
        Column("类别", "Kind", 10, itemgetter("kind")),
        Column("对象", "Subject", 44, itemgetter("subject")),
        Column("数字", "Figure", 20, itemgetter("figure")),
        Column("A（元）", "A (yuan)", 18, itemgetter("before_fen"), Form.MONEY),
        Column("B（元）", "B (yuan)", 18, itemgetter("after_fen"), Form.MONEY),
        Column("差额（元）", "Difference (yuan)", 18, itemgetter("difference_fen"), Form.MONEY),
        Column("事件位置", "Event", 12, itemgetter("position"), Form.COUNT),
        Column("营业日", "Business day", 12, itemgetter("effective_on"), Form.DAY),
        Column("登记", "Recorded", 18, itemgetter("recorded")),
        Column("事项", "What", 18, itemgetter("event")),
        Column("凭证", "Paper", 26, itemgetter("paper")),
        Column("分类", "Class", 18, itemgetter("class")),
        Column("影响（元）", "Moved (yuan)", 18, itemgetter("moved_fen"), Form.MONEY),
    )
    table = Table("差异", "Differences", columns, sentence(compared))
    moment = compared.moments[1]
    sides = list(zip("AB", compared.names, strict=True))
    made = Provenance(moment.as_of, moment.known_at, "", staff, datetime.now(UTC), sides)
    with whole(path, "--xlsx") as out:
        out.write(workbook(table, _rows(compared), made))


def _rows(compared: Compared) -> Iterator[dict[str, Any]]:
    words = {kind: zh for kind, zh, _ in KINDS}
    for changed in compared.changes:
        head: dict[str, Any] = {"kind": words[changed.kind], "subject": changed.subject}
        for one in changed.figures:
            amounts = {"before_fen": one.before_fen, "after_fen": one.after_fen, "difference_fen": one.difference_fen}
            yield _NO_EVENT | head | {"figure": FIGURE_WORDS[one.name]} | amounts
        for reason in changed.reasons:
            event = told(reason)
            own = {
                "position": reason.position,
                "effective_on": reason.effective_on,
                "recorded": event["recorded"],
                "event": event["kind"],
                "paper": event["paper"],
                "class": " ".join(CLASS_WORDS[reason.class_]),
            }
            for name, amount_fen in _moved(reason):
                yield _NO_FIGURES | head | own | {"figure": name and FIGURE_WORDS[name], "moved_fen": amount_fen}


def _moved(reason: Reason) -> Iterable[tuple[str, int | None]]:
    return reason.moved_fen.items() or [("", None)]


_NO_FIGURES: dict[str, Any] = dict.fromkeys(("before_fen", "after_fen", "difference_fen"))
_NO_EVENT: dict[str, Any] = dict.fromkeys(
    ("position", "effective_on", "recorded", "event", "paper", "class", "moved_fen")
)
