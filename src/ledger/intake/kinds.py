"""The fourteen kinds of file and their columns, in the order in which they are imported.

A column is required where a row says nothing without it. What an office left out against the rules (a reviewer, an
invoice) is a blank that is read, so that a rule can find it.
"""

from ledger.intake.columns import (
    AMOUNT,
    APPROVED_BY,
    BANK,
    BATCH,
    BUDGET_YEAR,
    CATEGORY,
    CONTRACT,
    EXPENSE,
    HANDLED_BY,
    HOUSEHOLD,
    LEVEL,
    LINE,
    PAID_ON,
    PROGRAMME,
    REASON,
    REGION,
    REVIEWED_BY,
    SIGNED_AMOUNT,
    Column,
    Kind,
    Parse,
    When,
    blank_allowed,
    optional,
)

_ACCOUNT = Column("银行账号", "account", Parse.ACCOUNT, aliases=("账号", "银行卡号", "卡号", "收款账号"))
_PAYEE_ACCOUNT = optional("收款账号", "account", Parse.ACCOUNT, "收款人账号", "银行账号")
_BANK_SERIAL = optional("银行流水号", "bank_serial", Parse.SERIAL, "流水号", "交易流水号")
_IDENTITY = Column("身份证号", "id_number", Parse.IDENTITY, aliases=("身份证号码", "证件号码", "公民身份号码"))
_DECISION_TYPES = ("批准", "不予批准", "调整", "停发", "恢复", "渐退", "终止", "复核")
_FROM_A_MONTH = When("decision_type", ("批准", "调整", "停发", "恢复", "渐退", "终止"))
_OF_AN_AMOUNT = When("decision_type", ("批准", "调整"))
_STEPS_OF_AN_AMOUNT = When("step", ("立案", "缴回", "核销"))

GRANTS = (
    Column("文号", "document_no", Parse.DOCUMENT, aliases=("下达文号",)),
    Column("下达日期", "issued_on", Parse.DATE, aliases=("发文日期",)),
    LEVEL,
    CATEGORY,
    BUDGET_YEAR,
    REGION,
    SIGNED_AMOUNT,
    optional("摘要", "summary", Parse.TEXT, "备注"),
)
RECEIPTS = (
    Column("文号", "document_no", Parse.DOCUMENT, aliases=("下达文号",)),
    Column("到账日期", "received_on", Parse.DATE, aliases=("收款日期",)),
    SIGNED_AMOUNT,
    _BANK_SERIAL,
)
TRANSFERS = (
    Column("拨付文号", "document_no", Parse.DOCUMENT),
    Column("上级文号", "parent_document_no", Parse.DOCUMENT),
    Column("拨付日期", "passed_on", Parse.DATE),
    Column("拨出区划", "from_region", Parse.REGION, aliases=("拨出区划代码",)),
    Column("拨入区划", "to_region", Parse.REGION, aliases=("拨入区划代码",)),
    CATEGORY,
    LEVEL,
    BUDGET_YEAR,
    AMOUNT,
)
HOUSEHOLDS = (
    HOUSEHOLD,
    REGION,
    Column("姓名", "name", Parse.PERSON, aliases=("成员姓名",)),
    _IDENTITY,
    Column("与户主关系", "relation", Parse.LABEL, aliases=("家庭关系", "与申请人关系")),
    BANK,
    optional("银行账号", "account", Parse.ACCOUNT, *_ACCOUNT.aliases),
    optional("户名", "holder_name", Parse.PERSON, "账户名", "开户人"),
    Column("登记日期", "registered_on", Parse.DATE),
)
DECISIONS = (
    Column("文书号", "decision_no", Parse.DOCUMENT, aliases=("文书编号", "决定书文号")),
    Column("决定日期", "decided_on", Parse.DATE, aliases=("审批日期",)),
    Column("决定类型", "decision_type", Parse.CHOICE, choices=_DECISION_TYPES),
    HOUSEHOLD,
    PROGRAMME,
    optional("类别", "assistance_class", Parse.LABEL, "救助类别"),
    optional("保障人数", "persons", Parse.COUNT, "保障人口", when=_OF_AN_AMOUNT),
    optional("月救助金额", "monthly_amount_fen", Parse.MONEY_OR_NONE, "月保障金额", "月救助金", when=_OF_AN_AMOUNT),
    optional("起始月份", "start_month", Parse.MONTH, "开始月份", when=_FROM_A_MONTH),
    optional("截止月份", "end_month", Parse.MONTH, "结束月份"),
    optional("受理日期", "accepted_on", Parse.DATE),
    HANDLED_BY,
    REVIEWED_BY,
    APPROVED_BY,
    optional("办理方式", "procedure", Parse.LABEL, "办理程序"),
    REASON,
)
ROLLS = (
    BATCH,
    LINE,
    Column("所属月份", "for_month", Parse.MONTH, aliases=("发放月份", "月份", "所属期")),
    Column("发放日期", "paid_on", Parse.DATE),
    PROGRAMME,
    Column("发放类型", "payment_type", Parse.CHOICE, choices=("正常", "补发", "价格补贴")),
    CATEGORY,
    LEVEL,
    BUDGET_YEAR,
    HOUSEHOLD,
    Column("收款人姓名", "payee_name", Parse.PERSON, aliases=("收款人", "领款人姓名")),
    Column("收款人身份证号", "payee_id_number", Parse.IDENTITY, aliases=("收款人身份证号码", "身份证号")),
    BANK,
    _ACCOUNT,
    AMOUNT,
    HANDLED_BY,
    REVIEWED_BY,
)
BANK_RESULTS = (
    BATCH,
    LINE,
    optional("户名", "holder_name", Parse.PERSON, "账户名", "收款人户名"),
    blank_allowed("银行账号", "account", Parse.ACCOUNT, *_ACCOUNT.aliases),
    SIGNED_AMOUNT,
    Column("处理结果", "outcome", Parse.CHOICE, choices=("成功", "失败"), aliases=("处理状态", "交易结果")),
    optional("失败原因", "failure_reason", Parse.TEXT, "退票原因"),
    optional("入账日期", "settled_on", Parse.DATE, "交易日期", when=When("outcome", ("成功",))),
    _BANK_SERIAL,
)
CONTRACTS = (
    CONTRACT,
    Column("签订日期", "signed_on", Parse.DATE, aliases=("签约日期",)),
    Column("服务商", "provider", Parse.LABEL, aliases=("承接主体", "供应商")),
    blank_allowed("统一社会信用代码", "provider_code", Parse.SERIAL, "社会信用代码", "信用代码"),
    Column("服务类别", "service_class", Parse.LABEL),
    Column("采购方式", "procurement_method", Parse.LABEL),
    Column("合同金额", "amount_fen", Parse.MONEY, aliases=("金额",)),
    CATEGORY,
    LEVEL,
    BUDGET_YEAR,
    REGION,
    HANDLED_BY,
    APPROVED_BY,
    REASON,
)
VISITS = (
    Column("记录编号", "visit_no", Parse.CODE, aliases=("记录号",)),
    CONTRACT,
    Column("服务日期", "served_on", Parse.DATE),
    blank_allowed("家庭编号", "household", Parse.CODE, *HOUSEHOLD.aliases),
    Column("服务项目", "service_item", Parse.LABEL),
    Column("数量", "quantity_milli", Parse.QUANTITY),
    Column("单价", "unit_price_fen", Parse.MONEY),
    blank_allowed("服务人员", "served_by", Parse.STAFF, "服务人员工号"),
)
SERVICE_EXPENSES = (
    EXPENSE,
    PAID_ON,
    CONTRACT,
    blank_allowed("发票号", "invoice_no", Parse.SERIAL, "发票号码"),
    Column("金额", "amount_fen", Parse.SIGNED_MONEY, aliases=("支付金额",)),
    _PAYEE_ACCOUNT,
    HANDLED_BY,
    APPROVED_BY,
)
OTHER_EXPENSES = (
    EXPENSE,
    PAID_ON,
    REGION,
    CATEGORY,
    LEVEL,
    BUDGET_YEAR,
    Column("用途", "purpose", Parse.LABEL, aliases=("资金用途",)),
    optional("收款单位", "payee_unit", Parse.LABEL),
    _PAYEE_ACCOUNT,
    Column("金额", "amount_fen", Parse.SIGNED_MONEY, aliases=AMOUNT.aliases),
    HANDLED_BY,
    APPROVED_BY,
)
RECOVERIES = (
    Column("追缴编号", "recovery_no", Parse.CODE, aliases=("追缴号",)),
    Column("日期", "occurred_on", Parse.DATE, aliases=("发生日期",)),
    Column("事项", "step", Parse.CHOICE, choices=("立案", "分期", "缴回", "核销")),
    HOUSEHOLD,
    optional("批次号", "batch_no", Parse.CODE, *BATCH.aliases),
    optional("序号", "line_no", Parse.WHOLE, when=When("batch_no")),
    optional("金额", "amount_fen", Parse.MONEY, "追缴金额", when=_STEPS_OF_AN_AMOUNT),
    REASON,
)
DEATHS = (
    optional("姓名", "name", Parse.PERSON, "死者姓名"),
    _IDENTITY,
    Column("死亡日期", "died_on", Parse.DATE, aliases=("死亡时间",)),
    optional("信息来源", "source", Parse.LABEL, "来源", "数据来源"),
)
OFFICIALS = (
    Column("工号", "staff_no", Parse.STAFF, aliases=("职工编号",)),
    optional("姓名", "name", Parse.PERSON),
    optional("身份证号", "id_number", Parse.IDENTITY, *_IDENTITY.aliases),
    optional("单位", "unit", Parse.LABEL, "工作单位"),
    optional("岗位", "post", Parse.LABEL, "职务"),
    Column("亲属身份证号", "kin_id_number", Parse.IDENTITY, aliases=("亲属身份证号码",)),
    optional("亲属关系", "kinship", Parse.LABEL, "与本人关系"),
    blank_allowed("备案日期", "declared_on", Parse.DATE),
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("grants", "资金下达", GRANTS),
        Kind("receipts", "资金到账", RECEIPTS),
        Kind("transfers", "资金拨付", TRANSFERS),
        Kind("households", "救助对象", HOUSEHOLDS),
        Kind("decisions", "救助决定", DECISIONS),
        Kind("rolls", "发放花名册", ROLLS),
        Kind("bank", "银行回盘", BANK_RESULTS),
        Kind("contracts", "购买服务合同", CONTRACTS),
        Kind("visits", "服务记录/验收", VISITS, ("服务记录", "服务验收")),
        Kind("service-expenses", "购买服务支出", SERVICE_EXPENSES),
        Kind("other-expenses", "其他支出", OTHER_EXPENSES),
        Kind("recoveries", "追缴", RECOVERIES),
        Kind("deaths", "死亡信息", DEATHS),
        Kind("officials", "公职人员近亲属备案", OFFICIALS),
    )
}
