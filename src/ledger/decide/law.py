"""The words of the law that refusals cite; a test finds each quotation in the named text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands: the text's title, its article, the exact words, and our reading where the words need one."""

    title: str
    article: str
    quotation: str


EARMARKED = Citation(
    "社会救助暂行办法",
    "第五条",
    "社会救助资金实行专项管理，分账核算，专款专用，任何单位或者个人不得挤占挪用。",
)
NO_ASSISTANCE_WITHOUT_PROCEDURE = Citation(
    "最低生活保障审核确认办法（民发〔2021〕57号）",
    "第二十八条",
    "未经申请受理、家庭经济状况调查、审核确认等程序，不得将任何家庭或者个人直接纳入最低生活保障范围。",
)
CHANGE_NEEDS_A_DECISION = Citation(
    "最低生活保障审核确认办法（民发〔2021〕57号）",
    "第三十二条",
    "县级人民政府民政部门作出增发、减发、停发最低生活保障金决定，应当符合法定事由和规定程序",
)
PAID_TO_THE_HOUSEHOLD = Citation(
    "最低生活保障审核确认办法（民发〔2021〕57号）",
    "第二十五条",
    "最低生活保障金原则上实行社会化发放，通过银行、信用社等代理金融机构，按月支付到最低生活保障家庭的账户。",
)
NO_PADDED_SPENDING = Citation(
    "财政违法行为处罚处分条例",
    "第六条",
    "违反规定扩大开支范围，提高开支标准",
)
NO_FALSE_CLAIMS = Citation(
    "财政违法行为处罚处分条例",
    "第六条",
    "以虚报、冒领等手段骗取财政资金",
)
SUPERVISED_MONEY = Citation(
    "兰州新区改革完善社会救助制度的工作举措",
    "（二十五）",
    "加强社会救助资金监管,强化审计监督,对挤占、挪用、截留和滞留资金等问题,及时纠正并依法依规追究相关单位和个人的责任。",
)
RECOVERED_BY_LAW = Citation(
    "兰州新区改革完善社会救助制度的工作举措",
    "（二十五）",
    "加大对骗取社会救助行为查处力度,依法依规追回骗取的社会救助金并追究相应责任。",
)
TWO_RANDOMS_ONE_PUBLICATION = Citation(
    "兰州新区改革完善社会救助制度的工作举措",
    "（二十五）",
    "健全“双随机、一公开”监督机制,加强社会救助事中事后监管。",
)
GOOD_FAITH = Citation(
    "最低生活保障审核确认办法（民发〔2021〕57号）",
    "第三十九条",
    "对秉持公心、履职尽责但因客观原因出现失误偏差且能够及时纠正的，依法依规免于问责。",
)
PURSUED = Citation(
    "关于改革完善社会救助制度的意见（中办发〔2020〕18号）",
    "四（四）",
    "对挤占、挪用、截留和滞留资金等问题，及时纠正并依法依规追究有关责任人的责任。",
)
