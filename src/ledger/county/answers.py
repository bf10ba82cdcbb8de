"""What is true of a county: fund figures, the cap, what must be found and what may be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Answers:
    """`findings` must be found by rule; `tolerated` may follow from them; anything else of a rule is a false alarm.

    `funds` and `cap` are rows as formats.md names their figures, amounts in fen; `rows` counts data rows by kind.
    """

    as_of: str = ""
    jurisdiction: str = ""
    funds: list[dict[str, str | int]] = field(default_factory=list)
    cap: list[dict[str, str | int]] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=dict)
    tolerated: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def must_find(self, rule: str, *refs: str) -> None:
        self._note(self.findings, rule, refs)

    def may_find(self, rule: str, *refs: str) -> None:
        self._note(self.tolerated, rule, refs)

    @staticmethod
    def _note(kept: dict[str, list[str]], rule: str, refs: tuple[str, ...]) -> None:
        kept[rule] = sorted({*kept.get(rule, []), *refs})

    def write(self, path: Path) -> None:
        whole = {
            "as_of": self.as_of,
            "jurisdiction": self.jurisdiction,
            "funds": self.funds,
            "cap": self.cap,
            "findings": dict(sorted(self.findings.items())),
            "tolerated": dict(sorted(self.tolerated.items())),
            "rows": dict(sorted(self.rows.items())),
        }
        path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
