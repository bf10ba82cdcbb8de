"""A part of the book, with proofs, for whoever may have just that part."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from ledger.archive.bundling import EVENTS, NAMES, Bundled, write_bundle
from ledger.archive.errors import ArchiveMisuse, ArchiveRefused
from ledger.archive.manifest import MANIFEST, Manifest, is_signed
from ledger.archive.rulebook import RuleFile
from ledger.book.canonical import content_of
from ledger.seal.checkpoint import verified
from ledger.seal.folder import SealFolder
from ledger.seal.hashing import SHA256
from ledger.seal.note import Note
from ledger.seal.tree import check_inclusion
from projections import occurrences
from projections.portion import Portion, UnknownSubject, positions_of
from projections.queries import Clocks, reading
from projections.rules import load_rules
from projections.samples import ANY_DAY
from tests.archive.shelf import Shelf, rows_of
from tests.archive.test_refused import as_superuser
from tests.book.test_log_format import Stored as Written
from tests.book.test_log_format import header_by_the_page
from tests.cases.told import WHOLE, CaseStory, finding, opened, seen
from tests.story import FUND, Story, contract, decision, grant, household, line, receipt, service_expense, transfer

COUNTY, TOWNSHIP, OTHER = "620199", "620199001", "620199002"
BOOK = ("book.opened.v1", "book.policy_adopted.v1")


@pytest.fixture
def county(shelf: Shelf, story: Story) -> Shelf:
    """Two townships, a contract, and findings in both."""
    story.decided(transfer(1_000, OTHER, "新拨〔2025〕2号"), household("H9", "外", region=f"{OTHER}001"))
    story.decided(decision(no="H9"))
    story.observed(line("H9", 500, "2025-03", "B9", 1), contract(), service_expense())
    story.observed(
        grant(7, "财社〔2024〕7号", "2024-03-01", budget_year=2024), receipt(7, "财社〔2024〕7号", "2024-03-05")
    )
    CaseStory(story).found(seen(subject="H1"), seen(subject="H9"))
    shelf.seal()
    return shelf


def chosen(story: Story, role: str = "audit", **asked: Any) -> list[int]:
    story.engine.catch_up()
    portion = Portion(**{"region": "000000"} | asked)
    with reading(story.book.database, Clocks(as_of=ANY_DAY)) as cursor:
        return positions_of(cursor, portion, role)


def bundle(shelf: Shelf, positions: Sequence[int], **options: Any) -> Bundled:
    with psycopg.connect(shelf.url, autocommit=True) as conn:
        rules = [RuleFile(rule.rule, rule.sql) for rule in load_rules()]
        return write_bundle(
            conn, shelf.seal_folder, shelf.folder, positions, asked={}, signer=shelf.key, rules=rules, **options
        )


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in (folder / EVENTS).read_text(encoding="utf-8").splitlines()]


def topics(shelf: Shelf, positions: Sequence[int]) -> list[str]:
    stored = {row[0]: row[1] for row in rows_of(shelf.url)}
    return [stored[position] for position in positions]


def test_every_event_comes_with_a_proof(county: Shelf, story: Story) -> None:
    """Checked by the pages alone: the header from the line, the leaf, the proof, the checkpoint, the key."""
    from datetime import datetime
    from uuid import UUID

    positions = chosen(story, subjects=("household:H2", "contract:C-01"))
    done = bundle(county, positions)
    lines = lines_of(county.folder)
    assert [one["position"] for one in lines] == positions
    assert 5 < done.events == len(positions) < len(rows_of(county.url))
    held = verified(Note.parse((county.folder / "checkpoint").read_bytes()), SealFolder(county.folder).keys())
    stored = {row[0]: row for row in rows_of(county.url)}
    for one in lines:
        key = UUID(one["key"]) if one["key"] else None
        at = datetime.fromisoformat(one["recorded_at"])
        payload = one["payload"].encode()
        header = header_by_the_page(Written(one["position"], one["topic"], at, one["tags"], key, payload))
        leaf = SHA256.leaf(header + payload)
        assert leaf.hex() == one["leaf"] == stored[one["position"]][5].hex()
        proof = [base64.b64decode(text) for text in one["proof"]]
        check_inclusion(leaf, one["position"] - 1, held.size, proof, held.root)


def test_a_bundle_says_what_it_is(county: Shelf, story: Story) -> None:
    done = bundle(county, chosen(story, subjects=(f"finding:{finding(subject='H9')}",)))
    manifest = Manifest.parse((county.folder / MANIFEST).read_bytes())
    assert manifest == done.manifest
    assert is_signed(county.folder, manifest.origin, [county.key.verifier])
    named = {path.relative_to(county.folder).as_posix() for path in county.folder.rglob("*") if path.is_file()}
    assert named == {one.path for one in manifest.files} | {MANIFEST, "manifest.note"}
    assert [one["name"] for one in manifest.extra["rules"]] == ["duplicate_payment"]
    positions = duckdb.sql(f"select position from read_parquet('{county.folder}/tables/*/*', union_by_name=true)")
    assert sorted(row[0] for row in positions.fetchall()) == [one["position"] for one in lines_of(county.folder)]


class TestWhatBelongsToIt:
    """Which events a region, a year, a subject is."""

    @pytest.mark.parametrize(("region", "home"), [(TOWNSHIP, "H1"), (OTHER, "H9")])
    def test_a_township_holds_only_what_it_may(self, county: Shelf, story: Story, region: str, home: str) -> None:
        positions = chosen(story, region=region)
        with reading(story.book.database, Clocks(as_of=ANY_DAY)) as cursor:
            seen_by_it = {row["position"] for row in occurrences.at_positions(cursor, region, positions, "audit")}
        others = [position for position in positions if position not in seen_by_it]
        assert set(topics(county, others)) == set(BOOK)
        bundle(county, positions)
        content = (county.folder / EVENTS).read_text(encoding="utf-8")
        assert f'"household\\":\\"{home}' in content
        other = "H9" if home == "H1" else "H1"
        assert f'"household\\":\\"{other}\\"' not in content
        assert not [topic for topic in topics(county, positions) if topic.startswith("finding.")]

    def test_the_county_holds_all(self, county: Shelf, story: Story) -> None:
        every = [row[0] for row in rows_of(county.url)]
        assert chosen(story) == chosen(story, region=COUNTY) == every

    def test_a_year_is_that_of_the_day_or_of_the_fund(self, county: Shelf, story: Story) -> None:
        contents = {row[0]: content_of(row[4]) for row in rows_of(county.url)}
        early = [contents[position] for position in chosen(story, year=2024)]
        papers = {one.get("document_no") for one in early}
        assert "财社〔2024〕7号" in papers
        assert "财社〔2025〕1号" not in papers
        assert {one.get("household") for one in early} >= {"H1", "H9"}, "registered and decided in 2024"

    @pytest.mark.parametrize(
        ("subject", "expected"),
        [
            ("household:H2", {"entitlement.household_registered.v1", "payment.instructed.v1", "payment.settled.v1"}),
            ("contract:C-01", {"services.contract_committed.v1", "services.paid.v1"}),
            ("expense:S1", {"services.paid.v1"}),
            ("document:财社〔2025〕1号", {"funding.grant_issued.v1", "funding.received.v1"}),
            ("batch:B2", {"payment.instructed.v1", "payment.settled.v1"}),
            (
                "fund:" + "|".join(str(part) for part in FUND.values()),
                {"funding.grant_issued.v1", "payment.instructed.v1"},
            ),
            ("household:H9", {"finding.raised.v1"}),
            ("official:G003", {"entitlement.approved.v1"}),
        ],
    )
    def test_a_subject(self, county: Shelf, story: Story, subject: str, expected: set[str]) -> None:
        positions = chosen(story, subjects=(subject,))
        assert expected <= set(topics(county, positions))
        assert len(positions) < len(rows_of(county.url))

    def test_a_subject_and_a_region(self, county: Shelf, story: Story) -> None:
        both = chosen(story, subjects=("household:H1", "household:H9"), region=OTHER)
        households = {content_of(row[4]).get("household") for row in rows_of(county.url) if row[0] in both}
        assert households == {None, "H9"}

    def test_positions(self, county: Shelf, story: Story) -> None:
        assert chosen(story, positions=(7, 12)) == [1, 2, 7, 12]

    @pytest.mark.parametrize(
        "subject", ["H1", "house:H1", "household:", ":", "fund:1|2", "fund:a|b|c|x", "household:H404"]
    )
    def test_a_subject_that_is_none(self, county: Shelf, story: Story, subject: str) -> None:
        with pytest.raises(UnknownSubject):
            chosen(story, subjects=(subject,))


@pytest.mark.parametrize("by", [{}, {"subjects": ("case:A-1",)}, {"subjects": ("household:H1",)}, {"region": COUNTY}])
def test_a_confidential_case_is_for_those_who_may_see_it(county: Shelf, story: Story, by: dict[str, Any]) -> None:
    told = CaseStory(story)
    told.role = "discipline"
    told.found(seen(subject="H2"))
    told.worked(opened(is_confidential=True, unit_region=TOWNSHIP, findings=(finding(subject="H2"),)), *WHOLE[1:3])
    county.seal()
    steps = [row[0] for row in rows_of(county.url) if row[1].startswith("case.")]
    assert steps
    for role in ("audit", "finance", "operator", ""):
        if by == {"subjects": ("case:A-1",)}:
            # As of a case that there is not.
            with pytest.raises(UnknownSubject):
                chosen(story, role, **by)
        else:
            assert not set(steps) & set(chosen(story, role, **by))
    if by != {"subjects": ("household:H1",)}:
        assert set(steps) <= set(chosen(story, "discipline", **by))


def test_a_case_comes_with_what_it_rests_on(county: Shelf, story: Story) -> None:
    CaseStory(story).worked(opened(findings=(finding(subject="H9"),)))
    positions = chosen(story, subjects=("case:A-1",))
    assert {"case.opened.v1", "finding.raised.v1"} <= set(topics(county, positions))
    assert {1, 2} <= set(positions), "the evidence of the finding"


class TestNames:
    """Who is who is handed over on purpose, and never otherwise."""

    def test_are_left_out(self, county: Shelf, story: Story) -> None:
        done = bundle(county, chosen(story))
        assert (done.names, (county.folder / NAMES).exists()) == (0, False)

    def test_are_those_of_the_chosen_events(self, county: Shelf, story: Story) -> None:
        asked: list[str] = []

        def reveal(tokens: Sequence[str]) -> dict[str, str]:
            asked.extend(tokens)
            return {tokens[0]: "韩示例"}

        done = bundle(county, chosen(story, subjects=("household:H9",)), reveal=reveal)
        text = (county.folder / EVENTS).read_text(encoding="utf-8")
        assert asked == sorted(set(asked))
        assert all(f'\\"{token}\\"' in text for token in asked)
        assert (done.names, len(asked) > 2) == (1, True)
        assert (county.folder / NAMES).stat().st_mode & 0o777 == 0o600
        assert f"{asked[0]},韩示例" in (county.folder / NAMES).read_text(encoding="utf-8-sig")
        assert "用毕即删" in (county.folder / "README.md").read_text(encoding="utf-8")


class TestRefused:
    """A bundle is written whole or not at all."""

    def test_an_event_that_is_not_what_was_sealed(self, county: Shelf, story: Story) -> None:
        positions = chosen(story, subjects=("household:H2",))
        as_superuser(county, f"update book.event set payload = payload || ' '::bytea where position = {positions[3]}")
        with pytest.raises(ArchiveRefused) as refused:
            bundle(county, positions)
        assert refused.value.position == positions[3]
        assert not county.folder.exists()
        assert list(county.place.iterdir()) == [county.place / "seal"]

    def test_an_event_that_is_gone(self, county: Shelf, story: Story) -> None:
        positions = chosen(story, subjects=("household:H2",))
        as_superuser(county, f"delete from book.event where position = {positions[3]}")
        with pytest.raises(ArchiveRefused):
            bundle(county, positions)

    def test_a_folder_that_is_there(self, county: Shelf, story: Story) -> None:
        county.folder.mkdir()
        (county.folder / "mine").write_text("")
        with pytest.raises(ArchiveMisuse):
            bundle(county, [1, 2])

    def test_what_is_not_sealed_is_left(self, county: Shelf, story: Story) -> None:
        story.observed(grant(5, "财社〔2025〕9号"))
        head = len(rows_of(county.url))
        done = bundle(county, [1, 2, head])
        assert (done.events, done.left) == (2, 1)
        with pytest.raises(ArchiveMisuse):
            bundle(county, [head])
