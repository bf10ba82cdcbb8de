"""Words that are nobody's: what people write in free columns and may stay readable in the log."""

from __future__ import annotations

from ledger.policy import PolicyPack

_REASONS = (
    "就业 收入超标 收入减少 收入变化 财产超标 家庭人口变化 人口增加 人口减少 标准调整 提标 死亡 迁出 失联 渐退期满 "
    "定期复核 动态管理 自愿退出 主动退出 重病 残疾 就学 纳入特困 转为低保 服刑 恢复条件 年度核查 "
    "超标准发放 死亡后继续发放 重复发放 骗取 互斥待遇 多发 错发"
)
_FAILURES = (
    "卡号与户名不一致 户名不符 账号不存在 卡号已注销 账户已销户 账户冻结 账户状态异常 账户已挂失 "
    "长期不动户 余额不足 超过限额 银行系统异常 证件过期"
)
_SOURCES = "殡葬 卫健 公安 民政 人社 医保 社区报告 家属报告 村级上报"
_PROCEDURES = "一般程序 简易程序 紧急程序 先行救助 容缺受理"
_KINSHIPS = "配偶 父亲 母亲 父母 子女 儿子 女儿 兄弟 姐妹 兄弟姐妹 祖父母 外祖父母 孙子女 岳父母 公婆 儿媳 女婿 近亲属"
_POSTS = "低保专干 民政助理 民政干事 村干部 社区工作者 会计 出纳 经办员 审核员 科长 股长 主任"
_MISUSES = "借款 借款周转 垫付 招待费 接待费 购车 福利费 奖金 工资 基建 还债 利息 罚款 捐赠 投资"
_SUMMARIES = "提前下达 追加 收回 年初预算 中央资金 省级资金 调整"


def known_words(policy: PolicyPack) -> frozenset[str]:
    """The words that stay readable: the ones above, and the purposes and work costs that the policy names."""
    listed = " ".join((_REASONS, _FAILURES, _SOURCES, _PROCEDURES, _KINSHIPS, _POSTS, _MISUSES, _SUMMARIES)).split()
    named = [
        word
        for parameter in policy.parameters()
        if parameter.name in ("expense_purposes", "work_costs") and isinstance(parameter.value, tuple)
        for word in parameter.value
    ]
    return frozenset([*listed, *named])
