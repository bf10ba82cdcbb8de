"""Random histories of one small county: everything that can be asked, often enough about the same few things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

from ledger.decide.refusal import Refusal
from ledger.decide.slice import Request
from ledger.events.base import Origin
from tests.story import (
    REGION,
    Story,
    bank,
    contract,
    day,
    death,
    decision,
    expense,
    failed,
    grant,
    household,
    kin,
    line,
    receipt,
    recovery,
    service_expense,
    transfer,
    visit,
)

yuan = st.sampled_from([100, 200, 300, 500])
levels = st.sampled_from(["中央", "省级"])
months = st.sampled_from(["2025-01", "2025-02", "2025-03"])
homes = st.sampled_from(["H1", "H2"])
programmes = st.sampled_from(["城市低保", "临时救助"])
numbers = st.integers(1, 4)
approvers = st.sampled_from(["G003", "G003", "G001", None])
days = st.sampled_from(["2025-01-10", "2025-02-10", "2025-03-10"])

fundings = st.one_of(
    st.builds(
        lambda amount, no, level, sign: grant(sign * amount * 10, f"D{no}", level=level),
        yuan,
        numbers,
        levels,
        st.sampled_from([1, 1, 1, -1]),
    ),
    st.builds(
        lambda amount, no, on, sign: receipt(sign * amount * 10, f"D{no}", on),
        yuan,
        numbers,
        days,
        st.sampled_from([1, 1, 1, -1]),
    ),
    st.builds(lambda amount, no, level: transfer(amount, f"{REGION}001", f"D{no}", level=level), yuan, numbers, levels),
)
registrations = st.builds(household, homes)


@st.composite
def decisions(draw: st.DrawFn) -> Request:
    kind = draw(st.sampled_from(["批准", "批准", "调整", "停发", "恢复", "渐退", "终止", "复核", "不予批准"]))
    amount = draw(yuan) if kind in ("批准", "调整") else draw(st.sampled_from([None, 100]))
    start = draw(months) if kind not in ("复核", "不予批准") else None
    end = draw(st.one_of(st.none(), months.filter(lambda month: start is not None and month >= start)))
    return decision(
        kind,
        draw(homes),
        amount,
        start,
        draw(days),
        end_month=end,
        programme=draw(programmes),
        decision_no=f"N{draw(st.integers(1, 12))}",
    )


lines = st.builds(
    lambda no, amount, month, batch, number, kind, level, programme: line(
        no, amount, month, batch, number, payment_type=kind, level=level, programme=programme
    ),
    homes,
    yuan,
    months,
    st.sampled_from(["B1", "B2"]),
    numbers,
    st.sampled_from(["正常", "正常", "补发", "价格补贴"]),
    levels,
    programmes,
)
bank_lines = st.one_of(
    st.builds(
        lambda amount, batch, number, on, sign: bank(sign * amount, batch, number, on),
        yuan,
        st.sampled_from(["B1", "B2"]),
        numbers,
        days,
        st.sampled_from([1, 1, 1, -1]),
    ),
    st.builds(failed, yuan, st.sampled_from(["B1", "B2"]), numbers),
)
spendings = st.one_of(
    st.builds(
        lambda amount, no, level, approver: contract(
            amount, f"C{no}", level=level, reason="原因", approved_by=approver
        ),
        yuan,
        numbers,
        levels,
        approvers,
    ),
    st.builds(
        lambda amount, no: contract(amount * 300, f"C{no}", procurement_method="直接委托", reason="原因"), yuan, numbers
    ),
    st.builds(lambda no, to: visit(f"V{no}", f"C{to}"), numbers, numbers),
    st.builds(
        lambda amount, no, to, sign, invoice, approver: service_expense(
            sign * amount, f"E{no}", f"C{to}", invoice_no=invoice, approved_by=approver
        ),
        yuan,
        numbers,
        numbers,
        st.sampled_from([1, 1, -1]),
        st.sampled_from(["I1", "I2", None]),
        approvers,
    ),
    st.builds(
        lambda amount, no, level, purpose, sign: expense(sign * amount, f"E{no}", purpose, level=level),
        yuan,
        numbers,
        levels,
        st.sampled_from(["取暖补贴", "招待费", "办公费"]),
        st.sampled_from([1, 1, -1]),
    ),
    st.builds(
        lambda step, amount, no, home, on, named: recovery(step, amount, f"R{no}", on, household=home, **named),
        st.sampled_from(["立案", "立案", "缴回", "缴回", "核销", "分期"]),
        yuan,
        st.integers(1, 2),
        homes,
        days,
        st.one_of(
            st.just({}),
            st.builds(
                lambda batch, number: {"batch_no": batch, "line_no": number}, st.sampled_from(["B1", "B2"]), numbers
            ),
        ),
    ),
)
# People are the same in every county of a database: what is reported of them is felt in all.
evidences = st.one_of(
    st.builds(death, st.sampled_from(["韩", "李", "老韩"]), days),
    st.builds(
        lambda who, on: kin(who, declared_on=None if on is None else day(on)),
        st.sampled_from(["韩", "李"]),
        st.sampled_from([None, "2024-12-01", "2025-02-01"]),
    ),
    st.builds(lambda no, who: household(no, who, "父亲"), homes, st.sampled_from(["老韩", "老李"])),
)
any_request = st.one_of(fundings, registrations, decisions(), lines, bank_lines, spendings)


@dataclass(frozen=True, slots=True)
class Step:
    """One file: rows of one kind, asked together."""

    kind: Literal["rows", "roll", "bank"]
    requests: tuple[Request, ...]
    origin: Origin = "decided"


def _file(
    kind: Literal["rows", "roll", "bank"], rows: st.SearchStrategy[Any], most: int, origins: list[Origin]
) -> st.SearchStrategy[Step]:
    many = st.lists(rows, min_size=1, max_size=most).map(tuple)
    return st.builds(Step, st.just(kind), many, st.sampled_from(origins))


def steps(*origins: Origin) -> st.SearchStrategy[list[Step]]:
    """Files in any order, after a county is set up to pay two households from two funds."""
    kinds = list(origins or ("decided",))
    one = st.one_of(
        _file("rows", st.one_of(fundings, registrations, decisions(), spendings, evidences), 3, kinds),
        _file("roll", lines, 5, kinds),
        _file("bank", bank_lines, 5, kinds),
    )
    return st.lists(one, min_size=2, max_size=9).map(lambda more: [Step("rows", SET_UP), *more])


SET_UP: tuple[Request, ...] = (
    grant(50_000, "D1"),
    receipt(2_000, "D1"),
    grant(50_000, "D2", level="省级"),
    receipt(1_000, "D2"),
    household("H1"),
    decision("批准", "H1", 500, "2025-01", "2025-01-02", decision_no="N1"),
    household("H2", "李"),
    decision("批准", "H2", 300, "2025-01", "2025-01-02", decision_no="N2"),
)

_NUMBERS = (
    "document_no",
    "household",
    "batch_no",
    "contract_no",
    "decision_no",
    "recovery_no",
    "expense_no",
    "visit_no",
)
_REGIONS = ("region", "from_region")


def elsewhere(request: Request, number: int) -> Any:
    """The same request in another county, which shares nothing with any other of the same database."""
    held = request.__dict__
    moved: dict[str, Any] = {name: f"{held[name]}~{number}" for name in _NUMBERS if held.get(name)}
    moved |= {name: region_of(number) for name in _REGIONS if name in held}
    if "to_region" in held:
        moved["to_region"] = f"{number:06d}{REGION}"
    return request.model_copy(update=moved)


def region_of(number: int) -> str:
    return f"{REGION}{number:06d}"


def answer(story: Story, request: Request, origin: Origin) -> str:
    """The code of the refusal, or ``recorded``."""
    try:
        story.ask(request, origin)
    except Refusal as refusal:
        return refusal.code
    return "recorded"
