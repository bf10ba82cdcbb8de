"""What the built-in packs say: every value has a source, every quotation stands in its text, both caps are read."""

import re
from datetime import date
from pathlib import Path

import pytest

from ledger.policy import Force, NoCap, NoRuleOnFile, Parameter, ServiceCap, Source, load_pack, pack_names

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
# Quoted from a public copy of the law; the domain's folder of texts does not hold it.
NOT_HELD = {"预算法(2018-12-29)"}

MIDYEAR = date(2025, 6, 30)
NATIONAL_RULES = {
    "case_due_days",
    "days_to_decide",
    "death_stop",
    "exclusive_benefits",
    "expense_purposes",
    "first_month_paid",
    "fraud_fine_multiple",
    "good_faith_error",
    "gradual_exit_max_months",
    "near_kin_filing",
    "pass_on_days",
    "pay_by_day",
    "publicity_days",
    "publicity_fields",
    "receipt_due_days",
    "relief_categories",
    "review_cycle_months",
    "service_purchase_funding",
    "shared_account_critical",
    "shared_account_households",
    "short_paid_grace_days",
    "work_costs",
}


def value_of(pack: str, rule: str, on: date = MIDYEAR) -> object:
    return load_pack(pack).parameter(rule, on).value


def every_parameter() -> list[tuple[str, Parameter]]:
    return [(name, parameter) for name in pack_names() for parameter in load_pack(name).parameters()]


def every_quoted_source() -> list[Source]:
    """Each once, however many packs inherit it."""
    quoted = {
        (source.text, source.quotation): source
        for _, parameter in every_parameter()
        for source in (parameter.source, *parameter.also)
        if source.quotation is not None
    }
    return list(quoted.values())


def text_named(text_id: str) -> str:
    seed = re.fullmatch(r"seed-(\d{3})", text_id)
    found = list((SHARED / "seeds").glob(f"{seed[1]}_*.txt")) if seed else [SHARED / "domain" / "law" / f"{text_id}.md"]
    assert len(found) == 1, f"{text_id} names {len(found)} files"
    return found[0].read_text(encoding="utf-8")


def without_whitespace(text: str) -> str:
    return "".join(text.split())


def test_the_six_jurisdictions_are_on_file() -> None:
    assert pack_names() == ["chongqing", "guangdong", "lanzhou-new-area", "national", "provincial-plan", "shanghai"]


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_named_dated_and_inherits_the_nation(name: str) -> None:
    pack = load_pack(name)
    assert pack.name == name
    assert re.search(r"[\u4e00-\u9fff]", pack.title_zh)
    assert pack.title_en.isascii()
    assert date.fromisoformat(pack.version).isoformat() == pack.version
    assert re.fullmatch(r"[0-9a-f]{64}", pack.sha256)
    assert pack.extends == (None if name == "national" else "national")
    assert {parameter.name for parameter in pack.parameters()} >= NATIONAL_RULES


@pytest.mark.parametrize("name", pack_names())
def test_every_rule_needed_today_is_in_force(name: str) -> None:
    pack = load_pack(name)
    assert all(pack.find(rule, MIDYEAR) for rule in NATIONAL_RULES)


def test_no_value_stands_without_a_source() -> None:
    for pack, parameter in every_parameter():
        if parameter.force is Force.DEFAULT:
            assert parameter.source.is_explained, (pack, parameter.name)
            assert parameter.source.quotation is None, (pack, parameter.name)
        else:
            assert parameter.source.is_quoted, (pack, parameter.name)


@pytest.mark.parametrize("source", every_quoted_source(), ids=lambda source: f"{source.text} {source.article}")
def test_a_quotation_stands_word_for_word_in_the_text_it_names(source: Source) -> None:
    assert source.text is not None
    assert source.quotation is not None
    if source.text in NOT_HELD:
        pytest.skip(f"the text {source.text} is not among the domain's texts: its quotation is not compared")
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is absent: quotations are not compared with their texts")
    assert without_whitespace(source.quotation) in without_whitespace(text_named(source.text))


def test_shanghai_is_quoted_from_a_transcription_and_says_so() -> None:
    source = load_pack("shanghai").parameter("good_faith_error", MIDYEAR).source
    assert source.text == "seed-000"
    assert source.checked.how == "transcription"
    assert source.quotation is not None
    assert "出現(xiàn)失誤偏差" in source.quotation


def test_lanzhou_reads_the_cap_as_mandatory_over_one_category() -> None:
    cap = load_pack("lanzhou-new-area").service_cap(MIDYEAR)
    assert isinstance(cap, ServiceCap)
    assert cap.share_basis_points == 200
    assert cap.counted_categories == cap.base_categories == ("困难群众救助补助资金",)
    assert cap.base_levels == ("中央", "省级")
    assert cap.rule.force is Force.MANDATORY
    assert cap.rule.source.quotation is not None
    assert "不得超过" in cap.rule.source.quotation


def test_the_provincial_plan_reads_the_cap_in_principle_over_all_purchases() -> None:
    cap = load_pack("provincial-plan").service_cap(MIDYEAR)
    assert isinstance(cap, ServiceCap)
    assert cap.share_basis_points == 200
    assert cap.counted_categories == "all"
    assert cap.base_categories == ("困难群众救助补助资金", "社会救助专项资金")
    assert cap.base_levels == ("中央", "省级")
    assert cap.rule.force is Force.IN_PRINCIPLE
    assert cap.rule.source.quotation is not None
    assert "原则上不超过" in cap.rule.source.quotation


@pytest.mark.parametrize("name", ["national", "shanghai", "chongqing", "guangdong"])
def test_where_no_cap_is_set_the_answer_says_so_and_cites_the_nation(name: str) -> None:
    answer = load_pack(name).service_cap(MIDYEAR)
    assert isinstance(answer, NoCap)
    assert (answer.source.document_no, answer.source.article) == ("中办发〔2020〕18号", "第21条")
    assert answer.source.quotation is not None
    assert not re.search(r"[%％]|百分之", answer.source.quotation)
    assert "未规定比例" in answer.message
    assert "names no percentage" in answer.message
    assert load_pack(name).find("service_cap", MIDYEAR) is None


def test_a_cap_asked_about_before_it_was_set_is_an_error_and_not_the_answer_no_cap() -> None:
    lanzhou = load_pack("lanzhou-new-area")
    assert isinstance(lanzhou.service_cap(date(2021, 9, 9)), ServiceCap)
    with pytest.raises(NoRuleOnFile):
        lanzhou.service_cap(date(2021, 9, 8))


def test_no_cap_is_not_claimed_for_a_day_before_the_national_rule() -> None:
    with pytest.raises(NoRuleOnFile):
        load_pack("guangdong").service_cap(date(2020, 8, 24))


@pytest.mark.parametrize("name", pack_names())
def test_asking_on_a_day_with_no_rule_is_an_error_that_names_rule_jurisdiction_and_day(name: str) -> None:
    with pytest.raises(NoRuleOnFile) as caught:
        load_pack(name).parameter("pay_by_day", date(1999, 12, 31))
    assert (caught.value.rule, caught.value.jurisdiction, caught.value.on) == ("pay_by_day", name, date(1999, 12, 31))
    message = str(caught.value)
    assert message.index("没有在案的规则") < message.index("is on file")
    assert message.count(name) == message.count("pay_by_day") == message.count("1999-12-31") == 2


def test_a_rule_that_nobody_wrote_is_an_error_too() -> None:
    with pytest.raises(NoRuleOnFile):
        load_pack("national").parameter("moon_phase", MIDYEAR)


def test_local_words_win_and_the_nation_fills_the_rest() -> None:
    assert value_of("chongqing", "first_month_paid") == "month_of_approval"
    assert value_of("lanzhou-new-area", "first_month_paid") == "month_after_approval"
    assert value_of("lanzhou-new-area", "days_to_decide") == {"ordinary": 15}
    assert value_of("guangdong", "days_to_decide") == {"ordinary": 30, "delegated": 20, "special": 45}
    assert load_pack("lanzhou-new-area").parameter("gradual_exit_max_months", MIDYEAR).force is Force.MANDATORY
    assert load_pack("shanghai").parameter("gradual_exit_max_months", MIDYEAR).force is Force.IN_PRINCIPLE


def test_before_a_local_rule_began_the_national_one_holds() -> None:
    assert value_of("lanzhou-new-area", "days_to_decide", date(2021, 9, 8)) == {"ordinary": 30, "special": 45}
    assert value_of("lanzhou-new-area", "days_to_decide", date(2021, 9, 9)) == {"ordinary": 15}


def test_shanghai_reviews_low_income_families_every_quarter() -> None:
    cycle = value_of("shanghai", "review_cycle_months")
    assert isinstance(cycle, dict)
    assert (cycle["特困"], cycle["全额"], cycle["差额"], cycle["低收入"], cycle["支出型"]) == (12, 12, 6, 3, 3)


def test_rigid_expenditure_families_are_exclusive_from_2025() -> None:
    before, after = (value_of("national", "exclusive_benefits", day) for day in (date(2024, 12, 31), date(2025, 1, 1)))
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert set(after) - set(before) == {"刚性支出困难家庭"}


def test_the_national_figures_that_the_rules_use() -> None:
    assert value_of("national", "pay_by_day") == {"day": 10, "grace_days": 5}
    assert load_pack("national").parameter("pay_by_day", MIDYEAR).force is Force.LOCAL
    assert value_of("national", "death_stop") == {"特困": 1, "低保": 3}
    assert value_of("national", "fraud_fine_multiple") == {"at_least": 1, "at_most": 3}
    assert value_of("national", "gradual_exit_max_months") == 6
    assert value_of("national", "publicity_days") == 7
    assert value_of("national", "pass_on_days") == 30
    assert value_of("national", "receipt_due_days") == 30
    assert value_of("national", "short_paid_grace_days") == 10
    assert value_of("national", "shared_account_households") == 2
    assert value_of("national", "shared_account_critical") == 5
    assert value_of("national", "relief_categories") == ("困难群众救助补助资金", "社会救助专项资金")
    assert value_of("chongqing", "out_of_catalogue_medical_share") == 1500


def test_lawful_purposes_and_work_costs_have_nothing_in_common() -> None:
    purposes, work_costs = value_of("national", "expense_purposes"), value_of("national", "work_costs")
    assert isinstance(purposes, tuple)
    assert isinstance(work_costs, tuple)
    assert (len(purposes), len(work_costs)) == (8, 8)
    assert not set(purposes) & set(work_costs)
