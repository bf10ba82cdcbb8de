"""What ``mingzhang rules new`` writes: a rule that can be tried as it stands, with what may be put in its place."""

from __future__ import annotations

from importlib.resources import files

from ledger.events import EVENT_CLASSES
from projections.facts import table_name

# Views made of several kinds of events; one view an event class stands beside them.
_MADE = (
    "settled_line",
    "paid_month",
    "entitlement",
    "fund_balance",
    "service_cap",
    "parameter",
    "parameter_member",
)


def template(name: str) -> str:
    """A rule file of this name."""
    text = files("projections").joinpath("rule_template.sql").read_text(encoding="utf-8")
    facts = sorted(table_name(cls) for cls in EVENT_CLASSES)
    return text.replace("{rule}", name).replace("{made}", _wrapped(_MADE)).replace("{facts}", _wrapped(facts))


def _wrapped(names: tuple[str, ...] | list[str]) -> str:
    """Names as comment lines of moderate length."""
    lines = [""]
    for name in names:
        if len(lines[-1]) + len(name) > 90:
            lines.append("")
        lines[-1] += f"{name} "
    return "\n".join(f"--   {line.rstrip()}" for line in lines)
