"""Cases over HTTP: from a finding to a closed case with money back, and everything on the way that is refused."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pypdfium2
import pytest
from httpx import Response
from openpyxl import load_workbook
from starlette.testclient import TestClient

from api.body_limit import MOST_DOCUMENT_BYTES
from tests.api.county import COUNTY, FUND, NEIGHBOUR, RELIEF, TOWNSHIP, County, identity

HOUSEHOLD = "H000001"


def bank(line_no: int, amount_fen: int = 631_00, on: str = "2025-01-22") -> dict[str, Any]:
    return {
        "batch_no": "B202501-1",
        "line_no": line_no,
        "holder_name": "韩示例",
        "account": "9900000000000001",
        "amount_fen": amount_fen,
        "outcome": "成功",
        "settled_on": on,
        "bank_serial": f"99002025012200{line_no:02d}",
    }


@pytest.fixture
def overpaid(paid: County) -> County:
    """A household that the bank paid twice for one month, which is known from elsewhere."""
    line = {
        "batch_no": "B202501-1",
        "line_no": 2,
        "for_month": "2025-01",
        "paid_on": "2025-01-20",
        "programme": "城市低保",
        "payment_type": "正常",
        "category": RELIEF,
        "level": "中央",
        "budget_year": 2025,
        "household": HOUSEHOLD,
        "payee_name": "韩示例",
        "payee_id_number": identity(1),
        "bank": "示例银行",
        "account": "9900000000000001",
        "amount_fen": 631_00,
        "handled_by": "G011",
        "reviewed_by": "G012",
    }
    observed = {"observed": "true"}
    assert paid.record("audit", "rolls", line, params=observed).status_code == 201
    for line_no in (1, 2):
        answer = paid.record("audit", "bank", bank(line_no), params=observed)
        assert answer.status_code == 201, answer.text
    return paid


def found(county: County, rule: str = "duplicate_payment") -> dict[str, Any]:
    items = county.client("audit").get(f"/api/v1/alerts?rule={rule}").json()["items"]
    assert len(items) == 1, items
    only: dict[str, Any] = items[0]
    return only


def audit(county: County, staff: str = "G031") -> TestClient:
    return county.client("audit", staff=staff)


def opened(county: County, **changes: Any) -> str:
    body = {"findings": [found(county)["id"]], "reason": "核对发放明细"} | changes
    answer = audit(county).post("/api/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_no"])


def take(county: County, case_no: str, step: str, staff: str = "G031", role: str = "audit", **body: Any) -> Response:
    return county.client(role, staff=staff).post(f"/api/v1/cases/{case_no}/{step}", json=body)


def worked(county: County, case_no: str, *steps: tuple[str, str, dict[str, Any]]) -> None:
    for step, staff, body in steps:
        answer = take(county, case_no, step, staff, **body)
        assert answer.status_code == 201, (step, answer.text)


def to_judgement(county: County) -> tuple[str, str]:
    """A case that G032 has looked into, and its finding."""
    finding, case_no = found(county)["id"], opened(county)
    worked(
        county,
        case_no,
        ("assign", "G031", {"assigned_to": "G032"}),
        ("investigate", "G032", {"facts": "同一月发放两次，已与银行核对"}),
    )
    return case_no, finding


def test_a_finding_becomes_a_closed_case_with_its_money_back_in_its_fund(overpaid: County) -> None:
    case_no, finding = to_judgement(overpaid)
    client = audit(overpaid)
    before = next(fund for fund in client.get("/api/v1/funds").json()["items"])["available_fen"]
    worked(overpaid, case_no, ("establish", "G032", {"finding": finding, "reason": "重复发放属实"}))
    case = client.get(f"/api/v1/cases/{case_no}").json()
    (recovery,) = case["recoveries"]
    assert (case["status"], recovery["claimed_fen"], recovery["owed_fen"]) == ("judged", 631_00, 631_00)
    measure = {"finding": finding, "measure": "追回", "sent_to": "示例镇政府", "due_on": "2099-01-01"}
    worked(overpaid, case_no, ("measure", "G031", measure))
    repayment = {
        "recovery_no": recovery["recovery_no"],
        "occurred_on": case["opened_on"],
        "step": "缴回",
        "household": HOUSEHOLD,
        "batch_no": "B202501-1",
        "line_no": 2,
        "amount_fen": 631_00,
    }
    assert overpaid.record("civil_affairs", "recoveries", repayment).status_code == 201
    worked(
        overpaid,
        case_no,
        ("report", "G033", {"facts": "已全额缴回"}),
        ("accept", "G034", {}),
        ("close", "G035", {"reason": "整改到位"}),
    )
    case = client.get(f"/api/v1/cases/{case_no}").json()
    assert (case["status"], case["recoveries"][0]["owed_fen"]) == ("closed", 0)
    assert case["recoveries"][0]["funds"] == [FUND]
    after = next(fund for fund in client.get("/api/v1/funds").json()["items"])["available_fen"]
    assert after - before == 631_00
    assert [step["step"] for step in case["timeline"]] == [
        "open", "assign", "investigate", "establish", "measure", "report", "accept", "close",
    ]  # fmt: skip
    assert {reader["staff"] for reader in case["readers"]} == {"G031"}
    assert case["next_steps"] == ["reopen"]
    assert client.get("/api/v1/alerts?in_case=true&status=all").json()["items"]


def test_what_people_write_is_nowhere_in_an_answer(overpaid: County) -> None:
    case_no, _ = to_judgement(overpaid)
    for path in (f"/api/v1/cases/{case_no}", "/api/v1/cases", "/api/v1/events?limit=500"):
        answer = audit(overpaid).get(path).text
        assert "同一月发放两次" not in answer
        assert "核对发放明细" not in answer


def test_steps_out_of_order_and_by_the_wrong_person_are_refused(overpaid: County) -> None:
    case_no, finding = to_judgement(overpaid)
    early = take(overpaid, case_no, "close", reason="不查了")
    assert (early.status_code, early.json()["rule"]) == (409, "case_step_out_of_order")
    other = take(overpaid, case_no, "investigate", "G099", facts="我也查了")
    assert (other.status_code, other.json()["rule"]) == (409, "not_the_assigned")
    worked(overpaid, case_no, ("dismiss", "G032", {"finding": finding, "reason": "系补发"}))
    own = take(overpaid, case_no, "close", "G032", reason="自己办自己结")
    assert own.status_code == 409
    assert "承办" in own.json()["detail_zh"]
    bare = take(overpaid, case_no, "close", "G035")
    assert (bare.status_code, bare.json()["rule"]) == (409, "case_reason_missing")
    worked(overpaid, case_no, ("close", "G035", {"reason": "不属实"}))


def test_who_may_not_work_a_case_is_told_so(overpaid: County) -> None:
    case_no = opened(overpaid)
    body = {"findings": [found(overpaid)["id"]]}
    assert overpaid.client("viewer").post("/api/v1/cases", json=body).status_code == 403
    assert overpaid.client("finance").post("/api/v1/cases", json=body).status_code == 403
    assert take(overpaid, case_no, "assign", role="civil_affairs", assigned_to="G1").status_code == 403
    assert overpaid.client("audit", NEIGHBOUR).get(f"/api/v1/cases/{case_no}").status_code == 404
    answer = overpaid.client("audit", NEIGHBOUR).post(f"/api/v1/cases/{case_no}/assign", json={"assigned_to": "G1"})
    assert answer.status_code == 404
    assert overpaid.client("audit", NEIGHBOUR).get("/api/v1/cases").json()["items"] == []


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("assign", {}),
        ("assign", {"assigned_to": "G1", "colour": "red"}),
        ("assign", {"assigned_to": "G1", "due_on": "soon"}),
        ("assign", {"assigned_to": "韩示例"}),
        ("investigate", {"facts": ""}),
        ("measure", {"finding": "f0", "measure": "追回", "sent_to": "镇", "due_on": "2099-01-01"}),
        ("establish", {"finding": "f0123456789abcdef", "reason": "属实", "amount_fen": 1.5}),
    ],
)
def test_a_step_that_cannot_be_read_names_its_field(overpaid: County, step: str, body: dict[str, Any]) -> None:
    answer = take(overpaid, opened(overpaid), step, **body)
    assert answer.status_code in (409, 422), answer.text
    assert answer.json().get("field") or answer.json().get("rule")


def test_the_same_key_opens_one_case(overpaid: County) -> None:
    body = {"findings": [found(overpaid)["id"]]}
    answers = [
        audit(overpaid).post("/api/v1/cases", json=body, headers={"Idempotency-Key": "abcdefgh-1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["case_no"] == answers[1].json()["case_no"]
    again = audit(overpaid).post("/api/v1/cases", json=body)
    assert (again.status_code, again.json()["rule"]) == (409, "finding_in_open_case")


def test_a_confidential_case_is_seen_by_discipline_alone(overpaid: County) -> None:
    body = {"findings": [found(overpaid)["id"]], "is_confidential": True, "unit_region": TOWNSHIP, "reason": "线索"}
    refused = audit(overpaid).post("/api/v1/cases", json=body)
    assert (refused.status_code, refused.json()["rule"]) == (409, "confidential_by_discipline")
    answer = overpaid.client("discipline", staff="G041").post("/api/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    case_no = answer.json()["case_no"]
    assert overpaid.client("discipline", staff="G041").get(f"/api/v1/cases/{case_no}").status_code == 200
    for client in (audit(overpaid), overpaid.client("discipline", TOWNSHIP)):
        assert client.get(f"/api/v1/cases/{case_no}").status_code == 404
        assert client.get(f"/api/v1/cases/{case_no}/dossier.pdf").status_code == 404
        assert client.get("/api/v1/cases").json()["items"] == []
        assert client.get("/api/v1/alerts?in_case=true").json()["items"] == []
        assert case_no not in client.get("/api/v1/events?limit=500").text


def test_the_list_is_chosen_and_goes_on_by_cursor(overpaid: County) -> None:
    case_no = opened(overpaid)
    client = audit(overpaid)
    assert [case["case_no"] for case in client.get("/api/v1/cases?status=opened").json()["items"]] == [case_no]
    assert client.get("/api/v1/cases?status=closed").json()["items"] == []
    assert client.get("/api/v1/cases?overdue=true").json()["items"] == []
    assert client.get("/api/v1/cases?assigned_to=G032").json()["items"] == []
    assert len(client.get(f"/api/v1/cases?finding={found(overpaid)['id']}").json()["items"]) == 1
    assert client.get("/api/v1/cases?status=lost").status_code == 422
    page = client.get("/api/v1/cases?limit=1").json()
    assert "next" not in page or page["next"] is None


def test_the_cases_are_a_workbook_too(overpaid: County) -> None:
    case_no = opened(overpaid)
    answer = audit(overpaid).get("/api/v1/cases.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True))
    assert [row[:2] for row in rows[1:]] == [(case_no, "待派单")]
    other = overpaid.client("audit", NEIGHBOUR).get("/api/v1/cases.xlsx")
    assert len(list(load_workbook(io.BytesIO(other.content)).worksheets[0].iter_rows())) == 1


def send(
    county: County, case_no: str, content: bytes, name: str = "说明.pdf", kind: str = "application/pdf"
) -> Response:
    return audit(county).post(f"/api/v1/cases/{case_no}/documents", files={"file": (name, content, kind)})


def test_a_document_comes_back_as_it_was_and_is_never_shown(overpaid: County) -> None:
    case_no, content = opened(overpaid), b"<script>alert(1)</script>" * 10_000
    answer = send(overpaid, case_no, content, "说明.html", "text/html")
    assert answer.status_code == 201, answer.text
    sha256 = answer.json()["sha256"]
    assert sha256 == hashlib.sha256(content).hexdigest()
    back = audit(overpaid).get(f"/api/v1/cases/{case_no}/documents/{sha256}")
    assert back.content == content
    assert back.headers["Content-Type"] == "application/octet-stream"
    assert back.headers["Content-Disposition"].startswith("attachment; ")
    assert ".html" not in back.headers["Content-Disposition"]
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert overpaid.client("audit", NEIGHBOUR).get(f"/api/v1/cases/{case_no}/documents/{sha256}").status_code == 404
    assert audit(overpaid).get(f"/api/v1/cases/{case_no}/documents/{'0' * 64}").status_code == 404
    assert "说明" not in audit(overpaid).get(f"/api/v1/cases/{case_no}").text


def test_a_document_has_its_limit_and_needs_a_file(overpaid: County) -> None:
    case_no = opened(overpaid)
    assert send(overpaid, case_no, b"x" * (MOST_DOCUMENT_BYTES + 1)).status_code == 413
    assert send(overpaid, case_no, b"").status_code == 422
    client = audit(overpaid)
    assert client.post(f"/api/v1/cases/{case_no}/documents", data={"title": "x"}).status_code == 422
    assert overpaid.anybody().post(f"/api/v1/cases/{case_no}/documents", files={"file": b"x"}).status_code == 401
    assert overpaid.client("viewer").post(f"/api/v1/cases/{case_no}/documents", files={"file": b"x"}).status_code == 403


def test_the_cover_of_a_dossier_names_the_unit_for_a_purpose(overpaid: County) -> None:
    case_no = opened(overpaid, unit="示例街道办事处")
    answer = audit(overpaid).get(f"/api/v1/cases/{case_no}/dossier.pdf")
    cover = "".join(pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_bounded().split())
    assert "被查单位Unitunderinquiry〔封存sealed〕" in cover


def test_the_dossier_has_its_evidence_by_position_and_hash(overpaid: County) -> None:
    case_no, _ = to_judgement(overpaid)
    answer = audit(overpaid).get(f"/api/v1/cases/{case_no}/dossier.pdf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    said = "".join(
        "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(answer.content)).split()
    )
    position = found(overpaid)["evidence"][0]
    leaf = audit(overpaid).get(f"/api/v1/events/{position}").json()["leaf"]
    for words in (case_no, "待认定", leaf, HOUSEHOLD, "631.00", "G031于", "G032", "封存", "第1页共"):
        assert words in said, words
    assert "同一月发放两次" not in said
    assert COUNTY in said
