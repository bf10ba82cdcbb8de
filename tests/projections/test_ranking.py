"""The ranking: every point accounted for, nothing but open findings in it, the same order however they come."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from projections.queries import Clocks, alerts, reading
from projections.ranking import KINDS, Ties, place, ranked, ties_of, weights_in_force
from tests.story import Story, expense, grant, receipt

WEIGHTS = {"critical": 9, "warning": 3, "notice": 1}
COUNTY = "620199"


def finding(nth: int, *refs: str, severity: str = "critical", rule: str = "diverted", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"f{nth:016x}",
        "rule": rule,
        "name": f"名{rule}",
        "severity": severity,
        "refs": list(refs),
        "amount_fen": 100_00,
        "evidence": [nth],
    } | changes


def by_subject(rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["kind"], row["subject"]): row for row in rows}


def test_a_score_is_the_sum_of_its_reasons() -> None:
    findings = [
        finding(1, "household:H1", rule="duplicate_payment"),
        finding(2, "household:H1", rule="duplicate_payment", severity="warning"),
        finding(3, "household:H1", rule="short_paid", severity="notice", amount_fen=None),
        finding(4, "household:H2", rule="duplicate_payment"),
    ]
    first, second = ranked(findings, WEIGHTS, Ties(), COUNTY)
    assert (first["subject"], first["rank"], first["score"], first["amount_fen"]) == ("H1", 1, 13, 200_00)
    assert [(r["rule"], r["severity"], r["count"], r["points"]) for r in first["reasons"]] == [
        ("duplicate_payment", "critical", 1, 9),
        ("duplicate_payment", "warning", 1, 3),
        ("short_paid", "notice", 1, 1),
    ]
    assert first["counts"] == {"critical": 1, "warning": 1, "notice": 1}
    assert first["findings"] == [f"f{nth:016x}" for nth in (1, 2, 3)]
    assert (second["subject"], second["rank"], second["score"]) == ("H2", 2, 9)


def test_whoever_signed_is_listed_without_points_unless_named() -> None:
    ties = Ties(signers={1: {"G1", "G2"}, 2: {"G2"}})
    rows = ranked([finding(1, "household:H1", "official:G1"), finding(2, "household:H2")], WEIGHTS, ties, COUNTY)
    officials = {row["subject"]: row for row in rows if row["kind"] == "official"}
    assert (officials["G1"]["score"], officials["G1"]["signed"]) == (9, [])
    assert (officials["G2"]["score"], officials["G2"]["reasons"]) == (0, [])
    assert officials["G2"]["signed"] == [f"f{nth:016x}" for nth in (1, 2)]
    assert officials["G2"]["amount_fen"] == 0


def test_a_contract_counts_for_its_provider_and_fund_once() -> None:
    ties = Ties(belongs={f"contract:C{nth}": {"provider:P", f"fund:{COUNTY}|救助|中央|2025"} for nth in (1, 2)})
    rows = by_subject(ranked([finding(1, "contract:C1", "contract:C2")], WEIGHTS, ties, COUNTY))
    assert rows["provider", "P"]["score"] == 9
    assert rows["fund", f"{COUNTY}|救助|中央|2025"]["score"] == 9


def test_an_office_is_a_county_or_a_township_within_the_region_asked_from() -> None:
    ties = Ties(regions={"household:H1": {"620199001001"}, "household:H2": {"620199002001"}})
    findings = [finding(1, "household:H1", "household:H2")]
    county = by_subject(ranked(findings, WEIGHTS, ties, COUNTY))
    assert {subject for kind, subject in county if kind == "office"} == {"620199", "620199001", "620199002"}
    township = by_subject(ranked(findings, WEIGHTS, ties, "620199001"))
    assert {subject for kind, subject in township if kind == "office"} == {"620199001"}


def test_equal_scores_share_a_rank() -> None:
    findings = [finding(nth, f"household:H{nth}") for nth in (1, 2)] + [finding(3, "household:H3", severity="notice")]
    assert [row["rank"] for row in ranked(findings, WEIGHTS, Ties(), COUNTY)] == [1, 1, 3]


REFS = st.sampled_from(["household:H1", "household:H2", "official:G1", "contract:C1", f"fund:{COUNTY}|救助|中央|2025"])
FINDINGS = st.lists(
    st.builds(
        lambda refs, severity, amount: (refs, severity, amount),
        st.lists(REFS, min_size=1, max_size=3, unique=True),
        st.sampled_from(sorted(WEIGHTS)),
        st.none() | st.integers(-(10**6), 10**6),
    ),
    max_size=12,
)


@given(FINDINGS, st.randoms(use_true_random=False))
def test_the_order_of_the_findings_does_not_matter(drawn: list[Any], shuffling: random.Random) -> None:
    findings = [
        finding(nth, *refs, severity=severity, amount_fen=amount) for nth, (refs, severity, amount) in enumerate(drawn)
    ]
    ties = Ties({"household:H1": {"620199001001"}}, {"contract:C1": {"provider:P"}}, {1: {"G1"}, 2: {"G9"}})
    rows = ranked(findings, WEIGHTS, ties, COUNTY)
    shuffling.shuffle(findings)
    assert ranked(findings, WEIGHTS, ties, COUNTY) == rows
    assert [place(row) for row in rows] == sorted(place(row) for row in rows)
    for row in rows:
        assert row["score"] == sum(WEIGHTS[name] * count for name, count in row["counts"].items())
        assert row["score"] == sum(reason["points"] for reason in row["reasons"])
        assert sum(row["counts"].values()) == len(row["findings"]) == len(set(row["findings"]))
        assert row["kind"] in KINDS


def test_a_book_says_who_is_behind_what_is_named(story: Story) -> None:
    """A diverted expense counts for its fund and its county, and whoever signed it is listed without points."""
    story.decided(grant(), receipt())
    story.observed(expense(90_000, purpose="购车", handled_by="G021", approved_by="G022"))
    story.engine.catch_up()
    with reading(story.book.database, Clocks(date(2025, 12, 31))) as cursor:
        findings = [row for row in alerts(cursor) if row["rule"] == "diverted"]
        rows = by_subject(ranked(findings, weights_in_force(cursor), ties_of(cursor, findings), COUNTY))
    assert {kind for kind, _ in rows} == {"office", "official", "fund"}
    assert rows["office", COUNTY]["score"] == 9
    assert rows["fund", f"{COUNTY}|困难群众救助补助资金|中央|2025"]["amount_fen"] == 90_000_00
    assert {subject for kind, subject in rows if kind == "official"} == {"G021", "G022"}
    assert rows["official", "G021"]["score"] == 0
