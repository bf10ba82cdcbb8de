"""Every refusal there is, in the order in which a stranger would ask about them (docs/refusals.md lists them)."""

from __future__ import annotations

from ledger.decide import law
from ledger.decide.refusal import Refusal


class NumberReused(Refusal):
    code = "number_reused"
    title_zh, title_en = "编号重复", "Number used twice"
    remedy_zh = "核对原件;如属更正,请用冲正或新编号登记"
    remedy_en = "check the paper; record a correction as a reversal or under a number of its own"
    citation = law.NO_FALSE_CLAIMS


class DutiesNotSeparated(Refusal):
    code = "duties_not_separated"
    title_zh, title_en = "职责未分离", "Duties not separated"
    remedy_zh = "由不同的人经办、审核、审批后重新提交"
    remedy_en = "have different people handle, review and approve it, and submit it again"
    citation = law.SUPERVISED_MONEY


class UnknownDocument(Refusal):
    code = "unknown_document"
    title_zh, title_en = "文号未登记", "Document not on record"
    remedy_zh = "先登记该文号的资金下达或拨付,再登记到账"
    remedy_en = "record the grant or transfer of this document first"
    citation = law.EARMARKED


class OverIssued(Refusal):
    code = "over_issued"
    title_zh, title_en = "超出下达金额", "More than was issued"
    remedy_zh = "核对文号与金额;补登追加下达后再登记"
    remedy_en = "check document and amount; record the further grant first"
    citation = law.EARMARKED


class FundOverdrawn(Refusal):
    code = "fund_overdrawn"
    title_zh, title_en = "资金余额不足", "Fund overdrawn"
    remedy_zh = "等待资金到账,或改用有余额的资金"
    remedy_en = "wait until money is received, or pay from a fund that has it"
    citation = law.EARMARKED


class UnknownHousehold(Refusal):
    code = "unknown_household"
    title_zh, title_en = "家庭未登记", "Household not on record"
    remedy_zh = "先登记该家庭(含户主),再提交"
    remedy_en = "register the household, its head first, and submit again"
    citation = law.NO_ASSISTANCE_WITHOUT_PROCEDURE


class NoDecisionInForce(Refusal):
    code = "no_decision_in_force"
    title_zh, title_en = "无有效救助决定", "No decision in force"
    remedy_zh = "先作出批准、恢复等决定,或从花名册删除该行"
    remedy_en = "decide first (approve, resume), or take the line off the roll"
    citation = law.NO_ASSISTANCE_WITHOUT_PROCEDURE


class AlreadyInForce(Refusal):
    code = "already_in_force"
    title_zh, title_en = "已有有效决定", "A decision is in force already"
    remedy_zh = "改用“调整”“恢复”等决定类型,或先终止"
    remedy_en = "adjust or resume it instead, or end it first"
    citation = law.CHANGE_NEEDS_A_DECISION


class AmountDiffers(Refusal):
    code = "amount_differs"
    title_zh, title_en = "金额与决定不符", "Amount differs from the decision"
    remedy_zh = "按决定金额发放,或先作出调整决定"
    remedy_en = "pay the decided amount, or decide an adjustment first"
    citation = law.CHANGE_NEEDS_A_DECISION


class MonthAlreadyPaid(Refusal):
    code = "month_already_paid"
    title_zh, title_en = "当月已发放", "Month already paid"
    remedy_zh = "删除重复行;少发的差额用“补发”登记"
    remedy_en = "take the line off; pay what is still missing as 补发"
    citation = law.NO_PADDED_SPENDING


class UnknownLine(Refusal):
    code = "unknown_line"
    title_zh, title_en = "无对应发放行", "No such roll line"
    remedy_zh = "核对批次号、序号;先登记花名册;银行自行支付的须查明后按“已发生”登记"
    remedy_en = "check batch and line; record the roll first; what the bank paid unasked is recorded as observed"
    citation = law.PAID_TO_THE_HOUSEHOLD


class LineFinished(Refusal):
    code = "line_finished"
    title_zh, title_en = "该行已有银行结果", "Line already has a bank result"
    remedy_zh = "核对回盘;退回款项请登记为负数金额(冲正)"
    remedy_en = "check the bank's file; record money that came back as a negative amount (a reversal)"
    citation = law.PAID_TO_THE_HOUSEHOLD


class ReversalTooLarge(Refusal):
    code = "reversal_too_large"
    title_zh, title_en = "冲正超过入账", "Reversal exceeds the payment"
    remedy_zh = "核对冲正金额与原入账行"
    remedy_en = "check the reversal against the line that was settled"
    citation = law.PAID_TO_THE_HOUSEHOLD


class CapExceeded(Refusal):
    code = "service_cap_exceeded"
    title_zh, title_en = "超过购买服务上限", "Over the purchase-of-services cap"
    remedy_zh = "减少合同金额,或改用不计入上限的资金,或等待当年新增下达"
    remedy_en = "lower the sum, use money that does not count, or wait for a further grant of the year"


class ReasonMissing(Refusal):
    code = "reason_missing"
    title_zh, title_en = "超上限未说明理由", "Over the cap without a written reason"
    remedy_zh = "填写“原因”后重新提交;将记录在案并列入预警"
    remedy_en = "write the reason and submit again; it is recorded and raises a finding"


class UnknownContract(Refusal):
    code = "unknown_contract"
    title_zh, title_en = "合同未登记", "Contract not on record"
    remedy_zh = "先登记合同"
    remedy_en = "record the contract first"
    citation = law.EARMARKED


class ContractOverrun(Refusal):
    code = "contract_overrun"
    title_zh, title_en = "超合同支付", "Paid beyond the contract"
    remedy_zh = "核对发票;确需增加的先签补充合同"
    remedy_en = "check the invoice; sign an amendment first where more is due"
    citation = law.NO_PADDED_SPENDING


class UnknownExpense(Refusal):
    code = "unknown_expense"
    title_zh, title_en = "原支出未登记", "Expense not on record"
    remedy_zh = "按原支出编号、原资金登记负数金额;先登记原支出"
    remedy_en = "record the refund under the number and the fund of the expense; record the expense first"
    citation = law.EARMARKED


class RefundTooLarge(Refusal):
    code = "refund_too_large"
    title_zh, title_en = "退回超过支出", "Refund exceeds the expense"
    remedy_zh = "核对退回金额与原支出;多退的部分查明来源后另行登记"
    remedy_en = "check the refund against the expense; find out where the rest comes from and record it apart"
    citation = law.EARMARKED


class PurposeNotAllowed(Refusal):
    code = "purpose_not_allowed"
    title_zh, title_en = "用途不在允许范围", "Purpose not allowed from this fund"
    remedy_zh = "改用社会救助工作经费等相应资金"
    remedy_en = "pay it from money that is meant for it, such as 社会救助工作经费"
    citation = law.EARMARKED


class RuleNotOnFile(Refusal):
    code = "rule_not_on_file"
    title_zh, title_en = "当日无在案规则", "No rule on file for that day"
    remedy_zh = "核对日期;当日确有规定的,在政策包中补录及其出处"
    remedy_en = "check the date; where there was a rule that day, add it to the policy pack with its source"


class RecoveryNotOpen(Refusal):
    code = "recovery_not_open"
    title_zh, title_en = "追缴未立案", "Recovery not opened"
    remedy_zh = "先登记立案"
    remedy_en = "open the recovery first"
    citation = law.RECOVERED_BY_LAW


class OverRepaid(Refusal):
    code = "over_repaid"
    title_zh, title_en = "超过应追缴金额", "More than is owed"
    remedy_zh = "核对缴款;多缴部分退还本人"
    remedy_en = "check the repayment; give back what was paid too much"
    citation = law.RECOVERED_BY_LAW


class JurisdictionFixed(Refusal):
    code = "jurisdiction_fixed"
    title_zh, title_en = "适用规则已定", "Jurisdiction is fixed"
    remedy_zh = "另建账本(使用另一个 --data 目录)"
    remedy_en = "open another book (another --data folder)"


class SealKeyNotCurrent(Refusal):
    code = "seal_key_not_current"
    title_zh, title_en = "不是现用封存密钥", "Not the key that seals now"
    remedy_zh = "用现用密钥更换(seal status 列出)"
    remedy_en = "rotate the key that is in force (seal status names it)"


class SealKeyUsedBefore(Refusal):
    code = "seal_key_used_before"
    title_zh, title_en = "封存密钥已用过", "Key has sealed before"
    remedy_zh = "生成新密钥,不重用旧密钥"
    remedy_en = "make a new key; a key that was given up is not taken up again"


class SampleNotCommitted(Refusal):
    code = "sample_not_committed"
    title_zh, title_en = "抽样未承诺", "Sample not committed"
    remedy_zh = "先登记抽样承诺(sample commit)"
    remedy_en = "commit to the sample first (sample commit)"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class FrozenAlready(Refusal):
    code = "frozen_already"
    title_zh, title_en = "名单已冻结", "Population frozen already"
    remedy_zh = "在冻结之前加入种子;名单只冻结一次"
    remedy_en = "pledge a seed before the population is frozen; it is frozen once"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class SeedHeldByOne(Refusal):
    code = "seed_held_by_one"
    title_zh, title_en = "种子须由不同的人持有", "One person, one seed"
    remedy_zh = "由另一部门的人加入种子"
    remedy_en = "let somebody of another office pledge a seed"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class FrozenTooEarly(Refusal):
    code = "frozen_too_early"
    title_zh, title_en = "名单冻结早于承诺", "Frozen before it was committed"
    remedy_zh = "核对日期;先承诺,后冻结"
    remedy_en = "check the days; commit first, then freeze"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class NobodyToDraw(Refusal):
    code = "nobody_to_draw"
    title_zh, title_en = "总体为空", "Nothing to draw from"
    remedy_zh = "核对区划、类别和救助项目,另立抽样编号"
    remedy_en = "check region, kind and programme, and commit under another number"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class SampleTooLarge(Refusal):
    code = "sample_too_large"
    title_zh, title_en = "抽取数超过总体", "Sample larger than its population"
    remedy_zh = "另立抽样编号,减少抽取数"
    remedy_en = "commit under another number, to fewer subjects"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class RosterTooSmall(Refusal):
    code = "roster_too_small"
    title_zh, title_en = "检查人员不足", "Too few inspectors"
    remedy_zh = "补充检查人员名录后再冻结"
    remedy_en = "add inspectors to the roster, then freeze"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class SampleNotFrozen(Refusal):
    code = "sample_not_frozen"
    title_zh, title_en = "名单未冻结", "Population not frozen"
    remedy_zh = "先冻结名单(sample freeze)"
    remedy_en = "freeze the population first (sample freeze)"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class DrawnAlready(Refusal):
    code = "drawn_already"
    title_zh, title_en = "已抽取", "Drawn already"
    remedy_zh = "抽取只有一次;需再抽的另立抽样编号"
    remedy_en = "a sample is drawn once; commit to another where one is needed"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class SeedDiffers(Refusal):
    code = "seed_differs"
    title_zh, title_en = "种子与承诺不符", "Seed differs from its commitment"
    remedy_zh = "用承诺时的种子,按承诺的先后"
    remedy_en = "reveal the seeds that were committed to, in the order of their commitments"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class PopulationDiffers(Refusal):
    code = "population_differs"
    title_zh, title_en = "名单与冻结时不符", "Population differs from the frozen one"
    remedy_zh = "按冻结位置重新取名单"
    remedy_en = "take the population as the log gives it at the frozen position"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class DrawDiffers(Refusal):
    code = "draw_differs"
    title_zh, title_en = "抽取结果与种子不符", "Draw differs from what the seeds give"
    remedy_zh = "按 docs/sampling.md 的算法重算"
    remedy_en = "draw it again as docs/sampling.md says"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class SampleNotDrawn(Refusal):
    code = "sample_not_drawn"
    title_zh, title_en = "抽样未抽取", "Sample not drawn"
    remedy_zh = "先抽取(sample draw),再公开结果"
    remedy_en = "draw it first (sample draw), then publish"
    citation = law.TWO_RANDOMS_ONE_PUBLICATION


class NothingToPublish(Refusal):
    code = "nothing_to_publish"
    title_zh, title_en = "没有可公示的对象", "Nothing to publish"
    remedy_zh = "核对区划、月份和救助项目"
    remedy_en = "check region, month and programme"


class AuditPopulationEmpty(Refusal):
    code = "audit_population_empty"
    title_zh, title_en = "审计抽样总体为空", "Nothing to sample"
    remedy_zh = "核对总体、区划、期间、项目和资金"
    remedy_en = "check population, region, period, programme and fund"


class AuditSampleUnfit(Refusal):
    code = "audit_sample_unfit"
    title_zh, title_en = "样本量不合总体", "Sample does not fit its population"
    remedy_zh = "减少样本量,或按总体的层给出各层样本量"
    remedy_en = "ask for fewer items, or for a size of each stratum that the population has"


class IntervalImpossible(Refusal):
    code = "interval_impossible"
    title_zh, title_en = "抽样间隔不足一分", "Sampling interval under a fen"
    remedy_zh = "提高可容忍错报,降低预计错报、置信水平或样本量,或改为全查"
    remedy_en = "raise the tolerable misstatement, lower the expected one, confidence or size, or examine everything"


class UnknownAuditSample(Refusal):
    code = "unknown_audit_sample"
    title_zh, title_en = "没有这个审计样本", "No such audit sample"
    remedy_zh = "核对编号(audit-sample list)"
    remedy_en = "check the number (audit-sample list)"


class PaperDiffers(Refusal):
    code = "paper_differs"
    title_zh, title_en = "底稿与样本不符", "Working paper differs from the sample"
    remedy_zh = "用该样本导出的底稿(audit-sample paper),不改项目和账面金额"
    remedy_en = "use the paper made of this sample (audit-sample paper), its items and book amounts unchanged"
