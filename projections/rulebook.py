"""The rule book as a page: ``python -m projections.rulebook > docs/rules.md``, from the rule files and the packs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from ledger.policy import Parameter, PolicyPack, load_pack, pack_names
from projections.overrides import shown
from projections.rules import BASES, Rule, load_rules

NATIONAL = "national"
SEVERITY_WORDS = {"critical": "严重 critical", "warning": "警告 warning", "notice": "提示 notice"}
FORCE_WORDS = {
    "mandatory": "必须 mandatory",
    "in_principle": "原则上 in principle",
    "local": "地方 local",
    "default": "默认 default",
}

_OPENING = """# 规则 Rules

What the supervision looks for. Each rule is one `.sql` file of `projections/findings/`: a header, then a query whose
first column is its subject. A finding is a question with evidence, never a verdict, and each says what would clear it.

本页由 `python -m projections.rulebook` 从规则文件与政策包生成，请勿手工修改。This page is made by that command.

- `mingzhang rules show NAME` shows a rule with its parameters in force in your book; `mingzhang rules try` runs a
  draft, or other parameters, over the real book beside the live rule and keeps nothing.
- 本地规则 / A site's own rules: `mingzhang rules new NAME` writes a file to begin with; put it into the folder `rules`
  of the data folder (or the one that `MINGZHANG_RULES` names) and it is asked with the others. It may read the views of
  `known` and `finding` and nothing else: not the log, not the vault, not the tokens; it cannot write, wait, or read a
  file, and after 120 seconds it is ended. A file that is broken is reported by `mingzhang rules list`, with its line,
  and skipped. A rule's name is its findings' name, so a site rule may not take the name of one of these.
- 级别 severity: the rule's own, or one step worse for a large amount (`finding_severity_amounts`, docs/policy.md):
  金额大的预警比规则的级别高一级,提示不会升为严重。
- 依据 basis: L 规定 a rule text · A 审计做法 audit practice · D 本系统默认 our default.
"""


def page() -> str:
    """docs/rules.md."""
    return "\n".join([_OPENING, *_index(), *(line for rule in load_rules() for line in _section(rule))])


def in_force(rule: Rule, policy: PolicyPack, on: date) -> list[tuple[str, Parameter | None]]:
    """The rule's parameters as a jurisdiction has them on a day; None where none is in force."""
    return [(name, policy.find(name, on)) for name in rule.parameters]


def _index() -> Iterator[str]:
    yield "| 规则 rule | 名称 | name | 类别 kind | 级别 severity | 对象 subject | 依据 basis |"
    yield "|---|---|---|---|---|---|---|"
    for rule in load_rules():
        yield _row(
            f"[`{rule.rule}`](#{rule.rule})",
            rule.name,
            rule.title,
            rule.kind,
            SEVERITY_WORDS[rule.severity],
            ", ".join(rule.subjects),
            rule.basis,
        )
    yield ""


def _section(rule: Rule) -> Iterator[str]:
    yield f'<a id="{rule.rule}"></a>\n\n## {rule.name} {rule.title}\n'
    yield f"`{rule.rule}` · {rule.kind} · {SEVERITY_WORDS[rule.severity]} · 对象 {', '.join(rule.subjects)}\n"
    yield f"{rule.finds.zh}\n{rule.finds.en}\n"
    yield f"- 问题:{rule.question.zh}\n  question: {rule.question.en}"
    yield f"- 依据({BASES[rule.basis]}):{rule.law}"
    if rule.quotation:
        yield f"  > {rule.quotation} (`{rule.text}`)\n"
    yield f"- 如何消除:{rule.clears.zh}\n  clears it: {rule.clears.en}"
    yield f"- 例:{rule.example.zh}\n  example: {rule.example.en}"
    if rule.is_clocked:
        yield "- 仅凭时间推移即可产生或解除,每日核查一次。"
        yield "  Days passing alone can raise or clear it: it is asked once a day."
    if rule.is_overpaid:
        yield "- 金额是多付给家庭的款项:属实即立追缴。"
        yield "  Its amount was overpaid to a household: established, it opens a recovery."
    yield ""
    if rule.parameters:
        yield from _parameters(rule)


def _parameters(rule: Rule) -> Iterator[str]:
    yield "| 参数 parameter | 辖区 jurisdiction | 起止 in force | 值 value | 效力 force | 出处 source |"
    yield "|---|---|---|---|---|---|"
    for name in rule.parameters:
        national = _periods(NATIONAL).get(name, ())
        for jurisdiction in (NATIONAL, *(pack for pack in pack_names() if pack != NATIONAL)):
            for one in _periods(jurisdiction).get(name, ()):
                if jurisdiction == NATIONAL or one not in national:
                    yield _row(f"`{name}` {one.title_zh}", jurisdiction, _period(one), *_value(one))
    yield ""


@cache
def _periods(jurisdiction: str) -> dict[str, tuple[Parameter, ...]]:
    found: dict[str, tuple[Parameter, ...]] = {}
    for one in load_pack(jurisdiction).parameters():
        found[one.name] = (*found.get(one.name, ()), one)
    return found


def _period(one: Parameter) -> str:
    return f"{one.in_force_from} – {one.in_force_to or ''}".rstrip()


def _value(one: Parameter) -> tuple[str, str, str]:
    source = one.source
    cited = f"《{source.title}》{source.article or ''}"
    words = f"“{source.quotation}”" if source.quotation else source.note_zh or ""
    value: Any = one.model_dump(mode="json")["value"]
    return f"{shown(value)} ({one.unit})", FORCE_WORDS[one.force], f"{cited}:{words}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    print(page(), end="")
