"""How pack files are read: what is refused, with which words, and how a site adds packs of its own."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ledger.policy import NoSuchPackError, PolicyFileError, PolicyPack, load_pack, pack_names

RULE = """\
  - name: {name}
    title_zh: 测试规则
    title_en: A test rule
    in_force_from: {start}
    in_force_to: {end}
    value: {value}
    unit: days
    force: default
    source:
      title: 县民政局会议纪要
      note_zh: 测试
      note_en: For a test
      checked: {{by: A. Clerk, on: 2025-01-02, how: original}}
"""
Writer = Callable[..., Path]


def rule(name: str = "tea_break_days", start: str = "2025-01-01", end: str = "null", value: str = "3") -> str:
    return RULE.format(name=name, start=start, end=end, value=value)


@pytest.fixture
def site(tmp_path: Path) -> Writer:
    """Write a pack into a site folder and return the folder."""

    def write(*rules: str, name: str = "our-county", extends: str = "national", version: str = "2025-01-02") -> Path:
        head = f"name: {name}\ntitle_zh: 我县\ntitle_en: Our county\nextends: {extends}\nversion: {version}\n"
        body = "parameters:\n" + "".join(rules) if rules else "parameters: []\n"
        (tmp_path / f"{name}.yaml").write_text(head + body, encoding="utf-8")
        return tmp_path

    return write


def refusal(folder: Path, name: str = "our-county") -> PolicyFileError:
    with pytest.raises(PolicyFileError) as caught:
        load_pack(name, folder)
    return caught.value


def load(folder: Path) -> PolicyPack:
    return load_pack("our-county", folder)


def test_a_site_adds_a_pack_beside_the_built_in_ones(site: Writer) -> None:
    folder = site(rule())
    assert pack_names(folder) == sorted([*pack_names(), "our-county"])
    pack = load(folder)
    assert pack.parameter("tea_break_days", date(2025, 1, 1)).value == 3
    assert pack.parameter("publicity_days", date(2025, 1, 1)).value == 7


def test_a_site_pack_may_extend_any_pack_on_file(site: Writer) -> None:
    folder = site(rule(name="petty_reserve"), extends="lanzhou-new-area")
    pack = load(folder)
    assert pack.parameter("petty_reserve", date(2024, 12, 31)).value == "ceiling_set_per_township"
    assert pack.parameter("petty_reserve", date(2025, 1, 1)).value == 3
    assert pack.parameter("days_to_decide", date(2025, 1, 1)).value == {"ordinary": 15}


def test_an_inherited_period_is_cut_to_the_days_that_are_left_to_it(site: Writer) -> None:
    pack = load(site(rule(name="publicity_days", start="2024-01-01", end="2024-12-31")))
    periods = [(p.in_force_from, p.in_force_to, p.value) for p in pack.parameters() if p.name == "publicity_days"]
    assert periods == [
        (date(2021, 7, 1), date(2023, 12, 31), 7),
        (date(2024, 1, 1), date(2024, 12, 31), 3),
        (date(2025, 1, 1), None, 7),
    ]


def test_an_unknown_pack_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(NoSuchPackError, match=r"没有名为“atlantis”的政策包.*no policy pack named 'atlantis'.*national"):
        load_pack("atlantis")


def test_a_name_that_points_out_of_the_folder_finds_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPackError):
        load_pack("../our-county", tmp_path)


def test_a_built_in_name_cannot_be_taken(site: Writer) -> None:
    folder = site(rule(), name="national", extends="null")
    assert "extend it" in refusal(folder, "national").reason_en


@pytest.mark.parametrize(
    "written", ["2.5", "1e3", "1.0e+3", ".5", "0.02", "5.", ".inf", "010", "0x1F", "1_000", "+5", "1:30"]
)
def test_anything_but_a_plain_whole_number_is_refused_where_it_stands(site: Writer, written: str) -> None:
    error = refusal(site(rule(value=written)))
    assert (error.line, error.column) == (12, 12)
    assert written in error.reason_zh
    assert "basis points" in error.reason_en


@pytest.mark.parametrize("written", ["true", "null", "[1, 2]", "{a: {b: 1}}", '""', "{a: true}"])
def test_a_value_is_a_whole_number_a_text_a_list_of_texts_or_a_small_mapping(site: Writer, written: str) -> None:
    assert "parameters.0.value" in refusal(site(rule(value=written))).reason_en


def test_a_key_given_twice_is_refused_where_the_second_stands(site: Writer) -> None:
    error = refusal(site(rule().replace("    unit: days\n", "    unit: days\n    value: 4\n")))
    assert (error.line, error.column) == (14, 5)
    assert error.reason_zh == "键“value”重复"


def test_on_is_a_word_and_not_true(site: Writer) -> None:
    checked = load(site(rule(value="{on: 1, no: 2}"))).parameter("tea_break_days", date(2025, 1, 1))
    assert checked.value == {"on": 1, "no": 2}
    assert checked.source.checked.on == date(2025, 1, 2)


def test_overlapping_periods_of_one_rule_are_refused(site: Writer) -> None:
    error = refusal(site(rule(end="2025-06-30"), rule(start="2025-06-30", value="4")))
    assert "tea_break_days" in error.reason_zh
    assert "重叠" in error.reason_zh
    assert "overlap" in error.reason_en


def test_periods_that_follow_each_other_are_not_overlapping(site: Writer) -> None:
    pack = load(site(rule(start="2025-07-01", value="4"), rule(end="2025-06-30")))
    assert pack.parameter("tea_break_days", date(2025, 6, 30)).value == 3
    assert pack.parameter("tea_break_days", date(2025, 7, 1)).value == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2025-01-01", "2025-02-30", "there is no day"),
        ("2025-01-01", '"2025-01-01"', "in_force_from"),
        ("in_force_to: null", "in_force_to: 2024-12-31", "in_force_to is before in_force_from"),
        ("in_force_to: null", "in_force_to: 9999-12-31", "write null"),
        ("      note_en: For a test\n", "", "a default must say why"),
        ("force: default", "force: mandatory", "needs its article, quotation and text"),
        ("force: default", "force: gentle", "force"),
        ("      checked: {by: A. Clerk, on: 2025-01-02, how: original}\n", "", "source.checked"),
        ("unit: days", "unti: days", "unit"),
        ("unit: days", "? [a]", "is not text"),
        ("unit: days", "unit: days: weeks", "not allowed here"),
    ],
)
def test_a_rule_that_breaks_the_schema_is_refused_in_both_languages(
    site: Writer, old: str, new: str, said: str
) -> None:
    broken = rule().replace(old, new, 1)
    assert broken != rule()
    error = refusal(site(broken))
    assert said in error.reason_en
    assert 5 <= error.line <= 19
    assert str(error).startswith(f"政策包 our-county.yaml 第 {error.line} 行第 {error.column} 列：")


def test_a_cap_of_another_shape_is_refused(site: Writer) -> None:
    assert "share_basis_points" in refusal(site(rule(name="service_cap", value="{share: 2}"))).reason_en


def test_a_cap_of_more_than_everything_is_refused(site: Writer) -> None:
    value = "{share_basis_points: 10001, counted_categories: all, base_categories: [救灾资金], base_levels: [中央]}"
    assert "share_basis_points" in refusal(site(rule(name="service_cap", value=value))).reason_en


def test_an_empty_file_and_a_file_in_another_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert refusal(tmp_path, "empty").reason_zh == "文件是空的"
    (tmp_path / "empty.yaml").write_bytes("title_zh: 兰州".encode("gb18030"))
    assert refusal(tmp_path, "empty").reason_zh == "文件须为 UTF-8 编码"


def test_a_pack_is_named_after_its_file(site: Writer) -> None:
    folder = site(rule())
    (folder / "our-county.yaml").rename(folder / "their-county.yaml")
    error = refusal(folder, "their-county")
    assert (error.line, error.column) == (1, 7)


def test_packs_that_extend_each_other_are_refused(site: Writer) -> None:
    site(name="a", extends="b")
    assert "circle" in refusal(site(name="b", extends="a"), "a").reason_en


def test_a_pack_that_extends_nobody_stands_alone(site: Writer) -> None:
    assert [p.name for p in load(site(rule(), extends="null")).parameters()] == ["tea_break_days"]


def test_the_hash_follows_content_and_not_layout(site: Writer) -> None:
    first = load(site(rule(), rule(name="lunch_days"))).sha256
    folder = site(rule(name="lunch_days"), "\n    # a comment\n", rule())
    assert load(folder).sha256 == first
    assert load(site(rule(value="4"), rule(name="lunch_days"))).sha256 != first


def test_the_hash_covers_what_is_inherited(site: Writer) -> None:
    site(rule(name="lunch_days"), name="our-province")
    first = load(site(rule(), extends="our-province")).sha256
    folder = site(rule(name="lunch_days", value="4"), name="our-province")
    assert load(folder).sha256 != first
