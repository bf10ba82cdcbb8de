"""Nothing that gives somebody away passes the gate, in whatever disguise; and what a notice must say does pass."""

from __future__ import annotations

import csv
import html
import io
import secrets
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.publication.gate import GateClosed, pass_gate
from ledger.publication.masking import is_masked, masked, numbered
from ledger.publication.notice import Notice, written_day
from ledger.publication.numbers import gives_away, made_seed
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


@pytest.mark.parametrize(
    "shown",
    [
        "韩\u200b示例",
        "韩\u00ad示例",
        "韩·示例",
        "韩-示例",
        "韩、示例",
        "韩 示 例",
        "韩\u0301示例",
        "韩\u3164示例",
        "韩（示例）",
        "韩\n示例",
    ],
)
def test_a_full_name_with_signs_inside_does_not_pass(shown: str) -> None:
    for name, data in (
        ("结果.csv", sheet(("对象", "结论"), ("H1", f"经查{shown}重复领取"))),
        ("结果.html", f"<p>经查{shown}重复领取</p>".encode()),
    ):
        with pytest.raises(GateClosed) as closed:
            pass_gate({name: data}, names=["韩示例"])
        assert closed.value.places[0][3] == "name"


def test_a_name_is_the_same_in_radicals_and_with_another_middle_dot() -> None:
    for known, shown in (("高示例", "⾼示例"), ("阿依古丽·买买提", "阿依古丽买买提"), ("阿依·买", "阿依・买")):
        with pytest.raises(GateClosed):
            pass_gate({"结果.csv": sheet(("对象", "结论"), ("H1", f"经查{shown}属实"))}, names=[known])


@pytest.mark.parametrize("text", ["已核实高。明日复查", "核实；高！明", "韩*例情况属实", "高\uff1f明"])
def test_no_name_is_read_across_the_end_of_a_sentence_or_out_of_a_mask(text: str) -> None:
    assert pass_gate({"结果.csv": sheet(("对象", "结论"), ("高", text), ("明", "好"))}, names=["高明", "韩例"])


@given(identities().filter(lambda number: len(number) == 18), st.integers(1, 17))
def test_no_identity_is_split_over_cells(number: str, at: int) -> None:
    rows = (("1", f"证件{number[:at]}", f"{number[at:]}属实"), ("2", number[:at], number[at:]))
    for row in rows:
        with pytest.raises(GateClosed) as closed:
            pass_gate({"结果.csv": sheet(("序号", "结论", "处理"), row)})
        assert {reason for *_, reason in closed.value.places} & {"number"}


def test_no_mobile_number_is_split_over_cells_of_a_file_or_a_page() -> None:
    for row in (("1", "电话138", "00138000"), ("2", "电话138-0", "013-8000。"), ("3", "1380", "", "0138000")):
        cells = "".join(f"<td>{cell}</td>" for cell in row)
        page = f"<table><tr><th>序号</th><th>结论</th><th>处理</th></tr><tr>{cells}</tr></table>"
        for name, data in (
            ("结果.csv", sheet(("序号", "结论", "处理"), row)),
            ("结果.html", page.encode()),
        ):
            with pytest.raises(GateClosed) as closed:
                pass_gate({name: data})
            assert closed.value.places == [(name, 2, 2, "number")]


@given(
    st.integers(1, 9_999),
    st.integers(1, 20),
    st.integers(1, 99_999_999).map(lambda fen: f"{fen / 100:,.2f}"),
)
def test_ordinals_beside_amounts_are_nobodys_number(nth: int, persons: int, amount: str) -> None:
    header = ("序号", "申请人姓名", "家庭成员数量", "保障金额(元/月)")
    assert pass_gate({"公示.csv": sheet(header, (str(nth), "韩*例", str(persons), amount))})
    assert pass_gate({"公示.csv": sheet(("序号", "金额", "人数"), (str(nth), amount, str(persons)))})
    assert pass_gate({"结果.csv": sheet(("序号", "抽查对象"), (str(nth), "202501001"))})


@pytest.mark.parametrize(
    "text",
    [
        "138号0013号8000",
        "138a0013a8000",
        "电话138 号 0013 号 8000",
        "1元3元8元0元0元1元3元8元0元0元0",
        "620199号19800101号0015",
        "620199x198001a01x0015",
        "〡〣〨〇〇〡〣〨〇〇〇",
        "620199年19800101月0010日01",
    ],
)
def test_no_number_hides_between_letters(text: str) -> None:
    hidden = text.replace("620199年19800101月0010日01", f"620199年19800101月001日{check_digit('62019919800101001')}")
    assert gives_away(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "13户3000元20户500元",
        "区划620199在2026年12月10日300户",
        "区划620199在2026-06-01共300户",
        "2026年6月1日至2026年6月8日共13户35人1234.50元",
        "15日13时20分至16日9时30分走访12户38人",
        "G011、G012、G013",
        "H000001、H000002、H000003、H000138",
        "第1批13户,第2批20户,第3批108户",
        "其一属实,其二多发三百元,其三已追回",
    ],
)
def test_what_is_counted_and_dated_is_nobodys_number(text: str) -> None:
    assert not gives_away(text)


def test_a_seed_of_our_own_never_looks_like_somebodys_number(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["13800138000" + "a" * 53, "9900" * 4 + "b" * 48, "5e" * 32])
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(drawn))
    assert made_seed() == "5e" * 32
