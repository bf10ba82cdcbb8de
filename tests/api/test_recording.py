"""Recording over HTTP: decided once, refused in the law's words, wrong fields named, and read back at once."""

from __future__ import annotations

from urllib.parse import quote

from api.bodies import BODIES
from ledger.intake.kinds import KINDS
from tests.api.county import COUNTY, FUND, NAME, RELIEF, County, contract, grant, identity, roll_line


def test_a_grant_is_recorded_where_its_answer_says(county: County) -> None:
    answer = county.grant("甘财社〔2025〕1号", 500_00)
    assert answer.status_code == 201
    event = county.client("viewer").get(answer.headers["Location"]).json()
    assert (event["topic"], event["paper"], event["amount_fen"]) == (
        "funding.grant_issued.v1",
        "甘财社〔2025〕1号",
        500_00,
    )
    assert (event["recorded_by"], event["recorded_role"]) == ("G001", "finance")


def test_what_was_paid_is_seen_at_once(paid: County) -> None:
    (fund,) = paid.client("viewer").get("/api/v1/funds").json()["items"]
    assert (fund["region"], fund["category"], fund["in_transit_fen"]) == (COUNTY, RELIEF, 631_00)
    assert fund["available_fen"] == 1_000_000_00 - 631_00


def test_the_bank_settles_a_line(paid: County) -> None:
    result = {
        "batch_no": "B202501-1",
        "line_no": 1,
        "amount_fen": 631_00,
        "outcome": "成功",
        "settled_on": "2025-01-22",
    }
    assert paid.record("finance", "bank", result).status_code == 201
    (fund,) = paid.client("viewer").get("/api/v1/funds").json()["items"]
    assert (fund["settled_fen"], fund["in_transit_fen"]) == (631_00, 0)


def test_a_repeated_key_records_once_and_answers_the_same(county: County) -> None:
    clerk, key = county.client("finance"), {"Idempotency-Key": "key-of-one-grant"}
    first = clerk.post("/api/v1/grants", json=grant("D-1", 100), headers=key)
    again = clerk.post("/api/v1/grants", json=grant("D-1", 100), headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"is_new": False}


def test_a_key_stands_for_one_request_of_one_clerk(county: County) -> None:
    clerk, key = county.client("finance"), {"Idempotency-Key": "key-of-one-grant"}
    assert clerk.post("/api/v1/grants", json=grant("D-1", 100), headers=key).status_code == 201
    other = clerk.post("/api/v1/grants", json=grant("D-2", 100), headers=key)
    assert other.status_code == 422
    assert other.json()["field"] == "Idempotency-Key"
    colleague = county.client("finance", staff="G002")
    assert colleague.post("/api/v1/grants", json=grant("D-3", 100), headers=key).status_code == 201


def test_a_refusal_cites_the_law_and_says_what_would_pass(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    answer = county.record("civil_affairs", "contracts", contract("C-1", 20_000_01))
    problem = answer.json()
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == "/problems/service_cap_exceeded"
    assert "2%" in problem["quotation"]
    assert "兰州新区" in problem["source"]
    assert problem["field"] == "amount_fen"
    assert problem["params"]["limit_fen"] == 20_000_00
    assert problem["remedy_zh"]
    assert problem["remedy_en"]
    assert county.record("civil_affairs", "contracts", contract("C-1", 20_000_00)).status_code == 201


def test_what_happened_elsewhere_is_recorded_however_wrong(county: County) -> None:
    county.receive("甘财社〔2025〕1号", 1_000_000_00)
    answer = county.record("audit", "contracts", contract("C-1", 30_000_00), params={"observed": "true"})
    assert answer.status_code == 201
    (cap,) = county.client("viewer").get("/api/v1/cap").json()["items"]
    assert cap["headroom_fen"] == -10_000_00
    (finding,) = county.client("viewer").get("/api/v1/alerts?rule=service_cap").json()["items"]
    assert finding["amount_fen"] == 10_000_00


def test_a_wrong_field_is_named_in_both_languages_and_not_repeated(county: County) -> None:
    body = roll_line("H000001", 1, 1) | {"payee_id_number": "6201 9919 示例", "amount_fen": "631.00"}
    answer = county.record("civil_affairs", "rolls", body)
    problem = answer.json()
    assert answer.status_code == 422
    assert {error["field"] for error in problem["errors"]} == {"payee_id_number", "amount_fen"}
    assert all(error["detail_zh"] and error["detail_en"] for error in problem["errors"])
    assert "示例" not in answer.text


def test_an_unknown_field_and_broken_json_are_422(county: County) -> None:
    assert county.record("finance", "grants", grant("D-1", 100) | {"amount": 1}).json()["field"] == "amount"
    broken = county.client("finance").post("/api/v1/grants", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["field"]) == (422, "body")
    long = county.client("finance").post("/api/v1/grants", json=grant("D" * 100_000, 100))
    assert (long.status_code, long.json()["type"]) == (413, "/problems/http_413")


def test_a_paper_has_one_number_however_its_brackets_were_typed(county: County) -> None:
    assert county.grant("甘财社〔2025〕1号", 100).status_code == 201
    assert county.grant("甘财社[2025]1号", 200).json()["type"] == "/problems/number_reused"


def test_nobody_is_named_outside_the_vault(paid: County) -> None:
    auditor = paid.client("audit")
    events = auditor.get("/api/v1/events").json()["items"]
    pages = [auditor.get(f"/api/v1/events/{event['position']}").text for event in events]
    timeline = auditor.get("/api/v1/households/H000001/timeline").text
    for text in (*pages, timeline):
        assert NAME not in text
        assert identity(1) not in text
        assert "9900000000000001" not in text


def test_numbers_with_slashes_bars_and_chinese_are_found_again(county: County) -> None:
    household = "甲/乙|丙?#1"
    county.register(household)
    life = county.client("viewer").get(f"/api/v1/households/{quote(household, safe='')}/timeline")
    assert [event["household"] for event in life.json()["items"]] == [household]


def test_every_kind_of_file_has_a_body_that_documents_every_column() -> None:
    assert BODIES.keys() == KINDS.keys()
    for kind, body in BODIES.items():
        assert set(body.model_fields) == {column.field for column in KINDS[kind].columns}
        for name, field in body.model_fields.items():
            assert field.description, (kind, name)
            assert field.examples, (kind, name)


def test_the_statement_leads_from_the_fund_to_the_event(paid: County) -> None:
    viewer = paid.client("viewer")
    lines = viewer.get(f"/api/v1/funds/{quote(FUND, safe='')}/statement").json()["items"]
    assert [(line["available_change_fen"], line["available_fen"]) for line in lines] == [
        (0, 0),
        (1_000_000_00, 1_000_000_00),
        (-631_00, 1_000_000_00 - 631_00),
    ]
    assert lines[-1]["moved_fen"] == {"available": -631_00, "in_transit": 631_00}
    assert lines[-1]["event"]["household"] == "H000001"


def test_the_books_are_read_as_of_a_day_and_as_known_then(paid: County) -> None:
    viewer = paid.client("viewer")
    (then,) = viewer.get("/api/v1/funds?as_of=2025-01-07").json()["items"]
    assert (then["issued_fen"], then["received_fen"]) == (1_000_000_00, 0)
    grant_position = next(
        event["position"]
        for event in viewer.get("/api/v1/events").json()["items"]
        if event["topic"] == "funding.grant_issued.v1"
    )
    (known,) = viewer.get(f"/api/v1/funds?known_at={grant_position}").json()["items"]
    assert (known["issued_fen"], known["received_fen"]) == (1_000_000_00, 0)
    assert viewer.get("/api/v1/funds?known_at=2000-01-01T00:00:00Z").json()["items"] == []
