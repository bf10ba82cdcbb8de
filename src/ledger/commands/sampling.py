"""The steps of a sample, from the commitment to the draw, each decided by the book."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ledger.access.permissions import ROLES, SAMPLING_ROLES
from ledger.commands.handed_in import roster
from ledger.commands.seeds import make_seed, read_seed, seed_path, seeds_at_hand
from ledger.decide.case_refusals import NotPermitted
from ledger.decide.draw import draw_inspectors, draw_key, draw_subjects, seed_digest
from ledger.decide.refusal import Refusal
from ledger.decide.sampling import (
    CommitRequest,
    CommitSample,
    DrawRequest,
    DrawSample,
    FreezePopulation,
    FreezeRequest,
    PledgeRequest,
    PledgeSeed,
)
from ledger.decide.slice import Asked, Decide, Request
from ledger.intake.problems import UsageProblem
from ledger.publication.numbers import gives_away, gives_away_unlettered
from projections.open_book import OpenBook
from projections.queries import Row
from projections.samples import (
    excluded_pairs,
    find_sample,
    frozen_population,
    has_members,
    known_programmes,
    leaf_at,
    population_of,
)

# What a step on a sample that is not there is asked with; it is refused before any of it is looked at.
_NOWHERE, _NO_DIGEST = "000000", "0" * 64

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Somebody who takes the steps of samples of one book; seeds are kept in the data folder."""

    books: OpenBook
    data: Path
    staff: str
    role: str

    def commit(self, sample_no: str, seed_file: Path | None, **fields: Any) -> str:
        """Makes the seed, or takes the one of the file, and commits to it; the seed's hash.

        Raises:
            NotPermitted: the role may not; so from every step.
            UsageProblem: a field is not what it should be, or the book has nothing of this programme or region.
        """
        permit(self.role, SAMPLING_ROLES)
        fields = {"sample_no": sample_no, "committed_on": self.books.today, "held_by": self.staff, **fields}
        self._check_within_book(asked_for(CommitRequest, seed_sha256=_NO_DIGEST, **fields))
        path = seed_file or seed_path(self.data, sample_no)

        def decide(digest: str) -> Decide[Any]:
            return CommitSample(asked_for(CommitRequest, seed_sha256=digest, **fields), self._asked())

        return self._commit_to(path, seed_file is None, decide)

    def pledge(self, sample_no: str, seed_file: Path | None) -> str:
        """Adds a further seed; its hash."""
        permit(self.role, SAMPLING_ROLES)
        found = find_sample(self.books.database, checked_no(sample_no))
        region = found["region"] if found else _NOWHERE
        fields = {"sample_no": sample_no, "region": region, "pledged_on": self.books.today, "held_by": self.staff}
        asked_for(PledgeRequest, seed_sha256=_NO_DIGEST, **fields)
        path = seed_file or seed_path(self.data, sample_no, self.staff)

        def decide(digest: str) -> Decide[Any]:
            return PledgeSeed(asked_for(PledgeRequest, seed_sha256=digest, **fields), self._asked())

        return self._commit_to(path, seed_file is None, decide)

    def freeze(self, sample_no: str, roster_file: Path) -> Row:
        """Freezes population and roster as they are now; the sample."""
        permit(self.role, SAMPLING_ROLES)
        inspectors = roster(roster_file, self.books.vault)
        self.books.engine.catch_up()
        found = find_sample(self.books.database, checked_no(sample_no))
        fields: dict[str, Any] = {"known_position": 0, "population_size": 0, "population_sha256": _NO_DIGEST}
        if found is not None:
            population = population_of(self.books.database, found, self.books.today)
            fields = {
                "known_position": population.known_position,
                "population_size": len(population.members),
                "population_sha256": population.sha256,
            }
        request = asked_for(
            FreezeRequest,
            sample_no=sample_no,
            region=found["region"] if found else _NOWHERE,
            frozen_on=self.books.today,
            inspectors=tuple(one.staff_no for one in inspectors),
            inspector_regions=tuple(one.region for one in inspectors),
            inspector_pseudonyms=tuple(one.pseudonym for one in inspectors),
            **fields,
        )
        return self._do(lambda: FreezePopulation(request, self._asked()), sample_no)

    def draw(self, sample_no: str, seed_files: Sequence[Path]) -> Row:
        """Reveals the seeds and draws; the sample."""
        permit(self.role, SAMPLING_ROLES)
        self.books.engine.catch_up()
        found = find_sample(self.books.database, checked_no(sample_no))
        request = DrawRequest(
            sample_no=sample_no,
            region=found["region"] if found else _NOWHERE,
            drawn_on=self.books.today,
            **(self._drawn(found, seed_files) if found and found["state"] == "frozen" else _NOTHING),
        )
        return self._do(lambda: DrawSample(request, self._asked()), sample_no)

    def _drawn(self, found: Row, seed_files: Sequence[Path]) -> dict[str, Any]:
        database, no = self.books.database, found["sample_no"]
        seeds = seeds_at_hand(found["commitments"], self.data, no, seed_files)
        leaf, population = leaf_at(database, found["frozen_position"]), frozen_population(database, found)
        key = draw_key(seeds, leaf)
        subjects = draw_subjects(key, no, population.members, found["size"])
        excluded = excluded_pairs(database, found, population, subjects)
        per_subject = found["inspectors_per_subject"]
        return {
            "seeds": tuple(seeds),
            "frozen_leaf": leaf,
            "members": tuple(population.members),
            "excluded": tuple(excluded),
            "subjects": subjects,
            "inspectors": draw_inspectors(key, no, subjects, found["roster"], excluded, per_subject),
        }

    def _check_within_book(self, request: CommitRequest) -> None:
        """Nobody commits to what the book knows nothing of: the number would be spent on a slip of the pen."""
        self.books.engine.catch_up()
        if not has_members(self.books.database, request.region):
            zh, en = "账内该区划没有任何对象，请核对 --region", "/ the book has nothing in this region: check --region"
            raise UsageProblem(zh, en)
        if request.programme is None:
            return
        known = known_programmes(self.books.database, request.population)
        if request.programme not in known:
            listed = "、".join(known) or "—"
            zh, en = f"账内没有这个救助项目，已有:{listed}", f"/ the book knows no such programme; it has: {listed}"
            raise UsageProblem(zh, en)

    def _commit_to(self, path: Path, is_ours: bool, decide: Callable[[str], Decide[Any]]) -> str:
        is_new = is_ours and make_seed(path)
        try:
            seed = read_seed(path)
            if not is_new:
                _check_seed(seed)
            digest = seed_digest(seed)
            self.books.book.do(lambda: decide(digest))
        except Refusal:
            # Nothing was committed to a seed that was made for it.
            if is_new:
                path.unlink()
            raise
        self.books.engine.catch_up()
        return digest

    def _do(self, decide: Callable[[], Decide[Any]], sample_no: str) -> Row:
        self.books.book.do(decide)
        self.books.engine.catch_up()
        return find_sample(self.books.database, sample_no) or {}

    def _asked(self) -> Asked:
        return Asked(self.staff, self.role, "decided", self.books.policy)


_NOTHING: dict[str, Any] = {"seeds": (), "frozen_leaf": _NO_DIGEST, "members": (), "subjects": (), "inspectors": ()}


def permit(role: str, roles: Sequence[str]) -> None:
    """Lets these roles pass.

    Raises:
        NotPermitted: it is none of them; they are named.
    """
    if role not in roles:
        allowed = "、".join(f"{ROLES[one]} {one}" for one in roles)
        zh = f"岗位“{role}”不能办理此步，可办理的岗位:{allowed}(--role)"
        en = f"the role {role} may not take this step; these may: {', '.join(roles)} (--role)"
        raise NotPermitted(zh, en, column="岗位")


def _check_seed(seed: str) -> None:
    """A seed that somebody made by hand is published later: it must hold nobody's number."""
    if gives_away_unlettered(seed):
        zh = "种子中疑似含证件号、电话或账号，请另取 64 位随机十六进制数"
        en = "/ the seed looks as if it held an ID, telephone or account number: take another 64 random hex digits"
        raise UsageProblem(zh, en)


def checked_no(text: str) -> str:
    """A number of a sample or a publication as typed, where it gives nobody away.

    Raises:
        UsageProblem: it looks like somebody's number; it is not repeated.
    """
    if gives_away(text):
        raise UsageProblem("编号疑似证件号、电话或账号", "/ this number looks like an ID, telephone or account number")
    return text


def asked_for(request: type[R], **fields: Any) -> R:
    """A request of these fields.

    Raises:
        UsageProblem: a field is not what it should be; the value is not repeated.
    """
    for name in ("sample_no", "publication_no", "programme"):
        checked_no(str(fields.get(name) or ""))
    try:
        return request.model_validate(fields)
    except ValidationError as error:
        named = "、".join(dict.fromkeys(str(part) for one in error.errors() for part in one["loc"][:1]))
        own = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors() if not one["loc"])
        raise UsageProblem(f"参数有误:{named or own}", f"/ not valid: {named or own}") from None
