"""One person, however the name, number or account was typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.vault import BlankValueError, Kind
from ledger.vault.normal_form import normal_form


@pytest.mark.parametrize(
    ("kind", "typed", "form"),
    [
        (Kind.PERSON, " 62019919900101005x\u3000", "62019919900101005X"),
        (Kind.PERSON, "６２０１９９１９９００１０１００５ｘ", "62019919900101005X"),
        (Kind.PERSON, "620199\u200b199001010017\ufeff", "620199199001010017"),
        (Kind.ACCOUNT, "9900 0000-0000 4996", "9900000000004996"),
        (Kind.ACCOUNT, "９９００００００００００４９９６（尾号）", "9900000000004996"),
        (Kind.NAME, "韩 桂", "韩桂"),
        (Kind.NAME, "\u3000韩明桂 ", "韩明桂"),
        (Kind.NAME, "测试•买买提", "测试·买买提"),
        (Kind.NAME, "测试・买买提", "测试·买买提"),
        (Kind.NAME, "测试 . 买买提", "测试·买买提"),
        (Kind.NAME, "测试．买买提", "测试·买买提"),
        (Kind.NAME, "Ann  B.\tExample", "Ann B. Example"),
        (Kind.TEXT, " 重复发放，已核实 ", " 重复发放，已核实 "),
    ],
)
def test_a_value_has_one_form(kind: Kind, typed: str, form: str) -> None:
    assert normal_form(kind, typed) == form


# Letters, marks and spaces that meet and compose, beside anything else.
TYPED = st.text() | st.text("张三xH1１.．·•・ \u3000\u00a8\u0308\u200b\u0345ßŉ")


@given(st.sampled_from(Kind), TYPED)
@example(Kind.PERSON, "H\u00a8")
def test_the_form_of_a_form_is_itself(kind: Kind, typed: str) -> None:
    try:
        form = normal_form(kind, typed)
    except BlankValueError:
        return
    assert normal_form(kind, form) == form


@pytest.mark.parametrize(
    ("kind", "typed"), [(Kind.PERSON, " "), (Kind.ACCOUNT, "无"), (Kind.NAME, "\u3000\u200b"), (Kind.TEXT, "\n")]
)
def test_a_value_of_nothing_stands_for_nobody(kind: Kind, typed: str) -> None:
    with pytest.raises(BlankValueError):
        normal_form(kind, typed)
