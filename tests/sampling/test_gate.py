"""Nothing that gives somebody away passes the gate, in whatever disguise; and what a notice must say does pass."""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.publication.gate import GateClosed, pass_gate
from ledger.publication.masking import is_masked, masked, numbered
from ledger.publication.notice import Notice, written_day
from ledger.publication.numbers import gives_away
from ledger.vault.identity import check_digit
from tests.story import day

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
SIGNS = [
    "",
    "",
    "",
    " ",
    "-",
    "\u3000",
    "\u200b",
    "\u00ad",
    "·",
    ".",
    ",",
    "－",
    "—",
    "/",
    "_",
    "、",
    "(",
    ") ",
    "\u2060",
    "*",
]

digits = st.text("0123456789", min_size=3, max_size=3)
birthdays = st.dates(day("1930-01-01"), day("2020-12-31")).map(lambda born: f"{born:%Y%m%d}")


@st.composite
def identities(draw: st.DrawFn) -> str:
    """An ID number of 18 or of the old 15."""
    first = f"620199{draw(birthdays)}{draw(digits)}"
    return draw(st.sampled_from([first + check_digit(first), first[:6] + first[8:]]))


cards = st.integers(13, 19).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))
phones = st.from_regex(r"(\+?86)?1[3-9][0-9]{9}", fullmatch=True)
landlines = st.from_regex(r"09[1-9]{2}[0-9]{7,8}", fullmatch=True)
numbers = st.one_of(identities(), cards, phones, landlines)


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A number as people hide or mangle it: other digits, signs in between, words around."""
    number = draw(numbers)
    alphabet = draw(st.sampled_from([{}, FULL_WIDTH, ARABIC, CIRCLED, CHINESE]))
    shown = "".join(
        character.translate(alphabet if draw(st.booleans()) else {}) + draw(st.sampled_from(SIGNS))
        for character in number
    )
    around = st.sampled_from(["", "证件", "电话:", "账号是", "。", "(", " ", "某某"])
    return draw(around) + shown + draw(around)


def sheet(*rows: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


@given(disguised())
def test_no_number_passes_in_any_disguise(text: str) -> None:
    assert gives_away(text)
    for name, data in (
        ("公示.csv", sheet(("序号", "结论"), ("1", text))),
        ("公示.html", f"<p>{html.escape(text)}</p>".encode()),
        ("公示.html", f"<table><tr><th>结论</th></tr><tr><td>{html.escape(text)}</td></tr></table>".encode()),
        ("公示.html", f"<p title='{html.escape(text, quote=True).replace(chr(39), '')}'></p>".encode()),
    ):
        with pytest.raises(GateClosed) as closed:
            pass_gate({name: data})
        assert text not in str(closed.value) or len(text) < 4


@given(identities(), st.integers(1, 14), st.sampled_from(["b", "span", "wbr", "i"]))
def test_no_number_is_broken_up_by_tags(number: str, at: int, tag: str) -> None:
    broken = f"<p>{number[:at]}<{tag}>{number[at:]}</{tag}></p>"
    with pytest.raises(GateClosed):
        pass_gate({"公示.html": broken.encode()})


@pytest.mark.parametrize(
    "text",
    [
        "H000123",
        "620199001001",
        "130102001001",
        "2026-06-01",
        "2026年6月1日至2026年6月8日",
        "1,234.50",
        "12,345,678.00",
        "多发1,234.50元,已追回800.00元",
        "B202501-1",
        "共431个,抽取20个",
        "第3号",
        "财社〔2025〕1号",
        "12345",
    ],
)
def test_what_a_notice_must_say_passes(text: str) -> None:
    assert not gives_away(text)
    assert pass_gate({"公示.csv": sheet(("对象", "结论"), ("H1", text))})


names = st.text(st.characters(categories=["L"]), min_size=1, max_size=12)
any_names = st.one_of(
    names, st.text(min_size=1, max_size=12), st.text("韩*", min_size=1, max_size=6), st.text("*", min_size=1)
)


@given(any_names)
def test_a_masked_name_is_never_the_name(name: str) -> None:
    assert masked(name) != name
    assert is_masked(masked(name))
    assert masked(masked(name)) != name or "*" in name


@given(names)
def test_of_a_name_no_more_than_its_ends_is_shown(name: str) -> None:
    shown = masked(name)
    assert sum(character != "*" for character in shown) <= (2 if len(name) > 2 else 1)
    assert not is_masked(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("韩示例", "韩*例"), ("韩例", "韩*"), ("韩", "**"), ("欧阳示例", "欧**例"), ("阿依古丽·买买提", "阿******提")],
)
def test_masks(name: str, shown: str) -> None:
    assert masked(name) == shown


@given(st.lists(names.filter(lambda name: len(name) > 1), min_size=1, max_size=5), st.data())
def test_no_full_name_passes(people: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(people))
    assume("姓名" not in name)
    spaced = data.draw(st.sampled_from(["", " "])).join(name)
    for row in ((numbered(1), f"经查{spaced}情况属实"), (name, "属实")):
        with pytest.raises(GateClosed) as closed:
            pass_gate({"结果.csv": sheet(("申请人姓名", "结论"), row)}, names=people)
        assert name not in str(closed.value).replace("姓名未遮掩", "").replace("出现完整姓名", "") or len(name) < 4


def test_the_place_is_named_and_the_value_is_not() -> None:
    data = sheet(("序号", "申请人姓名", "结论"), ("1", "韩*例", "好"), ("2", "韩示例", "620199 19900101 0016"))
    with pytest.raises(GateClosed) as closed:
        pass_gate({"公示.csv": data})
    assert closed.value.places == [("公示.csv", 3, 2, "unmasked"), ("公示.csv", 3, 3, "number")]
    assert "第3行第3列" in str(closed.value)
    assert "row 3 column 3" in str(closed.value)
    assert "0016" not in str(closed.value)
    assert "韩示例" not in str(closed.value)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-2", "\tx"])
def test_no_formula_passes(text: str) -> None:
    with pytest.raises(GateClosed):
        pass_gate({"结果.csv": sheet(("对象", "结论"), ("H1", text))})


def test_a_digest_of_the_log_is_no_number_and_nothing_else_is_let_through_for_it() -> None:
    digest = "1234567890123456" * 4
    page = f"<p>种子:{digest}</p>".encode()
    assert pass_gate({"结果.html": page}, digests={digest})
    with pytest.raises(GateClosed):
        pass_gate({"结果.html": page})
    with pytest.raises(GateClosed):
        pass_gate({"结果.html": f"<p>{digest}620199199001010016</p>".encode()}, digests={digest})
    with pytest.raises(ValueError, match="64 hex"):
        pass_gate({"结果.html": page}, digests={"620199199001010016"})


def test_a_file_that_cannot_be_read_again_never_passes() -> None:
    with pytest.raises(ValueError, match="no reader"):
        pass_gate({"结果.pdf": b"%PDF"})
    with pytest.raises(UnicodeDecodeError):
        pass_gate({"结果.csv": b"\xff\xff"})
    with pytest.raises(GateClosed):
        pass_gate({"620199199001010016.csv": sheet(("对象",))})


def test_only_what_passed_is_written_whole(tmp_path: Path) -> None:
    notice = Notice("公示", (written_day(day("2026-06-01")),), ("序号", "申请人姓名"), (("1", "韩*例"),))
    passed = pass_gate(notice.files("公示"))
    paths = passed.write(tmp_path / "公开")
    assert sorted(path.name for path in paths) == ["公示.csv", "公示.html"]
    assert {path.name: path.read_bytes() for path in paths} == dict(passed.files)
    assert sorted(path.name for path in (tmp_path / "公开").iterdir()) == ["公示.csv", "公示.html"]


def test_what_somebody_wrote_is_text_on_the_page() -> None:
    notice = Notice("公示", ("<script>alert(1)</script>",), ("对象",), (("<b>H1</b>",),))
    page = notice.files("公示")["公示.html"].decode()
    assert "<script>" not in page
    assert "&lt;b&gt;H1" in page
