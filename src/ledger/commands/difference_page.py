"""What ``mingzhang diff`` answers: first one sentence, then each figure, then its events."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.commands.tables import figure, terminal
from ledger.decide.refusal import yuan

if TYPE_CHECKING:
    from projections.difference import Changed, Moment, Reason

# Findings in one table of a page; a program is given all of them.
_MOST_FINDINGS = 50
CLASS_WORDS = {
    "late": ("迟录", "late"),
    "corrected": ("更正", "corrected"),
    "withdrawn": ("撤回", "withdrawn"),
    "later": ("其后发生", "later"),
    "unequal": ("不一致", "unequal"),
}
KINDS = (("fund", "资金", "fund"), ("cap", "上限", "cap"), ("month", "逐月", "month"), ("finding", "预警", "finding"))
FIGURE_WORDS = {
    "issued": "下达 issued",
    "received": "到账 received",
    "settled": "已发 settled",
    "in_transit": "在途 in transit",
    "services": "购买服务 services",
    "other": "其他 other",
    "passed_down": "拨付 passed down",
    "recovered": "追回 recovered",
    "available": "可用 available",
    "base": "基数 base",
    "limit": "上限 limit",
    "committed": "已承诺 committed",
    "spent": "已支付 spent",
    "headroom": "余量 headroom",
    "paid": "已发 paid",
    "decided": "应发 decided",
    "amount": "涉及金额 amount",
}
_NOTES = {"appeared": "新增 appeared", "gone": "消失 gone", "reading": "口径不同 read otherwise", "": "金额 amount"}
_HELD = {"before": "A", "after": "B", "both": "A B"}


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides as typed, their moments, and everything that differs."""

    names: tuple[str, str]
    moments: tuple[Moment, Moment]
    changes: tuple[Changed, ...]


def show(compared: Compared, *, as_json: bool) -> None:
    """Prints the comparison, for people or for a program."""
    if as_json:
        json.dump(_plain(compared), sys.stdout, ensure_ascii=False, default=str, indent=1)
        sys.stdout.write("\n")
        return
    console = terminal()
    for letter, name, moment in zip("AB", compared.names, compared.moments, strict=True):
        zh, en = (
            f"截至 {moment.as_of},所知至位置 {moment.known_at}",
            f"as of {moment.as_of}, known to {moment.known_at}",
        )
        console.print(f"{letter}  {escape(name)}:{zh} / {en}")
    console.print(sentence(compared))
    for changed in compared.changes:
        if changed.kind != "finding":
            _show_figures(console, changed)
    findings = [changed for changed in compared.changes if changed.kind == "finding"]
    if findings:
        console.print(_findings_table(findings))


def sentence(compared: Compared) -> str:
    """What changed and by how much, in one sentence of each language."""
    if not compared.changes:
        return "没有不同:每项数字一致。 / No difference: every figure is the same."
    count: Counter[str] = Counter(changed.kind for changed in compared.changes)
    zh = "、".join(f"{word} {count[kind]} 项" for kind, word, _ in KINDS if count[kind])
    en = ", ".join(f"{count[kind]} {word}{'' if count[kind] == 1 else 's'}" for kind, _, word in KINDS if count[kind])
    figures = [one for changed in compared.changes for one in changed.figures]
    available_fen = sum(one.difference_fen for one in figures if one.name == "available")
    # An event may explain several figures, and is one event.
    events = {(one.position, one.class_) for changed in compared.changes for one in changed.reasons}
    classes: Counter[str] = Counter(class_ for _, class_ in events)
    is_all = all(changed.count == len(changed.reasons) for changed in compared.changes)
    zh_why = "、".join(f"{CLASS_WORDS[name][0]} {number}" for name, number in sorted(classes.items()))
    en_why = ", ".join(f"{number} {CLASS_WORDS[name][1]}" for name, number in sorted(classes.items()))
    zh_least, en_least = ("", "") if is_all else ("至少", "at least ")
    return (
        f"不同:{zh};可用余额合计 {_signed(available_fen)} 元;所依事件{zh_least}:{zh_why or '无'}。\n"
        f"They differ: {en}; available in all {_signed(available_fen)} yuan; "
        f"events behind it: {en_least}{en_why or 'none'}."
    )


def _show_figures(console: Console, changed: Changed) -> None:
    note = f" · {_NOTES[changed.note]}" if changed.note else ""
    table = Table(title=f"{escape(changed.subject)}{note}(元 yuan)", title_justify="left")
    table.add_column("")
    for heading in ("A", "B", "差额 difference"):
        table.add_column(heading, justify="right", min_width=14)
    for one in changed.figures:
        table.add_row(
            FIGURE_WORDS[one.name], figure(one.before_fen), figure(one.after_fen), _signed(one.difference_fen)
        )
    console.print(table)
    if changed.reasons:
        console.print(_events_table(changed))


def _events_table(changed: Changed) -> Table:
    left = changed.count - len(changed.reasons)
    caption = f"另有 {left} 个事件,见 --json / {left} more events: --json" if left else None
    table = Table(caption=caption)
    for heading in ("位置 position", "营业日 day", "登记 recorded", "事项 kind", "凭证 paper", "类 class", ""):
        table.add_column(heading, overflow="fold")
    table.add_column("影响(元) moved (yuan)", justify="right", no_wrap=True)
    for reason in changed.reasons:
        moved = "\n".join(f"{FIGURE_WORDS[name].split()[0]} {_signed(fen)}" for name, fen in reason.moved_fen.items())
        zh, en = CLASS_WORDS[reason.class_]
        own = told(reason)
        table.add_row(
            str(reason.position), str(reason.effective_on or "—"), own["recorded"], own["kind"], escape(own["paper"]),
            f"{zh} {en}", _HELD[reason.held_by], moved or "—",
        )  # fmt: skip
    return table


def told(reason: Reason) -> dict[str, str]:
    """What is said of an event; a dash where the side cannot tell."""
    from api.console.words import Words
    from projections.open_book import BUSINESS_ZONE

    event = reason.event
    if event is None:
        return {"recorded": "—", "kind": "—", "paper": "—"}
    recorded = event["recorded_at"].astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M")
    line = f" / {event['line_no']}" if event["line_no"] else ""
    return {
        "recorded": recorded,
        "kind": Words("zh").named("topic", event["topic"]),
        "paper": f"{event['paper'] or '—'}{line}",
    }


def _findings_table(findings: list[Changed]) -> Table:
    left = len(findings) - _MOST_FINDINGS
    caption = f"另有 {left} 条,见 --json / {left} more: --json" if left > 0 else None
    table = Table(title=f"预警 {len(findings)} 条有变化 / {len(findings)} findings changed", caption=caption)
    for heading in ("预警 finding", "变化 change"):
        table.add_column(heading, overflow="fold")
    for heading in ("A (元)", "B (元)"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("所依事件 events", overflow="fold")
    for changed in findings[:_MOST_FINDINGS]:
        (amount,) = changed.figures
        why = ", ".join(f"{one.position} {CLASS_WORDS[one.class_][0]}" for one in changed.reasons[:6])
        more = " …" if changed.count > 6 else ""
        # Deadlines pass and parameters come into force without any event.
        why = f"{why}{more}" if why else "日期推移或规则 the day or the rule"
        name = f"{changed.name}\n{changed.subject}"
        table.add_row(name, _NOTES[changed.note], figure(amount.before_fen), figure(amount.after_fen), why)
    return table


def _signed(amount_fen: int) -> str:
    return f"+{yuan(amount_fen)}" if amount_fen > 0 else yuan(amount_fen)


def _plain(compared: Compared) -> dict[str, Any]:
    return {
        side: {"name": name, "as_of": moment.as_of, "known_at": moment.known_at}
        for side, name, moment in zip(("before", "after"), compared.names, compared.moments, strict=True)
    } | {"differs": bool(compared.changes), "changes": [_plain_change(changed) for changed in compared.changes]}


def _plain_change(changed: Changed) -> dict[str, Any]:
    return {
        "kind": changed.kind,
        "subject": changed.subject,
        "name": changed.name or None,
        "note": changed.note or None,
        "figures": [
            {
                "figure": f"{one.name}_fen",
                "before_fen": one.before_fen,
                "after_fen": one.after_fen,
                "difference_fen": one.difference_fen,
            }
            for one in changed.figures
        ],
        "by_class": {name: {"events": number, "moved_fen": sums} for name, (number, sums) in changed.by_class.items()},
        "event_count": changed.count,
        "events": [_plain_reason(reason) for reason in changed.reasons],
    }


def _plain_reason(reason: Reason) -> dict[str, Any]:
    names = ("topic", "recorded_at", "origin", "paper", "line_no", "household", "amount_fen")
    return {
        "position": reason.position,
        "known_from": reason.known_from,
        "effective_on": reason.effective_on,
        "held_by": reason.held_by,
        "class": reason.class_,
        "moved_fen": reason.moved_fen,
    } | {name: (reason.event or {}).get(name) for name in names}
