"""A dossier says what it was given, with its fonts in it, and takes nothing that it was given for markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.export.dossier import (
    DocumentPart,
    Dossier,
    EvidencePart,
    FindingPart,
    MeasurePart,
    RecoveryPart,
    StepPart,
    dossier,
)

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
LEAF = "0123456789abcdef" * 4
CASE = Dossier(
    case_no="A2025-7k3mq9xw",
    mark="内部 Internal",
    is_confidential=False,
    cover=[("状态", "Status", "已销号"), ("承办", "Handler", "G031"), ("期限", "Due", "")],
    position="1200",
    policy="lanzhou-new-area 2026-11-21",
    printed_by="G001",
    printed_at="2026-03-01 16:00:00",
    findings=[
        FindingPart(
            id="f0123456789abcdef",
            name="重复发放",
            rule="duplicate_payment",
            severity="严重",
            refs="家庭 H000123",
            amount="631.00",
            found_on="2025-03-10",
            question="同一个月为何发放两次？",
            law="审计惯例",
            quotation="不得重复享受",
            outcome="属实，631.00 元",
        )
    ],
    timeline=[StepPart("2025-04-01", "立案", "G001 纪检", "1100", "")],
    evidence=[EvidencePart("12", "2025-03-05", "银行入账", "B202503-1 / 1", "631.00", LEAF)],
    measures=[MeasurePart("追回", "f0123456789abcdef", "示例镇", "2025-05-01")],
    recoveries=[RecoveryPart("Z2025-abcdefgh", "H000123", "631.00", "631.00", "0.00", "0.00")],
    documents=[DocumentPart("情况说明", "10,240", "2025-04-20", LEAF)],
)


def text_of(data: bytes) -> str:
    """The text of all pages, without its spaces and line breaks."""
    pages = pypdfium2.PdfDocument(data)
    return re.sub(r"\s", "", "".join(page.get_textpage().get_text_bounded() for page in pages))


def test_a_dossier_says_everything() -> None:
    said = text_of(dossier(CASE, AT))
    for words in (
        "A2025-7k3mq9xw", "内部Internal", "已销号", "重复发放", "duplicate_payment", "家庭H000123", "631.00",
        "同一个月为何发放两次？", "「不得重复享受」", "立案", "G001纪检", LEAF, "银行入账", "B202503-1/1",
        "追回", "示例镇", "Z2025-abcdefgh", "情况说明", "10,240", "第1200位", "G001于2026-03-0116:00:00打印",
        "第1页共2页/Page1of2",
    ):  # fmt: skip
        assert words in said, words


def test_its_fonts_are_in_it_and_it_may_be_archived() -> None:
    data = dossier(CASE, AT)
    assert data.startswith(b"%PDF-1.7")
    assert b"/FontFile" in data
    assert b"pdfaid:part>2<" in data
    names = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z]+)", data))
    assert {b"NotoSerifSC", b"NotoSansSC"} <= names
    assert len(data) < 300_000


def test_the_same_dossier_is_the_same_file() -> None:
    assert dossier(CASE, AT) == dossier(CASE, AT)


def test_a_confidential_case_says_so_on_every_page() -> None:
    secret = replace(CASE, mark="机密 Confidential", is_confidential=True)
    pages = pypdfium2.PdfDocument(dossier(secret, AT))
    assert len(pages) >= 2
    assert all("机密" in page.get_textpage().get_text_bounded() for page in pages)


def test_what_is_left_out_is_counted_and_what_there_is_none_of_is_said() -> None:
    bare = replace(CASE, evidence_left=7, measures=[], recoveries=[], documents=[])
    said = text_of(dossier(bare, AT))
    assert "另有7条未列出" in said
    assert said.count("无none") == 3


def test_a_long_list_goes_on_over_pages_with_its_header() -> None:
    many = [EvidencePart(str(nth), "2025-03-05", "银行入账", f"B-{nth}", "1.00", LEAF) for nth in range(1, 201)]
    data = dossier(replace(CASE, evidence=many), AT)
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]
    assert len(pages) > 4
    assert sum("叶哈希" in page for page in pages) > 3
    assert "B-200" in "".join(pages)


@pytest.mark.parametrize(
    "hostile", ["#panic()", "*x*", "$1/0$", '#read("/etc/passwd")', "<x>", "= h", "\\", "@a", "`r`", "]", "//c"]
)
def test_nothing_is_read_as_markup(hostile: str) -> None:
    said = text_of(dossier(replace(CASE, timeline=[StepPart("2025-04-01", hostile, hostile, "1", hostile)]), AT))
    assert said.count(hostile.replace(" ", "")) >= 3


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_can_be_printed(text: str) -> None:
    assert dossier(replace(CASE, timeline=[StepPart("2025-04-01", text, text, "1", text)]), AT).startswith(b"%PDF")
