"""A case put together for print: its findings, steps, evidence, money and documents, in the office's words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from api.console.words import Words
from api.findings import Findings
from ledger.access import ROLES, Holder
from ledger.decide.case_state import STATUS_WORDS
from ledger.decide.refusal import yuan
from projections import occurrences
from projections.case_desk import STEPS
from projections.export.dossier import (
    DocumentPart,
    Dossier,
    EvidencePart,
    FindingPart,
    MeasurePart,
    RecoveryPart,
    StepPart,
    dossier,
)
from projections.export.provenance import provenance_of
from projections.open_book import BUSINESS_ZONE, OpenBook
from projections.queries import Clocks, Row, reading

PDF: Final = "application/pdf"
# Evidence beyond this is counted, not listed: it stands in the findings, and nobody reads a thousand pages.
MOST_EVIDENCE: Final = 500
SEALED: Final = "〔封存 sealed〕"
_ZH = Words("zh")
_OUTCOMES = {"established": "属实 established", "dismissed": "不属实 dismissed", "tolerated": "容错 tolerated"}


def printed(
    books: OpenBook, found: Findings, holder: Holder, clocks: Clocks, case: Row, texts: Mapping[str, str]
) -> bytes:
    """The dossier of a case (``whole_case``); ``texts`` are what the vault revealed, all others stay sealed."""
    findings = [row for one in case["findings"] if (row := found.one(holder.region, clocks, one))]
    positions = sorted({at for row in findings for at in row["evidence"]})
    with reading(books.database, clocks) as cursor:
        provenance = provenance_of(cursor, holder.staff)
        shown = occurrences.at_positions(cursor, holder.region, positions[:MOST_EVIDENCE], holder.role)
        leaves = leaves_at(cursor, [row["position"] for row in shown])
    now = datetime.now(UTC)
    said = Dossier(
        case_no=case["case_no"],
        mark="机密 Confidential" if case["is_confidential"] else "内部资料 Internal",
        is_confidential=case["is_confidential"],
        cover=_cover(case, texts),
        position=str(provenance.position),
        policy=provenance.policy,
        printed_by=holder.staff,
        printed_at=now.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        findings=[_finding(books, row, case, texts) for row in findings],
        timeline=[_step(step, texts) for step in case["timeline"]],
        evidence=[_evidence(row, leaves) for row in shown],
        evidence_left=len(positions) - len(shown),
        measures=[_measure(step, texts) for step in case["orders"]],
        recoveries=[_recovery(row) for row in case["recoveries"]],
        documents=[_document(row, texts) for row in case["documents"]],
    )
    return dossier(said, now)


def leaves_at(cursor: psycopg.Cursor[Row], positions: list[int]) -> dict[int, str]:
    """The leaf hash (hex) of each position."""
    rows = cursor.execute(
        "select position, encode(leaf, 'hex') as leaf from book.event where position = any(%s)", [positions]
    ).fetchall()
    return {row["position"]: row["leaf"] for row in rows}


def _cover(case: Row, texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    lines: list[tuple[str, str, Any]] = [
        ("状态", "Status", STATUS_WORDS[case["status"]]),
        ("程度", "Severity", _ZH(f"severity.{case['severity']}")),
        ("区划", "Region", case["region"]),
        ("被查单位", "Unit under inquiry", _text(case["unit"], texts)),
        ("承办人", "Handler", case["assigned_to"]),
        ("立案", "Opened on", case["opened_on"]),
        ("期限", "Due on", f"{case['due_on']}{'（逾期 overdue）' if case['is_overdue'] else ''}"),
        ("销号", "Closed on", case["closed_on"]),
        ("认定金额（元）", "Established, yuan", _money(case["established_fen"])),
    ]
    return [(zh, en, str(value or "")) for zh, en, value in lines]


def _finding(books: OpenBook, row: Row, case: Row, texts: Mapping[str, str]) -> FindingPart:
    rule = next(one for one in books.engine.rules if one.rule == row["rule"])
    outcome = next((one for one in case["outcomes"] if one["finding"] == row["id"]), None)
    return FindingPart(
        id=row["id"],
        name=row["name"],
        rule=row["rule"],
        severity=_ZH(f"severity.{row['severity']}"),
        refs="；".join(_about(ref) for ref in row["refs"]),
        amount=_money(row["amount_fen"]),
        found_on=str(row["found_on"] or ""),
        question=rule.question,
        law=rule.law,
        quotation=rule.quotation or "",
        outcome=_outcome(outcome, texts) if outcome else "",
    )


def _outcome(outcome: Row, texts: Mapping[str, str]) -> str:
    parts = [_OUTCOMES[outcome["outcome"]], _money(outcome["amount_fen"]), outcome["recovery_no"]]
    return " · ".join(part for part in [*parts, _text(outcome["reason"], texts)] if part)


def _step(step: Row, texts: Mapping[str, str]) -> StepPart:
    said = [step["finding"], step["severity"] and _ZH(f"severity.{step['severity']}"), step["measure"]]
    said += [step["assigned_to"], _money(step["amount_fen"]), step["recovery_no"]]
    said += [f"期限 {step['due_on']}"] if step["due_on"] else []
    said += [_text(step[name], texts) for name in ("title", "sent_to", "facts", "reason")]
    return StepPart(
        day=str(step["day"]),
        step=STEPS[step["step"]].zh,
        by=f"{step['staff']} {ROLES.get(step['role'], step['role'])}",
        position=str(step["position"]),
        text=" · ".join(part for part in said if part),
    )


def _evidence(row: Row, leaves: Mapping[int, str]) -> EvidencePart:
    paper = f"{row['paper']} / {row['line_no']}" if row["line_no"] else row["paper"] or ""
    return EvidencePart(
        position=str(row["position"]),
        day=str(row["effective_on"] or ""),
        topic=_ZH.named("topic", row["topic"]),
        paper=paper,
        amount=_money(row["amount_fen"]),
        leaf=leaves[row["position"]],
    )


def _measure(step: Row, texts: Mapping[str, str]) -> MeasurePart:
    return MeasurePart(step["measure"], step["finding"], _text(step["sent_to"], texts), str(step["due_on"]))


def _recovery(row: Row) -> RecoveryPart:
    amounts = [yuan(row[f"{name}_fen"]) for name in ("claimed", "repaid", "written_off", "owed")]
    return RecoveryPart(row["recovery_no"], row["household"], *amounts)


def _document(row: Row, texts: Mapping[str, str]) -> DocumentPart:
    return DocumentPart(_text(row["title"], texts), f"{row['size_bytes']:,}", str(row["attached_on"]), row["sha256"])


def _about(ref: str) -> str:
    kind, _, name = ref.partition(":")
    return f"{_ZH.named('ref', kind)} {name}"


def _money(amount_fen: int | None) -> str | None:
    return None if amount_fen is None else yuan(amount_fen)


def _text(token: str | None, texts: Mapping[str, str]) -> str:
    return texts.get(token, SEALED) if token else ""
