"""What is made public: a notice, passed through the gate, put on record by its hash, and only then written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ledger.access.permissions import PUBLISHING_ROLES
from ledger.commands.handed_in import results
from ledger.commands.sampling import asked_for, checked_no, permit
from ledger.decide.publication import PublicationRequest, PublishResult
from ledger.decide.refusals import SampleNotDrawn
from ledger.decide.slice import Asked, rules_of
from ledger.publication.beneficiaries import Rules, Scope, beneficiary_notice
from ledger.publication.gate import pass_gate
from ledger.publication.notice import Notice, written_month
from ledger.publication.result import result_digests, result_notice
from projections.open_book import OpenBook
from projections.publications import beneficiaries, full_names, households_of
from projections.queries import Clocks, reading
from projections.samples import find_sample


@dataclass(frozen=True, slots=True)
class Publisher:
    """Somebody who makes things of one book public."""

    books: OpenBook
    staff: str
    role: str

    def result(self, sample_no: str, results_file: Path | None, no: str | None, out: Path) -> list[Path]:
        """The result notice of a drawn sample; the files written.

        Raises:
            NotPermitted: the role may not publish.
            SampleNotDrawn, NumberReused: there is nothing to publish, or it is published.
            UsageProblem: the results cannot be read; GateClosed: somebody would be given away.
        """
        permit(self.role, PUBLISHING_ROLES)
        found = find_sample(self.books.database, checked_no(sample_no))
        if found is None or found["drawn_position"] is None:
            raise SampleNotDrawn("没有已抽取的这个抽样", "no sample of this number is drawn", column="抽样编号")
        no = no or f"结果-{sample_no}"
        fields = {"kind": "sample_result", "region": found["region"], "sample_no": sample_no}
        self._request(no, fields)
        reported = results(results_file, found["subjects"]) if results_file else {}
        names = self._names_in(found["population"], found["subjects"], no)
        notice = result_notice(found, reported, self.books.today)
        return self._publish(notice, no, fields, names, result_digests(found), out)

    def beneficiaries(self, scope: Scope, no: str | None, out: Path) -> list[Path]:
        """The notice of those for whom a decision is in force in a month; the files written.

        Raises:
            RuleNotOnFile: no rule says what may be made public today.
            NothingToPublish: there is nobody.
            NotPermitted, NumberReused, UsageProblem, GateClosed: as for a result.
        """
        permit(self.role, PUBLISHING_ROLES)
        fields = {"region": scope.region, "for_month": scope.month, "programme": scope.programme}
        self._request("公示", {"kind": "beneficiaries", **fields})
        no = no or f"公示{scope.region}区划{written_month(scope.month)}{scope.programme or ''}"
        rules = self._rules()
        with reading(self.books.database, Clocks(as_of=self.books.today)) as cursor:
            rows = beneficiaries(cursor, scope.region, scope.month, scope.programme)
        revealed = self._reveal({row[part] for row in rows for part in ("person", "name")}, no)
        names = {revealed[row["name"]] for row in rows if row["name"] in revealed}
        notice = beneficiary_notice(scope, rows, revealed, rules, self.books.today)
        until = self.books.today + timedelta(days=rules.days)
        return self._publish(notice, no, {"kind": "beneficiaries", "until": until, **fields}, names, (), out)

    def _rules(self) -> Rules:
        policy, today = self.books.policy, self.books.today
        with rules_of("公布日期"):
            days, shown = policy.parameter("publicity_days", today), policy.parameter("publicity_fields", today)
        listed = shown.value if isinstance(shown.value, list | tuple) else ()
        source = f"《{shown.source.title}》{shown.source.article}"
        return Rules(frozenset(map(str, listed)), int(str(days.value)), source)

    def _publish(
        self,
        notice: Notice,
        no: str,
        fields: dict[str, Any],
        names: Collection[str],
        digests: Collection[str],
        out: Path,
    ) -> list[Path]:
        passed = pass_gate(notice.files(no), names=names, digests=digests)
        sha256 = passed.digests()
        request = self._request(no, fields, tuple(sha256), tuple(sha256.values()), len(notice.rows))
        asked = Asked(self.staff, self.role, "decided", self.books.policy)
        self.books.book.do(lambda: PublishResult(request, asked))
        self.books.engine.catch_up()
        return passed.write(out)

    def _request(
        self,
        no: str,
        fields: dict[str, Any],
        files: tuple[str, ...] = (),
        files_sha256: tuple[str, ...] = (),
        row_count: int = 0,
    ) -> PublicationRequest:
        return asked_for(
            PublicationRequest,
            publication_no=no,
            published_on=self.books.today,
            files=files,
            files_sha256=files_sha256,
            row_count=row_count,
            **fields,
        )

    def _names_in(self, population: str, subjects: list[str], no: str) -> Collection[str]:
        """The names of everybody in the households that the subjects are, served or paid, so that the gate knows them.

        Nobody else's: what is published about a few is no reason to open the names of all.
        """
        with reading(self.books.database, Clocks()) as cursor:
            tokens = full_names(cursor, households_of(cursor, population, subjects))
        return set(self._reveal(tokens, no).values())

    def _reveal(self, tokens: Collection[str], no: str) -> dict[str, str]:
        return self.books.vault.reveal(tokens, officer=self.staff, purpose=f"公开 {no}")
