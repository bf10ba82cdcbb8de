"""A case as a PDF for the file: printed alike everywhere, its fonts within it, its evidence to be looked up in the log.

The layout is ``dossier.typ``; what it is given is text, and none of that is read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import pylopdf_fonts_zh_cn
import typst

Words = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FindingPart:
    """A finding of the case, with its question, its law, and what was made of it."""

    id: str
    name: str
    rule: str
    severity: str
    refs: str
    amount: str | None
    found_on: str
    question: str
    law: str
    quotation: str
    outcome: str


@dataclass(frozen=True, slots=True)
class StepPart:
    """A step: on which day, by whom, and where in the log."""

    day: str
    step: str
    by: str
    position: str
    text: str


@dataclass(frozen=True, slots=True)
class EvidencePart:
    """A piece of evidence; ``leaf`` is the hash (hex) by which an auditor finds it in the log."""

    position: str
    day: str
    topic: str
    paper: str
    amount: str | None
    leaf: str


@dataclass(frozen=True, slots=True)
class MeasurePart:
    """A measure that was ordered."""

    measure: str
    finding: str
    sent_to: str
    due_on: str


@dataclass(frozen=True, slots=True)
class RecoveryPart:
    """A recovery that the case opened, in yuan: what was claimed, and how much of it came back."""

    recovery_no: str
    household: str
    claimed: str
    repaid: str
    written_off: str
    owed: str


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A document of the case."""

    title: str
    size: str
    day: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that a dossier says, as text. ``cover`` lists (Chinese, English, value); ``mark`` is its confidentiality."""

    case_no: str
    mark: str
    is_confidential: bool
    cover: Sequence[Words]
    position: str
    policy: str
    printed_by: str
    printed_at: str
    findings: Sequence[FindingPart]
    timeline: Sequence[StepPart]
    evidence: Sequence[EvidencePart] = field(default=())
    evidence_left: int = 0
    measures: Sequence[MeasurePart] = field(default=())
    recoveries: Sequence[RecoveryPart] = field(default=())
    documents: Sequence[DocumentPart] = field(default=())


def dossier(content: Dossier, made_at: datetime) -> bytes:
    """The dossier as PDF/A-2b; the same content made at the same instant is the same file.

    Where a text holds a character that no font of ours has, it is a plain PDF with a box in that place: the archive's
    form allows no such box, and a dossier that cannot be printed helps nobody.
    """
    said = json.dumps(asdict(content), ensure_ascii=False)
    try:
        return _printed(said, made_at, "a-2b")
    except typst.TypstError:
        return _printed(said, made_at, "1.7")


def _printed(said: str, made_at: datetime, standard: Literal["a-2b", "1.7"]) -> bytes:
    return typst.compile(
        _layout(),
        sys_inputs={"dossier": said},
        font_paths=_fonts(),
        pdf_standards=standard,
        timestamp=int(made_at.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    """Ours alone: what a machine happens to have must not change what is printed."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(pylopdf_fonts_zh_cn.sans_path().parent)])


@cache
def _layout() -> bytes:
    return files("projections.export").joinpath("dossier.typ").read_bytes()
