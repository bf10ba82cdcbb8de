"""What a case is refused with, in the order in which a stranger would ask about it (docs/refusals.md lists them)."""

from __future__ import annotations

from ledger.decide import law
from ledger.decide.refusal import Refusal


class NotPermitted(Refusal):
    code = "not_permitted"
    title_zh, title_en = "岗位无此权限", "Not for this role"
    remedy_zh = "由有权限的岗位办理"
    remedy_en = "have somebody do it whose role allows it"


class NumberUnfit(Refusal):
    code = "number_unfit"
    title_zh, title_en = "编号不合规", "Number unfit"
    remedy_zh = "案件编号、追缴编号、工号只用字母、数字和 . _ -，不含姓名、证件号或账号"
    remedy_en = "case, recovery and staff numbers hold letters, digits and . _ - and name nobody"


class ConfidentialByDiscipline(Refusal):
    code = "confidential_by_discipline"
    title_zh, title_en = "涉密案件限纪检办理", "Confidential cases are for discipline"
    remedy_zh = "由纪检人员立案，或按普通案件立案"
    remedy_en = "have an officer of discipline open it, or open it as an ordinary case"
    citation = law.SUPERVISED_MONEY


class OpenerWithinUnit(Refusal):
    code = "opener_within_unit"
    title_zh, title_en = "立案人属被查单位", "Who opens it belongs to the unit"
    remedy_zh = "由被查单位以上的纪检立案，或核对被查单位区划"
    remedy_en = "have discipline above the unit open it, or check the unit's region"
    citation = law.SUPERVISED_MONEY


class UnknownCase(Refusal):
    code = "unknown_case"
    title_zh, title_en = "案件未立", "No such case"
    remedy_zh = "核对案件编号；先立案"
    remedy_en = "check the case number; open the case first"


class UnknownFinding(Refusal):
    code = "unknown_finding"
    title_zh, title_en = "预警不存在", "No such finding"
    remedy_zh = "核对预警编号"
    remedy_en = "check the finding's id"


class CaseRegionElsewhere(Refusal):
    code = "case_region_elsewhere"
    title_zh, title_en = "案件区划不符", "The case lies elsewhere"
    remedy_zh = "区划可不填，按预警所在立案；填写的须包含预警所在区划，或在其之内"
    remedy_en = (
        "leave the region out and the case lies where its findings do, or give one that covers or lies in theirs"
    )


class FindingInOpenCase(Refusal):
    code = "finding_in_open_case"
    title_zh, title_en = "预警已在办", "Finding is in an open case"
    remedy_zh = "在原案件中办理，或待其销号"
    remedy_en = "work it in that case, or wait until it is closed"


class CaseReasonMissing(Refusal):
    code = "case_reason_missing"
    title_zh, title_en = "未写理由", "No reason is written"
    remedy_zh = "填写理由后重新提交"
    remedy_en = "write the reason and submit again"
    citation = law.SUPERVISED_MONEY


class CaseStepOutOfOrder(Refusal):
    code = "case_step_out_of_order"
    title_zh, title_en = "办案步骤不符", "Step out of order"
    remedy_zh = "依次办理：派单、核查、认定、处置、整改、复核、销号"
    remedy_en = "take the steps in order: assign, investigate, judge, order measures, rectify, accept, close"
    citation = law.SUPERVISED_MONEY


class CaseDayBackwards(Refusal):
    code = "case_day_backwards"
    title_zh, title_en = "日期不符", "The day cannot be"
    remedy_zh = "核对日期：不早于上一步，不晚于今天"
    remedy_en = "check the day: not before the step before it, not after today"


class NotTheAssigned(Refusal):
    code = "not_the_assigned"
    title_zh, title_en = "非承办人", "Not the one assigned"
    remedy_zh = "由承办人登记，或先改派"
    remedy_en = "have the one assigned record it, or assign the case anew first"


class PartyToTheCase(Refusal):
    code = "party_to_the_case"
    title_zh, title_en = "应当回避", "A party to the case"
    remedy_zh = "改由预警未涉及的人员办理"
    remedy_en = "have somebody handle it whom the finding does not name"
    citation = law.SUPERVISED_MONEY


class FindingNotInCase(Refusal):
    code = "finding_not_in_case"
    title_zh, title_en = "预警不在本案", "Finding is not in this case"
    remedy_zh = "核对预警编号与案件编号"
    remedy_en = "check the finding and the case"


class AmountOverFinding(Refusal):
    code = "amount_over_finding"
    title_zh, title_en = "认定金额不符", "Amount does not fit the finding"
    remedy_zh = "认定金额大于零且不超过预警金额"
    remedy_en = "establish more than nothing and no more than the finding says"
    citation = law.RECOVERED_BY_LAW


class HouseholdNotNamed(Refusal):
    code = "household_not_named"
    title_zh, title_en = "追缴对象不明", "Nobody to recover from"
    remedy_zh = "从预警涉及的家庭中指明一户"
    remedy_en = "name one household of those that the finding names"
    citation = law.RECOVERED_BY_LAW


class RecoveryAlreadyOpen(Refusal):
    code = "recovery_already_open"
    title_zh, title_en = "该预警已有追缴", "The finding's recovery is open already"
    remedy_zh = "填写原追缴编号以续用，不重复立案"
    remedy_en = "give that recovery's number to go on with it; it is not opened twice"
    citation = law.RECOVERED_BY_LAW


class MoneyAlreadyClaimed(Refusal):
    code = "money_already_claimed"
    title_zh, title_en = "该户已在追缴", "The household is asked for money already"
    remedy_zh = "同一笔钱不重复追缴：填写原追缴编号以续用；确属另一笔的，注明后重新提交"
    remedy_en = "the same money is not asked for twice: give that recovery's number, or say that it is other money"
    citation = law.RECOVERED_BY_LAW


class RecoveryFallsShort(Refusal):
    code = "recovery_falls_short"
    title_zh, title_en = "所填追缴不涵盖认定的钱", "The recovery does not ask for this money"
    remedy_zh = "不填原编号，另立追缴；本预警已有追缴而金额不足的，另编新号并注明另一笔，只就余额追缴"
    remedy_en = (
        "leave its number out and a new recovery is opened; where this finding's own asks for less, give a new number "
        "and say that it is other money: only the rest is asked for"
    )
    citation = law.RECOVERED_BY_LAW


class RuleWithdrawn(Refusal):
    code = "rule_withdrawn"
    title_zh, title_en = "预警的规则未加载", "The finding's rule is not loaded"
    remedy_zh = "先恢复该规则并重新启动，再认定"
    remedy_en = "restore the rule and start again, then judge the finding"


class NotTolerable(Refusal):
    code = "not_tolerable"
    title_zh, title_en = "不适用容错", "Not an error that may be tolerated"
    remedy_zh = "按属实或不属实认定"
    remedy_en = "establish or dismiss it"
    citation = law.PURSUED


class ToleranceFactsMissing(Refusal):
    code = "tolerance_facts_missing"
    title_zh, title_en = "容错事实不全", "The facts for tolerating are not all there"
    remedy_zh = "逐项查明并写明：秉持公心、履职尽责、客观原因、及时纠正"
    remedy_en = "find and state each: good faith, duty done, an objective cause, and that it was corrected"
    citation = law.GOOD_FAITH


class SeverityNotLower(Refusal):
    code = "severity_not_lower"
    title_zh, title_en = "级别不符", "Severity does not fit"
    remedy_zh = "立案不低于预警级别；降级须低于现级别"
    remedy_en = "open no lower than the findings are; lower to less than it is now"


class FindingNotEstablished(Refusal):
    code = "finding_not_established"
    title_zh, title_en = "未认定属实", "Not established"
    remedy_zh = "只对属实的预警作处置；容错的可发提示函"
    remedy_en = "order measures for what is established; what is tolerated may get a reminder letter 提示函"
