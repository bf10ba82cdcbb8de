"""Names of things: document numbers compare equal, personal numbers never pass as codes, errors never repeat them."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.intake import codes
from ledger.intake.columns import Column, Parser
from ledger.intake.kinds import KINDS
from ledger.intake.problems import CellProblem

ID_NUMBER = "620199197202163882"
MOBILE = "13900000000"


@pytest.mark.parametrize(
    "written",
    [
        "财社〔2024〕1号",
        "财社[2024]1号",
        "财社［2024］1号",
        "财社【2024】1号",
        "财社（2024）1号",
        "财社(2024)01号",
        "财社〔２０２４〕第１号",
        " 财社 〔2024〕\u30001号 ",
        "财社﹝2024﹞1号",
    ],
)
def test_one_document_has_one_number(written: str) -> None:
    assert codes.document(written) == "财社〔2024〕1号"


def test_other_brackets_and_numbers_of_a_document_stay() -> None:
    assert codes.document("D2025000001") == "D2025000001"
    assert codes.document("市财（社）〔2025〕12号") == "市财(社)〔2025〕12号"
    assert codes.document("甘财社〔2025〕10号") == "甘财社〔2025〕10号"


@pytest.mark.parametrize(
    "personal", [ID_NUMBER, MOBILE, "６２０１９９１９７２０２１６３８８２", f"H{MOBILE}", "62019919720216388x"]
)
@pytest.mark.parametrize("read", [codes.code, codes.document, codes.staff, codes.label, codes.text])
def test_a_personal_number_never_passes_into_the_log(read: Parser, personal: str) -> None:
    with pytest.raises(CellProblem) as caught:
        read(personal)
    assert "个人信息" in caught.value.reason_zh
    assert personal not in str(caught.value)


def test_a_bank_serial_may_be_as_long_as_a_mobile_number_but_no_id_number() -> None:
    assert codes.serial(MOBILE) == MOBILE
    assert codes.serial("52620199MJ0000001E") == "52620199MJ0000001E"
    with pytest.raises(CellProblem):
        codes.serial(ID_NUMBER)


def test_a_staff_column_takes_no_name_and_does_not_repeat_it() -> None:
    assert codes.staff("Ｇ００１") == "G001"
    with pytest.raises(CellProblem) as caught:
        codes.staff("韩明桂")
    assert "韩明桂" not in str(caught.value)


def test_what_a_spreadsheet_spoiled_is_refused() -> None:
    assert codes.code(Decimal(123)) == "123"
    assert codes.account(Decimal(990000000000499)) == "990000000000499"
    for spoiled in (Decimal("9900000000004996"), "6.22202E+18", datetime(2025, 1, 2)):
        with pytest.raises(CellProblem, match="文本"):
            codes.account(spoiled)


def test_people_and_accounts_have_one_form() -> None:
    assert codes.identity(" 620199 19720216 388x ") == "62019919720216388X"
    assert codes.account("9900 0000-0000 4996") == "9900000000004996"
    assert codes.person("韩　桂") == codes.person("韩 桂") == "韩桂"
    assert codes.person("测试•买买提") == "测试·买买提"


def told_of(read: Parser, cell: str) -> str:
    """What the error says, or nothing where there is none."""
    try:
        read(cell)
    except CellProblem as problem:
        return str(problem)
    return ""


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (codes.identity, "身份不明"),
        (codes.identity, ID_NUMBER * 2),
        (codes.account, "6222****1234"),
        (codes.person, f"韩明桂{ID_NUMBER}"),
    ],
)
def test_an_error_about_a_person_repeats_nothing(read: Parser, wrong: str) -> None:
    told = told_of(read, wrong)
    assert told
    assert not any(wrong[at : at + 3] in told for at in range(len(wrong) - 2))


@pytest.mark.parametrize("personal", ["韩明桂", ID_NUMBER, "9900000000004996", "9900 0000 0000 4996"])
def test_a_row_out_of_step_leaks_no_name_through_another_column(personal: str) -> None:
    told = [told_of(column.parser, personal) for column in KINDS["rolls"].columns if not column.choices]
    assert any(told)
    assert not any(personal in each for each in told)


def test_a_region_code_is_a_county_a_township_or_a_village() -> None:
    for written in ("620199", "620199001", "620199001007", "６２０１９９", Decimal(620199001007)):
        assert codes.region(written) in ("620199", "620199001", "620199001007")
    for wrong in ("6201", "62019900", "示例新区"):
        with pytest.raises(CellProblem):
            codes.region(wrong)


def test_a_choice_is_one_of_the_words() -> None:
    level = codes.choice(("中央", "省级"))
    assert level(" 省 级 ") == "省级"
    with pytest.raises(CellProblem, match="“国家”不在可填的值之中：中央 省级"):
        level("国家")


ONE_COLUMN_A_PARSE = {column.parse: column for kind in KINDS.values() for column in kind.columns}


@pytest.mark.parametrize("column", ONE_COLUMN_A_PARSE.values(), ids=lambda column: column.parse.name)
@given(data=st.data())
def test_what_is_taken_as_plain_is_what_the_parser_gives(column: Column, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(column.plain, fullmatch=True) | st.text("0123456789-XGH"))
    if column.plain.fullmatch(text):
        assert column.parser(text) == text
