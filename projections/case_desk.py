"""Where a case is worked: one way in for the API and the command line alike.

What people wrote is sealed, what the book knows is filled in (whose money, which rule, which day), what the officer may
not do is refused, and then the step is decided and the projections follow.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from ledger.access import ROLES, is_staff_number, may_work_case, record_view
from ledger.book.request_key import request_digest
from ledger.decide.case_accept import AcceptRectification, AcceptRectificationRequest
from ledger.decide.case_assign import AssignCase, AssignCaseRequest
from ledger.decide.case_attach import AttachDocument, AttachDocumentRequest
from ledger.decide.case_close import CloseCase, CloseCaseRequest
from ledger.decide.case_dismiss import DismissFinding, DismissRequest
from ledger.decide.case_establish import EstablishFinding, EstablishRequest
from ledger.decide.case_investigate import InvestigateCase, InvestigateRequest
from ledger.decide.case_lower import LowerSeverity, LowerSeverityRequest
from ledger.decide.case_measure import OrderMeasure, OrderMeasureRequest
from ledger.decide.case_open import OpenCase, OpenCaseRequest
from ledger.decide.case_refusals import (
    CaseDayBackwards,
    CaseRegionElsewhere,
    NotPermitted,
    NumberUnfit,
    RuleWithdrawn,
    UnknownCase,
    UnknownFinding,
)
from ledger.decide.case_reject import RejectRectification, RejectRectificationRequest
from ledger.decide.case_reopen import ReopenCase, ReopenCaseRequest
from ledger.decide.case_report import ReportRectification, ReportRectificationRequest
from ledger.decide.case_tolerate import TolerateError, TolerateRequest
from ledger.decide.on_case import CaseRequest, OnCase
from ledger.decide.slice import Asked
from ledger.events.case import CaseEvent
from ledger.region import covers, prefix_of
from ledger.vault import Kind
from ledger.vault.documents import hash_of
from projections import cases
from projections.case_money import recoveries_of
from projections.occurrences import holds_book
from projections.open_book import OpenBook
from projections.queries import Clocks, Row, reading
from projections.regions import places_in, regions_of

# Keys of different officers never meet: a key is theirs and the staff number's.
_KEYS = UUID("8a4e4e0e-3f5b-4d27-9a52-5d1f0b7c6e11")
# Fields in which people write what they like; whatever stands in them is sealed.
WRITTEN = ("reason", "facts", "objective_cause", "unit", "sent_to", "title")
_NUMBERS = ("case_no", "recovery_no", "assigned_to")
_ACTS = {"属实": "认定属实", "不属实": "认定不属实", "容错": "认定容错", "整改": "登记整改", "附件": "添加附件"}


@dataclass(frozen=True, slots=True)
class Officer:
    """Who works a case: a staff number, a role, and the region that he may look into."""

    staff: str
    role: str
    region: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case: what it is called, what it asks for, and what decides it."""

    zh: str
    en: str
    request: type[CaseRequest]
    decision: Callable[[Any, Asked], OnCase[Any]]
    event: type[CaseEvent]

    @property
    def act_zh(self) -> str:
        """What somebody does who takes it, to be read after 不能: 认定属实."""
        return _ACTS.get(self.zh, self.zh)


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a step: its case, the position of its event, and whether it is new."""

    case_no: str
    position: int
    is_new: bool


def _step(zh: str, en: str, request: type[CaseRequest], decision: type[OnCase[Any]]) -> Step:
    return Step(zh, en, request, decision, decision.EVENT)


# In the order of the chain (ledger.access.CASE_STEPS).
STEPS: dict[str, Step] = {
    "open": _step("立案", "open", OpenCaseRequest, OpenCase),
    "assign": _step("派单", "assign", AssignCaseRequest, AssignCase),
    "investigate": _step("核查", "investigate", InvestigateRequest, InvestigateCase),
    "establish": _step("属实", "establish", EstablishRequest, EstablishFinding),
    "dismiss": _step("不属实", "dismiss", DismissRequest, DismissFinding),
    "tolerate": _step("容错", "tolerate", TolerateRequest, TolerateError),
    "lower": _step("降级", "lower the severity", LowerSeverityRequest, LowerSeverity),
    "measure": _step("处置", "order a measure", OrderMeasureRequest, OrderMeasure),
    "report": _step("整改", "report the rectification", ReportRectificationRequest, ReportRectification),
    "accept": _step("复核通过", "accept", AcceptRectificationRequest, AcceptRectification),
    "reject": _step("复核退回", "reject", RejectRectificationRequest, RejectRectification),
    "close": _step("销号", "close", CloseCaseRequest, CloseCase),
    "reopen": _step("重开", "reopen", ReopenCaseRequest, ReopenCase),
    "attach": _step("附件", "attach a document", AttachDocumentRequest, AttachDocument),
}


def work(
    books: OpenBook, officer: Officer, step: str, values: Mapping[str, object], *, key: str | None = None
) -> Worked:
    """Takes a step of a case: ``values`` are the fields of its request, texts as they were written.

    The day may be left out (today), and what the book knows or makes itself: the number and region of a new case, the
    kind of a finding, the number of a recovery.

    Raises:
        Refusal: the officer may not, or the step breaks a rule (``NotPermitted``, ``UnknownCase``, …).
        pydantic.ValidationError: the values are not what the step asks for.
        KeyReused, Busy: as ``Book.do``.
        ledger.vault.VaultError: a text cannot be kept.
    """
    make = _decision(books, officer, step, values, key)
    recorded = books.book.do(make, uuid5(_KEYS, f"{officer.staff}\n{key}") if key else None)
    books.engine.catch_up()
    event = books.book.event_at(recorded.position)
    return Worked(event.case_no if isinstance(event, CaseEvent) else "", recorded.position, recorded.is_new)


def _decision(
    books: OpenBook, officer: Officer, step: str, values: Mapping[str, object], key: str | None = None
) -> Callable[[], OnCase[Any]]:
    """What makes the decision of a step; raises as ``work``."""
    taken = STEPS[step]
    _check_role(officer.role, step)
    given = {name: value for name, value in values.items() if value not in (None, "")}
    _check_numbers(given)
    fields = _filled(books, officer, step, {taken.event.EFFECTIVE: books.today} | given)
    request = taken.request.model_validate(_sealed(books, fields))
    _check_day(books, getattr(request, taken.event.EFFECTIVE))
    digest = _digest(step, given, key)
    asked = Asked(officer.staff, officer.role, "decided", books.policy, request_digest=digest, region=officer.region)
    return lambda: taken.decision(request, asked)


def attach(
    books: OpenBook,
    officer: Officer,
    case_no: str,
    title: str,
    media_type: str,
    content: bytes,
    *,
    day: date | None = None,
) -> str:
    """Keeps a document and puts it on a case; its SHA-256. Where the step is refused, nothing is kept.

    Raises:
        ledger.vault.DocumentError: it is empty or too large.
        Refusal, pydantic.ValidationError: as ``work``.
    """
    _check_role(officer.role, "attach")
    _must_see(books, officer, case_no)
    sha256 = hash_of(content)
    values = {"case_no": case_no, "sha256": sha256, "size_bytes": len(content), "media_type": media_type}
    values |= {"title": title, "attached_on": day}
    # Nothing is kept for a step that is refused, and no step is on record whose document is not kept.
    books.book.decide(_decision(books, officer, "attach", values))
    books.documents.put(content)
    work(books, officer, "attach", values)
    return sha256


def document(books: OpenBook, officer: Officer, case_no: str, sha256: str) -> bytes | None:
    """The bytes of a document of a case; None where the officer may see no such case or it has no such document."""
    with reading(books.database, Clocks()) as cursor:
        held = cases.documents(cursor, officer.role, officer.region, case_no)
    return books.documents.get(sha256) if any(one["sha256"] == sha256 for one in held) else None


def look_into(books: OpenBook, officer: Officer, case_no: str, clocks: Clocks | None = None) -> Row | None:
    """A case with ``timeline``, ``documents`` and ``recoveries``, put on record as read; None where he may see none."""
    with reading(books.database, clocks or Clocks()) as cursor:
        case = cases.one_case(cursor, officer.role, officer.region, case_no)
        if case is None:
            return None
        steps = cases.timeline(cursor, officer.role, officer.region, case_no)
        held = cases.documents(cursor, officer.role, officer.region, case_no)
        money = recoveries_of(cursor, {step["recovery_no"] for step in steps if step["recovery_no"]})
    record_view(books.database, case_no, officer.staff, officer.role)
    return case | {"timeline": steps, "documents": held, "recoveries": money}


def new_number(letter: str, day: date) -> str:
    """A number that tells nothing but its year: ``A2025-7k3mq9xw``."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return f"{letter}{day.year}-{''.join(secrets.choice(alphabet) for _ in range(8))}"


def _filled(books: OpenBook, officer: Officer, step: str, given: dict[str, object]) -> dict[str, object]:
    """The values with what the book knows."""
    if step == "open":
        return _new_case(books, officer, given)
    _must_see(books, officer, str(given.get("case_no", "")))
    if step not in ("establish", "tolerate"):
        return given
    name = _rule_of(books, given.get("finding"))
    rule = next((one for one in books.engine.rules if one.rule == name), None)
    if name and rule is None:
        # Whether money is to be recovered, and whether it may be tolerated at all, is for the rule to say.
        raise RuleWithdrawn(f"规则“{name}”未加载", f"the rule {name} is not loaded", column="预警")
    if step == "establish":
        number = new_number("Z", books.today)
        return {"recovery_no": number} | given | {"is_overpaid": rule is not None and rule.is_overpaid}
    return given | {"kind": rule.kind if rule else "未知"}


def _new_case(books: OpenBook, officer: Officer, given: dict[str, object]) -> dict[str, object]:
    """A new case's number and region; findings outside the officer's region are unknown to him."""
    listed = given.get("findings")
    findings = tuple(str(one) for one in listed) if isinstance(listed, list | tuple) else (str(listed or ""),)
    with reading(books.database, Clocks()) as cursor:
        rows = cursor.execute(
            "select finding, refs from finding_state where finding = any(%s)", [list(findings)]
        ).fetchall()
        placed = {row["finding"]: places_in(row["refs"]) for row in rows}
        regions = regions_of(cursor, {ref for refs in placed.values() for ref in refs})
        sees_all = holds_book(cursor, officer.region)
    for finding in findings:
        seen = all(any(covers(officer.region, at) for at in regions.get(ref, ())) for ref in placed.get(finding, ()))
        if finding not in placed or not (seen or sees_all):
            raise UnknownFinding(f"没有预警“{finding}”", f"there is no finding {finding}", column="预警")
    found_in = set().union(*regions.values())
    region = str(given.get("region") or _common(found_in) or officer.region)
    _check_region(officer, region, found_in)
    number = new_number("A", books.today)
    return {"case_no": number} | given | {"findings": findings, "region": region}


def _check_region(officer: Officer, region: str, found_in: set[str]) -> None:
    """A case that lay away from its findings would hold them where nobody who answers for them could see it."""
    if not covers(officer.region, region):
        zh = f"区划 {region} 不在您的区划 {officer.region} 之内"
        raise NotPermitted(zh, f"{region} lies outside your region {officer.region}", column="区划代码")
    if found_in and not any(covers(region, at) or covers(at, region) for at in found_in):
        places = ", ".join(sorted(found_in))
        zh, en = f"预警在 {places}，不在区划 {region}", f"the findings lie in {places}, not in {region}"
        raise CaseRegionElsewhere(zh, en, column="区划代码")


def _common(regions: set[str]) -> str:
    """The smallest region that covers all of these; nothing where there are none."""
    if not regions:
        return ""
    first = min(regions, key=len)
    for length in (12, 9, 6, 4, 2):
        above = first[:length].ljust(6, "0")
        if len(first) >= length and all(one.startswith(prefix_of(above)) for one in regions):
            return above
    return "000000"


def _rule_of(books: OpenBook, finding: object) -> str:
    with reading(books.database, Clocks()) as cursor:
        row = cursor.execute("select rule from fact.finding_raised where finding = %s limit 1", [finding]).fetchone()
    return str(row["rule"]) if row else ""


def _must_see(books: OpenBook, officer: Officer, case_no: str) -> None:
    """A case that the officer may not see is refused as one that there is not."""
    with reading(books.database, Clocks()) as cursor:
        if not cases.may_see(cursor, officer.role, officer.region, case_no):
            raise UnknownCase(f"没有案件“{case_no}”", f"there is no case {case_no}", column="案件编号")


def _sealed(books: OpenBook, fields: Mapping[str, object]) -> dict[str, object]:
    texts = {name: str(fields[name]).strip() for name in WRITTEN if name in fields}
    tokens = books.vault.refer(Kind.TEXT, {text for text in texts.values() if text})
    kept = {name: value for name, value in fields.items() if name not in texts}
    return kept | {name: tokens[text] for name, text in texts.items() if text}


def _check_role(role: str, step: str) -> None:
    if may_work_case(role, step):
        return
    taken, allowed = STEPS[step], [one for one in ROLES if may_work_case(one, step)]
    zh = f"岗位“{ROLES.get(role, role)}”不能{taken.act_zh}，{'、'.join(ROLES[one] for one in allowed)}可以"
    en = f"the role {role} may not {taken.en}; {', '.join(allowed)} may"
    raise NotPermitted(zh, en, column="岗位")


def _check_numbers(given: Mapping[str, object]) -> None:
    for name in _NUMBERS:
        if name in given and not is_staff_number(str(given[name])):
            raise NumberUnfit("编号只能是字母、数字和 . _ -", f"{name} is letters, digits and . _ -", column=name)


def _check_day(books: OpenBook, day: date) -> None:
    if day > books.today:
        raise CaseDayBackwards(f"{day} 晚于今天", f"{day} is after today", column="日期")


def _digest(step: str, given: Mapping[str, object], key: str | None) -> str | None:
    if key is None:
        return None
    content = "\n".join([step, *(f"{name}={given[name]!r}" for name in sorted(given))])
    return request_digest(content, key)
