"""Files as offices hand them in, imported as the command imports them, and what the books then say."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]

from ledger.commands.importing import import_into
from ledger.events.base import Origin
from ledger.intake.importer import FileReport
from projections.open_book import OpenBook
from projections.queries import Clocks, alerts, cap, funds, reading
from projections.rules import load_rules


def hand_in(books: OpenBook, paths: list[Path], origin: Origin, rejects: Path) -> list[FileReport]:
    return import_into(books, paths, origin, "G007", "finance", rejects)


def said(books: OpenBook, as_of: date) -> dict[str, list[dict[str, Any]]]:
    """What ``funds``, ``cap`` and ``alerts`` print as JSON."""
    with reading(books.database, Clocks(as_of=as_of)) as cursor:
        found = {"funds": funds(cursor), "cap": cap(cursor), "alerts": alerts(cursor)}
    plain: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(found, default=str))
    return plain


def answers_to_rules_there_are(expected: dict[str, Any]) -> dict[str, Any]:
    """A casebook's answers, less those to rules that this version does not have."""
    ours = {rule.rule for rule in load_rules()}
    return expected | {"findings": {rule: refs for rule, refs in expected["findings"].items() if rule in ours}}


def differences(expected: dict[str, Any], books_say: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What the books say otherwise than the answers: figures, findings missed, false alarms."""
    found = [*_in_figures("funds", expected, books_say), *_in_figures("cap", expected, books_say)]
    raised: dict[str, list[set[str]]] = {}
    for alert in books_say["alerts"]:
        raised.setdefault(alert["rule"], []).append(set(alert["refs"]))
    for rule, refs in answers_to_rules_there_are(expected)["findings"].items():
        found += [f"missed {rule} {ref}" for ref in refs if not any(ref in one for one in raised.get(rule, []))]
    for rule, sets in raised.items():
        # Casebooks do not say how near the cap a county came.
        if rule == "service_cap_near":
            continue
        allowed = {*expected["findings"].get(rule, []), *expected["tolerated"].get(rule, [])}
        found += [f"false alarm {rule} {sorted(refs)}" for refs in sets if not refs & allowed]
    return found


def _in_figures(name: str, expected: dict[str, Any], books_say: dict[str, list[dict[str, Any]]]) -> list[str]:
    parts = ("region", "category", "level", "year") if name == "funds" else ("region", "year")

    def by_key(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
        # A fund in which nothing ever was need not be told of, nor a cap that nobody set.
        live = [row for row in rows if any(v for k, v in row.items() if k.endswith("_fen"))]
        live = [row for row in live if name != "cap" or row["limit_fen"] is not None]
        return {tuple(str(row[part]) for part in parts): row for row in live}

    right, ours = by_key(expected[name]), by_key(books_say[name])
    wrong = [f"{name} {key}" for key in right.keys() ^ ours.keys()]
    for key in right.keys() & ours.keys():
        told = {field: ours[key].get(field) for field in right[key]}
        if {f: str(v) for f, v in told.items()} != {f: str(v) for f, v in right[key].items()}:
            wrong.append(f"{name} {key}: {told}, should be {right[key]}")
    return wrong


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def as_csv(path: Path, folder: Path, encoding: str = "utf-8", rows: list[list[str]] | None = None) -> None:
    with (folder / path.name).open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows or rows_of(path))


def as_workbook(path: Path, folder: Path) -> None:
    """With a title line above the header, money as numbers and the rest as text."""
    header, *rows = rows_of(path)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.append(["2025年度台账"])
    sheet.append(header)
    money = {nth for nth, name in enumerate(header) if "金额" in name or name == "单价"}
    for row in rows:
        sheet.append([float(cell) if nth in money and cell else cell for nth, cell in enumerate(row)])
    book.save(folder / f"{path.stem}.xlsx")


def shuffled(path: Path, folder: Path) -> None:
    """Rows and columns in any order."""
    header, *rows = rows_of(path)
    dice = random.Random(path.name)
    dice.shuffle(rows)
    order = dice.sample(range(len(header)), len(header))
    as_csv(path, folder, rows=[[row[nth] for nth in order] for row in [header, *rows]])


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "csv": as_csv,
    "gb18030": lambda path, folder: as_csv(path, folder, "gb18030"),
    "workbooks": as_workbook,
    "shuffled": shuffled,
}


def written(way: str, files: Path, folder: Path) -> Path:
    """The same files in another form."""
    folder.mkdir(parents=True)
    for path in sorted(files.glob("*.csv")):
        WAYS[way](path, folder)
    return folder
