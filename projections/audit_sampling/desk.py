"""Where audit samples are drawn and their testing put on record: one way in for the API and the command line alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from ledger.access import ROLES, may_sample_for_audit
from ledger.book.request_key import request_digest
from ledger.decide.audit_plan import Plan
from ledger.decide.audit_sampling import (
    AuditDrawRequest,
    AuditTestRequest,
    DrawAuditSample,
    Population,
    RecordAuditTests,
)
from ledger.decide.case_refusals import NotPermitted, NumberUnfit
from ledger.decide.refusals import UnknownAuditSample
from ledger.decide.slice import Asked
from ledger.publication.numbers import gives_away, gives_away_unlettered, made_seed
from ledger.region import covers
from projections.audit_sampling.paper_reading import audited_amounts
from projections.audit_sampling.populations import Scope, lines_of, query_digest
from projections.audit_sampling.samples import find_audit_sample
from projections.open_book import OpenBook
from projections.queries import Clocks, reading

# Keys of different officers never meet: a key is theirs and the staff number's.
_KEYS = UUID("c2b1f0a6-8f0e-4a38-9d0b-6a7c1e52d944")


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who draws: a staff number, a role, and the region that he may look into."""

    staff: str
    role: str
    region: str = "000000"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request: the position of its event, and whether it is new."""

    sample_no: str
    position: int
    is_new: bool


def draw_audit_sample(
    books: OpenBook,
    auditor: Auditor,
    sample_no: str,
    scope: Scope,
    plan: Plan,
    clocks: Clocks | None = None,
    *,
    seed: str | None = None,
    key: str | None = None,
) -> Taken:
    """Draws a sample and puts it on record; without a seed, one is made of the system's randomness.

    The clocks are put on record as a day and a position: today and the end of the log where they say nothing.

    Raises:
        Refusal: the auditor may not, or the sample cannot be drawn so.
        pydantic.ValidationError: a field is not what it should be.
        KeyReused, Busy: as ``Book.do``.
    """
    _permit(auditor, scope.region)
    for given in (sample_no, scope.programme or "", scope.fund or ""):
        _check_number(given)
    if seed and gives_away_unlettered(seed):
        _refuse_number("种子")
    books.engine.catch_up()
    day, position = _fixed(books, clocks or Clocks())
    request = AuditDrawRequest(
        sample_no=sample_no,
        drawn_on=books.today,
        **{name: getattr(scope, name) for name in scope.__slots__},
        as_of=day,
        known_position=position,
        query_sha256=query_digest(scope.population, plan.strata_by),
        plan=plan,
        seed=seed or made_seed(),
        seed_source="given" if seed else "made",
        held=Population(lines_of(books.database, scope, plan.strata_by, Clocks(day, position))),
    )
    told = [sample_no, scope, plan.model_dump_json(), clocks, seed]
    asked = _asked(books, auditor, told, key)
    recorded = books.book.do(lambda: DrawAuditSample(request, asked), _uuid(auditor, key))
    books.engine.catch_up()
    return Taken(sample_no, recorded.position, recorded.is_new)


def record_audit_tests(books: OpenBook, auditor: Auditor, sample_no: str, paper: bytes) -> int:
    """Puts on record the audited amounts of a working paper; how many items there are.

    Raises:
        Refusal: the auditor may not, there is no such sample, or the paper differs from it.
        PaperProblem: the paper cannot be read, or has no audited amount.
    """
    found = find_audit_sample(books.database, sample_no)
    _permit(auditor, found["region"] if found else auditor.region)
    if found is None:
        raise UnknownAuditSample("没有这个编号", "there is no such number", column="抽样编号")
    read = audited_amounts(paper)
    request = AuditTestRequest(
        sample_no=sample_no,
        region=found["region"],
        tested_on=books.today,
        paper_sha256=hashlib.sha256(paper).hexdigest(),
        items=tuple(one.item for one in read),
        book_amounts_fen=tuple(one.book_fen for one in read),
        audited_amounts_fen=tuple(one.audited_fen for one in read),
    )
    asked = _asked(books, auditor, [], None)
    books.book.do(lambda: RecordAuditTests(request, asked))
    books.engine.catch_up()
    return len(read)


def _permit(auditor: Auditor, region: str) -> None:
    if not may_sample_for_audit(auditor.role):
        zh = f"岗位“{ROLES.get(auditor.role, auditor.role)}”不能办理审计抽样"
        raise NotPermitted(zh, f"the role {auditor.role} may not sample for audit", column="岗位")
    if not covers(auditor.region, region):
        zh, en = f"不在您的区划 {auditor.region} 之内", f"it lies outside your region {auditor.region}"
        raise NotPermitted(zh, en, column="区划代码")


def _check_number(text: str) -> None:
    # A fund's id is digits by nature: its region and year are no number of anybody.
    if gives_away(text) and "|" not in text:
        _refuse_number("编号")


def _refuse_number(column: str) -> None:
    raise NumberUnfit("疑似证件号、电话或账号", "it looks like an ID, telephone or account number", column=column)


def _fixed(books: OpenBook, clocks: Clocks) -> tuple[date, int]:
    """The clocks as they are recorded: a day and a position, whatever comes later."""
    day = clocks.as_of or books.today
    with reading(books.database, Clocks(day, clocks.known_at)) as cursor:
        row = cursor.execute("select least(known_at(), position) as position from projection.progress").fetchone()
    return day, int(row["position"]) if row else 0


def _asked(books: OpenBook, auditor: Auditor, told: list[Any], key: str | None) -> Asked:
    digest = request_digest(f"{told}", key) if key else None
    return Asked(auditor.staff, auditor.role, "decided", books.policy, request_digest=digest, region=auditor.region)


def _uuid(auditor: Auditor, key: str | None) -> UUID | None:
    return uuid5(_KEYS, f"{auditor.staff}\n{key}") if key else None
